"""Copy as: the result of a spectrum as Python, as a command line, or as a paragraph for the methods of a paper."""

from __future__ import annotations

from napari_deconvolve._napari.docks.spectrum.data import FILE
from napari_deconvolve._napari.docks.spectrum.rows import Row
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.wording.changes import has_maps
from napari_deconvolve.recipe.wording.spectrum import (
    KERNEL_FILE,
    Table,
    needs_kernel,
    spectrum_as_command,
    spectrum_as_paragraph,
    spectrum_as_python,
)


def result_file(row: Row) -> str:
    """Return the name that is proposed for the result of a row."""
    return f"{row.stem} deconvolved.csv"


def text_of(kind: str, row: Row, recipe: Recipe, iterations: int, kernel_file: str = "") -> str:
    """Return how the result of a row was made, as "python", "cli" or "methods"; files to be made first are named."""
    if kind == "methods":
        return f"{spectrum_as_paragraph(recipe, iterations)}\n"
    result, choice = result_file(row), row.choice
    from_file = choice.source == FILE
    table = (
        Table(choice.path.strip(), choice.column, choice.axis_column, choice.resample)
        if from_file
        else Table(f"{row.stem}.csv")
    )
    kernel = kernel_file or KERNEL_FILE
    notes = [] if from_file else [f"# {table.path}: Export CSV… writes data and result; give it this name"]
    if needs_kernel(recipe, command=kind == "cli") and not kernel_file:
        notes.append(f"# {kernel}: More > Save kernel… writes it")
    if has_maps(recipe):
        notes.append(f"# {result}: Export CSV… writes it; it holds the baseline that was found")
    write = spectrum_as_python if kind == "python" else spectrum_as_command
    text = write(recipe, table, result, kernel).rstrip("\n")
    return "\n".join([*notes, text, ""])
