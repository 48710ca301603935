"""How deep the structures lie: at one depth, or through strata with a PSF for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from napari_deconvolve._napari.docks.psf.fields import NumberField
from napari_deconvolve._napari.docks.psf.sources.base import Place, SourcePanel, choice_field
from napari_deconvolve._napari.layers.optics import Microscope
from napari_deconvolve._napari.layers.psf_request import Drawn, Grid, Wanted
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf import microscope_strata
from napari_deconvolve.psf.microscope.depths import depth_shown, middles, stage_at
from napari_deconvolve.psf.strata import MAX_STRATA, MIN_STRATA

MODES = {"single": "one depth", "strata": "strata"}
COVERSLIP_ENDS = {"first": "first plane", "last": "last plane"}
DEPTH_ROWS = ("depth_from", "depth_to", "strata", "coverslip_at")
ALIKE = (
    "Sample and immersion have the same index, so the PSF is the same at all depths: one depth is enough, or give the "
    "sample's index."
)


@dataclass(frozen=True)
class MicroscopeStrata(Wanted):
    """The arguments of `psf.microscope_strata` without the grid.

    Attributes
    ----------
    single : Microscope
        All but the depths.
    low, high : float
        From and to which depth, in um; a `high` of None is where the image ends.
    count : int
        Of the strata.
    coverslip : str
        See `Strata`.
    planes : int
        Of the image.
    """

    single: Microscope
    low: float
    high: float | None
    count: int
    coverslip: str
    planes: int = 0

    @property
    def arguments(self) -> tuple[tuple[str, Any], ...]:
        """The arguments of `psf.microscope` that all depths share."""
        return self.single.arguments

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSFs."""
        optics = dict(self.single.arguments)
        modality = optics.pop("modality")
        spacing = grid.steps_in("um")
        high = self.high
        if high is None:
            end = stage_at(self.low, modality, **optics) + (self.planes - 1) * spacing[0]
            high = round(depth_shown(end, modality, **optics), 2)
        strata = microscope_strata(
            modality,
            depth_range_um=(self.low, high),
            strata=self.count,
            coverslip=self.coverslip,
            spacing=spacing,
            shape=self.single.shape,
            for_shape=grid.for_shape,
            **optics,
        )
        alike = optics.get("sample_index") in (None, optics["immersion_index"])
        return Drawn(strata if grid.unit == "um" else strata.in_unit(grid.unit), (ALIKE,) if alike else ())

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSFs."""
        return f"{self.single.name(grid)} · {self.count} strata"


class DepthRows:
    """The rows on depth in the microscope's panel; strata are offered for PSFs of three axes."""

    def __init__(self, panel: SourcePanel) -> None:
        self._panel = panel
        words = "One PSF for all depths, or one for each of a few strata: the PSF changes where indices differ."
        self.mode = panel.keep("depth_mode", "Depth", choice_field("depth_mode", MODES, "single"), words, "single")
        words = "How far below the coverslip the structures lie: counts where its index is not the immersion's."
        self.single = panel.keep("depth_um", "Depth", NumberField("depth_um", "µm"), words, 0.0)
        panel.place_pair("Depth", self.mode, self.single)
        words = "Depth of the plane nearest to the coverslip."
        self.low = panel.keep("depth_from", "Depth from", NumberField("depth_from", "µm"), words, 0.0)
        words = "Depth of the farthest plane. Auto: where the image ends."
        self.high = panel.keep("depth_to", "Depth to", NumberField("depth_to", "µm", "Auto"), words, 0.0)
        panel.place_pair("From, to", self.low, self.high)
        count = NumberField("strata", "strata")
        count.setDecimals(0)
        count.setRange(MIN_STRATA, MAX_STRATA)
        words = "Number of strata, each with the PSF of its middle: 2 to 5."
        self.count = panel.keep("strata", "Strata", count, words, 3.0)
        words = "Which end of the image's z axis is nearest to the coverslip."
        ends = choice_field("coverslip_at", COVERSLIP_ENDS, "first")
        self.coverslip = panel.keep("coverslip_at", "Coverslip at", ends, words, "first")
        panel.place_pair("Coverslip", self.coverslip, self.count)

    def use_strata(self) -> None:
        """Choose strata, as many as are offered at first."""
        self.mode.choose("strata")

    def look(self, axes: int) -> None:
        """Show the rows that matter."""
        strata = self.chosen(axes)
        self._panel.show_row("depth_mode", axes == 3)
        self._panel.show_row("depth_um", not strata)
        for name in DEPTH_ROWS:
            self._panel.show_row(name, strata)

    def wanted(self, single: Microscope, place: Place) -> Microscope | MicroscopeStrata:
        """Return what is asked for: the PSF of one depth, or strata."""
        if not self.chosen(place.grid.axes):
            return single
        optics = tuple(pair for pair in single.arguments if pair[0] != "depth_um")
        planes = 0 if place.image is None else int(place.image.data.shape[-3])
        high = self.high.value() or None
        end = str(self.coverslip.currentData())
        return MicroscopeStrata(
            Microscope(optics, single.shape), self.low.value(), high, int(self.count.value()), end, planes
        )

    def require(self, place: Place) -> None:
        """Refuse depths that cannot be; raise `ParameterError` in words."""
        if not self.chosen(place.grid.axes):
            return
        low, high = self.low.value(), self.high.value()
        if high:
            middles(low, high, int(self.count.value()))
        elif place.image is None or place.image.ndim < 3:
            raise ParameterError("Auto takes the depth from the image, and there is no image with a z axis; give it.")
        elif place.image.data.shape[-3] < 2:
            raise ParameterError("The image has one plane, so it has no strata; choose one depth.")

    def chosen(self, axes: int) -> bool:
        """Return whether strata are asked for."""
        return axes == 3 and self.mode.currentData() == "strata"
