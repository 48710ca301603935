"""Where a job's iterations run: on a GPU where the recipe asks for one and the job can, else on the CPU."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from napari_deconvolve.core.accelerations.acceleration import step_of
from napari_deconvolve.core.accelerations.nesterov import Nesterov
from napari_deconvolve.core.algorithms.device_richardson_lucy import ARRAYS, DeviceRichardsonLucy
from napari_deconvolve.core.device import Device, DeviceMemoryError, find_gpu, has_driver
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.operators.device_blur import DeviceBlur, box_for
from napari_deconvolve.core.priors.prior import PRIORS, make_prior
from napari_deconvolve.core.priors.squared_differences import SquaredDifferences
from napari_deconvolve.core.transforms.boundary import as_boundary, layout
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.kinds import AUTO

GPU, CPU = "gpu", "cpu"
SMALL = 1 << 18  # samples of a box, below which the CPU is as quick as handing it over, and "auto" stays there
REHEARSED = 0.4  # of the free memory, from which on a step is tried before it counts
NOTE = "device"  # where a job's workspace keeps what was said


def device_of(job: Job) -> Device | None:
    """Return the device for a job's iterations; None for the CPU."""
    asked = job.recipe.device
    if asked == CPU or (asked == AUTO and (_samples(job) < SMALL or not has_driver())):
        return None
    return None if next(_against(job), None) else find_gpu()


def placed(job: Job) -> Job:
    """Return a job with a remark where its recipe asks for a GPU and it will run on the CPU all the same."""
    if job.recipe.device != GPU:
        return job
    reason = next(_against(job), None) or ("No GPU was found" if find_gpu() is None else None)
    return job if reason is None else replace(job, remarks=(*job.remarks, f"{reason}: run on the CPU."))


def _against(job: Job) -> Iterator[str]:
    """Yield why a job cannot be run on any GPU, in words."""
    recipe, prior = job.recipe, job.recipe.named_prior
    if "device" not in recipe.traits.fields:
        yield f"The method {recipe.method} does not run on a GPU"
    if len(job.frame) < 2:
        yield "Lines are too small for a GPU"
    if recipe.acceleration is not None and step_of(recipe.acceleration) is not Nesterov:
        yield f"The acceleration {recipe.acceleration} does not run on a GPU, and {Nesterov.name} does"
    if prior is not None and not issubclass(PRIORS[prior], SquaredDifferences):
        yield f"The prior {prior} does not run on a GPU"
    if layout(job.frame, job.kernel().shape, as_boundary(recipe.boundary)).folded:
        yield f"The boundary {recipe.boundary} does not run on a GPU"
    if any(one.depths for one in job.psf.channels):
        yield "A PSF that changes with depth does not run on a GPU"


def iteration_on(device: Device, job: Job, item: int, noise: PoissonData | None = None) -> DeviceRichardsonLucy:
    """Set up Richardson-Lucy over one item on a device.

    Raise `DeviceMemoryError` where its memory does not do, and `ParameterError` for what it cannot.
    """
    recipe = job.recipe
    if job.dtype.itemsize > 4 and not device.double:
        raise ParameterError(f"The {device.label} has no numbers of double precision")
    plan = box_for(device, job.frame, job.kernel(job.channel(item)).shape, as_boundary(recipe.boundary), _padded(job))
    free, needed = device.room(), ARRAYS * math.prod(plan.box) * job.dtype.itemsize
    if free is not None and needed > free:
        raise DeviceMemoryError(f"The memory of the {device.label} is too small")
    data = noise_model(job, item) if noise is None else noise

    def made() -> DeviceRichardsonLucy:
        kernel = job.kernel(job.channel(item))
        blur = DeviceBlur(device, kernel, job.frame, plan.boundary, job.dtype, _padded(job))
        return DeviceRichardsonLucy(
            blur,
            data,
            start=job.first_estimate(item),
            momentum=recipe.acceleration is not None,
            prior=make_prior(recipe.named_prior, recipe.usual_strength),
            spacing=job.psfs[0].spacing,
            sieve=job.sieve,
            steps=None if job.cut is None else job.cut.steps,
        )

    live: DeviceRichardsonLucy = device.checked(made)
    if free is None or needed > REHEARSED * free:
        live.rehearse()
    return live


def on_device(job: Job, item: int, noise: PoissonData | None = None) -> DeviceRichardsonLucy | None:
    """Return the iteration over one item on a device; None for the CPU, and why is noted where that was not meant.

    Raise `DeviceMemoryError` for a part of an image, as smaller parts may do.
    """
    device = device_of(job)
    if device is None:
        return None
    try:
        return iteration_on(device, job, item, noise)
    except DeviceMemoryError as error:
        if job.cut is not None:
            raise
        note(job, str(error).partition(";")[0])
    except ParameterError as error:
        note(job, str(error).rstrip("."))
    return None


def note(job: Job, reason: str) -> None:
    """Note that a job runs on the CPU, and why."""
    job.workspace.once(NOTE, lambda: f"{reason}: run on the CPU.")


def noted(job: Job) -> tuple[str, ...]:
    """Return what was noted."""
    known: str | None = job.workspace.get(NOTE)
    return () if known is None else (known,)


def _samples(job: Job) -> int:
    return math.prod(layout(job.frame, job.kernel().shape, as_boundary(job.recipe.boundary), _padded(job)).box)


def _padded(job: Job) -> tuple[bool, ...]:
    return () if job.cut is None else job.cut.padded
