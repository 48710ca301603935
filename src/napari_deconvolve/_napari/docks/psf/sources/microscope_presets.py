"""The numbers of a microscope, and the boxes that set several of them at once: by an objective, by a dye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.docks.psf.fields import ChoiceField
from napari_deconvolve._napari.docks.psf.presets import DYES, OBJECTIVES, Presets, read_presets
from napari_deconvolve._napari.docks.psf.sources.base import SourcePanel
from napari_deconvolve._napari.kit.forms import identify

OWN = "(as below)"
# name, label, unit, what 0 says, default, help
OPTICS_NUMBERS = (
    ("emission_um", "Emission", "µm", "", 0.52, "Wavelength that is detected, in vacuum."),
    (
        "excitation_um",
        "Excitation",
        "µm",
        "Auto",
        0.0,
        "Wavelength of the laser. Auto: 0.94 of the emission, and 1.75 of it for two photons.",
    ),
    ("sample_index", "Sample index", "", "as immersion", 0.0, "Refractive index around the structures: water 1.33."),
    (
        "pinhole_airy",
        "Pinhole",
        "Airy units",
        "",
        1.0,
        "Diameter of the pinhole in Airy units, 1.22 emission/NA; 0 is a point.",
    ),
    ("sheet_um", "Sheet, half", "µm", "", 2.0, "Half width of the light sheet where it has fallen to 1/e²."),
)


class PresetBoxes(QObject):  # type: ignore[misc]
    """A box of objectives and one of dyes; each says which preset the numbers are, too.

    Signals
    -------
    chosen(preset)
        An `Objective` or a `Dye`.
    """

    chosen = Signal(object)

    def __init__(self, panel: SourcePanel) -> None:
        super().__init__(panel)
        self._presets = Presets()
        self.objective, self.dye = ChoiceField("objective"), ChoiceField("dye")
        for label, box, words in (
            ("Objective", self.objective, "Sets numerical aperture and immersion."),
            ("Dye", self.dye, "Sets emission and excitation."),
        ):
            identify(box, box.objectName(), label, words)
            panel.place(box.objectName(), label, box)
            box.currentIndexChanged.connect(lambda _, b=box: self._choose(b))

    def read(self) -> str:
        """Read the user's own presets; return what is wrong with their file."""
        self._presets = read_presets()
        return self._presets.problem

    def show(self, aperture: float, index: float, emission: float, excitation: float, two_photons: bool) -> None:
        """Let the boxes say what the numbers are."""
        lenses = (*self._presets.objectives, *OBJECTIVES)
        matching = [one for one in lenses if (one.numerical_aperture, one.immersion_index) == (aperture, index)]
        _fill(self.objective, lenses, matching)
        dyes = (*self._presets.dyes, *DYES)
        fits = [d for d in dyes if d.emission_um == emission and (two_photons or excitation in (d.excitation_um, 0.0))]
        _fill(self.dye, dyes, fits)

    def _choose(self, box: ChoiceField) -> None:
        preset = box.currentData()
        if preset is not None:
            self.chosen.emit(preset)


def _fill(box: ChoiceField, presets: Sequence[Any], matching: Sequence[Any]) -> None:
    """Offer presets; of those that match, the one that is chosen stays."""
    chosen = box.currentData()
    best = chosen if chosen in matching else matching[0] if matching else None
    box.fill([(OWN, None), *((one.name, one) for one in presets)], best)
