"""Tables that this program wrote of a spectrum's run: the recipe above, and the result among the columns."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.formats.text import name_of
from napari_deconvolve.io.spectra import column_names, read_spectrum
from napari_deconvolve.io.spectrum_tables import RECIPE
from napari_deconvolve.recipe.recipe import Recipe

RESULT = 3  # the number of its column, after positions and data


def recipe_in_table(path: str | os.PathLike[str]) -> Recipe | None:
    """Read the recipe in a table's first line of comment; None when there is none.

    Raises
    ------
    FileError
        When the file cannot be read.
    ParameterError
        When the recipe cannot be used.
    """
    with reading(path, "a recipe") as source, source.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    if not first.startswith(f"# {RECIPE}"):
        return None
    try:
        return Recipe.from_json(first.removeprefix(f"# {RECIPE}").strip())
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from error


def estimate_in_table(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read the result of a table of this program, else the data of any other, from the lowest position to the highest.

    Raises
    ------
    FileError
        When the file cannot be read.
    """
    names = column_names(path)
    own = len(names) >= RESULT - 1 and name_of(names[RESULT - 2]) == "result"
    found = read_spectrum(path, column=RESULT if own else None).values
    recipe = recipe_in_table(path) if own else None
    return np.ascontiguousarray(found, np.float32 if recipe is None else np.dtype(recipe.dtype))
