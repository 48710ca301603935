"""The form of a recipe: its controls have the recipe's own values, and remembered ones are read."""

from __future__ import annotations

import json

import pytest

import napari_deconvolve as nd
from napari_deconvolve._napari.kit.settings import MAIN, MORE, Settings

RECIPES = (
    nd.Recipe(),
    nd.Recipe(iterations=12, gain=0.5, background=3, prior="tv", strength=0.02, acceleration=None, target_fwhm=(1, 2)),
    nd.Recipe(method="wiener", regularization=0.02, target_fwhm=0),
    nd.Recipe(method="wiener", regularization="gcv", boundary="edge"),
    nd.Recipe(method="blind", blind="alternate", symmetry="rotation", stop="discrepancy", target_by="smoothing"),
)


@pytest.fixture
def settings(qtbot):
    return Settings()


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_shown_and_given_back(settings, recipe):
    settings.take(recipe)
    assert settings.recipe() == recipe


@pytest.mark.parametrize("recipe", RECIPES)
def test_values_are_remembered_as_recipes_spell_them(settings, recipe):
    settings.take(recipe)
    remembered = json.loads(json.dumps(settings.values()))
    assert {name for name, value in remembered.items() if value == "auto"} == {
        name for name in (*MAIN, *MORE) if getattr(recipe, name) == "auto"
    } - {"target_fwhm"} | ({"rule"} if settings.rule.word == "auto" else set())
    settings.set_defaults()
    settings.set_values(remembered)
    assert settings.recipe() == recipe


def test_values_of_earlier_versions_are_read(settings):
    settings.take(RECIPES[1])
    before = {
        "iterations": 0, "gain": 0.0, "strength": 0.0, "regularization": 0.0, "background": -1.0, "keep_every": 3,
        "method": "Wiener", "blind": "width", "symmetry": "none", "stop": "risk", "prior": "none",
        "acceleration": "none", "boundary": "edge", "target_by": "sieve", "target_fwhm": "Auto",
        "rule": "cross-validation",
    }  # fmt: skip
    settings.set_values(before)
    assert settings.recipe() == nd.Recipe(
        method="wiener", regularization="gcv", stop="risk", acceleration=None, boundary="edge"
    )
    assert settings.keep_every.value() == 3


def test_a_value_of_zero_is_a_number_where_there_may_be_one(settings):
    settings.set_values({"background": 0.0, "target_fwhm": "none"})
    assert (settings.recipe().background, settings.recipe().target_fwhm) == (0.0, 0.0)
    assert not settings.automatic("background")


def test_a_text_on_its_way_to_be_widths_is_remembered(settings):
    settings.set_values({"target_fwhm": "0.2, "})
    settings.controls["target_fwhm"].widget.setCurrentText("0.2; much")
    assert settings.recipe().target_fwhm == 0.0
    assert "much" in settings.problem()
    assert settings.values()["target_fwhm"] == "0.2; much"
