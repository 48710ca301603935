"""Recipes as files: opened from JSON, from results and from tables, and saved as JSON."""

from __future__ import annotations

from qtpy.QtWidgets import QFileDialog, QWidget

from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.io.recipe_files import read_recipe
from napari_deconvolve.recipe.recipe import Recipe

OPENED = "Recipes and results (*.json *.tif *.tiff *.csv *.txt);;All files (*)"
SAVED = "Recipes (*.json)"


def ask_for_recipe(parent: QWidget) -> Recipe | None:
    """Ask for a file, and read its recipe; None where nobody chose one. Raise `DeconvolutionError` as reading does."""
    path, _ = QFileDialog.getOpenFileName(parent, "Open a recipe", "", OPENED)
    return read_recipe(path) if path else None


def ask_and_save(parent: QWidget, recipe: Recipe, name: str) -> str:
    """Ask for a file, write a recipe to it, and return its name; empty where nobody chose one."""
    path, _ = QFileDialog.getSaveFileName(parent, "Save the recipe", f"{name}.json", SAVED)
    if not path:
        return ""
    path = path if path.lower().endswith(".json") else f"{path}.json"
    with replacing(path) as temporary:
        temporary.write_text(recipe.to_json() + "\n", encoding="utf-8")
    return path
