"""Profiles as CSV files: complete or absent, units in the names of columns."""

from __future__ import annotations

import csv
import os

import numpy as np

from napari_deconvolve._napari.comparison.profile import Profile
from napari_deconvolve.formats.atomic import replacing

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


def save(path: str | os.PathLike[str], profile: Profile) -> None:
    """Write a profile to a CSV file; raise `FileError` where none can be written. Beside a layer cells are empty."""
    table = columns(profile)
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        for row in zip(*table.values(), strict=True):
            writer.writerow(["" if np.isnan(value) else f"{value:.{DIGITS}g}" for value in row])
