"""What a recipe says of camera and defects, against what the image says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from napari_deconvolve.core.likelihood.noise import saturated_voxels
from napari_deconvolve.core.likelihood.photons import in_own_unit
from napari_deconvolve.core.likelihood.plateau import samples_at_top
from napari_deconvolve.core.likelihood.spikes import find_spikes
from napari_deconvolve.job.data import camera_level, found_ground, level, visible
from napari_deconvolve.job.defects import in_words
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.defects import KEEP
from napari_deconvolve.recipe.recipe import Recipe

CERTAIN = 2.5  # standard deviations
MATTERS = 0.2  # of the light in the dark, by which a wrong offset changes its noise
AMISS = 0.15  # of the light in the dark, by which a background differs that is wrong


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
        yield from _on_background(job, item, asked)
    if asked.defects == KEEP:
        yield from _on_kept(job, item)
    yield from _on_top(job, item)


def _on_offset(job: Job, item: int, asked: Recipe) -> Iterator[str]:
    line = camera_level(job, item).transfer
    if not isinstance(asked.offset, float) or line is None or not line.trusted:
        return
    used = level(job, item)
    amiss = used - line.level
    if abs(amiss) > max(CERTAIN * line.level_sd, MATTERS * (line.dark - line.level)):
        side = "high" if amiss > 0 else "low"
        yield (
            f"The camera's offset is too {side}: with the read noise, {used:.4g} counts would have no noise, and the "
            f"image says {line.level:.4g} ± {line.level_sd:.2g}. Leave offset and read noise at auto, or look them up."
        )


def _on_background(job: Job, item: int, asked: Recipe) -> Iterator[str]:
    given, line = asked.background, camera_level(job, item).transfer
    if not isinstance(given, float) or given == 0 or line is None or not line.trusted:
        return
    found = found_ground(job, item)
    if found.by.filled or found.by.bright:
        return
    dark = found.value if isinstance(found.value, float) else float(np.mean(found.value.values(job.frame)))
    if abs(given - dark) > AMISS * (dark - line.level):
        side, where = ("high", "below") if given > dark else ("low", "above")
        yield (
            f"The background is too {side}: {given:.4g} counts were given, and the empty parts of the image lie "
            f"{where} that, at {dark:.4g}. Leave it at auto, or give what an empty field has."
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
