"""A PSF that is found on the brightest part of the image, and then plain Richardson-Lucy with it.

"width" fits the width of the given PSF (`psf_width`), from either side; "alternate" makes the PSF wider and lets image
and PSF improve each other (`alternation`). The recipe of the run that follows is plain, and repeats its numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from napari_deconvolve.job.meant import with_given_psf
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.rl import RichardsonLucyMethod
from napari_deconvolve.recipe.method import METHODS, TUNED
from napari_deconvolve.tuning.alternation import alternate
from napari_deconvolve.tuning.found_width import by_width
from napari_deconvolve.tuning.psf_width import WidthSearch
from napari_deconvolve.tuning.results import FoundPSF
from napari_deconvolve.work import Work


class BlindMethod(RichardsonLucyMethod):
    """Richardson-Lucy with a PSF that is found first."""

    name: ClassVar[str] = "blind"
    label: ClassVar[str] = "Blind"
    short: ClassVar[str] = "Blind RL"
    meaning: ClassVar[str] = "finds the PSF from the image first, near the one given"
    noun: ClassVar[str] = "the Richardson-Lucy algorithm with a PSF that was fitted to the image"
    note: ClassVar[str] = "Finds the PSF from the image, near the one chosen, and shows it as a layer."
    rank: ClassVar[int] = 3
    fields: ClassVar[frozenset[str]] = TUNED | {"blind", "symmetry"}
    continues: ClassVar[bool] = False
    exact: ClassVar[bool] = False
    finds_psf: ClassVar[bool] = True
    compares: ClassVar[bool] = False
    takes_strata: ClassVar[bool] = False
    takes_tiles: ClassVar[bool] = False

    def short_name(self, recipe: object) -> str:
        """Return the same name with any prior."""
        return self.short

    def resolve(self, job: Job) -> Work[tuple[Job, tuple[FoundPSF, ...]]]:
        """Find the PSF of each channel on its brightest item; go on by plain Richardson-Lucy."""
        job = with_given_psf(job)
        find = _by_width if job.recipe.blind == "width" else alternate
        found: list[FoundPSF] = []
        for channel in range(len(job.psfs)):
            one = yield from find(job, channel)
            found.append(one)
        psf = job.psf.with_channels([one.psf for one in found])
        return replace(job, psf=psf, recipe=job.recipe.replace(method=RichardsonLucyMethod.name)), tuple(found)


def _by_width(job: Job, channel: int) -> Work[FoundPSF]:
    """Fit the width of a channel's PSF; keep the given one unless another certainly does no worse."""
    given, check = job.psfs[channel], (yield from WidthSearch(job, channel).work())
    return by_width(given, check)


METHODS.add(BlindMethod())
