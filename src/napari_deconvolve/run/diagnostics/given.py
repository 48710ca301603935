"""What a recipe says of camera and defects, against what the image says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from napari_deconvolve.core.likelihood.background import BACKGROUND_SIGMA, DARK_SHARE, fill_gaps
from napari_deconvolve.core.likelihood.finest import central
from napari_deconvolve.core.likelihood.maps import MAPS
from napari_deconvolve.core.likelihood.noise import saturated_voxels
from napari_deconvolve.core.likelihood.photon_transfer import PhotonTransfer
from napari_deconvolve.core.likelihood.photons import in_own_unit
from napari_deconvolve.core.likelihood.plateau import samples_at_top
from napari_deconvolve.core.likelihood.spikes import find_spikes
from napari_deconvolve.core.percent import percent
from napari_deconvolve.job.data import background, camera_level, found_ground, is_white, level, visible
from napari_deconvolve.job.defects import in_words
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.defects import KEEP
from napari_deconvolve.recipe.recipe import Recipe

CERTAIN = 2.5  # standard deviations
MATTERS = 0.2  # of the light in the dark, by which a wrong offset changes its noise
# Of the light in the dark, by which a background differs that is wrong. One that lies lower may be right, as objects
# can stand on an even ground of their own light: points on a weak one have .14 to .25, and 20 counts amiss .7 and more.
AMISS_HIGH, AMISS_LOW = 0.15, 0.35
MIN_PINNED = 0.05  # share of the samples that are darker than the background
PINNED_SD, PINNED_DEPTH = 5.0, 0.01  # standard deviations of the smoothed noise, and share of the brightest light
BRIGHT = 0.99  # quantile


def takes_counts_as_they_are(recipe: Recipe) -> bool:
    """Return whether a recipe is the textbook's: a number of iterations, no camera, nothing left out."""
    numbers = (recipe.background, recipe.offset, recipe.read_noise)
    given = all(isinstance(one, float) for one in numbers)
    return not recipe.automatic and recipe.defects == KEEP and given and numbers[1:] == (0.0, 0.0)


def words_on_given(job: Job, item: int, asked: Recipe) -> Iterator[str]:
    """Return a sentence for each number of the recipe that was asked for and the image contradicts.

    `job` is the one that was run, which holds numbers where "auto" was asked for.
    """
    if len(job.frame) > 1:
        yield from _on_offset(job, item, asked)
        yield from _on_file(job, item, asked)
    amiss = list(_on_background(job, item, asked)) if len(job.frame) > 1 else []
    yield from amiss or _on_pinned(job, item)
    if asked.defects == KEEP:
        yield from _on_kept(job, item)
    yield from _on_top(job, item)
    yield from _on_flat_noise(job, item)


def _on_offset(job: Job, item: int, asked: Recipe) -> Iterator[str]:
    line = camera_level(job, item).transfer
    if not isinstance(asked.offset, float) or line is None or not line.trusted:
        return
    used = level(job, item)
    if _is_amiss(used, line):
        side = "high" if used > line.level else "low"
        yield (
            f"The camera's offset is too {side}: with the read noise, {used:.4g} counts would have no noise, and the "
            f"image says {line.level:.4g} ± {line.level_sd:.2g}. Leave offset and read noise at auto, or look them up."
        )


def _on_file(job: Job, item: int, asked: Recipe) -> Iterator[str]:
    """Return a sentence where the image's file tells an offset that the image's noise contradicts."""
    told = job.offsets[item] if item < len(job.offsets) else None
    line = camera_level(job, item).transfer
    if told is None or isinstance(asked.offset, MAPS) or line is None or not line.trusted:
        return
    if isinstance(asked.offset, str) and _is_amiss(told, line):
        yield (
            f"The image's file says that the camera's offset is {told:.4g} counts, but by the image {line.level:.4g} "
            f"± {line.level_sd:.2g} counts have no noise, and these were taken. Give the offset if you know it."
        )


