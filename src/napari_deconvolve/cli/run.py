"""``napari-deconvolve run``: from an image file and a PSF to a deconvolved image file."""

from __future__ import annotations

import time

from napari_deconvolve.cli.found import tell_found
from napari_deconvolve.cli.match import at_image, match
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.recipes import changed, read_recipe
from napari_deconvolve.cli.requests import RunRequest
from napari_deconvolve.cli.run_files import check_outputs, write_outputs
from napari_deconvolve.cli.run_words import summary
from napari_deconvolve.cli.session import STOP, follow, say
from napari_deconvolve.cli.spectra import check_table, is_table, tell_notes
from napari_deconvolve.cli.start import Beginning, beginning, recipe_to_go_on
from napari_deconvolve.errors import ParameterError, ResourceError
from napari_deconvolve.io import ImageFile
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import SPARE, free_bytes, job_cost, require_memory
from napari_deconvolve.run.engine import Run


def run(request: RunRequest) -> None:
    """Deconvolve an image; options given beside --recipe override it."""
    begin = time.perf_counter()
    begun = beginning(request.start, request.resumed, request.recipe)
    plan = changed(_first_recipe(request, begun), request.changes)
    check_outputs(request, plan)
    source = request.open_image()
    if is_table(request.output):
        check_table(request.output, source)
    point = _psf(request, source, plan)
    with named(request.image):
        job = _job(source, point, plan, begun)
        _require_room(job, source, request.every)
        engine = Run(job, keep_every=request.every, resumable=request.resumable)
        result = follow(engine.work(), len(job) * job.recipe.expected_iterations)
    write_outputs(request, source, result, begun.extra())
    tell_notes(request.image, source)
    tell_found(result, request.save_psf)
    say(summary(request.output, result, time.perf_counter() - begin, begun.words(result)))
    for warning in result.words:
        say(f"Note: {warning}")


def _first_recipe(request: RunRequest, begun: Beginning) -> Recipe:
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
        raise ParameterError(f"{where}; give --psf FILE, --gaussian FWHM or, for a spectrum, --formula TEXT.")
    with named(f"--recipe {path}"):
        return rebuild(plan.psf)


def _job(source: ImageFile, point: PointSpread, plan: Recipe, begun: Beginning) -> Job:
    fitted = match(point, source)
    return prepare(
        source.data,
        at_image(fitted),
        plan,
        axes=fitted.axes,
        start=begun.start(source, plan),
        cancelled=STOP.is_set,
    )


def _require_room(job: Job, source: ImageFile, every: int | None) -> None:
    require_memory(job)
    if every is None:
        return
    if source.data.ndim == 5:
        raise ParameterError(
            "--every adds an axis, and the image has 5 already, the most that a file holds; leave it out."
        )
    # Each snapshot is held twice: as it is kept, and in the stack that is written.
    need, free = job_cost(job, snapshots=2 * (job.recipe.expected_iterations // every)).bytes, SPARE * free_bytes()
    if need > free:
        raise ResourceError(
            f"With --every {every} the run needs {need / 1e9:.3g} GB of memory and {free / 1e9:.3g} GB are free; "
            "keep fewer with a larger number."
        )
