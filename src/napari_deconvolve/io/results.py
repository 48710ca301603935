"""Results in files, to go on from."""

from __future__ import annotations

import os

from napari_deconvolve.api.resume import Earlier
from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import TABLES
from napari_deconvolve.io.checkpoints import read_checkpoint
from napari_deconvolve.io.images import read_image
from napari_deconvolve.io.result_tables import estimate_in_table, recipe_in_table
from napari_deconvolve.recipe.provenance import provenance_of


def read_result(path: str | os.PathLike[str]) -> Earlier:
    """Read a result that this program wrote, with its recipe, and all of its estimate where that lies beside it.

    Parameters
    ----------
    path : path
        ``.ome.tif``, or a spectrum's table; beside ``cells.ome.tif`` lies ``cells.whole.npy`` if the run was to be
        resumable, beside ``gap.csv`` ``gap.whole.npy``. A table tells of the last run only.

    Raises
    ------
    FileError
        When it is no image and no spectrum, or holds no recipe.
    """
    if suffix_of(path) in TABLES:
        return _of_table(path)
    image = read_image(path)
    steps = provenance_of(image.metadata)
    if image.recipe is None or not steps:
        why = "; ".join(image.notes) or "this program did not write it, or wrote it as .npy"
        raise FileError(f"{path} holds no recipe to go on by ({why}); give a result of this program.")
    return Earlier(image.data, image.recipe, steps[-1].iterations, read_checkpoint(path), steps[:-1])


def _of_table(path: str | os.PathLike[str]) -> Earlier:
    recipe = recipe_in_table(path)
    if recipe is None or isinstance(recipe.iterations, str):
        raise FileError(f"{path} holds no recipe to go on by; give a result of this program.")
    return Earlier(estimate_in_table(path), recipe, recipe.iterations, read_checkpoint(path))
