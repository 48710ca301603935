"""Recipes in files: JSON, or in an image or a table that this program wrote."""

from __future__ import annotations

import os

from napari_deconvolve.errors import FileError, ParameterError, PSFError
from napari_deconvolve.formats.images import format_of
from napari_deconvolve.formats.reading import reading, suffix_of
from napari_deconvolve.formats.tables import ALL_TABLES
from napari_deconvolve.io.images import read_image
from napari_deconvolve.io.results import recipe_in_table
from napari_deconvolve.recipe.recipe import Recipe


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read a recipe: a JSON file, or the one in an image or a table that this program wrote."""
    if format_of(path) is not None:
        image = read_image(path)
        if image.recipe is None:
            why = "; ".join(image.notes) or "this program did not write it, or wrote it as .npy"
            raise FileError(f"{path} holds no recipe ({why}); give a result of this program or a JSON file.")
        return image.recipe
    if suffix_of(path) in ALL_TABLES:
        found = recipe_in_table(path)
        if found is None:
            raise ParameterError(f"The table {path} holds no recipe; give a result of this program or a JSON file.")
        return found
    with reading(path, "a recipe") as source:
        text = source.read_text(encoding="utf-8")
    try:
        return Recipe.from_json(text)
    except (ParameterError, PSFError) as error:
        raise type(error)(str(error) if str(path) in str(error) else f"{path}: {error}") from error
