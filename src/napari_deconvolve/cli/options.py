"""Options of the command line: their help, from the parameters' one definition, and their values, from text."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from napari_deconvolve.errors import DeconvolutionError, FileError, ParameterError, PSFError
from napari_deconvolve.formats.reading import reading, suffix_of
from napari_deconvolve.formats.tables import TABLES
from napari_deconvolve.formats.tiff import SUFFIXES
from napari_deconvolve.io import read_image
from napari_deconvolve.io.result_tables import recipe_in_table
from napari_deconvolve.psf.prepare import Center
from napari_deconvolve.recipe.recipe import Recipe, parameter
from napari_deconvolve.recipe.simulation import simulation_parameter


def help_of(name: str) -> str:
    """Return the help of a recipe's parameter with its choices and default."""
    one = parameter(name)
    choices = f" One of {', '.join(one.choices)}." if one.choices else ""
    unit = f" {one.unit}" if one.unit and not isinstance(one.default, str) else ""
    return f"{one.help}{choices} Default: {one.default}{unit}."


def simulation_help(name: str) -> str:
    """Return the help of a simulation's parameter with its unit and default."""
    one = simulation_parameter(name)
    unit = f" Unit: {one.unit}." if one.unit else ""
    return f"{one.help}{unit}" if one.default is None else f"{one.help}{unit} Default: {one.default}."


@contextmanager
def named(what: str) -> Iterator[None]:
    """Put the option or file that is to blame before the sentence of an error, unless it names it already."""
    try:
        yield
    except (ParameterError, PSFError) as error:
        if what in str(error):
            raise
        raise type(error)(f"{what}: {error}") from error


def numbers(option: str, text: str) -> tuple[float, ...]:
    """Read "0.3,0.1,0.1"; refuse what is not positive and finite."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or not all(math.isfinite(value) and value > 0 for value in values):
        raise ParameterError(f"{option} is {text!r}; give positive numbers with commas between, such as 0.3,0.1,0.1.")
    return values


def widths(option: str, text: str) -> float | str | tuple[float, ...]:
    """Read one number or several, or "auto"; the recipe judges them."""
    if text == "auto":
        return text
    return one_or_many(tuple(number(option, part) for part in text.split(",")))


def number(option: str, text: str) -> float:
    """Read one finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ParameterError(f"{option} is {text!r}; give a number.")
    return value


def whole(option: str, text: str | None) -> int | None:
    """Read a whole number, if one is given."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise ParameterError(f"{option} is {text!r}; give a whole number.") from None


def one_or_many(values: tuple[float, ...]) -> float | tuple[float, ...]:
    """Return a single number as a number."""
    return values[0] if len(values) == 1 else values


def center(text: str | None) -> Center:
    """Read "auto", "middle", "peak", or an index per axis."""
    if text is None:
        return "auto"
    if text in ("auto", "middle", "peak"):
        return text
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(
            f"--center is {text!r}; choose auto, middle or peak, or give an index per axis, such as 127,127."
        ) from None


def number_or_word(text: str) -> float | str:
    """Read a number, or a word for the recipe to judge."""
    try:
        return float(text)
    except ValueError:
        return text


def overridden(recipe: Recipe, **options: Any) -> Recipe:
    """Return the recipe with the options that were given; an error names the option."""
    for name, value in options.items():
        if value is not None:
            with named(f"--{name.replace('_', '-')}"):
                recipe = recipe.replace(**{name: value})
    return recipe


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read a recipe: a JSON file, or the one in an image or a table that this program wrote."""
    if suffix_of(path) in (*SUFFIXES, ".npy"):
        image = read_image(path)
        if image.recipe is None:
            why = "; ".join(image.notes) or "this program did not write it, or wrote it as .npy"
            raise FileError(f"{path} holds no recipe ({why}); give a result of this program or a JSON file.")
        return image.recipe
    if suffix_of(path) in TABLES:
        return _of_table(path)
    with reading(path, "a recipe") as source:
        text = source.read_text(encoding="utf-8")
    with named(str(path)):
        return Recipe.from_json(text)


def _of_table(path: str | os.PathLike[str]) -> Recipe:
    found = recipe_in_table(path)
    if found is None:
        raise ParameterError(f"The table {path} holds no recipe; give a result of this program or a JSON file.")
    return found


def same_file(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> bool:
    """Return whether two names mean one existing file."""
    return Path(first).exists() and Path(second).exists() and os.path.samefile(first, second)


def sentence(error: BaseException) -> str:
    """Return an error's text on one line; its type's name when it has none."""
    text = " ".join(str(error).split())
    return text if text and isinstance(error, DeconvolutionError) else f"{type(error).__name__} {text}".strip()
