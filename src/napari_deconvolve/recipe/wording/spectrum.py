"""The run of a spectrum in words for others: as Python, as a command line, and as a paragraph."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.wording.changes import changed, has_maps, psf_arguments
from napari_deconvolve.recipe.wording.command import PROGRAM, again, options_of
from napari_deconvolve.recipe.wording.paragraph import as_paragraph
from napari_deconvolve.recipe.wording.python import call

KERNEL_FILE = "kernel.ome.tif"
HEAD = "# recipe: "  # before the recipe in the first line of a result
WORDS = (  # of images, and of spectra
    ("Images were", "Spectra were"),
    ("The image was", "The spectrum was"),
    ("from the image", "from the spectrum"),
    ("fitted to the image", "fitted to the spectrum"),
    ("blurred image", "blurred spectrum"),
    ("the border of the image", "the ends of the spectrum"),
    ("its border", "its last values"),
    ("point spread function", "kernel"),
    ("with a PSF", "with a kernel"),
    ("pixels that hold no data, hot and dead pixels", "missing, hot and dead samples"),
    ("from pixel to pixel", "from sample to sample"),
    ("pixels of", "samples of"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A spectrum in a file.

    Attributes
    ----------
    path : str
        Of the file.
    column, axis_column : int
        Numbers of the columns of data and positions, from 1; 0 for those that are found.
    resample : bool
        Whether its positions are brought to equal steps.
    """

    path: str
    column: int = 0
    axis_column: int = 0
    resample: bool = False

    @property
    def choices(self) -> dict[str, Any]:
        """What is not found by itself, by the names of arguments."""
        known = {"column": self.column, "axis_column": self.axis_column, "resample": self.resample}
        return {name: value for name, value in known.items() if value}


def spectrum_as_python(recipe: Recipe, table: Table, result: str, kernel_file: str = KERNEL_FILE) -> str:
    """Return a script that makes a result again, with numbers that were found; `result` is the file to write."""
    read = "".join(f", {name}={value!r}" for name, value in table.choices.items())
    return "\n".join(
        [
            "import napari_deconvolve as nd",
            "from napari_deconvolve.io import read_spectrum, write_spectrum",
            "",
            f"data = read_spectrum({table.path!r}{read})",
            f"kernel = {_kernel(recipe, kernel_file)}",
            f"recipe = {_recipe(recipe, result)}",
            "result = nd.deconvolve(data.values, kernel, recipe, as_found=True)",
            f"write_spectrum({result!r}, data, result.estimate, recipe=result.recipe)",
            "",
        ]
    )


def _recipe(recipe: Recipe, result: str) -> str:
    """Write a call that makes the recipe; one that holds a curve stands in the file of the result."""
    if has_maps(recipe):
        return f"nd.Recipe.from_json(open({result!r}).readline().removeprefix({HEAD!r})).replace(psf=None)"
    return call("nd.Recipe", changed(recipe))


def _kernel(recipe: Recipe, kernel_file: str) -> str:
    """Write a call that makes the kernel, or reads its samples."""
    made, source = psf_arguments(recipe), dict(recipe.psf or {})
    if made is not None:
        return call(f"nd.psf.{made[0]}", made[1])
    if _by_formula(source):
        shape, step = source["shape"][0], source["spacing"][0]
        return f"nd.psf.from_formula({source['formula']!r}, {shape}, {step!r}, unit={source['unit']!r})"
    return f"nd.psf.load({kernel_file!r})"


def spectrum_as_command(recipe: Recipe, table: Table, result: str, kernel_file: str = KERNEL_FILE) -> str:
    """Return a command that makes a result again, with numbers that were found; `result` is the file to write."""
    parts = [PROGRAM, shlex.quote(table.path), *_table_options(table)]
    if has_maps(recipe):
        return " ".join([*parts, "--recipe", shlex.quote(result), "--as-found", "-o", shlex.quote(again(result))])
    parts += _kernel_options(recipe, kernel_file)
    return " ".join([*parts, *options_of(changed(recipe)), "-o", shlex.quote(result)])


def _table_options(table: Table) -> Iterator[str]:
    for name, value in table.choices.items():
        yield f"--{name.replace('_', '-')}"
        if value is not True:
            yield str(value)


def _kernel_options(recipe: Recipe, kernel_file: str) -> list[str]:
    source = dict(recipe.psf or {})
    if source.get("source") == "gaussian" and "resampled" not in source:
        return ["--gaussian", repr(float(source["fwhm"][0]))]
    if _by_formula(source):
        return ["--formula", shlex.quote(source["formula"])]
    return ["--psf", shlex.quote(kernel_file)]


def _by_formula(source: dict[str, Any]) -> bool:
    return source.get("source") == "formula" and "resampled" not in source


def needs_kernel(recipe: Recipe, *, command: bool = False) -> bool:
    """Return whether script or command read the kernel's samples from a file."""
    source = dict(recipe.psf or {})
    if command:
        return _kernel_options(recipe, "")[0] == "--psf"
    return psf_arguments(recipe) is None and not _by_formula(source)


def spectrum_as_paragraph(recipe: Recipe, iterations: int) -> str:
    """Return what a reader needs to repeat a run, in plain English, with sources."""
    text = as_paragraph(recipe, iterations)
    for image, spectrum in WORDS:
        text = text.replace(image, spectrum)
    return text
