"""Profiles as CSV files: complete or absent, units in the names of columns, at the end how results were made."""

from __future__ import annotations

import contextlib
import csv
import os

import numpy as np

from napari_deconvolve._napari.comparison.profile import Profile
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import MADE, Made, account

DIGITS = 7  # that count: napari keeps shapes in single precision


def columns(profile: Profile) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return the columns of a profile by their names: "distance (um)", "x (um)", "cells (intensity)"."""
    found = {f"distance ({profile.unit})": profile.distance}
    for index, (axis, unit) in enumerate(zip(profile.axes, profile.units, strict=True)):
        found[f"{axis} ({unit})"] = profile.places[:, index]
    for both in profile.curves:
        for curve in both:
            found[f"{curve.name} (intensity)"] = curve.values
            found[f"{curve.name} (relative to its maximum)"] = curve.relative
    return found


def accounts(profile: Profile) -> dict[str, str]:
    """Return how the results were made, by the names of columns: "image", or of several "image of cells · RL 5"."""
    results = {result.name: result.about for _, result in profile.curves}
    found: dict[str, str] = {}
    for name, about in results.items():
        with contextlib.suppress(DeconvolutionError):  # metadata that somebody changed
            made = Made.from_dict(about[MADE]) if MADE in about else None
            recipe = Recipe.from_dict(about["recipe"]) if "recipe" in about else None
            for column, text in account(made, recipe).items():
                found[column if len(results) == 1 else f"{column} of {name}"] = text
    return found


def save(path: str | os.PathLike[str], profile: Profile) -> None:
    """Write a profile to a CSV file; raise `FileError` where none can be written.

    Cells are empty beside a layer, and below the first row of how results were made.
    """
    table, how = columns(profile), accounts(profile)
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*table, *how])
        for place, row in enumerate(zip(*table.values(), strict=True)):
            cells = ["" if np.isnan(value) else f"{value:.{DIGITS}g}" for value in row]
            writer.writerow([*cells, *(text if place == 0 else "" for text in how.values())])
