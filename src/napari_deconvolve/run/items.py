"""Which items of a job are run together: the spectra of a cube, in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import numpy as np

from napari_deconvolve.core.algorithms.batch import BatchRichardsonLucy
from napari_deconvolve.core.algorithms.iterate import Iteration
from napari_deconvolve.core.algorithms.wiener_lines import WienerLines
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.batch_noise import batch_data, saturated_samples
from napari_deconvolve.core.operators.batch_blur import BatchBlur
from napari_deconvolve.core.priors.choice import make_prior
from napari_deconvolve.core.transforms.boundary import as_boundary, layout
from napari_deconvolve.job.data import background, dark_noise, valid_pixels
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.filtering import strength_of
from napari_deconvolve.methods.single import live_iteration

SAMPLES = 1 << 17  # of the padded items of a batch; see benchmarks/cube.py
Items = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A live iteration and the items that it is over.

    Attributes
    ----------
    items : tuple of int
        One or more, in rising order.
    iteration : Iteration, BatchRichardsonLucy or WienerLines
        Over that one, or those.
    """

    items: Items
    iteration: Iteration | BatchRichardsonLucy | WienerLines

    def estimates(self) -> Iterator[tuple[int, FloatArray]]:
        """Return each item with its present estimate."""
        shown = self.iteration.snapshot()
        return zip(self.items, [shown] if len(self.items) == 1 else shown, strict=True)

    def deviances(self) -> list[float]:
        """Return each item's present deviance."""
        one = self.iteration
        return one.deviances.tolist() if isinstance(one, (BatchRichardsonLucy, WienerLines)) else [one.deviance]


def batches(job: Job) -> list[Items]:
    """Cut a job into what is run together: items of one axis and one PSF, or else each by itself.

    Iterations whose number a rule finds on the way go item by item, and so do all methods but Richardson-Lucy and, as
    long as every sample is an ordinary count, the Wiener filter.
    """
    if not _can_be_together(job):
        return [(item,) for item in range(len(job))]
    box = layout(job.frame, job.kernel().shape, as_boundary(job.recipe.boundary)).box
    most = max(1, SAMPLES // int(np.prod(box)))
    channels: dict[int, list[int]] = {}
    for item in range(len(job)):
        channels.setdefault(job.channel(item), []).append(item)
    found = [tuple(items[low : low + most]) for items in channels.values() for low in range(0, len(items), most)]
    return sorted(found)


def live(job: Job, items: Items) -> Live:
    """Set up the iteration over some items."""
    if len(items) == 1:
        return Live(items, live_iteration(job, items[0]))
    chosen, recipe, boundary = list(items), job.recipe, as_boundary(job.recipe.boundary)
    channel = job.channel(items[0])
    noise = batch_data(
        job.items[chosen],
        background=background(job, items[0]),
        dtype=job.dtype,
        mask=None if job.mask is None else job.mask[chosen],
        dark=dark_noise(job, items[0]),
    )
    if recipe.method == "wiener":
        strength = strength_of(job, channel)
        return Live(items, WienerLines(job.kernel(channel), noise, boundary, strength, job.cancelled))
    blur = BatchBlur(job.kernel(channel), job.frame, boundary, job.dtype, cancelled=job.cancelled)
    return Live(
        items,
        BatchRichardsonLucy(
            blur,
            noise,
            start=None if job.start is None else job.start[chosen],
            accelerate=recipe.acceleration is not None,
            prior=make_prior(recipe.prior, recipe.usual_strength),
            spacing=job.psfs[0].spacing,
            sieve=job.sieve,
        ),
    )


def assembled(job: Job, lives: Iterable[Live]) -> FloatArray:
    """Put the present estimates into the image's order of axes; nobody may change them."""
    found = dict(pair for one in lives for pair in one.estimates())
    estimate = job.items.assemble([found[item] for item in range(len(job))])
    estimate.flags.writeable = False
    return estimate


def lockstep(job: Job) -> Iterator[list[Live]]:
    """Iterate over all items at once, without end unless the method comes to one by itself."""
    with ExitStack() as stack:
        lives = [live(job, items) for items in batches(job)]
        for one in lives:
            stack.enter_context(closing(one.iteration.blur))
        while True:
            before = [one.iteration.iteration for one in lives]
            for one in lives:
                one.iteration.step()
            if [one.iteration.iteration for one in lives] == before:
                return
            yield lives


def _can_be_together(job: Job) -> bool:
    recipe = job.recipe
    if len(job) == 1 or not job.in_lines:
        return False
    if recipe.method == "wiener":
        plain = valid_pixels(job) == job.items.size and saturated_samples(job.items.array) is None
        return plain and job.sieve is None
    return (
        recipe.method == "rl"
        and (job.start is None or job.start.shape[1:] == job.frame)
        and not (recipe.automatic and recipe.stop in ("discrepancy", "change"))
    )
