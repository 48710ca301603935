"""The numbers that a PSF is made of: checks of samples, spacing and lengths, and widths of profiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.remember import of_kernel
from napari_deconvolve.errors import PSFError
from napari_deconvolve.image import as_even

MAX_AXES = 3
MAX_SAMPLES = 2**27
TINY_SUM = 1e-6  # of the peak


def checked_values(data: ArrayLike) -> NDArray[np.floating]:
    """Return an array that could be a PSF; refuse, with a `PSFError`, one that never could.

    Single precision stays so and is not copied: a microscope's PSF has a million samples, and is made in a moment.
    """
    values = as_even(data, "PSF", PSFError)
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
    """Divide by the sum, in double precision; return a new array, or with `in_place` the same one.

    Raises `PSFError` when no value is above zero.
    """
    peak = float(np.max(values, initial=0.0))
    if peak <= 0:
        raise PSFError("The PSF is zero everywhere, so it passes no light; give one with a positive sum.")
    if values.dtype != np.float32:
        values, peak = values / peak, 1.0  # so that the sum of tiny or huge numbers neither vanishes nor overflows
    total = float(values.sum(dtype=np.float64))
    if not total > TINY_SUM * peak:  # only negative lobes make it so
        raise PSFError("The PSF's negative samples outweigh the others, so its sum is not positive; give another.")
    data: NDArray[np.float32] = np.asarray(values, np.float32) if in_place else np.empty(values.shape, np.float32)
    np.divide(values, total, out=data, dtype=np.float64, casting="same_kind")  # in pieces: no copy in float64
    return data


def as_spacing(spacing: float | Sequence[float], ndim: int) -> tuple[float, ...]:
    """Return one positive distance per axis; raise `PSFError` for any other spacing."""
    given = np.atleast_1d(np.asarray(spacing, np.float64))
    if given.ndim != 1 or len(given) not in (1, ndim):
        raise PSFError(f"The spacing is {spacing!r} for {ndim} axes; give one number, or one per axis.")
    if not (np.isfinite(given).all() and (given > 0).all()):
        raise PSFError(f"The spacing is {spacing!r}; give positive numbers.")
    values = tuple(float(value) for value in given)
    return values * ndim if len(values) == 1 else values


def listed(numbers: Sequence[float], digits: int = 3) -> str:
    """Return numbers for a sentence: ``0.3 × 0.1 × 0.1``."""
    return " × ".join(f"{number:.{digits}g}" for number in numbers)


def odd_lengths(shape: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """Return one odd length per axis; raise `PSFError` for even ones."""
    lengths = tuple(int(length) for length in np.broadcast_to(np.asarray(shape), (axes,)))
    if any(length < 1 or length % 2 == 0 for length in lengths):
        raise PSFError(f"The PSF's shape is {shape!r}; give odd lengths, so that its centre is a sample.")
    return lengths


def refuse_large(lengths: Sequence[int], remedy: str) -> None:
    """Raise `PSFError` for more samples than memory holds beside the steps between, in double precision."""
    if np.prod(lengths, dtype=float) > MAX_SAMPLES:
        raise PSFError(f"A PSF of {' x '.join(map(str, lengths))} samples is too large; {remedy}.")


def fwhm(profile: NDArray[np.floating], spacing: float = 1.0) -> float:
    """Return the full width at half maximum of the highest peak of a profile, in the unit of its spacing.

    A cubic spline finds the crossings. NaN for fewer than 3 samples, and when a side never falls to half.
    """
    values = np.asarray(profile, np.float64)
    return _samples_across(values, values.shape) * spacing if len(values) >= 3 else float("nan")


@of_kernel
def _samples_across(values: NDArray[np.float64], shape: Shape) -> float:
    """Return the width in samples."""
    from scipy.interpolate import CubicSpline

    position = np.arange(len(values), dtype=np.float64)
    curve = CubicSpline(position, values)
    peak, height = _peak(curve, values)
    crossings = CubicSpline(position, values - height / 2).roots(extrapolate=False)
    left, right = crossings[crossings < peak], crossings[crossings > peak]
    if len(left) == 0 or len(right) == 0:
        return float("nan")
    return float(right[0] - left[-1])


def _peak(curve: object, values: NDArray[np.float64]) -> tuple[float, float]:
    top = int(np.argmax(values))
    turns = curve.derivative().roots(extrapolate=False)  # type: ignore[attr-defined]
    near = turns[np.abs(turns - top) <= 1]
    places = np.append(near, top)
    heights = curve(places)  # type: ignore[operator]
    best = int(np.argmax(heights))
    return float(places[best]), float(heights[best])
