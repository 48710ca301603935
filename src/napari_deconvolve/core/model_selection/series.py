"""Frames of a series: which of them are alike, so that one number of iterations is right for all.

A frame is described by a few numbers that need neither PSF nor truth. One that lies far from the median of all frames
in any of them, beside their median absolute deviation, is unlike the others: a flash, a frame out of focus, a saturated
or empty one, the alpha channel of a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD

MAX_LIGHT_RATIO = 3.0  # within it, frames share a number of iterations
MIN_FRAMES = 3  # of which one can be unlike the others
DARKEST = 100.0  # times as dark as the brightest frame
FAR = 6.0  # standard deviations from the median
LIGHT_FACTOR, DETAIL_FACTOR, NOISE_FACTOR = 1.5, 1.2, 4.0  # that matter at all, however alike the others are
DISTINCT = 0.2  # of the noise: details below are hidden by it
FINE_SIGMA, MIDDLE_SIGMA, COARSE_SIGMA = 1.0, 3.0, 6.0  # samples: between the first two an object in focus has details
ENDS = (0.1, 0.5, 0.99)  # quantiles: dark, middle, bright
MIN_AT_TOP = 0.002  # share of the samples at the largest value, from which on a frame is saturated
PILE = 3  # times as many samples there as at the value below
LOOKED_AT = 1 << 18  # samples of a frame, around its middle
LEAST = 1e-9  # of the largest light of all frames: darker ones are equally dark


class Frame(NamedTuple):
    """A description of a frame.

    Attributes
    ----------
    light : float
        From dark to bright, in counts.
    level : float
        The median, in counts.
    details, forms, noise : float
        Standard deviation of what lies between the two finer Gaussians, of what lies between the two coarser ones, both
        without noise, and of the noise; in counts.
    at_top : float
        Share of the samples that pile up at the largest value.
    """

    light: float
    level: float
    details: float
    forms: float
    noise: float
    at_top: float


def frame(image: NDArray[np.generic]) -> Frame:
    """Describe one frame of 2 or 3 axes; samples that are not finite are left out."""
    from scipy import ndimage

    data = np.asarray(_middle(image), np.float64)
    known = np.isfinite(data)
    if not known.any():
        return Frame(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    data = data if known.all() else np.where(known, data, np.median(data[known]))
    sigmas = FINE_SIGMA, MIDDLE_SIGMA, COARSE_SIGMA
    fine, middle, coarse = (ndimage.gaussian_filter(data, sigma, truncate=3.0) for sigma in sigmas)
    dark, level, bright = np.quantile(fine, ENDS)
    rough = np.diff(data, 2, axis=-1) if data.shape[-1] > 2 else np.zeros(1)
    noise = float(np.mean(np.abs(rough))) * np.sqrt(np.pi / 12)  # of a normal distribution
    details = float(np.var(fine - middle)) - noise**2 * _noise_between(*sigmas[:2], data.ndim)
    forms = float(np.var(middle - coarse)) - noise**2 * _noise_between(*sigmas[1:], data.ndim)
    light, details, forms = float(bright - dark), np.sqrt(max(details, 0.0)), np.sqrt(max(forms, 0.0))
    return Frame(light, float(level), details, forms, float(noise), _piled(data))


def _noise_between(fine: float, coarse: float, axes: int) -> float:
    """Return what the difference of two Gaussians leaves of the variance of white noise."""
    own = (4 * np.pi * fine**2) ** (-axes / 2) + (4 * np.pi * coarse**2) ** (-axes / 2)
    return float(own - 2 * (2 * np.pi * (fine**2 + coarse**2)) ** (-axes / 2))


def _piled(data: NDArray[np.float64]) -> float:
    """Return the share of samples at the largest value, if more are there than right below it; else 0."""
    top = data == data.max()
    many = int(np.count_nonzero(top))
    below = data[~top]
    next_one = int(np.count_nonzero(below == below.max())) if below.size else 0
    return many / data.size if many > PILE * next_one else 0.0


def by_light(light: Sequence[float]) -> list[list[int]]:
    """Return the places of frames whose light differs by `MAX_LIGHT_RATIO` at most, the brightest ones first.

    Frames darker than a hundredth of the brightest do not matter, and share the number of the darkest ones that do.
    """
    order = sorted(range(len(light)), key=lambda place: -light[place])
    groups: list[list[int]] = []
    for place in order:
        first = None if not groups else light[groups[-1][0]]
        dark = light[place] * DARKEST < light[order[0]]
        if first is None or (light[place] * MAX_LIGHT_RATIO < first and not dark):
            groups.append([])
        groups[-1].append(place)
    return [sorted(group) for group in groups]


def unlike(frames: Sequence[Frame]) -> dict[int, str]:
    """Return the places of frames that are unlike the others, and how: "brighter", "blurred", "saturated", ..."""
    if len(frames) < MIN_FRAMES:
        return {}
    light, level, details, forms, noise, top = np.array(frames).T
    least = max(LEAST * float(light.max()), np.finfo(np.float64).tiny)
    hidden = DISTINCT * noise  # details have at most so much where nothing is seen of them
    seen = np.maximum(details, hidden)
    bright, fine, coarse, rough = (np.log(np.maximum(column, least)) for column in (light, seen, forms, noise))
    sharp = np.where(forms > hidden, fine - coarse, np.nan)
    ground = level / max(float(np.median(light)), least)
    found: dict[int, str] = {}  # what is named last is the more telling
    for values, factor, more, less in (
        (rough - bright / 2, NOISE_FACTOR, "noisier", "without noise"),
        (bright, LIGHT_FACTOR, "brighter", "darker"),
        (sharp, DETAIL_FACTOR, "", "blurred"),
        (ground, np.e, "on a brighter ground", "on a darker ground"),
    ):
        for place, away in _far(values, np.log(factor)):
            found[place] = (more if away > 0 else less) or found.get(place, "sharper")
    for place in np.flatnonzero(top > max(MIN_AT_TOP, 4 * float(np.median(top)))).tolist():
        found[place] = "saturated" if light[place] > least else "of one value"
    return dict(sorted(found.items())) if 2 * len(found) < len(frames) else {}


def _far(values: NDArray[np.float64], least: float) -> list[tuple[int, float]]:
    """Return the places of values that lie far from their median, and by how much; NaN is not known."""
    known = np.isfinite(values)
    if np.count_nonzero(known) < MIN_FRAMES:
        return []
    away = np.where(known, values - np.median(values[known]), 0.0)
    reach = max(FAR * NOISE_OF_MAD * float(np.median(np.abs(away[known]))), least)
    return [(int(place), float(away[place])) for place in np.flatnonzero(np.abs(away) > reach)]


def _middle(image: NDArray[np.generic]) -> NDArray[np.generic]:
    while image.size > LOOKED_AT:
        axis = int(np.argmax(image.shape))
        quarter = image.shape[axis] // 4
        image = image[(slice(None),) * axis + (slice(quarter, quarter + image.shape[axis] // 2),)]
    return image
