"""``napari-deconvolve sweep``: a table of numbers of iterations and strengths, and the estimates if wanted."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from napari_deconvolve.cli.match import at_image, match, open_image, open_psf
from napari_deconvolve.cli.options import named, number_or_word, overridden
from napari_deconvolve.cli.overwriting import keep_inputs
from napari_deconvolve.cli.session import STOP, follow, say
from napari_deconvolve.cli.spectra import tell_notes
from napari_deconvolve.core.arrays import MAX_AXES
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.io import ImageFile, write_image
from napari_deconvolve.io.images import require_suffix
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.sweep.sweep import Row, Setting, Sweep, SweepRun, as_counts, as_settings


def sweep(
    image: str,
    output: str,
    *,
    psf: Sequence[str] = (),
    gaussian: str | None = None,
    iterations: str = "10,20,40,80",
    truth: str | None = None,
    prior: str | None = None,
    strengths: str | None = None,
    stack: str | None = None,
    background: str = "0",
    acceleration: str = "none",
    boundary: str | None = None,
    column: str | None = None,
    resample: bool = False,
    spacing: str | None = None,
    center: str | None = None,
) -> None:
    """Do what the command line says; see the help of ``napari-deconvolve sweep``."""
    begin = time.perf_counter()
    counts, settings = counts_of(iterations), _settings(prior, strengths)
    plan = overridden(
        Recipe(iterations=counts[-1]),
        background=number_or_word(background),
        acceleration=acceleration,
        boundary=boundary,
    )
    _check_outputs(output, stack)
    keep_inputs([output, stack], [image, truth, *psf])
    source = open_image(image, spacing, column, resample)
    if stack is not None and source.data.ndim >= MAX_AXES:
        raise ParameterError(
            f"--stack adds an axis, and the image has {source.data.ndim} already, the most that a file holds; "
            "leave it out."
        )
    point = open_psf(image, source, psf, gaussian, center)
    if point is None:
        raise ParameterError("No PSF is given; give --psf FILE or --gaussian FWHM.")
    known = None if truth is None else open_image(truth).data
    with named(image):
        fitted = match(point, source)
        job = prepare(source.data, at_image(fitted), plan, axes=fitted.axes, cancelled=STOP.is_set)
        require_memory(job)
    with named(f"--truth {truth}" if truth is not None else image):
        run = SweepRun(job, counts, settings, truth=known)
    if run.note:
        say(f"Note: {run.note}")
    follow(run, len(settings) * len(job) * counts[-1])
    found = run.result()
    if stack is not None:
        _write_stack(stack, source, found)
    found.to_csv(output)
    tell_notes(image, source)
    say(_summary(output, found, len(settings), time.perf_counter() - begin))


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


def _settings(prior: str | None, strengths: str | None) -> tuple[Setting, ...]:
    words = [] if strengths is None else [part.strip() for part in strengths.split(",")]
    try:
        values = [0.0 if word == "none" else float(word) for word in words]
    except ValueError:
        raise ParameterError(
            f"--strengths is {strengths!r}; give numbers with commas between, such as 0,0.001,0.01."
        ) from None
    with named("--prior" if strengths is None else "--strengths" if prior is not None else "--prior is missing"):
        return as_settings(prior, values)


def _check_outputs(output: str, stack: str | None) -> None:
    if suffix_of(output) != ".csv":
        raise FileError(f"{output} is to be a table; give a name that ends in .csv.")
    check_target(output)
    if stack is not None:
        require_suffix(stack)
        check_target(stack)


def _write_stack(path: str, source: ImageFile, found: Sweep) -> None:
    """Write all estimates along a leading axis, in the table's order."""
    letter = next(letter for letter in "IQR" if letter not in source.axes)
    write_image(
        path,
        source.image.with_axis(np.stack(found.estimates), letter),
        recipe=found.recipe(found.table[-1]),
        name=f"{source.name} · RL sweep",
        channels=source.channels,
        extra={
            "sweep": [
                {"prior": row.prior, "strength": row.strength, "iterations": row.iterations} for row in found.table
            ]
        },
    )


def _summary(output: str, found: Sweep, runs: int, seconds: float) -> str:
    many = "1 run" if runs == 1 else f"{runs} runs"
    best = "" if found.best is None else f", best {_said(found.best)}"
    return f"{output}: {len(found.table)} rows from {many}{best}, {seconds:.1f} s"


def _said(row: Row) -> str:
    by = f"mean squared error {row.mse:.4g}" if row.mse is not None else f"score {row.score:.4g}"
    return f"{row.iterations} iterations, {row.setting} ({by})"
