"""``napari-deconvolve run``: from an image file and a PSF to a deconvolved image file."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np

from napari_deconvolve.cli.large import large_run, require_options, result_store, tell_plan, tell_tiles
from napari_deconvolve.cli.match import job_of
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.recipes import changed
from napari_deconvolve.cli.requests import RunRequest
from napari_deconvolve.cli.run_files import (
    check_outputs,
    tell_found,
    write_background,
    write_outputs,
    write_uncertainty,
)
from napari_deconvolve.cli.session import follow, say
from napari_deconvolve.cli.spectra import SpectrumFile, check_table, tell_notes
from napari_deconvolve.cli.start import Beginning, beginning, recipe_to_go_on
from napari_deconvolve.core.arrays import MAX_AXES
from napari_deconvolve.core.likelihood.maps import mean_of
from napari_deconvolve.errors import ParameterError, ResourceError
from napari_deconvolve.io import ImageFile
from napari_deconvolve.io.recipe_files import read_recipe
from napari_deconvolve.job.meant import meant
from napari_deconvolve.job.problem import Job
from napari_deconvolve.memory import USABLE_MEMORY, free_bytes
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import job_cost, require_memory
from napari_deconvolve.run.diagnostics.uncertainty import uncertainty_of
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.large import LargeRun
from napari_deconvolve.work import Work

Follow = Callable[[Work[Result], int], Result]  # does a run of about so many steps


def run(request: RunRequest) -> None:
    """Deconvolve an image; options given beside --recipe override it."""
    begin = time.perf_counter()
    begun = beginning(request.start, request.resumed, request.recipe)
    with ExitStack() as stores:
        ready = set_up(request, plan_of(request, begun), begun, stores)
        source, job, engine = ready.source, ready.job, ready.engine
        if request.dry_run:
            tell_plan(request, engine, job)
            return
        result = carry_out(request, ready, begun)
    if request.save_background is not None and engine.run is not None and engine.run.ready is not None:
        write_background(request.save_background, source, engine.run.ready.job, result)
    tell_tiles(request, engine, result)
    if isinstance(source, SpectrumFile):
        tell_notes(request.image, source)
    tell_found(result, request.save_psf)
    say(_summary(request.output, job.recipe, result, time.perf_counter() - begin, begun.words(result)))
    for number, camera in enumerate(result.camera):
        if camera.measured:
            say(f"Camera{f', channel {number}' if len(result.camera) > 1 else ''}: {camera}.")
    for warning in result.words:
        say(f"Note: {warning}")
    if request.uncertainty is not None:
        _tell_uncertainty(request.uncertainty, source, job, result)


@dataclass(frozen=True, slots=True, eq=False)
class SetUp:
    """An image file whose run is prepared."""

    source: ImageFile
    job: Job
    engine: LargeRun


def plan_of(request: RunRequest, begun: Beginning) -> Recipe:
    """Return the recipe of the options."""
    return changed(_first_recipe(request, begun), request.changes)


def set_up(request: RunRequest, plan: Recipe, begun: Beginning, stores: ExitStack) -> SetUp:
    """Read image and PSF, and prepare the run by a recipe; nothing is computed or written yet.

    A store in which a large result lies meanwhile is removed with `stores`.
    """
    check_outputs(request, plan)
    require_options(request)
    source, job = matched(request, plan, begun, lazily=request.lazily)
    with named(request.image):
        output = stores.enter_context(result_store(request, source, job))
        return SetUp(source, job, large_run(request, job, output))


def matched(request: RunRequest, plan: Recipe, begun: Beginning, *, lazily: bool) -> tuple[ImageFile, Job]:
    """Read image and PSF, and bring them together; of a file that is read `lazily` this touches hardly a sample."""
    source = request.open_image(lazily)
    check_table(request.output, source)
    as_found = request.as_found or begun.earlier is not None
    point = _psf(request, source, meant(plan, source.data, as_found).recipe)
    with named(request.image):
        job = job_of(source, point, plan, begun.start(source, plan), as_found)
        _require_axis(request, source)
    return source, job


def carry_out(request: RunRequest, ready: SetUp, begun: Beginning, follow: Follow = follow) -> Result:
    """Run to the end, and write the result; `follow` does the computation."""
    job, engine = ready.job, ready.engine
    with named(request.image):
        if engine.run is not None:
            _require_room(job, request.every)
        result = follow(engine.work(), len(job) * job.recipe.expected_iterations)
    write_outputs(request, ready.source, result, begun.extra())
    return result


def _tell_uncertainty(path: str, source: ImageFile, job: Job, result: Result) -> None:
    """Measure how sure a result is, write it, and say what it holds."""
    assert result.psf is not None, "a run knows its PSF"
    known = replace(job, psf=result.psf, recipe=result.recipe, start=None)
    found = follow(uncertainty_of(known), 1, "measuring the uncertainty")
    write_uncertainty(path, source, result, found)
    say(f"{path}: {found}")


def _first_recipe(request: RunRequest, begun: Beginning) -> Recipe:
    if request.as_found and request.recipe is None:
        raise ParameterError("--as-found is for the numbers of --recipe, and none is given; leave it out.")
    if begun.earlier is not None:
        return recipe_to_go_on(begun, request.changes.get("iterations"))
    return Recipe() if request.recipe is None else read_recipe(request.recipe)


def _psf(request: RunRequest, source: ImageFile, plan: Recipe) -> PointSpread:
    """Return the PSF of the options, else the one in the recipe."""
    found = request.open_psf(source, request.formula)
    if found is not None:
        return found
    path = request.recipe or request.resumed
    if plan.psf is None:
        where = "No PSF is given" if path is None else f"--recipe {path} holds no PSF"
        raise ParameterError(f"{where}; give --psf FILE, --gaussian FWHM, --optics or, for a spectrum, --formula TEXT.")
    with named(f"--recipe {path}"):
        return rebuild(plan.psf)


def _require_axis(request: RunRequest, source: ImageFile) -> None:
    """Refuse outputs with an axis more than the image's where that has the most already."""
    given = {"--every": request.every, "--uncertainty": request.uncertainty}
    for name, value in given.items():
        if value is not None and source.data.ndim == MAX_AXES:
            raise ParameterError(
                f"{name} adds an axis, and the image has {MAX_AXES} already, the most that a file holds; leave it out."
            )


