"""All spectra of the list, to be run with the same settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from napari_deconvolve._napari.docks.spectrum.checks import Choices, review
from napari_deconvolve._napari.docks.spectrum.data import Files
from napari_deconvolve._napari.docks.spectrum.kernel import FORMULA, OF_A_WIDTH, KernelChoice
from napari_deconvolve._napari.docks.spectrum.rows import Row
from napari_deconvolve._napari.docks.spectrum.runs import Waiting
from napari_deconvolve._napari.layers.source import pretty_unit
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.units import factor, kind


def all_runs(rows: Sequence[Row], asked: Choices, files: Files, viewer: Any) -> tuple[list[Waiting], list[str]]:
    """Return the runs of rows, and for those that cannot be run their names with the reason.

    `asked` holds the settings, and the chosen row's data: a kernel's width is in the unit of their axis.
    """
    chosen = review(asked, files, viewer).spectrum
    runs, missed = [], []
    for row in rows:
        try:
            kernel = in_unit_of(asked.kernel, chosen, row.spectrum)
        except ParameterError as error:
            missed.append(f"{row.name}: {error}")
            continue
        choices = replace(asked, data=row.choice, kernel=kernel)
        found = review(choices, files, viewer, None if row.found is None else row.found.spectrum, row.spectrum)
        row.spectrum = found.spectrum
        if found.plan is None:
            missed.append(f"{row.name}: {found.reason}")
        else:
            runs.append(Waiting(row, found.plan, choices.signature()))
    return runs, missed


def in_unit_of(kernel: KernelChoice, given: Spectrum | None, other: Spectrum | None) -> KernelChoice:
    """Return a kernel for another spectrum's axis; raise `ParameterError` where its unit has another meaning there."""
    if given is None or other is None or given.unit == other.unit or kernel.kernel not in (*OF_A_WIDTH, FORMULA):
        return kernel
    units = f"the axis is in {pretty_unit(other.unit)} and the kernel in {pretty_unit(given.unit)}"
    if kernel.kernel == FORMULA or not kind(given.unit) or kind(given.unit) != kind(other.unit):
        raise ParameterError(f"{units}; run it by itself.")
    return replace(kernel, fwhm=kernel.fwhm * factor(given.unit, other.unit))
