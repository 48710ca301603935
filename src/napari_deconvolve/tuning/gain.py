"""The gain that diagnostics and RL-GC work with: counts per photon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.likelihood.photons import photon_step
from napari_deconvolve.core.model_selection.calibration import GainCalibration
from napari_deconvolve.job.data import counts, is_white, known_level, noise_model, visible
from napari_deconvolve.job.iteration import maker
from napari_deconvolve.job.pixels import mean_over
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import Region, brightest_item, brightest_region, lines_job, region_job
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.results import with_settings

MAX_GAIN_SD = 0.07  # of the gain: a run that measures it is off by as much


def told_gain(job: Job, item: int) -> float | None:
    """Return counts per photon where the line of variance over mean, looked for before, tells them; else None."""
    found = known_level(job, item)
    transfer = None if found is None else found.transfer
    if transfer is None or not transfer.trusted or transfer.gain_sd > MAX_GAIN_SD * transfer.gain:
        return None
    return transfer.gain


def gains(job: Job, item: int) -> Iterator[float]:
    """Return counts per photon: the recipe's, or better and better as it is measured on the brightest part."""
    given = mean_over(job, item, job.recipe.gain)
    if not isinstance(given, str):
        yield given
        return
    yield from _measured(region_job(job, item, _bright(job, item)), white=is_white(job, item))


def photon_gain(job: Job, item: int) -> float:
    """Return counts per photon where they have to be whole: the recipe's, the step of the data, or as measured.

    Data without a step, as they were subtracted from or interpolated, are measured once, on the channel's brightest
    item; lines are too short alone, and several are taken.
    """
    given, channel = mean_over(job, item, job.recipe.gain), job.channel(item)
    if not isinstance(given, str):
        return given
    step = job.workspace.once(("photon step", item), lambda: photon_step(counts(job, item)))
    if step is not None:
        return step

    def measure() -> float:
        brightest = brightest_item(job, channel)
        in_lines = job.in_lines and len(job) > 1
        part = (lines_job if in_lines else region_job)(job, brightest, _bright(job, brightest))
        return list(_measured(part, white=is_white(job, brightest)))[-1]

    return job.workspace.once(("gain", channel), measure)


def _bright(job: Job, item: int) -> Region:
    return brightest_region(visible(job, item), job.point(job.channel(item)))


def _measured(part: Job, *, white: bool) -> Iterator[float]:
    small = with_settings(part, target_fwhm=0.0, **_plainly(part.recipe))
    for found in GainCalibration(maker(small), noise_model(small, 0), small.psfs[0].data, white=white):
        yield found or 1.0  # an image without light has no gain


def _plainly(recipe: Recipe) -> dict[str, Any]:
    """Return how a method fits the noise: quickly, as 25 plain steps leave light, and by no setting that it ignores."""
    reads = recipe.traits.fields
    given = recipe.acceleration if "acceleration" in reads else None
    return {"acceleration": given or DEFAULT_ACCELERATION, "prior": None}
