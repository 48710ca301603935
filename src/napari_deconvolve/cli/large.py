"""``napari-deconvolve run`` where an image may be larger than memory, or the result is a store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from napari_deconvolve.cli.options import same_file
from napari_deconvolve.cli.requests import RunRequest
from napari_deconvolve.cli.session import follow, say
from napari_deconvolve.core.likelihood.maps import mean_of
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.ome_zarr.library import is_store
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tiff_writer import SUFFIXES
from napari_deconvolve.io import ImageFile
from napari_deconvolve.job.problem import Job
from napari_deconvolve.memory import room
from napari_deconvolve.run.cost import fits, job_cost
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.decide import Decided
from napari_deconvolve.run.tiles.large import LargeRun
from napari_deconvolve.run.tiles.seams import Seams
from napari_deconvolve.run.tiles.setup import Setup
from napari_deconvolve.run.tiles.spread import executor_for
from napari_deconvolve.run.tiles.store import Output, require_output

HELD = 0.25  # of the memory, from which on a result that becomes a TIFF is not held in it


def require_options(request: RunRequest) -> None:
    """Refuse options that are for stores where none is written, and those that a store cannot have beside it."""
    store = is_store(request.output)
    given = {"--resume": request.resume, "--restart": request.restart, "--part": request.part is not None}
    for name, value in given.items():
        if value and not store:
            raise ParameterError(f"{name} is for results in .ome.zarr, and {request.output} is another; leave it out.")
    if store and same_file(request.output, request.image):
        raise FileError(f"{request.output} is read by this command and would be overwritten; give another name.")


@contextmanager
def result_store(request: RunRequest, source: ImageFile, job: Job) -> Iterator[Output | None]:
    """Yield the store that a run writes; None where its result is held in memory.

    A result that is to be a TIFF, and takes much of the memory, lies in a store beside it until it is written.
    """
    known = source.image, source.name, source.channels
    if is_store(request.output):
        output = Output(request.output, *known, request.begin)
        require_output(output)
        yield output
    elif not _is_large(request, job):
        yield None
    else:
        folder = check_target(request.output).parent
        with tempfile.TemporaryDirectory(prefix=".", suffix=".tiles", dir=folder) as name:
            between = Output(str(Path(name) / "result.ome.zarr"), *known)
            yield between if _can_be(between) else None


def _is_large(request: RunRequest, job: Job) -> bool:
    if request.memory is None or suffix_of(request.output) not in SUFFIXES or fits(job, request.memory):
        return False
    return job.items.size * np.dtype(job.recipe.dtype).itemsize > HELD * room(request.memory)


def _can_be(output: Output) -> bool:
    """Return whether a store can be written: its library is there, and the order of axes is one that it holds."""
    try:
        require_output(output)
    except FileError:
        return False
    return True


def large_run(request: RunRequest, job: Job, output: Output | None) -> LargeRun:
    """Return the run of a job: as a whole if it fits, else in tiles."""
    run = LargeRun(
        job,
        output,
        request.memory,
        tile=request.tile,
        share=request.part,
        keep_every=request.every,
        resumable=request.resumable,
        executor=executor_for(request.workers, request.scheduler),
    )
    if run.tiled is not None:
        _refuse_beside(request)
    return run


def _refuse_beside(request: RunRequest) -> None:
    given = {"--save-background": request.save_background, "--uncertainty": request.uncertainty}
    for name, value in given.items():
        if value is not None:
            raise ParameterError(f"The image is run in tiles, and {name} is for runs as a whole; leave it out.")


def tell_plan(request: RunRequest, run: LargeRun, job: Job) -> None:
    """Say what a run would do."""
    if run.tiled is None:
        say(f"{request.output}: as a whole, {job_cost(job)}")
        return
    setup = follow(run.tiled.plan(), 1, "looking at the image")
    for line in _described(setup):
        say(f"{request.output}: {line}")


def _described(setup: Setup) -> list[str]:
    many = len(setup.decided) > 1
    each = [
        f"channel {number}: {_settings(one)}" if many else _settings(one) for number, one in enumerate(setup.decided)
    ]
    return [*each, str(setup.plan)]


def _settings(one: Decided) -> str:
    recipe = one.recipe
    done = recipe.traits.summary(recipe.to_dict(), recipe.expected_iterations)
    return f"{done}, background {mean_of(recipe.background):.4g}, offset {mean_of(recipe.offset):.4g}"


def tell_tiles(request: RunRequest, run: LargeRun, result: Result) -> None:
    """Say how an image was cut, and how far its tiles agree."""
    if run.tiled is None or run.tiled.setup is None:
        return
    say(f"{Path(request.output).name}: {run.tiled.setup.plan}")
    if result.seams is not None:
        say(f"{Path(request.output).name}: {Seams(*result.seams)}")
