"""A run as a Python script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.wording.changes import PSF_FILE, changed, has_maps, psf_arguments
from napari_deconvolve.recipe.wording.cut import Cut

WIDTH = 100  # characters of a line


def as_python(recipe: Recipe, image: str, result: str, psf_file: str = PSF_FILE, cut: Cut | None = None) -> str:
    """Return a script that makes a result again.

    Parameters
    ----------
    recipe : Recipe
        Of the result: with the numbers that were found.
    image, result : str
        Files to read and to write.
    psf_file : str
        To read the PSF from, where parameters do not make it again.
    cut : Cut, optional
        The part that was run; without one, the whole file.
    """
    made = psf_arguments(recipe)
    lines = ["import napari_deconvolve as nd", "from napari_deconvolve import io", ""]
    lines += [f"image = io.read_image({image!r})", *(() if cut is None else cut.before())]
    lines += [f"psf = nd.psf.load({psf_file!r})" if made is None else f"psf = {call(f'nd.psf.{made[0]}', made[1])}"]
    if has_maps(recipe):
        lines += [f"recipe = io.read_image({result!r}).recipe.replace(psf=None)  # it holds maps: one number per pixel"]
    else:
        lines += [f"recipe = {call('nd.Recipe', changed(recipe))}"]
    lines += [f"result = nd.deconvolve({'image.image' if cut is None else 'part'}, psf, recipe, as_found=True)"]
    lines += ["sharp = image.image.with_data(result.estimate)" if cut is None else cut.after()]
    lines += [f"io.write_image({result!r}, sharp, recipe=result.recipe)"]
    return "\n".join(lines) + "\n"


def call(name: str, arguments: Mapping[str, Any]) -> str:
    """Write a call, on one line where it fits."""
    parts = [repr(value) if key == "modality" else f"{key}={value!r}" for key, value in arguments.items()]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"
