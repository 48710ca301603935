"""Where bright spots of about one size lie: maxima of the Laplacian of a Gaussian of that size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.values import fwhm

Stack = NDArray[np.float32]
Index = tuple[int, ...]

SIGMA_PER_FWHM = 1 / np.sqrt(8 * np.log(2))  # of a Gaussian of FWHM 1
MIN_NOISE_LEVELS = 6.0  # noise levels that a spot stands out by
MIN_SPOT_STRENGTH = 0.02  # of the strongest spot
RING_STRENGTH = 0.15  # of the spot beside: a fainter one belongs to that spot's rings
MAX_SPOTS = 500  # spots that are measured, the strongest first


def typical_width(stack: Stack) -> tuple[float, ...]:
    """Return the median FWHM of the brightest spots per axis, in samples; raise `PSFError` where there is none."""
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(stack, 1)
    ground = float(np.median(smooth))
    threshold = ground + 0.2 * (float(smooth.max()) - ground)
    widths = [_widths(smooth, place, ground) for place in _maxima(smooth, (9,) * stack.ndim, threshold)[:20]]
    known = np.array([width for width in widths if np.isfinite(width).all()])
    if len(known) == 0:
        raise PSFError("No spot in the stack falls to half of its height on every side; give beads that stand alone.")
    squares = np.median(known, axis=0) ** 2 - 1 / SIGMA_PER_FWHM**2  # what the smoothing added
    return tuple(float(width) for width in np.sqrt(np.maximum(squares, 1.5**2)))


def find_spots(stack: Stack, widths: Sequence[float]) -> list[tuple[Index, float]]:
    """Return index and strength of each spot of about these widths (in samples), the strongest first."""
    response = _log(stack, [width * SIGMA_PER_FWHM for width in widths])
    center = float(np.median(response))
    noise = NOISE_OF_MAD * float(np.median(np.abs(response - center)))
    threshold = max(MIN_NOISE_LEVELS * noise, MIN_SPOT_STRENGTH * float(response.max()))
    sizes = tuple(2 * max(1, round(width / 2)) + 1 for width in widths)
    places = _maxima(response, sizes, threshold)
    return _without_rings([(place, float(response[place])) for place in places], widths)


def _log(stack: Stack, sigmas: Sequence[float]) -> Stack:
    """Return minus the Laplacian of the Gaussian, each axis scaled by its own width."""
    from scipy import ndimage

    total = np.zeros_like(stack)
    for axis, sigma in enumerate(sigmas):
        orders = [2 if other == axis else 0 for other in range(stack.ndim)]
        total -= sigma**2 * ndimage.gaussian_filter(stack, sigmas, order=orders)
    return total


def _maxima(values: Stack, sizes: Index, threshold: float) -> list[Index]:
    """Return the samples above a threshold that are the highest of a window around them, the highest first."""
    from skimage.feature import peak_local_max

    found = peak_local_max(
        values,
        min_distance=min(sizes) // 2,  # a plateau is one maximum
        footprint=np.ones(sizes, bool),
        threshold_abs=threshold,
        exclude_border=False,
    )
    return [tuple(int(index) for index in place) for place in found]


def _widths(values: Stack, place: Index, ground: float) -> tuple[float, ...]:
    found = []
    for axis in range(values.ndim):
        index: list[int | slice] = list(place)
        low = max(0, place[axis] - 64)  # a line of a large stack holds other spots, too
        index[axis] = slice(low, place[axis] + 65)
        found.append(_peak_width(values[tuple(index)] - ground, place[axis] - low))
    return tuple(found)


def _peak_width(line: NDArray[np.floating], top: int) -> float:
    """Return the FWHM of the peak at `top`, whatever else is on the line."""
    half = line[top] / 2
    below = np.flatnonzero(line < half)
    left, right = below[below < top], below[below > top]
    if len(left) == 0 or len(right) == 0:
        return float("nan")
    part = line[left[-1] : right[0] + 1]
    return fwhm(part) if len(part) >= 4 else float(right[0] - left[-1] - 1)


def _without_rings(spots: list[tuple[Index, float]], widths: Sequence[float]) -> list[tuple[Index, float]]:
    """Drop spots that belong to a stronger one nearby: its rings, or a second maximum on top of it."""
    kept: list[tuple[Index, float]] = []
    for place, strength in spots:
        for other, stronger in kept:
            distance = np.linalg.norm((np.array(place) - other) / np.asarray(widths))
            if distance < 0.5 or (distance < 3 and strength < RING_STRENGTH * stronger):
                break
        else:
            kept.append((place, strength))
        if len(kept) >= MAX_SPOTS:
            break
    return kept
