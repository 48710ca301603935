"""Recipes on the command line: read from files, and changed by options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from napari_deconvolve.cli.declare import option_name
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.spectra import is_table
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.images import format_of
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.io import read_image
from napari_deconvolve.io.results import recipe_in_table
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.value import PlainValue

Value = TypeVar("Value", bound=PlainValue)


def changed(value: Value, changes: Mapping[str, Any]) -> Value:
    """Return a recipe or simulation with the options that were given.

    An error names the first option that does not go with those before it.
    """
    try:
        return value.replace(**changes)
    except ParameterError:
        for name, new in changes.items():
            with named(option_name(name)):
                value = value.replace(**{name: new})
        return value


def read_recipe(path: str) -> Recipe:
    """Read a recipe: a JSON file, or the one in an image or a table that this program wrote."""
    if format_of(path) is not None:
        image = read_image(path)
        if image.recipe is None:
            why = "; ".join(image.notes) or "this program did not write it, or wrote it as .npy"
            raise FileError(f"{path} holds no recipe ({why}); give a result of this program or a JSON file.")
        return image.recipe
    if is_table(path):
        found = recipe_in_table(path)
        if found is None:
            raise ParameterError(f"The table {path} holds no recipe; give a result of this program or a JSON file.")
        return found
    with reading(path, "a recipe") as source:
        text = source.read_text(encoding="utf-8")
    with named(path):
        return Recipe.from_json(text)
