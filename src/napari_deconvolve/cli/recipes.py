"""Recipes on the command line: read from files, and changed by options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from napari_deconvolve.cli.declare import option_name
from napari_deconvolve.cli.options import named
from napari_deconvolve.errors import ParameterError
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
