"""Results in files, to go on from: images, tables of spectra, and the checkpoints that lie beside them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.api.resume import Earlier
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.arrays import read_npy, write_npy
from napari_deconvolve.formats.reading import reading, suffix_of
from napari_deconvolve.formats.tables import ALL_TABLES
from napari_deconvolve.formats.text import name_of
from napari_deconvolve.io.columns import data_columns
from napari_deconvolve.io.images import read_image, stem
from napari_deconvolve.io.spectra import read_spectra
from napari_deconvolve.io.spectrum_tables import RECIPE
from napari_deconvolve.job.digest import digest_of
from napari_deconvolve.job.problem import Checkpoint
from napari_deconvolve.recipe.provenance import provenance_of
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import MADE, Made
from napari_deconvolve.schema import parsed

LAST = 4096  # bytes at the end of a table, in which its last line is looked for


def read_result(path: str | os.PathLike[str]) -> Earlier:
    """Read a result that this program wrote, with its recipe, and all of its estimate where that lies beside it.

    Parameters
    ----------
    path : path
        ``.ome.tif``, or a spectrum's table; beside ``cells.ome.tif`` lies ``cells.whole.npy`` if the run was to be
        resumable, beside ``gap.csv`` ``gap.whole.npy``. A table holds the last run only.

    Raises
    ------
    FileError
        When it is no image and no spectrum, or holds no recipe.
    """
    if suffix_of(path) in ALL_TABLES:
        return _of_table(path)
    image = read_image(path)
    steps = provenance_of(image.metadata)
    if image.recipe is None or not steps:
        why = "; ".join(image.notes) or "this program did not write it, or wrote it as .npy"
        raise FileError(f"{path} holds no recipe to go on by ({why}); give a result of this program.")
    return Earlier(
        image.data, image.recipe, steps[-1].iterations, _checkpoint(path, image.made), steps[:-1], image.made
    )


def _of_table(path: str | os.PathLike[str]) -> Earlier:
    recipe = recipe_in_table(path)
    if recipe is None or isinstance(recipe.iterations, str):
        raise FileError(f"{path} holds no recipe to go on by; give a result of this program.")
    made = made_in_table(path)
    return Earlier(estimate_in_table(path), recipe, recipe.iterations, _checkpoint(path, made), made=made)


def checkpoint_path(result: str | os.PathLike[str]) -> Path:
    """Name the file beside a result: ``cells.ome.tif`` has ``cells.whole.npy``."""
    return Path(result).with_name(f"{stem(result)}.whole.npy")


def write_checkpoint(result: str | os.PathLike[str], whole: Checkpoint) -> Path:
    """Write a checkpoint beside its result; return the file's name."""
    path = checkpoint_path(result)
    write_npy(path, whole.items)
    return path


def read_checkpoint(result: str | os.PathLike[str]) -> Checkpoint | None:
    """Read the checkpoint beside a result; None when there is none.

    Raise `FileError` for another file there, and for the checkpoint of another result.
    """
    return _checkpoint(result, _made_of(result))


def _checkpoint(result: str | os.PathLike[str], made: Made | None) -> Checkpoint | None:
    path = checkpoint_path(result)
    if not path.exists():
        return None
    found = np.asarray(read_npy(path).image.data)
    if found.dtype.kind != "f" or found.ndim < 2 or not (np.isfinite(found).all() and found.min() >= 0):
        raise FileError(f"{path} holds no estimate to go on from; remove it, or make it again with --resumable.")
    if made is not None and made.checkpoint != digest_of(found):
        raise FileError(f"{path} belongs to another result than {result}; remove it, or run that with --resumable.")
    return Checkpoint(found)


def _made_of(result: str | os.PathLike[str]) -> Made | None:
    """Return by what a result was made; None for one of an earlier version, or of another program."""
    if not Path(result).exists():
        return None
    return made_in_table(result) if suffix_of(result) in ALL_TABLES else read_image(result).made


def made_in_table(path: str | os.PathLike[str]) -> Made | None:
    """Return by what the results in a table were made; None where that does not stand there, or is damaged."""
    with reading(path, "a table") as source, source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - LAST))
        *_, last = file.read().decode("utf-8", "replace").splitlines() or [""]
    if not last.startswith(f"# {MADE}:"):
        return None
    try:
        return Made.from_dict(parsed(last.removeprefix(f"# {MADE}:"), "account of how it was made"))
    except ParameterError:
        return None


def recipe_in_table(path: str | os.PathLike[str]) -> Recipe | None:
    """Read the recipe in a table's first line of comment; None when there is none."""
    with reading(path, "a recipe") as source, source.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    if not first.startswith(f"# {RECIPE}"):
        return None
    try:
        return Recipe.from_json(first.removeprefix(f"# {RECIPE}").strip())
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from error


def estimate_in_table(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read the results in a table of this program, else the data of any other, from the lowest position upwards."""
    own = sorted(number for number, name in data_columns(path) if _is_result(name_of(name)))
    found = [one.values for one in read_spectra(path, columns=own or None)]
    recipe = recipe_in_table(path) if own else None
    values = found[0] if len(found) == 1 else np.stack(found)
    return np.ascontiguousarray(values, np.float32 if recipe is None else np.dtype(recipe.dtype))


def _is_result(name: str) -> bool:
    return name == "result" or name.startswith("result of ")
