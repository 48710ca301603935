"""``napari-deconvolve sweep``: a table of numbers of iterations, priors and sieves, and the estimates if wanted."""

from __future__ import annotations

import time
from typing import Any

from numpy.typing import NDArray

from napari_deconvolve.cli.match import job_of, open_image
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.outputs import keep_inputs, stacked
from napari_deconvolve.cli.recipes import changed
from napari_deconvolve.cli.requests import SweepRequest
from napari_deconvolve.cli.session import follow, say
from napari_deconvolve.cli.spectra import SpectrumFile, tell_notes
from napari_deconvolve.core.arrays import MAX_AXES
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.images import require_suffix
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.io import ImageFile, write_image
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.made import about_making
from napari_deconvolve.run.sweep.run import SweepRun
from napari_deconvolve.run.sweep.table import Row, Setting, Sweep, as_counts, as_settings


def sweep(request: SweepRequest) -> None:
    """Compare numbers of iterations, priors and sieves: a table of errors or scores, and the estimates.

    There is one run per strength and sieve, not one per number. By default it is the textbook iteration.
    """
    begin = time.perf_counter()
    counts, settings = counts_of(request.iterations), _settings(request)
    plan = changed(Recipe(iterations=counts[-1]), request.changes)
    _check_outputs(request)
    source = request.open_image()
    known = None if request.truth is None else _truth(request.truth)
    job = _job(request, source, plan)
    with named(request.image if request.truth is None else f"--truth {request.truth}"):
        run = SweepRun(job, counts, settings, truth=known)
    if run.note:
        say(f"Note: {run.note}")
    found = follow(run.work(), len(settings) * len(job) * counts[-1])
    if request.stack is not None:
        _write_stack(request.stack, source, found)
    found.to_csv(request.output)
    if isinstance(source, SpectrumFile):
        tell_notes(request.image, source)
    say(_summary(request.output, found, len(settings), time.perf_counter() - begin))


def _truth(path: str) -> NDArray[Any]:
    """Read the true object, and show what one should know of its file."""
    found = open_image(path)
    if found.notes:
        tell_notes(path, found)
    return found.data


def _job(request: SweepRequest, source: ImageFile, plan: Recipe) -> Job:
    if request.stack is not None and source.data.ndim >= MAX_AXES:
        raise ParameterError(
            f"--stack adds an axis, and the image has {source.data.ndim} already, the most that a file holds; "
            "leave it out."
        )
    point = request.open_psf(source)
    if point is None:
        raise ParameterError("No PSF is given; give --psf FILE, --gaussian FWHM or --optics.")
    with named(request.image):
        job = job_of(source, point, plan)
        require_memory(job)
    return job


def counts_of(text: str) -> tuple[int, ...]:
    """Read "10,20,40,80", or "10:80:10" for every 10 from 10 to 80."""
    try:
        if ":" in text:
            first, last, step = (int(part) for part in text.split(":"))
            return as_counts(range(first, last + 1, step))
        return as_counts([int(part) for part in text.split(",")])
    except ParameterError as error:
        raise ParameterError(f"--iterations is {text!r}: {error}") from None
    except ValueError:
        raise ParameterError(
            f"--iterations is {text!r}; give whole numbers with commas between, such as 10,20,40,80, or 10:80:10."
        ) from None


def _settings(request: SweepRequest) -> tuple[Setting, ...]:
    prior, strengths = request.prior, request.strengths
    values = _numbers("--strengths", strengths, "0,0.001,0.01")
    widths = _numbers("--sieves", request.sieves, "0,0.4,0.75")
    with named("--sieves"):
        as_settings(None, (), widths)
    chosen = prior if prior is None or "," not in prior else [part.strip() for part in prior.split(",")]
    with named("--prior" if strengths is None else "--strengths" if prior is not None else "--prior is missing"):
        return as_settings(chosen, values, widths)


def _numbers(name: str, text: str | None, example: str) -> list[float]:
    """Read numbers with commas between; "none" is 0."""
    words = [] if text is None else [part.strip() for part in text.split(",")]
    try:
        return [0.0 if word == "none" else float(word) for word in words]
    except ValueError:
        raise ParameterError(f"{name} is {text!r}; give numbers with commas between, such as {example}.") from None


def _check_outputs(request: SweepRequest) -> None:
    if suffix_of(request.output) != ".csv":
        raise FileError(f"{request.output} is to be a table; give a name that ends in .csv.")
    check_target(request.output)
    if request.stack is not None:
        require_suffix(request.stack)
        check_target(request.stack)
    keep_inputs([request.output, request.stack], [request.image, request.truth, *request.psf])


def _write_stack(path: str, source: ImageFile, found: Sweep) -> None:
    """Write all estimates along a leading axis, in the table's order."""
    columns = ("prior", "strength", "sieve", "iterations")
    rows = [{column: row[column] for column in columns} for row in found.table]
    write_image(
        path,
        stacked(source, found.estimates),
        recipe=found.recipe(found.table[-1]),
        name=f"{source.name} · RL sweep",
        channels=source.channels,
        extra={"sweep": rows, **about_making(found.made)},
    )


def _summary(output: str, found: Sweep, runs: int, seconds: float) -> str:
    many = "1 run" if runs == 1 else f"{runs} runs"
    best = "" if found.best is None else f", best {_said(found.best)}"
    return f"{output}: {len(found.table)} rows from {many}{best}, {seconds:.1f} s"


def _said(row: Row) -> str:
    by = f"mean squared error {row.mse:.4g}" if row.mse is not None else f"score {row.score:.4g}"
    return f"{row.iterations} iterations, {row.setting} ({by})"
