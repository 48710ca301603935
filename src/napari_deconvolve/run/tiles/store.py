"""The store that a run in tiles writes: begun, found again, finished. Its folder ".job" holds plan and markers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.ome_zarr.library import SUFFIX, is_store, library
from napari_deconvolve.formats.ome_zarr.metadata import Described, Shown, require_order
from napari_deconvolve.formats.ome_zarr.reader import OWN
from napari_deconvolve.formats.ome_zarr.writer import NewImage, build_pyramid, make_store, new_folder, set_extra
from napari_deconvolve.formats.stored import STANDARD_AXES
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.naming import ending
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.fingerprint import fingerprint, require_same
from napari_deconvolve.run.tiles.keeper import DONE, FINISHED, JOB, PLAN, RIMS, OnDisk, read_json, write_json
from napari_deconvolve.run.tiles.seams import Seams
from napari_deconvolve.run.tiles.setup import Setup
from napari_deconvolve.work import Progress, Work

SCHEMA = 1
BLACK, WHITE = 0.1, 99.9  # percentiles of the estimate of the brightest part that are shown so

Begin = Literal["new", "resume", "restart"]


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """A store to write.

    Attributes
    ----------
    path : str
        Its folder.
    image : SampledArray
        The image: its axes, spacing and units are those of the result.
    name : str
        Of the image.
    channels : tuple of str
        Their names, or empty.
    begin : str
        What becomes of a store that is there: "new" refuses it, "resume" goes on with it, "restart" replaces it.
    extra : mapping
        More to store, in plain JSON types.
    """

    path: str
    image: SampledArray
    name: str = ""
    channels: tuple[str, ...] = ()
    begin: Begin = "new"
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def axes(self) -> str:
        """One letter per axis."""
        letters = self.image.letters
        named = all(len(one) == 1 for one in letters)
        return "".join(letters) if named else STANDARD_AXES[self.image.ndim]


def require_output(output: Output) -> None:
    """Refuse, before anything is read, a place where nothing can be written, and axes that a store does not hold."""
    library(output.path)
    library(output.path, "yaozarrs")
    if not is_store(output.path):
        raise FileError(f"{output.path} does not end in {SUFFIX}; give a name such as result.ome.zarr.")
    require_order(output.path, output.axes)
    folder = Path(output.path)
    if folder.is_file():
        raise FileError(f"{output.path} is a file, and a store is a folder; give another name.")
    if not folder.is_dir():
        check_target(output.path)
    elif output.begin == "new":
        raise FileError(f"{output.path} is there already; give --resume to go on with it, --restart to replace it.")
    elif output.begin == "restart" and not is_result(folder):
        raise FileError(f"{output.path} holds no result of this program, so it is not replaced; give another name.")


def is_result(folder: Path) -> bool:
    """Return whether a folder holds what a run has written: others, such as raw data, are never replaced."""
    if can_be_resumed(str(folder)) or (folder / JOB / DONE).is_dir():
        return True
    attributes = (read_json(folder / "zarr.json") or {}).get("attributes") or {}
    own = attributes.get(OWN)
    return isinstance(own, dict) and "recipe" in own


def open_store(output: Output, job: Job) -> Setup | None:
    """Return settings and cut of a run that is resumed; None where one begins. Refuse a run of something else."""
    require_output(output)
    folder = Path(output.path)
    if not folder.is_dir() or output.begin == "restart":
        return None
    known = _plan_in(folder)
    if known is None or not (folder / "0" / "zarr.json").is_file():
        raise _none_to_resume(output.path)
    require_same(known["fingerprint"], fingerprint(job), output.path)
    return _setup_in(known, output.path)


def can_be_resumed(path: str) -> bool:
    """Return whether a folder holds a run in tiles that can be gone on with, or only opened."""
    return _plan_in(Path(path)) is not None


def is_unfinished(path: str) -> bool:
    """Return whether a folder holds a run in tiles that has not come to its end."""
    return can_be_resumed(path) and not (Path(path) / JOB / FINISHED).exists()


def _setup_in(known: Mapping[str, Any], path: str) -> Setup:
    """Return the settings in what is kept of a run; refuse one that was damaged."""
    try:
        return Setup.from_dict(known["setup"])
    except (ParameterError, KeyError, TypeError, ValueError) as error:
        raise _none_to_resume(path) from error


def _none_to_resume(path: str) -> FileError:
    return FileError(f"{path} holds no run that can be resumed; give another name, or --restart.")


def _plan_in(folder: Path) -> Any:
    """Return what is kept of a run in tiles; None where there is none, or one that this version does not know."""
    known = read_json(folder / JOB / PLAN)
    complete = isinstance(known, dict) and known.get("schema") == SCHEMA and {"fingerprint", "setup"} <= set(known)
    return known if complete else None


def publish(output: Output, job: Job, setup: Setup) -> Setup:
    """Make the store, unless it is there; return the settings of whoever made it."""
    folder = Path(output.path)
    if output.begin == "restart" and folder.is_dir():
        shutil.rmtree(folder)
    if not (folder / JOB / PLAN).exists():
        try:
            _make(output, job, setup)
        except FileError:
            if not (folder / JOB / PLAN).exists():  # else another process was quicker
                raise
    found = read_json(folder / JOB / PLAN)
    require_same(found["fingerprint"], fingerprint(job), output.path)
    return Setup.from_dict(found["setup"])


def _make(output: Output, job: Job, setup: Setup) -> None:
    lengths = iter(setup.plan.lengths)
    inner = dict(zip(job.items.axes, lengths, strict=True))
    pieces: Shape = tuple(inner.get(axis, 1) for axis in range(len(job.items.shape)))
    recipe = setup.decided[0].recipe
    about = Described(
        output.axes,
        output.image.steps(),
        output.image.units,
        f"{output.name} · {ending(recipe.to_dict(), recipe.expected_iterations)}".lstrip(" ·"),
        _shown(output, job, setup),
    )
    new = NewImage(job.items.shape, np.dtype(recipe.dtype), about, pieces, {**output.extra, "unfinished": True})
    with new_folder(output.path) as folder:
        make_store(folder, output.path, new)
        for name in (DONE, RIMS):
            (folder / JOB / name).mkdir(parents=True)
        values = {"schema": SCHEMA, "fingerprint": fingerprint(job), "setup": setup.to_dict()}
        write_json(folder / JOB / PLAN, values)


def finish_store(output: Output, keeper: OnDisk, result: Result, plan: Mapping[str, Any]) -> Work[Seams | None]:
    """Write pyramid and recipe once all tiles are done; return how far they agree at their seams."""
    known = read_json(keeper.job / FINISHED)
    if known is not None:
        return None if known["seams"] is None else Seams(*known["seams"])
    for share in build_pyramid(output.path):
        yield Progress(0, 1, stage=f"writing smaller copies, {share:.0%}")
    seams = None if result.seams is None else list(result.seams)
    found = {"iterations": result.iterations, "background": result.background, "deviance": list(result.trace)}
    about = {"recipe": result.recipe.to_dict(), **found, **result.about_making}
    about |= {"tiles": dict(plan), "seams": seams, "words": result.words}
    set_extra(output.path, {**output.extra, **about})
    write_json(keeper.job / FINISHED, {"seams": seams})
    keeper.forget_rims()
    return None if seams is None else Seams(*seams)


def _shown(output: Output, job: Job, setup: Setup) -> tuple[Shown, ...]:
    """Return how each channel is shown, by the estimate of its brightest part."""
    ranges = [_range(one.trial) for one in setup.decided]
    channel = output.axes.find("C")
    count = job.items.shape[channel] if channel >= 0 else 1
    names: Sequence[str] = output.channels if len(output.channels) == count else ("",) * count
    each = ranges if len(ranges) == count else ranges[:1] * count
    return tuple(Shown(name, *span) for name, span in zip(names, each, strict=True))


def _range(trial: Result | None) -> tuple[float, float]:
    if trial is None:
        return 0.0, 1.0
    low, high = (float(one) for one in np.percentile(trial.estimate, (BLACK, WHITE)))
    return (low, high) if high > low else (low, low + 1.0)
