"""What a search can say of finer detail than the PSF lets through.

A finished run is judged by these signs, and by its object's spectrum (`confirmation.shows_finer_detail`). They take
more iterations, and so are looked for only as far as they can turn that verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from napari_deconvolve.core.model_selection.calibration import GainCalibration, Left
from napari_deconvolve.core.model_selection.held_out import HeldOutPair, HeldOutSearch, left_by
from napari_deconvolve.core.model_selection.object_spectrum import upturn
from napari_deconvolve.core.model_selection.residual_spectrum import unexplained
from napari_deconvolve.job.data import noise_model, transfer_of, visible
from napari_deconvolve.job.iteration import maker
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import brightest_region, region_job
from napari_deconvolve.tuning.confirmation import (
    CERTAIN,
    COMPARED_BY,
    CONTRARY,
    Confirmation,
    compared,
    shows_finer_detail,
    told_early,
)
from napari_deconvolve.work import Progress, Work

# Standard deviations by which the spectrum of a finished run may differ, and what its data hold by a run and its twin.
NEARLY, ABOUT = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for finer detail, beside the object's spectrum.

    Attributes
    ----------
    confirmed : Confirmation
        By a narrower PSF.
    unexplained : float
        See `residual_spectrum.unexplained`.
    """

    confirmed: Confirmation = field(default_factory=Confirmation)
    unexplained: float = 0.0


@dataclass(frozen=True, slots=True)
class Halves:
    """A test region without prior and sieve, and what its halves led to.

    Attributes
    ----------
    job : Job
        The region.
    pair : tuple of PoissonData
        The halves of its photons.
    reference : HeldOutSearch
        Finished, over this pair first.
    left : Left or None
        By a run and its twin, where they have measured the gain.
    """

    job: Job
    pair: HeldOutPair
    reference: HeldOutSearch
    left: Left | None

    @property
    def axes(self) -> int:
        """How many there are."""
        return len(self.job.frame)

    def unexplained(self, left: Left) -> float:
        """Return by how many standard deviations there is more than noise; a wide PSF leaves light to follow too."""
        found = unexplained(*left, self.job.psfs[0].data)
        return min(found, found * told_early(self.job))

    def about(self) -> float:
        """Return as much by the halves, which costs nothing; 0 for stacks, where more than noise is no sign."""
        return self.unexplained(left_by(self.pair, self.reference.models[:2])) if self.axes == 2 else 0.0


def signs(job: Job, item: int, halves: Halves) -> Work[Signs]:
    """Return what `halves` of the brightest part of an item say, as far as it matters."""
    transfer = transfer_of(job, item)
    if halves.axes < 2 or transfer is None or not transfer.trusted or job.point(job.channel(item)).depths:
        return Signs()  # nothing will be judged
    about = halves.about()
    if not shows_finer_detail(halves.axes, CERTAIN, np.inf, about + ABOUT):
        return Signs(unexplained=about)
    turn = _upturn(job, item)
    if turn > CERTAIN + NEARLY or turn < -CONTRARY - NEARLY:
        return Signs()  # it decides alone
    reference, same = halves.reference, halves.job.recipe.acceleration == COMPARED_BY
    known = reference.first_models if same else {}
    confirmed = yield from compared(halves.job, halves.pair, reference.iterations, known)
    if not shows_finer_detail(halves.axes, turn + NEARLY, confirmed.deviations, about + ABOUT):
        return Signs(confirmed, about)
    left = halves.left or (yield from _measured(halves.job))
    return Signs(confirmed, 0.0 if left is None else halves.unexplained(left))


def _upturn(job: Job, item: int) -> float:
    """Return how an item's spectrum turns, over the part that a finished run is judged by."""
    part = brightest_region(visible(job, item), job.point(job.channel(item)))
    region = region_job(job, item, part)
    noise = noise_model(region, 0)
    light = np.where(noise.usable, noise.data - noise.background, 0)
    return upturn(light, job.psfs[job.channel(item)].data)


def _measured(job: Job) -> Work[Left | None]:
    """Return what a run leaves of a region, and of noise."""
    calibration = GainCalibration(maker(job), noise_model(job, 0), job.psfs[0].data)
    for number, _ in enumerate(calibration, 1):
        yield Progress(number, number, stage="measuring what is left")
    return calibration.left
