"""Spectra into tables of text: axis, data and result in columns, with the recipe above."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import TABLES
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import MADE, Made

RECIPE = "recipe:"  # before the recipe in a line of comment


def write_spectrum(
    path: str | os.PathLike[str],
    spectrum: Spectrum,
    result: ArrayLike | None = None,
    blurred: ArrayLike | None = None,
    *,
    recipe: Recipe | None = None,
    made: Made | None = None,
) -> None:
    """Write a spectrum as CSV: axis, data, result, the result blurred again, and the residual data - blurred.

    Parameters
    ----------
    path : path
        ``.csv``, ``.txt``, ``.tsv`` or ``.dat``; the file is complete or absent.
    spectrum : Spectrum
        The data; where its file ran downwards, this one does too.
    result, blurred : array_like, optional
        As long as the data, in the spectrum's order.
    recipe : Recipe, optional
        The run, for a line of comment above; `napari-deconvolve run --recipe` reads it.
    made : Made, optional
        By what it was made, for a line of comment at the end; a `Result` has it.

    Raises
    ------
    FileError
        When the file cannot be written, or its name has another ending.
    ParameterError
        When lengths differ.
    """
    results, all_blurred = (None if one is None else (one,) for one in (result, blurred))
    write_spectra(path, (spectrum,), results, all_blurred, recipe=recipe, made=made)


def write_spectra(
    path: str | os.PathLike[str],
    spectra: Sequence[Spectrum],
    results: Sequence[ArrayLike] | None = None,
    blurred: Sequence[ArrayLike] | None = None,
    *,
    recipe: Recipe | None = None,
    made: Made | None = None,
) -> None:
    """Write spectra over one axis as CSV: axis, all data, all results, all that was blurred again, and all residuals.

    For parameters and errors see `write_spectrum`. Of several spectra, results are called "result of" and the name.
    """
    if suffix_of(path) not in TABLES:
        raise FileError(f"{path} has no ending for a spectrum; give a name that ends in {', '.join(TABLES)}.")
    first = spectra[0]
    axis = np.array([float(f"{place:.12g}") for place in first.axis])  # without digits from adding up steps
    columns: list[tuple[str, Any]] = [(first.label, axis)]
    columns += [(one.heading, _of_length(one.values, "spectrum", first)) for one in spectra]
    for name, values in (("result", results), ("re-blurred", blurred)):
        for one, column in zip(spectra, values or (), strict=values is not None):
            columns.append((_like(one, name, len(spectra)), _of_length(column, name, one)))
    for one, column in zip(spectra, blurred or (), strict=blurred is not None):
        residual = one.values - np.asarray(column, np.float64)
        columns.append((_like(one, "residual", len(spectra)), residual.astype(np.float32)))
    head = "" if recipe is None else f"# {RECIPE} {recipe.to_json(indent=None)}\n"
    foot = "" if made is None else f"# {MADE}: {json.dumps(made.to_dict())}\n"
    _write(path, columns, first.descending, head, foot)


def _write(
    path: str | os.PathLike[str], columns: Sequence[tuple[str, Any]], descending: bool, head: str, foot: str
) -> None:
    separator = "," if suffix_of(path) == ".csv" else "\t"
    lines = zip(*(values[::-1] if descending else values for _, values in columns), strict=True)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(head)
        table = csv.writer(file, delimiter=separator, lineterminator="\n")
        table.writerow([heading for heading, _ in columns])
        table.writerows([str(value) for value in line] for line in lines)  # the shortest text that gives it again
        file.write(foot)


def _like(spectrum: Spectrum, name: str, count: int) -> str:
    words = name if count == 1 else f"{name} of {spectrum.name}"
    return f"{words} ({spectrum.value_unit})" if spectrum.value_unit else words


def _of_length(values: ArrayLike, name: str, spectrum: Spectrum) -> NDArray[Any]:
    array = np.asarray(values)
    if array.shape != spectrum.values.shape:
        raise ParameterError(f"The {name} has shape {array.shape} and the spectrum {len(spectrum)} samples; take one.")
    return array
