"""A run as a command line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from napari_deconvolve.recipe.fields import parameters
from napari_deconvolve.recipe.kinds import Flag
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.wording.changes import PSF_FILE, changed, has_maps

PROGRAM = "napari-deconvolve run"


def as_command(recipe: Recipe, image: str, result: str, psf_file: str = PSF_FILE) -> str:
    """Return a command that makes a result again; with maps, from the recipe in the result's file.

    Parameters
    ----------
    recipe : Recipe
        Of the result: with the numbers that were found.
    image, result, psf_file : str
        Files to read, and to write.
    """
    names = [shlex.quote(name) for name in (image, result, psf_file)]
    if has_maps(recipe):
        return f"{PROGRAM} {names[0]} --recipe {names[1]} --as-found -o {shlex.quote(again(result))}"
    options = " ".join(options_of(changed(recipe)))
    return f"{PROGRAM} {names[0]} --psf {names[2]}{f' {options}' if options else ''} -o {names[1]}"


def options_of(values: Mapping[str, Any]) -> list[str]:
    """Write options by the names of the parameters."""
    known, said, joined = parameters(Recipe), [], set()
    for name, value in values.items():
        one = known[name]
        if not one.metavar or name in joined:
            continue
        option = f"--{name.replace('_', '-')}"
        if isinstance(one.kind, Flag):
            said.append(option if value else f"--no-{option[2:]}")
            continue
        text = _text(value)
        if one.joined and one.joined in values:
            joined.add(one.joined)
            text = f"{text}:{_text(values[one.joined])}"
        said.append(f"{option} {shlex.quote(text)}" if not text.startswith("-") else f"{option}={text}")
    return said


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ",".join(_text(one) for one in value)
    return repr(value) if isinstance(value, float) else str(value)


def again(result: str) -> str:
    """Return another name than a file has."""
    stem, dot, ending = result.partition(".")
    return f"{stem}_again{dot}{ending}"
