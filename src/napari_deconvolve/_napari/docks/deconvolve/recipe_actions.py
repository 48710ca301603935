"""Recipes are opened and saved; what comes of it is said in the step of the settings."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.docks.deconvolve.form import DeconvolveForm
from napari_deconvolve._napari.layers.recipe_files import ask_and_save, ask_for_recipe
from napari_deconvolve._napari.work.remarks import Remark
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.recipe.recipe import Recipe

TAKEN = "The settings are those of the recipe; the PSF is the one that is chosen here."


def open_recipe(parent: QWidget, form: DeconvolveForm, take: Callable[[Recipe], None]) -> None:
    """Ask for a recipe, and take its settings."""

    def opened() -> str:
        """Return what is said of the recipe that was opened; nothing where nobody chose one."""
        recipe = ask_for_recipe(parent)
        if recipe is None:
            return ""
        take(recipe)
        return TAKEN

    _say(form, opened)


def save_recipe(parent: QWidget, form: DeconvolveForm) -> None:
    """Ask for a file, and save the settings."""

    def saved() -> str:
        """Return what is said of the file; nothing where nobody chose one."""
        image = form.image.value
        path = ask_and_save(parent, form.settings.recipe(), "recipe" if image is None else image.name)
        return f"Saved {path}." if path else ""

    _say(form, saved)


def _say(form: DeconvolveForm, action: Callable[[], str]) -> None:
    try:
        said = Remark("recipe", action())
    except DeconvolutionError as error:
        said = Remark("recipe", str(error), "error")
    if said.text:
        form.comment(said)
