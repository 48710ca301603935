"""The gain that diagnostics work with: counts per photon."""

from __future__ import annotations

from collections.abc import Iterator

from napari_deconvolve.core.model_selection.search import calibrate_gain
from napari_deconvolve.job.data import noise_model, visible
from napari_deconvolve.job.iteration import maker
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import brightest_region, region_job
from napari_deconvolve.tuning.results import with_settings


def gains(job: Job, item: int) -> Iterator[float]:
    """Return counts per photon: the recipe's, or better and better as it is measured on the brightest part."""
    given = job.recipe.gain
    if not isinstance(given, str):
        yield given
        return
    psf = job.point(job.channel(item))
    small = with_settings(region_job(job, item, brightest_region(visible(job, item), psf)), target_fwhm=0.0)
    for found in calibrate_gain(maker(small), noise_model(small, 0), small.psfs[0].data):
        yield found or 1.0  # an image without light has no gain
