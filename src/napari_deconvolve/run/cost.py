"""What a run will cost, before it begins."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.likelihood.finest import central_part
from napari_deconvolve.core.priors.prior import PRIORS, as_prior
from napari_deconvolve.core.transforms.boundary import Layout, as_boundary, layout
from napari_deconvolve.core.transforms.fft import cpu_count
from napari_deconvolve.errors import ParameterError, ResourceError
from napari_deconvolve.job.problem import Job
from napari_deconvolve.memory import USABLE_MEMORY, duration_text, free_bytes, room, size_text
from napari_deconvolve.psf.protocol import strata_count
from napari_deconvolve.recipe.method import METHODS, samples_of
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.diagnostics.given import takes_counts_as_they_are

# Resident bytes that it takes to find camera, background and defects (`benchmarks/costs.py`): per sample of the middle
# of an image, where noise is measured; per sample of images, of cubes of lines, and of the padded box of stacks, which
# are brought into focus; the last again beside an iteration, where a background that was given is looked at.
NOISE_BYTES, IMAGE_BYTES, LINES_BYTES, STACK_BYTES, CHECKED_BYTES = 170, 29, 47, 26, 20
LIBRARY_BYTES, SERIES_BYTES = 3_000_000, 10_000_000  # of threads and libraries, whatever the image; of several items
STRATUM_COST = 0.28  # of an iteration, that each stratum beyond the first takes: 3 take 1.5 to 1.7 times, 5 twice


Found = Literal["nothing", "camera", "check", "all"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Peak memory beyond the image itself, in bytes, and time, in seconds, of a run."""

    bytes: int
    seconds: float

    def __str__(self) -> str:
        about = "" if self.seconds <= 0.5 else "about "  # "less than 1 s"
        return f"{size_text(self.bytes)}, {about}{duration_text(self.seconds)}"