def _is_amiss(offset: float, line: PhotonTransfer) -> bool:
    """Return whether counts that have no noise lie certainly, and by what matters, elsewhere than a line says."""
    return abs(offset - line.level) > max(CERTAIN * line.level_sd, MATTERS * (line.dark - line.level))


def _on_background(job: Job, item: int, asked: Recipe) -> Iterator[str]:
    given, line = asked.background, camera_level(job, item).transfer
    if not isinstance(given, float) or given == 0 or line is None or not line.trusted:
        return
    found = found_ground(job, item)
    if found.by.filled or found.by.bright:
        return
    dark = found.value if isinstance(found.value, float) else float(np.mean(found.value.values(job.frame)))
    high, light = given > dark, max(dark - line.level, 0.0)
    unsure = float(np.sqrt(line.gain * light / (DARK_SHARE * np.prod(job.frame))))  # of few photons
    if abs(given - dark) > max((AMISS_HIGH if high else AMISS_LOW) * light, CERTAIN * unsure):
        side, where, so = ("high", "below", ": there the estimate is pinned at zero") if high else ("low", "above", "")
        yield (
            f"The background is too {side}: {given:.4g} counts were given, and the empty parts of the image lie "
            f"{where} that, at {dark:.4g}{so}. Leave it at auto, or give what an empty field has."
        )


def _on_kept(job: Job, item: int) -> Iterator[str]:
    found = find_spikes(in_own_unit(visible(job, item))[0], job.sharpest(job.channel(item)))
    if found is not None and found.found.any():
        hot, dead = (int(np.count_nonzero(one)) for one in (found.hot, found.dead))
        yield f"{in_words(hot, dead)} and kept, as the recipe says. Leave them out by the parameter defects."


def _on_top(job: Job, item: int) -> Iterator[str]:
    count, top = samples_at_top(visible(job, item))
    if count and saturated_voxels(job.items[item]) is None:  # else they count as "at least so bright"
        yield (
            f"{count} samples hold exactly the largest value, {top:.6g}: the detector was saturated, and the estimate "
            "is too dark there. Expose less, or leave these samples out by a mask."
        )


def _on_pinned(job: Job, item: int) -> Iterator[str]:
    """Return a sentence where a part of an image is darker than its background, more than noise makes it."""
    from scipy import ndimage

    data, under = central(np.asarray(visible(job, item))), np.asarray(background(job, item), np.float64)
    above = fill_gaps(data - (central(under) if under.ndim else under))
    if above is None or above.shape[-1] < 2 or not is_white(job, item):  # neighbours do not tell other noise
        return
    smooth = ndimage.gaussian_filter(above, BACKGROUND_SIGMA, mode="reflect", truncate=3.0)
    axes = sum(length > 1 for length in above.shape)
    dark = smooth[..., 1:] <= np.median(smooth)
    noise = float(np.std(np.diff(above, axis=-1)[dark])) / np.sqrt(2)
    kept = (2 * np.sqrt(np.pi) * BACKGROUND_SIGMA) ** (-axes / 2)  # of white noise, by a Gaussian
    bright = float(np.quantile(smooth, BRIGHT))
    share = float(np.mean(smooth < -max(PINNED_SD * noise * kept, PINNED_DEPTH * bright)))
    if share > MIN_PINNED:
        found = isinstance((job.asked or job.recipe).background, str)
        remedy = "Give a lower background" if found else "Leave the background at auto, or give a lower one"
        yield (
            f"{percent(share)} of the samples are darker than the background, more than noise makes them: there the "
            f"estimate is pinned at zero. {remedy}."
        )


def _on_flat_noise(job: Job, item: int) -> Iterator[str]:
    """Return a sentence where noise does not grow with light; of data below 0 another one says as much."""
    known = camera_level(job, item)
    if known.transfer is not None and known.transfer.flat and not known.below:
        yield (
            "The noise does not grow with light, as that of counts does: the image is a square root, a logarithm or a "
            "display's gamma of counts, or holds none. Take the image as it was recorded."
        )
