"""``napari-deconvolve batch``: many files by one recipe, with a table and a report."""

from __future__ import annotations

import typer

from napari_deconvolve.cli.batch.inputs import files_of
from napari_deconvolve.cli.batch.plan import BatchPlan, carried_out
from napari_deconvolve.cli.batch.records import Begin, Records
from napari_deconvolve.cli.batch.report import headline
from napari_deconvolve.cli.batch.requests import BatchRequest
from napari_deconvolve.cli.requests import RunRequest
from napari_deconvolve.cli.run import plan_of
from napari_deconvolve.cli.session import say
from napari_deconvolve.cli.start import Beginning
from napari_deconvolve.errors import ParameterError

SOME_FAILED = 1
FOR_RECIPES = ("changes",)  # fields that are in the recipe by now


def batch(request: BatchRequest) -> None:
    """Deconvolve many files by one recipe, each as run does it; write a table and a report.

    A file that cannot be run does not stop the others: the report says why. The exit code is 1 if any failed.
    """
    done = carried_out(plan_for(request), say)
    say(f"{request.output}: {headline(done.rows, len(done.rows))}; see {done.report} and {done.table}.")
    if done.failed:
        raise typer.Exit(SOME_FAILED)


def plan_for(request: BatchRequest) -> BatchPlan:
    """Return the plan of a request."""
    shared = request.shared
    recipe = plan_of(RunRequest(image="", output="", **shared), Beginning())
    earlier = [row.output for row in Records(request.output).known().values()]
    return BatchPlan(
        files_of(request.images, request.listed, (*shared["psf"], *earlier)),
        request.output,
        recipe,
        {name: value for name, value in shared.items() if name not in FOR_RECIPES},
        request.name,
        request.jobs,
        _begin(request),
        request.table,
        request.report,
    )


def _begin(request: BatchRequest) -> Begin:
    if request.resume and request.restart:
        raise ParameterError("--resume and --restart are both given; give one of them.")
    return "restart" if request.restart else "resume" if request.resume else "new"
