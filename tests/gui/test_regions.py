"""Regions and sliders in the dock "Deconvolve", whatever units, views and orders of axes the viewer has."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Dock, add_image, add_psf, cells

import napari_deconvolve as nd

SAME = {"um": {"um": 1.0, "nm": 1e-3}, "nm": {"nm": 1.0, "um": 1e3}}  # sizes of units in another


@pytest.fixture
def flat():
    return nd.psf.gaussian((0.3, 0.3), (0.1, 0.1))


def region_of(layer):
    ours = layer.metadata["napari_deconvolve"]["region"]
    return ours["start"], list(ours["shape"])


def box(low, high):
    """Give the corners of a rectangle around the samples from `low` up to, without, `high` along both axes."""
    first, last = low - 0.4, high - 0.6  # not on the edge between two samples, where rounding would decide
    return np.array([[first, first], [first, last], [last, last], [last, first]])


def add_box(viewer, corners, unit="um", translate=(6.0, 7.0)):
    """Add a rectangle over an image as `add_image` makes it in µm, in a Shapes layer with another unit."""
    inside = SAME[unit]["um"]
    return viewer.add_shapes(
        [corners],
        scale=[step * inside for step in (0.1, 0.1)],
        translate=[place * inside for place in translate],
        units=(unit, unit),
    )


def test_the_plane_that_is_shown_is_run_beside_a_layer_in_nanometres(viewer, qtbot, flat):
    viewer.window._qt_window.show()
    add_image(viewer, cells((12, 32, 40)))
    add_image(viewer, np.zeros((32, 40), np.float32), "map", scale=(100, 100), units=("nm", "nm"), translate=(0, 0))
    add_psf(viewer, flat)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    viewer.dims.set_current_step(0, 5)
    qtbot.wait(200)
    part = dock.run(region="what I see", iterations=1)
    assert region_of(part) == ([5, 0, 0], [1, 32, 40])


@pytest.mark.parametrize(("image_unit", "box_unit"), [("um", "nm"), ("nm", "um"), ("um", "um")])
def test_a_rectangle_in_another_unit_bounds_what_it_is_drawn_over(viewer, qtbot, psf, image_unit, box_unit):
    size = SAME[image_unit]["um"]
    add_image(
        viewer,
        cells((6, 48, 48)),
        scale=[step * size for step in (0.3, 0.1, 0.1)],
        translate=[place * size for place in (5.0, 6.0, 7.0)],
        units=(image_unit,) * 3,
    )
    add_psf(viewer, psf)
    add_box(viewer, box(10, 30), box_unit)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    assert region_of(dock.run(region="rectangle", iterations=1)) == ([0, 10, 10], [6, 20, 20])
