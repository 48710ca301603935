"""Tests of the model behind a finished run: PSF, camera and background against the image itself.

They judge by the noise that the photon transfer finds, without any PSF, and are silent where that is not certain. Each
is a number of standard deviations under the right model, and costs a few transforms of a part of the estimate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.likelihood.photon_transfer import PhotonTransfer
from napari_deconvolve.core.model_selection.object_spectrum import upturn
from napari_deconvolve.core.model_selection.residual_spectrum import agreement, excess, odd_kernel
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import as_boundary, layout
from napari_deconvolve.job.data import level, transfer_of, visible
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import Region, brightest_region
from napari_deconvolve.tuning.confirmation import shows_finer_detail

MIN_EXCESS = {1: 5.0, 2: 5.0, 3: 10.0}  # standard deviations, by axes: runs over stacks end with light left to follow
MIN_AGREEMENT, MIN_EXPLAINED = 3.0, 0.05  # standard deviations, the most of four; and share of the residual's excess
LEAST_VARIANCE = 0.05  # of that in the dark, below which none is expected


class Fitted(NamedTuple):
    """The data of an item, their model in its brightest part, and the estimate over its whole domain.

    All are over the scale of the data.
    """

    noise: PoissonData
    part: Region
    model: FloatArray
    estimate: FloatArray


@dataclass(frozen=True, slots=True)
class ModelTests:
    """What the image says about the model of one item.

    Attributes
    ----------
    gain : float
        Counts per photon by the photon transfer.
    axes : int
        Of the item: 2 or 3.
    upturn : float
        See `object_spectrum.upturn`.
    excess : float
        Standard deviations by which the residual holds more than noise at fine frequencies.
    asymmetry : float
        Standard deviations by which the residual follows a PSF that is not symmetric along z; 0 where other faults
        explain more of it.
    confirmed : float or None
        See `confirmation.Confirmation.deviations`; None where no settings were found.
    unexplained : float
        See `residual_spectrum.unexplained`; 0 where no settings were found.
    """

    gain: float
    axes: int = 2
    upturn: float = 0.0
    excess: float = 0.0
    asymmetry: float = 0.0
    confirmed: float | None = None
    unexplained: float = 0.0

    @property
    def too_wide(self) -> bool:
        """Whether the image holds finer detail than the PSF lets through."""
        return shows_finer_detail(self.axes, self.upturn, self.confirmed, self.unexplained)

    @property
    def structured(self) -> bool:
        """Whether the residual is certainly more than noise."""
        return self.excess > MIN_EXCESS[self.axes]

    @property
    def aberrated(self) -> bool:
        """Whether the PSF is not symmetric along z, though the given one is."""
        return self.asymmetry > MIN_AGREEMENT


def tests_of(job: Job, item: int, iteration: object) -> ModelTests | None:
    """Test the model of an item by the live iteration that ended; None where its noise is not known for certain."""
    transfer = trusted_transfer(job, item)
    if transfer is None:
        return None
    if not isinstance(iteration, RichardsonLucy) or job.point(job.channel(item)).depths:
        return ModelTests(transfer.gain)
    noise, estimate, part = iteration.noise, iteration.present, tested_part(job, item)
    model = _blurred(job, job.kernel(job.channel(item)), estimate, part)
    model += np.asarray(_background(noise, part), model.dtype)
    np.maximum(model, noise.floor, out=model)
    return tests_of_model(job, item, Fitted(noise, part, model, estimate), transfer)


def tested_part(job: Job, item: int) -> Region:
    """Return the part of an item that is tested."""
    return brightest_region(visible(job, item), job.point(job.channel(item)))


def trusted_transfer(job: Job, item: int) -> PhotonTransfer | None:
    """Return the line of variance over mean of an item, where it is certain; that of a spectrum never is enough."""
    transfer = transfer_of(job, item) if len(job.frame) > 1 else None
    return transfer if transfer is not None and transfer.trusted else None


def tests_of_model(job: Job, item: int, fitted: Fitted, transfer: PhotonTransfer) -> ModelTests:
    """Test what an estimate says of the brightest part of an item, by the noise of a line of variance over mean."""
    kernel, psf = job.kernel(job.channel(item)), job.psfs[job.channel(item)].data
    noise, part, model = fitted.noise, fitted.part, fitted.model.astype(np.float64)
    background = _background(noise, part)
    sd = _sd(model * noise.scale + level(job, item), transfer) / noise.scale
    counted = noise.usable[part] if noise.saturated is None else (noise.usable & ~noise.saturated)[part]
    residual = np.where(counted, (noise.data[part] - model) / sd, 0)
    light = np.where(counted, noise.data[part], model) - background
    left = excess(residual, kernel)
    change = _odd_change(job, kernel, fitted.estimate, part)
    followed = 0.0 if change is None else agreement(residual, change / sd)
    explained = followed**2 >= MIN_EXPLAINED * left.total
    return ModelTests(transfer.gain, light.ndim, upturn(light, psf), left.fine, followed if explained else 0.0)


def _sd(model: NDArray[np.float64], transfer: PhotonTransfer) -> NDArray[np.float64]:
    """Return the standard deviation of the counts of a model, by the line of the photon transfer."""
    least = LEAST_VARIANCE * (transfer.dark - transfer.level)
    sd: NDArray[np.float64] = np.sqrt(transfer.gain * np.maximum(model - transfer.level, least))
    return sd


def words_on_psf(tests: Sequence[ModelTests]) -> Iterator[str]:
    """Return a sentence for each fault of the PSF."""
    aberration = max((test.asymmetry for test in tests if test.aberrated), default=0.0)
    if aberration:
        yield (
            f"The residual is not symmetric along z ({aberration:.2g} standard deviations), as with spherical "
            "aberration: give the depth and the refractive index of the sample, or measure the PSF there."
        )
    if any(test.too_wide for test in tests):
        yield (
            "The PSF is too wide: the image holds finer detail than it lets through. Check numerical aperture, "
            "wavelength, refractive index and spacing, or measure it with beads."
        )


def _odd_change(job: Job, kernel: FloatArray, estimate: FloatArray, part: Region) -> FloatArray | None:
    """Return how the model changes if the PSF is brighter on one side along z; None where that says nothing.

    A single plane has no sides.
    """
    odd = odd_kernel(kernel) if kernel.ndim == 3 and job.frame[0] > 1 else None
    return None if odd is None else _blurred(job, odd, estimate, part)


def _background(noise: PoissonData, part: Region) -> float | FloatArray:
    return noise.background if isinstance(noise.background, float) else noise.background[part]


def _blurred(job: Job, kernel: FloatArray, estimate: FloatArray, part: Region) -> FloatArray:
    """Return a part of an estimate, over its whole domain, as it is seen through a kernel."""
    padded = job.cut.padded if job.cut is not None else ()
    plan = layout(job.frame, kernel.shape, as_boundary(job.recipe.boundary), padded)
    around, inside = [], []
    for axis, (cut, size) in enumerate(zip(part, kernel.shape, strict=True)):
        reach = size // 2
        places, dark = plan.behind(axis, cut.start - reach, cut.stop + reach)
        around.append(places)
        inside.append(slice(reach - dark, reach - dark + cut.stop - cut.start))
    light = np.ascontiguousarray(estimate[np.ix_(*around)])
    with closing(Blur(kernel, light.shape, "zero", job.dtype, workers=job.workers)) as blur:
        return blur.forward(light)[tuple(inside)]
