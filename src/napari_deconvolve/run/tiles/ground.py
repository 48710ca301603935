"""The background under a large image, from a small picture of all of it and from one part at its own resolution.

Small empty places between objects are lost in the picture, which is then too bright, and a part may hold no empty place
at all. So the darker of both is taken; and a surface only from the picture, which shows the whole field, where it is no
brighter than the part says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from napari_deconvolve.core.likelihood.background_map import Ground
from napari_deconvolve.core.likelihood.maps import MAPS, FoundMap, Map
from napari_deconvolve.job.data import found_ground, gain_of
from napari_deconvolve.job.items import alone
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.psf import of_array
from napari_deconvolve.recipe.defects import KEEP
from napari_deconvolve.recipe.kinds import AUTO
from napari_deconvolve.run.tiles.survey import Coarse, Region

MOST_ABOVE = 0.1  # of the part's background above the level: a surface that lies higher there took objects for it


def whole_ground(part: Job, region: Region, coarse: Coarse, low: float) -> tuple[float | Map, Ground]:
    """Return the background of the whole image as its recipe holds it, and what it was found by.

    `part` is a job of the region on which settings are found, whose level without noise is at `low` counts.
    """
    here, picture = found_ground(part, 0), found_ground(_picture(part, coarse, low), 0)
    own, number = _mean(here.value), _mean(picture.value)
    if isinstance(picture.value, MAPS):
        surface = _over_samples(picture.value, coarse)
        there = float(np.mean(surface.part([cut.start for cut in region], part.frame).values(part.frame)))
        if there <= own + MOST_ABOVE * (own - low):
            return surface, replace(picture.by, surface=None)
    by = here.by if own <= number else picture.by
    return max(min(own, number), low), replace(by, surface=None)


def _mean(value: float | FoundMap) -> float:
    return float(value.mean) if isinstance(value, MAPS) else float(value)


def _picture(part: Job, coarse: Coarse, low: float) -> Job:
    """Return a job of the small picture: the mean of n samples has an n-th of their variance over mean."""
    gain = gain_of(part, 0, low) / float(np.prod(coarse.bins))
    camera = {"offset": low, "read_noise": 0.0, "gain": gain if gain > 0 else AUTO}
    recipe = part.recipe.replace(background=AUTO, defects=KEEP, **camera)
    psf = binned(part.psfs[0], coarse.bins)
    return replace(part, items=alone(coarse.means), psf=psf, recipe=recipe, offsets=(), under=None)


def binned(psf: PSF, bins: Sequence[int]) -> PSF:
    """Return a PSF on samples that are so many times as long along each axis."""
    data = np.asarray(psf.data, np.float64)
    for axis, size in enumerate(bins):
        if size == 1:
            continue
        half = data.shape[axis] // 2
        length = size * (2 * -(-half // size) + 1)
        before = length // 2 - half
        widths = [(0, 0)] * data.ndim
        widths[axis] = (before, length - data.shape[axis] - before)
        padded = np.moveaxis(np.pad(data, widths), axis, 0)
        data = np.moveaxis(padded.reshape(-1, size, *padded.shape[1:]).sum(axis=1), 0, axis)
    steps = tuple(step * size for step, size in zip(psf.spacing, bins, strict=True))
    return PSF(data.astype(np.float32), steps, psf.unit, of_array(psf))


def _over_samples(found: FoundMap, coarse: Coarse) -> FoundMap:
    """Return a surface that was found over bins, over the samples."""
    height, width = (coarse.bins[-2], coarse.bins[-1])
    lengths = found.lengths[0] * height, found.lengths[1] * width
    return replace(found, lengths=lengths)
