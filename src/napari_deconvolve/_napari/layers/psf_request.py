"""What the PSF dock asks for, as one value, and how it is made: without Qt, so it can run in any thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from napari_deconvolve._napari.layers.psf_layers import AXES
from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.beads.from_beads import BeadReport
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.psf.shapes import LORENTZIAN_REACH
from napari_deconvolve.units import factor, is_length

Numbers = tuple[float, ...]

MAX_SAMPLES = 2**25  # of a calculated PSF: more is a slip of the unit, and would take seconds at each change


@dataclass(frozen=True)
class Grid:
    """Where the PSF will be used."""

    spacing: Numbers  # of the image's last three axes
    unit: str  # "pixel" when nobody knows it
    axes: int = 3  # number of axes of a calculated PSF
    image_axes: int | None = None  # None without an image
    image_shape: tuple[int, ...] | None = None  # along the axes that a PSF may act on

    @property
    def steps(self) -> Numbers:
        """The spacing along the axes of a calculated PSF."""
        return self.spacing[-self.axes :]

    @property
    def for_shape(self) -> tuple[int, ...] | None:
        """The shape of the image along the axes of a calculated PSF; None where it has fewer, or nobody knows."""
        shape = self.image_shape
        return shape[-self.axes :] if shape is not None and len(shape) >= self.axes else None

    def steps_in(self, unit: str) -> Numbers:
        """Return the steps in a unit of length; say what is missing where the grid has none."""
        if not is_length(self.unit):
            raise PSFError("The image's pixel size is not known as a length; choose a unit and enter it.")
        ratio = factor(self.unit, unit)
        return tuple(float(f"{step * ratio:.12g}") for step in self.steps)


@dataclass(frozen=True)
class Drawn:
    """A PSF as its source gives it."""

    psf: ChannelSpread
    warnings: tuple[str, ...] = ()
    report: BeadReport | None = None
    stated: bool = True  # whether its spacing came from the source, and was not assumed


@dataclass(frozen=True)
class Wanted(ABC):
    """What a source is asked for: one frozen value, from which its PSF follows."""

    measured: ClassVar[bool] = False  # it has a spacing of its own, and is brought to the grid's

    @abstractmethod
    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""

    @abstractmethod
    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""


@dataclass(frozen=True)
class Request:
    """All that decides a PSF: what is wanted of its source, and where it will be used."""

    wanted: Wanted
    grid: Grid
    own_spacing: Numbers | None = None  # in the grid's unit, of a source without; None takes the image's


@dataclass(frozen=True)
class Made:
    """A PSF, and what to tell about it."""

    psf: ChannelSpread  # at the image's spacing
    name: str  # for its layer
    own_spacing: Numbers  # of the source, before it was resampled
    own_unit: str  # "pixel" when the source has none
    warnings: tuple[str, ...]
    report: BeadReport | None = None


def make(request: Request) -> Made:
    """Make the PSF; raise `DeconvolutionError` in words, when it cannot be made."""
    grid = request.grid
    drawn = request.wanted.draw(grid)
    raw = drawn.psf
    if grid.image_axes is not None and raw.ndim > grid.image_axes:
        raise PSFError(
            f"This PSF has {raw.ndim} axes, but the image has {grid.image_axes}; "
            "choose a PSF of as many axes as the image, or fewer."
        )
    psf, warnings = _fitted(raw, request)
    warned = (*drawn.warnings, *warnings, *warnings_of(psf))
    own_unit = raw.unit if drawn.stated else "pixel"
    return Made(psf, request.wanted.name(grid), raw.spacing, own_unit, warned, drawn.report)


def require_samples(lengths: Numbers) -> None:
    """Refuse a calculated PSF of more samples than anybody wants; lengths need not be whole."""
    if np.prod([length + 1 for length in lengths]) > MAX_SAMPLES:
        size = " × ".join(f"{length + 1:.0f}" for length in lengths)
        raise PSFError(f"This PSF would have {size} samples; make it smaller, or check the pixel size and its unit.")


def warnings_of(psf: ChannelSpread) -> tuple[str, ...]:
    """Return what may be wrong by the PSF's nature; what its samples show is examined elsewhere."""
    if psf.info.get("source") != "lorentzian":
        return ()
    reach = LORENTZIAN_REACH[psf.ndim]
    height = 100 / (1 + 4 * reach**2)
    return (f"A Lorentzian never ends: it is cut {reach:g} FWHM from its centre, at {height:.2g} % of its height.",)


def shown(unit: str) -> str:
    """Return a unit as it is written: "µm" for "um"."""
    return {"um": "µm", "angstrom": "Å"}.get(unit, unit)


def widths_text(widths: Numbers, unit: str) -> str:
    """Write one width per axis in short: "0.25 µm" when all are equal, "z 0.6, xy 0.25 µm" else."""
    names = AXES[-len(widths) :]
    words = [f"{width:.3g}" for width in widths]
    if len(set(words)) == 1:
        return f"{words[0]} {shown(unit)}"
    parts = [f"{name} {word}" for name, word in zip(names, words, strict=True)]
    if len(words) == 3 and words[1] == words[2]:
        parts = [parts[0], f"xy {words[1]}"]
    return f"{', '.join(parts)} {shown(unit)}"


def _fitted(psf: ChannelSpread, request: Request) -> tuple[ChannelSpread, tuple[str, ...]]:
    """Bring a measured PSF to the image's spacing, as far as both are known."""
    grid = request.grid
    if not request.wanted.measured:
        return psf, ()
    wanted = grid.spacing[-psf.ndim :]
    if psf.unit == "pixel":
        given = request.own_spacing
        own = given[-psf.ndim :] if given else wanted
        note = f"its pixel size is not stated: taken as {' × '.join(f'{step:.4g}' for step in own)} {shown(grid.unit)}"
        return psf.respaced(own, grid.unit, psf.info, note).resampled(wanted), ()
    if grid.unit == "pixel":
        own_text = " × ".join(f"{step:.4g}" for step in psf.spacing)
        return psf, (
            f"The image's pixel size is not known, so the PSF keeps its own ({own_text} {shown(psf.unit)}); "
            "enter the image's to have them agree.",
        )
    return psf.in_unit(grid.unit).resampled(wanted), ()
