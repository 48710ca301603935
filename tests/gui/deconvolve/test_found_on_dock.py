"""A recipe that the dock takes: its numbers on the image they were found on, and new ones on another."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import add_image, cells

import napari_deconvolve as nd
from napari_deconvolve.job.meant import CHOSEN_AGAIN


def ours(layer):
    return layer.metadata["napari_deconvolve"]


@pytest.fixture
def first(image, psf):
    """The result of a search on the dock's image."""
    return nd.deconvolve(image, psf)


def run(dock):
    dock.click("run")
    dock.wait_for_end()
    return dock.viewer.layers.selection.active


def test_on_the_same_image_it_repeats_the_run(dock, first):
    dock.widget.take_settings(first.recipe)
    assert dock["iterations"].value() == first.iterations  # the numbers are shown
    layer = run(dock)
    np.testing.assert_array_equal(layer.data, first.estimate)
    assert nd.Recipe.from_dict(ours(layer)["recipe"]) == first.recipe
    assert CHOSEN_AGAIN not in dock.state()


def test_on_another_image_it_chooses_again_and_says_so(dock, psf, first):
    other = np.asarray(cells()[::-1] // 3 + 40, np.uint16)
    layer = add_image(dock.viewer, other, name="other")
    dock.widget.take_settings(first.recipe, image=layer)
    result = run(dock)
    wanted = nd.deconvolve(other, psf)
    np.testing.assert_array_equal(result.data, wanted.estimate)
    assert nd.Recipe.from_dict(ours(result)["recipe"]) == wanted.recipe
    assert CHOSEN_AGAIN in dock.state()


def test_what_is_changed_in_the_form_is_asked(dock, first):
    settings = dock.widget.form.settings
    dock.widget.take_settings(first.recipe)
    dock["iterations"].setValue(first.iterations + 1)
    recipe = settings.recipe()
    assert recipe.iterations == first.iterations + 1
    asked = recipe.found_on["asked"]
    assert "iterations" not in asked
    assert asked["background"] == "auto"
    assert recipe.background == first.recipe.background  # not rounded to what its box shows
    settings.set_defaults()
    assert settings.recipe() == nd.Recipe()
