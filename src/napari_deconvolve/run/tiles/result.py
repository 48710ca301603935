"""The result of a run in tiles, from what is kept of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from napari_deconvolve.core.likelihood.maps import mean_of
from napari_deconvolve.core.percent import percent
from napari_deconvolve.job.defects import in_words
from napari_deconvolve.job.meant import found_here
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf.description import describe
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import made_of
from napari_deconvolve.run.quality import misfit_of
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.keeper import Keeper
from napari_deconvolve.run.tiles.seams import Seams, seam_words
from napari_deconvolve.run.tiles.setup import Setup
from napari_deconvolve.run.tiles.tile import TileFacts


def result_of(job: Job, setup: Setup, keeper: Keeper, seams: Seams | None) -> Result:
    """Return the result; of a run of which only some tiles are done, what these tell."""
    known = [facts for number in range(len(setup.plan)) if (facts := keeper.facts(number)) is not None]
    trace = tuple(math.fsum(values) for values in zip_longest(*(_lasting(one, known) for one in known)))
    light, given = (math.fsum(getattr(one, name) for one in known) for name in ("light", "given"))
    gains = [one.gain for one in setup.decided if math.isfinite(one.gain)]
    gain = math.fsum(gains) / len(gains) if gains else math.nan
    samples = sum(one.samples for one in known)
    grounds = tuple(_number(one.recipe) for one in setup.decided)
    return Result(
        estimate=keeper.estimate,
        iterations=len(trace),
        trace=trace,
        background=grounds[0] if len(grounds) == 1 else grounds,
        recipe=recipe_of(job, setup),
        choices=tuple(choice for one in setup.decided for choice in one.choices),
        flux_ratio=light / given if given > 0 else math.nan,
        gain=gain,
        camera=tuple(camera for one in setup.decided for camera in one.camera),
        misfit=misfit_of(trace[-1], samples, gain) if trace else math.nan,
        words=tuple(dict.fromkeys(_words(setup, known, seams))),
        psf=job.psf,
        seams=None if seams is None else (seams.typical, seams.worst),
        made=made_of(job),
    )


def recipe_of(job: Job, setup: Setup) -> Recipe:
    """Return the recipe that repeats the run: with the numbers found for a single PSF, and as asked for several."""
    recipe = setup.decided[0].recipe if len(setup.decided) == 1 else job.recipe
    return found_here(job, recipe.replace(psf=describe(job.psf)))


def _lasting(one: TileFacts, every: Sequence[TileFacts]) -> tuple[float, ...]:
    """Return a trace that rests at its end while those of other channels go on."""
    longest = max(len(other.trace) for other in every)
    return one.trace + one.trace[-1:] * (longest - len(one.trace))


def _number(recipe: Recipe) -> float:
    found = mean_of(recipe.background)
    assert not isinstance(found, str)
    return found


def _words(setup: Setup, known: Sequence[TileFacts], seams: Seams | None) -> Iterator[str]:
    for number, one in enumerate(setup.decided):
        yield from one.words if len(setup.decided) == 1 else (f"Channel {number}: {word}" for word in one.words)
    if len(known) < len(setup.plan):
        yield f"{len(known)} of {len(setup.plan)} tiles are done; the others hold nothing yet. Resume the run."
    hot, dead = sum(one.hot for one in known), sum(one.dead for one in known)
    if hot or dead:
        yield f"{in_words(hot, dead)} and left out, those in overlaps counted twice; the parameter defects keeps them."
    missing, samples = sum(one.missing for one in known), sum(one.samples for one in known)
    if missing:
        yield f"{percent(missing / max(missing + samples, 1))} of the samples hold no data and are left out."
    for facts in known:
        yield from facts.words
    yield from seam_words(seams)