def _require_room(job: Job, every: int | None) -> None:
    require_memory(job)
    if every is None:
        return
    # Each snapshot is held twice: as it is kept, and in the stack that is written.
    need = job_cost(job, snapshots=2 * (job.recipe.expected_iterations // every)).bytes
    free = USABLE_MEMORY * free_bytes()
    if need > free:
        raise ResourceError(
            f"With --every {every} the run needs {need / 1e9:.3g} GB of memory and {free / 1e9:.3g} GB are free; "
            "keep fewer with a larger number."
        )


def _summary(output: str, asked: Recipe, result: Result, seconds: float, begun: str) -> str:
    """Return one line: the iterations, the values found from the image, and the time."""
    done = result.recipe.traits.summary(result.recipe.to_dict(), result.iterations)
    found = np.atleast_1d(np.asarray(result.background, float))
    background = f"{found[0]:.4g}" if len(found) == 1 else f"{found.min():.4g} to {found.max():.4g}"
    offset = mean_of(result.recipe.offset)
    if not isinstance(offset, str) and offset:
        background += f" (the camera's offset {offset:.4g} of it)"
    known = "" if math.isnan(result.gain) else f"{result.gain:.3g} counts per photon, misfit {result.misfit:.3g}, "
    known += "" if math.isnan(result.flux_ratio) else f"flux ratio {result.flux_ratio:.3g}, "
    lost = "; .npy keeps no spacing and no recipe" if output.lower().endswith(".npy") else ""
    return (
        f"{output}: {done}{_chosen(asked, result)}{begun}, background {background}, deviance {result.trace[-1]:.4g}, "
        f"{known}{seconds:.1f} s{lost}"
    )


def _chosen(asked: Recipe, result: Result) -> str:
    """Return which settings were chosen from the image, beside the number of iterations or after a given one."""
    sieves = sorted({f"{choice.sieve:g}" for choice in result.choices if choice.sieve})
    priors = sorted({f"{choice.prior} {choice.strength:g}" for choice in result.choices if choice.prior})
    found = [f"prior {', '.join(priors)}"] * bool(priors and asked.prior_wanted)
    found += [f"sieve of {', '.join(sieves)} PSF widths"] * bool(sieves)
    if result.choices and asked.automatic:
        return ", ".join([" chosen from the data", *found])
    return f", {', '.join(found)} chosen from the data" if found else ""
