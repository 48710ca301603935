"""The PSF value: how a point blurs, on a grid of known spacing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import PSFError

MAX_AXES = 3


@dataclass(frozen=True, slots=True, eq=False)
class PSF:
    """A point spread function: odd-sized, centred, not negative, of sum 1, float32, read-only.

    Parameters
    ----------
    data : array_like
        1 to 3 axes, each of odd length; the zero lag is the middle sample. It is divided by its sum. Use
        `napari_deconvolve.psf.from_array` for arrays that are even-sized, off centre or on a pedestal.
    spacing : float or sequence of float
        Distance of samples, one per axis or one for all, in `unit`.
    unit : str
        Name of the unit, "um" by default.
    info : mapping, optional
        Where it came from: its source and parameters, in plain JSON types.
    notes : sequence of str, optional
        What was done to prepare it, in words.
    own : bool, optional
        Whether a float32 array may be divided in place, since nobody else holds it. By default it is copied.

    Raises
    ------
    PSFError
        For NaN or infinite or negative values, a sum of zero, even lengths, no or more than 3 axes.
    """

    data: NDArray[np.floating]
    spacing: tuple[float, ...]
    unit: str = "um"
    info: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    own: InitVar[bool] = False

    def __post_init__(self, own: bool) -> None:
        values = checked_values(self.data)
        if any(length % 2 == 0 for length in values.shape):
            raise PSFError(
                f"The PSF has shape {values.shape}, but a PSF value has odd lengths; "
                "make it with napari_deconvolve.psf.from_array, which centres it."
            )
        if values.min() < 0:
            raise PSFError(
                f"The PSF goes down to {values.min():.3g}, but light is not negative; "
                "make it with napari_deconvolve.psf.from_array, which takes the pedestal off."
            )
        data = normalised(values, own and values.dtype == np.float32 and values.flags.writeable)
        data.flags.writeable = False
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "spacing", as_spacing(self.spacing, data.ndim))
        object.__setattr__(self, "info", MappingProxyType(dict(self.info)))
        object.__setattr__(self, "notes", tuple(self.notes))

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of samples along each axis."""
        return self.data.shape

    @property
    def fwhm(self) -> tuple[float, ...]:
        """Full width at half maximum through the centre per axis, in `unit`; NaN where it never falls to half."""
        from napari_deconvolve.psf.profile import fwhm

        return tuple(fwhm(self.profile(axis), self.spacing[axis]) for axis in range(self.ndim))

    def profile(self, axis: int) -> NDArray[np.floating]:
        """Return the values through the centre along one axis."""
        index: list[Any] = [length // 2 for length in self.shape]
        index[axis] = slice(None)
        line: NDArray[np.floating] = self.data[tuple(index)]
        return line


def checked_values(data: ArrayLike) -> NDArray[np.floating]:
    """Take an array that could be a PSF; refuse what never could.

    Single precision stays so and is not copied: a microscope's PSF has a million samples, and is made in a moment.
    """
    values = np.asarray(data)
    if values.dtype.kind not in "buif":
        raise PSFError(f"The PSF has dtype {values.dtype}; give real numbers.")
    if not 1 <= values.ndim <= MAX_AXES or values.size == 0:
        raise PSFError(f"The PSF has shape {values.shape}; give an array of 1 to {MAX_AXES} axes with samples in it.")
    if values.dtype != np.float32:
        values = values.astype(np.float64)
    if not (np.isfinite(values.min()) and np.isfinite(values.max())):  # NaN is its own minimum
        bad = int(values.size - np.count_nonzero(np.isfinite(values)))
        raise PSFError(f"The PSF holds {bad} samples that are NaN or infinite; replace them by numbers.")
    return values


def normalised(values: NDArray[np.floating], in_place: bool = False) -> NDArray[np.float32]:
    """Divide by the sum, both in double precision; the result is an array of its own, or the same one."""
    peak = float(np.max(values, initial=0.0))
    if peak <= 0:
        raise PSFError("The PSF is zero everywhere, so it passes no light; give one with a positive sum.")
    if values.dtype != np.float32:
        values = values / peak  # so that the sum of tiny or huge numbers neither vanishes nor overflows
    total = values.sum(dtype=np.float64)
    data: NDArray[np.float32] = np.asarray(values, np.float32) if in_place else np.empty(values.shape, np.float32)
    np.divide(values, total, out=data, dtype=np.float64, casting="same_kind")  # in pieces: no copy in float64
    return data


def as_spacing(spacing: float | Sequence[float], ndim: int) -> tuple[float, ...]:
    """Return one positive distance per axis."""
    given = np.atleast_1d(np.asarray(spacing, np.float64))
    if given.ndim != 1 or len(given) not in (1, ndim):
        raise PSFError(f"The spacing is {spacing!r} for {ndim} axes; give one number, or one per axis.")
    if not (np.isfinite(given).all() and (given > 0).all()):
        raise PSFError(f"The spacing is {spacing!r}; give positive numbers.")
    values = tuple(float(value) for value in given)
    return values * ndim if len(values) == 1 else values
