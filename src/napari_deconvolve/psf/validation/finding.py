"""A finding of the validation, and the case that is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.prepare import Center
from napari_deconvolve.psf.psf import PSF

Values = NDArray[np.float64]

OK, NOTE, WARNING, ERROR = SEVERITIES = ("ok", "note", "warning", "error")
FLAT_BY_INTENTION, SOFT_EDGE = 0.6, 0.02  # of the samples above so much of the peak: boxes, slits and discs
POINTS = "points"  # the source of kernels of single samples, which have no width


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Parameters
    ----------
    name : str
        Of the check: "values", "size", "isolated", "centre", "pedestal", "negative", "saturation", "border", "width",
        "sampling", "spacing", "extent" or "optics".
    severity : {"ok", "note", "warning", "error"}
        How much it matters.
    text : str
        The fact with its numbers, and the remedy.
    fix : callable, optional
        Returns a PSF without this fault; None where nothing is wrong, or where only another PSF helps.
    """

    name: str
    severity: str
    text: str
    fix: Callable[[], PSF] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A PSF or array that is checked: its samples as they came, and as finite numbers.

    Where the spacing is not known, it is 1 and its unit "pixel"; `image_unit` is then the one of the image.
    """

    given: NDArray[Any]
    values: Values
    spacing: tuple[float, ...]
    unit: str
    info: Mapping[str, Any]  # of a PSF: its source and parameters
    known_spacing: bool
    image_unit: str
    largest: tuple[int, ...] | None = None  # the size that the image can tell, where one is given
    wrapped: tuple[int, ...] = ()  # the axes along which light lay at both ends
    center: Center = "auto"  # where the zero lag is said to be; "auto" where nobody says it

    @property
    def placed(self) -> bool:
        """Whether somebody says where the zero lag is."""
        return not (isinstance(self.center, str) and self.center == "auto")

    def center_or(self, otherwise: Center) -> Center:
        """Return where the zero lag is: as it was said, or else another place."""
        return self.center if self.placed else otherwise

    def ends(self, axis: int) -> bool:
        """Whether the image cannot tell more along an axis, so that a larger PSF is of no use."""
        return self.largest is not None and self.values.shape[axis] >= self.largest[axis]

    def begins(self, axis: int) -> bool:
        """Whether the zero lag is said to be the first sample along an axis."""
        if not self.placed or (isinstance(self.center, str) and self.center != "first"):
            return False
        given = np.atleast_1d(0.0 if isinstance(self.center, str) else np.asarray(self.center, np.float64))
        return bool(given[axis if len(given) > 1 else 0] < 0.5)

    @property
    def is_flat(self) -> bool:
        """Whether most of its light has one value, by intention: as in a box, a slit or a disc."""
        lit = int(np.count_nonzero(self.values > SOFT_EDGE * self.peak))
        return lit > 1 and int(np.count_nonzero(self.values == self.peak)) >= FLAT_BY_INTENTION * lit

    @property
    def source(self) -> str:
        """The source that made it."""
        return str(self.info.get("source", "array"))

    @property
    def peak(self) -> float:
        """The highest sample."""
        return float(self.values.max())
