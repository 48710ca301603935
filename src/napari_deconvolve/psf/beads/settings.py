"""The settings for a PSF from beads, and the checks of the stack that they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.beads.find import Index, Stack

WINDOW_REACH = 2.0  # FWHMs from the centre to the window's border
FLAT_TOP_SAMPLES = 4  # at the very top of a stack: then it looks cut off there


@dataclass(frozen=True, slots=True)
class BeadSettings:
    """The settings of `from_beads`, `psf_and_report` and `find_beads`; see `from_beads`."""

    spacing: float | Sequence[float]
    bead_diameter: float = 0.0
    combine: str = "mean"
    fwhm: float | Sequence[float] | None = None
    shape: int | Sequence[int] | None = None
    min_snr: float = 10.0
    saturation: float | None = None
    unit: str = "um"

    def __post_init__(self) -> None:
        if self.combine not in ("mean", "median"):
            raise PSFError(f"The way to combine beads is {self.combine!r}; choose 'mean' or 'median'.")
        if not (np.isfinite(self.bead_diameter) and self.bead_diameter >= 0):
            raise PSFError(
                f"The bead's diameter is {self.bead_diameter!r}; give a number of at least 0, in {self.unit}."
            )


def checked_stack(given: NDArray[Any]) -> Stack:
    """Return a stack of beads in single precision; raise `PSFError` for one that cannot be used."""
    if given.dtype.kind not in "buif":
        raise PSFError(f"The stack of beads has dtype {given.dtype}; give real numbers.")
    if given.ndim not in (2, 3) or min(given.shape) < 5:
        raise PSFError(f"The stack of beads has shape {given.shape}; give 2 or 3 axes of at least 5 samples.")
    values = given.astype(np.float32)
    bad = int(values.size - np.count_nonzero(np.isfinite(values)))
    if bad:
        raise PSFError(f"The stack of beads holds {bad} samples that are NaN or infinite; replace them by numbers.")
    if values.min() == values.max():
        raise PSFError(f"The stack of beads is {values.min():.4g} everywhere; give one with bright beads.")
    return values


def window_reach(widths: Sequence[float], shape: int | Sequence[int] | None, lengths: Sequence[int]) -> Index:
    """Return how far the window of a bead reaches to either side, in samples per axis.

    By default twice the FWHM (`widths`, in samples), at most as far as the stack's `lengths` allow.
    """
    if shape is None:
        return tuple(
            min(max(2, int(np.ceil(WINDOW_REACH * width))), (length - 1) // 2)
            for width, length in zip(widths, lengths, strict=True)
        )
    try:
        wanted = tuple(int(length) for length in np.broadcast_to(np.asarray(shape), len(lengths)))
    except (TypeError, ValueError):
        raise PSFError(f"The PSF's shape is {shape!r} for {len(lengths)} axes; give odd whole numbers.") from None
    if any(n < 3 or n % 2 == 0 or n > length for n, length in zip(wanted, lengths, strict=True)):
        raise PSFError(f"The PSF's shape is {shape!r}; give odd lengths from 3 to the stack's {tuple(lengths)}.")
    return tuple(length // 2 for length in wanted)


def saturation_level(given: NDArray[Any]) -> float:
    """Return the value from which on samples are cut off; infinity where nothing looks cut off."""
    top = given.max()
    if given.dtype.kind in "ui" and top == np.iinfo(given.dtype).max:
        return float(top)
    # Cameras of 10, 12 or 14 bits, and images that somebody rescaled, have their flat tops elsewhere.
    flat = int(np.count_nonzero(given == top))
    steps = (float(top) - float(np.median(given))) > 100 if given.dtype.kind in "ui" else True
    return float(top) if flat >= FLAT_TOP_SAMPLES and steps else float("inf")