def estimate_cost(
    shape: Sequence[int],
    psf_shape: Sequence[int] | Sequence[Sequence[int]],
    iterations: int = 30,
    *,
    acceleration: str | None = DEFAULT_ACCELERATION,
    prior: str | None = None,
    method: str = "rl",
    boundary: str = "extended",
    dtype: str = "float32",
    lockstep: bool = False,
    snapshots: int = 0,
    strata: int = 1,
    found: Found = "nothing",
) -> Cost:
    """Predict memory and time of a run.

    Parameters
    ----------
    shape, psf_shape : sequence of int
        Of the image and of the PSF, which acts on the last axes. Several shapes are of one PSF per channel.
    iterations : int
        How many; the Wiener filter does one.
    acceleration, prior, method, boundary, dtype
        As in `Recipe`.
    lockstep : bool
        Whether all items along looped axes are held at once, as `iterate` does.
    snapshots : int
        How many estimates are kept on the way.
    strata : int
        Of a PSF that changes with depth.
    found : str
        What is found from the image as well: "nothing"; "camera" and defects, without a background; the same, and in
        the end a "check" of a background that was given; or "all", as by `Recipe()`.

    Returns
    -------
    Cost
        The time is scaled from a short measurement on this machine, made once.
    """
    lengths = np.ndim(psf_shape[0]) == 0 if len(psf_shape) else True
    shapes: list[Shape] = [tuple(one) for one in ([psf_shape] if lengths else psf_shape)]  # type: ignore[arg-type]
    axes = len(shapes[0])
    if axes > len(shape):
        raise ParameterError(f"The PSF has {axes} axes and the image {len(shape)}; give a smaller PSF.")
    frame, items = tuple(shape[-axes:]), int(np.prod(shape[:-axes], dtype=np.int64))
    acceleration = None if acceleration == "none" else acceleration
    traits, prior = METHODS.look_up(method), as_prior(prior)
    plans = [_plan(frame, one, boundary) for one in shapes]
    boxes = [samples_of(plan)[0] for plan in plans]
    holding = [traits.working_samples(plan, acceleration, prior) for plan in plans]
    if found == "nothing" and prior is None and strata == 1 and traits.iterates and not plans[0].folded:
        # Where all samples count, the sensitivity is a small table.
        holding = [samples - math.prod(plan.domain) for samples, plan in zip(holding, plans, strict=True)]
    share = items / len(plans)
    held = sum(share * working for working in holding) if lockstep else max(holding)
    size = np.dtype(dtype).itemsize
    real = 8 if axes == 1 else size  # as `Job.dtype`
    working, each = (strata * sum(boxes) + held) * real, int(np.prod(frame, dtype=np.int64)) * size
    done = (items if lockstep else items - 1) * each
    beside = done + (sum(boxes) * size + SERIES_BYTES if items > 1 else 0)
    looked = 0 if found == "nothing" else _looking_bytes(frame, items, max(boxes), found) + beside
    needed = max(working + done, looked, 2 * items * each * real // size)  # estimates are put together in the end
    needed += CHECKED_BYTES * max(boxes) if axes == 3 and found == "check" else 0
    needed += snapshots * items * each
    work = sum(share * box * np.log2(max(box, 2)) for box in boxes)
    work *= 1 + STRATUM_COST * (strata - 1)
    work *= traits.relative_cost(1.0 if prior is None else PRIORS[prior].relative_cost)
    return Cost(int(needed), float(work * traits.expected_iterations(iterations) * _seconds_per_unit(axes)))


def _looking_bytes(frame: Shape, items: int, box: int, found: Found) -> int:
    """Return the memory that it takes to find camera, background and defects of one item, or of all lines."""
    samples = math.prod(frame)
    if len(frame) == 1:
        return LIBRARY_BYTES + LINES_BYTES * items * samples
    middle = math.prod([int(cut.stop - cut.start) for cut in central_part(frame)])
    ground = STACK_BYTES * box if len(frame) == 3 and found == "all" else IMAGE_BYTES * samples
    return LIBRARY_BYTES + max(NOISE_BYTES * middle + 4 * samples, ground)


def _found_by(recipe: Recipe) -> Found:
    if takes_counts_as_they_are(recipe):
        return "nothing"
    if isinstance(recipe.background, str):
        return "all"
    return "check" if isinstance(recipe.background, float) and recipe.background else "camera"


def _plan(frame: Shape, psf: Shape, boundary: str) -> Layout:
    return layout(frame, tuple(length + 1 - length % 2 for length in psf), as_boundary(boundary))


def require_memory(job: Job, *, lockstep: bool = False) -> None:
    """Raise `ResourceError` if a job would not fit into free memory."""
    remedy = "take a smaller region, fewer time points or a smaller PSF"
    remedy += "" if lockstep else ", or write OME-Zarr, which is done in tiles"
    require_free(_needed(job, lockstep), "run", remedy)


def fits(job: Job, memory: int | None = None) -> bool:
    """Return whether a job as a whole fits into what is free, and within so many bytes that this process may use."""
    return _needed(job, lockstep=False) <= room(memory)


def _needed(job: Job, lockstep: bool) -> int:
    return job_cost(job, lockstep=lockstep).bytes + _unread_bytes(job, lockstep)


def require_free(needed: int, what: str, remedy: str) -> None:
    """Raise `ResourceError` if so many bytes would not fit into free memory; `what` needs them: "run"."""
    free = free_bytes()
    if needed > USABLE_MEMORY * free:
        raise ResourceError(f"The {what} needs {size_text(needed)} of memory and {size_text(free)} are free; {remedy}.")


def _unread_bytes(job: Job, lockstep: bool) -> int:
    """Return the memory that a lazy image itself will take: item by item, or where all are run together, all of it."""
    if not job.items.lazy:
        return 0
    pixels = job.items.size if lockstep or job.in_lines else math.prod(job.frame)
    return pixels * int(job.items.dtype.itemsize)


def job_cost(job: Job, *, lockstep: bool = False, snapshots: int = 0) -> Cost:
    """Predict memory of a prepared job, and its time."""
    shape = job.items.outer + job.frame
    kernels = [psf.shape if job.sieve is None else job.sieve.grown(psf.shape) for psf in job.psfs]
    return recipe_cost(job.recipe, shape, kernels, lockstep=lockstep, snapshots=snapshots, strata=strata_count(job.psf))


def recipe_cost(
    recipe: Recipe,
    shape: Sequence[int],
    psf_shape: Sequence[int] | Sequence[Sequence[int]],
    *,
    lockstep: bool = False,
    snapshots: int = 0,
    strata: int = 1,
) -> Cost:
    """Predict memory of a recipe's run, and its time; see `estimate_cost` for the parameters."""
    return estimate_cost(
        shape,
        psf_shape,
        recipe.expected_iterations,
        acceleration=recipe.acceleration,
        prior=recipe.named_prior,
        method=recipe.method,
        boundary=recipe.boundary,
        dtype=recipe.dtype,
        lockstep=lockstep,
        snapshots=snapshots,
        strata=strata,
        found=_found_by(recipe),
    )


@cache
def _seconds_per_unit(axes: int) -> float:
    """Measure iterations on a small box of as many axes: seconds per sample and log2(samples)."""
    from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
    from napari_deconvolve.core.likelihood.noise import poisson_data
    from napari_deconvolve.core.operators.blur import Blur

    shape: Shape = {1: (20_000,), 2: (512, 512), 3: (32, 96, 96)}[axes]
    workers = cpu_count()
    blur = Blur(np.ones((3,) * axes, np.float32) / 3**axes, shape, workers=workers)
    data = poisson_data(np.ones(shape, np.float32), background=0.0, dtype=np.dtype("float32"))
    iteration = RichardsonLucy(blur, data, acceleration=DEFAULT_ACCELERATION)
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        iteration.step()
        times.append(time.perf_counter() - begin)
    blur.close()
    box = float(np.prod(blur.layout.box))
    return float(min(times) / (box * np.log2(box)))
