"""From aligned beads to one PSF: averaged, centred, freed from its pedestal and the bead's size, not negative."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.beads.find import SIGMA_PER_FWHM, Index, Stack
from napari_deconvolve.psf.beads.measure import Spot, Values, border_of, drawn
from napari_deconvolve.psf.prepare import core_centroid

SAME_PLACE = 0.005  # samples
MAX_CENTRING_PASSES = 4
LEAST_NOISE = 1e-7  # of the light's power: even a perfect measurement is interpolated
CENTRING_SIGMA = 0.25  # FWHMs: noise moves the core's border, and a core that is smoothed first by a fifth as much


def averaged(stack: Stack, spots: Sequence[Spot], half: Index, combine: str) -> Values:
    """Average the beads' windows, so that the centroid of the average's core is the middle sample.

    The last shift is found from the average and applied to all beads, since shifting the average would blur it once
    more.
    """
    from scipy import ndimage

    smooth = CENTRING_SIGMA * np.median([spot.widths for spot in spots], axis=0)
    shift = np.zeros(stack.ndim)
    for _ in range(MAX_CENTRING_PASSES):
        result = _combined(*_windows(stack, spots, half, shift), [spot.height for spot in spots], combine)
        off = np.array(core_centroid(np.maximum(ndimage.gaussian_filter(result, smooth), 0))) - half
        if np.abs(off).max() < SAME_PLACE:
            break
        shift += off
    return result


def without_pedestal(values: Values) -> Values:
    """Subtract the median of the border samples."""
    return np.asarray(values - np.median(border_of(values)))


def light_kept(values: Values) -> Values:
    """Return the nearest array without negative values that holds as much light.

    Cutting negative noise off would leave the positive half of it, which adds up to a pedestal over a large window. The
    projection onto arrays that are not negative and have the same sum takes as much off the rest.
    (The projection onto the simplex: Held, Wolfe and Crowder, Mathematical Programming 6:62, 1974.)
    """
    total = values.sum()
    ordered = np.sort(values.ravel())[::-1]
    offsets = (np.cumsum(ordered) - total) / np.arange(1, len(ordered) + 1)
    last = int(np.flatnonzero(ordered > offsets)[-1])
    return np.asarray(np.maximum(values - offsets[last], 0))


def border_noise(values: Values) -> float:
    """Return the standard deviation of the border samples."""
    return float(np.std(border_of(values)))


def _windows(stack: Stack, spots: Sequence[Spot], half: Index, shift: Values) -> tuple[Values, NDArray[np.bool_]]:
    windows, inside = zip(*(drawn(stack, spot.center + shift, half) for spot in spots), strict=True)
    grounds = np.array([spot.background for spot in spots]).reshape(-1, *(1,) * stack.ndim)
    return np.array(windows) - grounds, np.array(inside)


def _combined(windows: Values, inside: NDArray[np.bool_], heights: Sequence[float], combine: str) -> Values:
    """Combine the windows; each sample from the beads whose window lies in the stack there."""
    scale = np.array(heights).reshape(-1, *(1,) * (windows.ndim - 1))
    # The sum over the sum of heights gives bright beads, whose photon noise is lower, their due weight.
    light, weight = np.where(inside, windows, 0).sum(0), np.where(inside, scale, 0).sum(0)
    mean: Values = np.divide(light, weight, out=np.zeros_like(light), where=weight > 0)
    if combine == "mean" or len(windows) < 3:
        return mean
    fits = np.array(
        [(window * mean)[has].sum() / (mean[has] ** 2).sum() for window, has in zip(windows, inside, strict=True)]
    )
    levelled = np.where(inside, windows / fits.reshape(scale.shape), np.nan)
    levelled[:, ~inside.any(0)] = 0
    return np.asarray(np.nanmedian(levelled, axis=0))


def sphere_otf(shape: Sequence[int], spacing: Sequence[float], diameter: float) -> Values:
    """Return the Fourier transform of a solid sphere of unit light, for `numpy.fft.rfftn`.

    ``3 (sin q - q cos q)/q^3`` with ``q = pi diameter |f|``. For 2D it is that of the sphere's projection, by the
    projection-slice theorem the same function.
    """
    q = np.pi * diameter * np.sqrt(_squares(shape, spacing, [1.0] * len(shape)))
    safe = np.where(q < 1e-2, 1.0, q)
    exact = 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3
    return np.where(q < 1e-2, 1 - q**2 / 10, exact)  # the series, where the difference would cancel


def cleared(values: Values, spacing: Sequence[float], diameter: float, widths: Sequence[float], noise: float) -> Values:
    """Divide a bead's image by its sphere, with a Wiener term for frequencies that noise hides.

    The image is centred, its background off; `noise` is the standard deviation of a sample. The result is
    ``B S/(S^2 + N/P^2)``: B the image's spectrum, S the sphere's, N the noise's power, and P a Gaussian guess of the
    PSF's spectrum, whose variance is the image's less the sphere's (diameter^2/20 per axis). With a diameter of 0
    nothing is divided, and the Wiener filter takes away the noise at frequencies that hold no light.
    """
    from scipy import fft

    shape = [fft.next_fast_len(2 * length) for length in values.shape]
    before = [(full - length) // 2 for full, length in zip(shape, values.shape, strict=True)]
    pad = [(b, n - m - b) for b, n, m in zip(before, shape, values.shape, strict=True)]
    sphere = sphere_otf(shape, spacing, diameter)
    variances = [
        max((width * SIGMA_PER_FWHM) ** 2 - diameter**2 / 20, (0.3 * width * SIGMA_PER_FWHM) ** 2) for width in widths
    ]
    guess = np.exp(-4 * np.pi**2 * _squares(shape, spacing, variances))  # the square of the spectrum
    power = max(noise**2 * values.size / float(values.sum()) ** 2, LEAST_NOISE)
    # Mirrored at its borders, a window that cuts the light off makes no step there.
    spectrum = fft.rfftn(np.pad(values, pad, mode="symmetric"))
    # guess/(guess S^2 + N) is 1/(S^2 + N/guess) without dividing by a guess that has vanished
    filtered = spectrum * sphere * guess / (guess * sphere**2 + power)
    inside = tuple(slice(low, low + length) for low, length in zip(before, values.shape, strict=True))
    return np.asarray(fft.irfftn(filtered, shape)[inside])


def _squares(shape: Sequence[int], spacing: Sequence[float], weights: Sequence[float]) -> Values:
    """Return the weighted sum of squared frequencies."""
    total = np.zeros(())
    for axis, (length, step, weight) in enumerate(zip(shape, spacing, weights, strict=True)):
        last = axis == len(shape) - 1
        frequency = np.fft.rfftfreq(length, step) if last else np.fft.fftfreq(length, step)
        total = np.add.outer(total, weight * frequency**2)
    return total
