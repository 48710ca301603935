"""Samples of a PSF at another spacing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.values import MAX_SAMPLES, listed

Values = NDArray[np.float64]

SAME_SPACING = 1e-3  # relative
SPLINE_DEGREE = 5
INTEGRATED_SOURCES = ("gaussian", "lorentzian", "points")  # sources whose samples are light collected over their width
SAMPLED_SOURCES = ("formula",)  # and those whose samples are values at places


def regridded(values: Values, old: Sequence[float], new: Sequence[float], integral: Sequence[bool]) -> Values:
    """Return odd-sized, centred samples at another spacing; see `sample_is_integral`."""
    signed = bool(values.min(initial=0) < 0)
    for axis, is_integral in enumerate(integral):
        if not same_spacing((old[axis],), (new[axis],)):
            moved = np.moveaxis(values, axis, 0)
            found = (_integrated if is_integral else _interpolated)(moved, old[axis], new[axis])
            values = np.moveaxis(found, 0, axis)
    return values if signed else np.maximum(values, 0)


def sample_is_integral(info: Mapping[str, Any], ndim: int) -> tuple[bool, ...]:
    """Return for each axis whether a sample is light collected over its width, or else the value at its place.

    For sources that do not say: collected along y and x and in a spectrum, a value along the first of three axes.
    """
    before = info.get("before")
    if isinstance(before, Mapping):  # of a PSF that was given another spacing
        info = before
    if info.get("source") in INTEGRATED_SOURCES:
        return (True,) * ndim
    if info.get("source") in SAMPLED_SOURCES or info.get("sampling") == "point":
        return (False,) * ndim
    return (False, True, True) if ndim == 3 else (True,) * ndim


def same_spacing(old: Sequence[float], new: Sequence[float]) -> bool:
    """Return whether spacings differ by less than a thousandth."""
    return bool(np.allclose(old, new, rtol=SAME_SPACING, atol=0))


def require_samples(shape: Sequence[int], old: Sequence[float], new: Sequence[float], unit: str) -> None:
    """Refuse, with a `PSFError`, a result that is too large: nearly always a spacing in another unit."""
    lengths = [length * before / after for length, before, after in zip(shape, old, new, strict=True)]
    if np.prod([max(1.0, length) for length in lengths]) > MAX_SAMPLES:
        raise PSFError(
            f"The PSF resampled from {listed(old, 4)} to {listed(new, 4)} {unit} would have about "
            f"{' × '.join(f'{length:.0f}' for length in lengths)} samples, more than the {MAX_SAMPLES:,} "
            "that it can have; check that the image's spacing and the PSF's are in the same unit."
        )


def _integrated(values: Values, old: float, new: float) -> Values:
    """Collect the light along the first axis again, over samples of another width."""
    from scipy.interpolate import make_interp_spline

    reach = max(0, int(np.ceil((len(values) / 2 * old) / new - 0.5)))
    empty = np.zeros((4, *values.shape[1:]))  # beyond the ends nothing is added: keeps the curve flat there
    total = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(np.concatenate([empty, values, empty]), 0)])
    edges = (np.arange(len(total)) - (len(total) - 1) / 2) * old
    wanted = np.clip((np.arange(2 * reach + 2) - reach - 0.5) * new, edges[0], edges[-1])
    running = make_interp_spline(edges, total, k=SPLINE_DEGREE, axis=0)(wanted)
    return np.asarray(np.diff(running, axis=0))


def _interpolated(values: Values, old: float, new: float) -> Values:
    """Read the values along the first axis at other places, less than half an old step beyond the last one."""
    from scipy.interpolate import make_interp_spline

    half = len(values) // 2
    if half == 0:
        return values
    reach = int(np.floor((half + 0.5) * old / new * (1 - SAME_SPACING)))
    places = (np.arange(len(values)) - half) * old
    wanted = np.clip((np.arange(2 * reach + 1) - reach) * new, places[0], places[-1])
    degree = min(SPLINE_DEGREE, len(values) - 1)
    return np.asarray(make_interp_spline(places, values, k=degree, axis=0)(wanted))
