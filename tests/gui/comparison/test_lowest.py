"""Results that add up never turn white on a white canvas, whatever lies below them."""

from __future__ import annotations

import numpy as np
import pytest
from canvas_pixels import add_pair, beside_line, shot, show

from napari_deconvolve._napari.comparison.curtain import Curtain
from napari_deconvolve._napari.comparison.lowest import Lowest
from napari_deconvolve._napari.comparison.pairs import pairs_of
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.work.per_viewer import of_viewer

DARK, BRIGHT, WHITE = 51, 230, 255
OURS = {KEY: {"recipe": {}}}

pytestmark = pytest.mark.usefixtures("unused_viewer")


def middle(viewer):
    picture = shot(viewer)
    return picture[picture.shape[0] // 2, picture.shape[1] // 2].tolist()


@pytest.fixture
def light(viewer):
    show(viewer)
    viewer.theme = "light"
    return viewer


def add_result(viewer, value, colour, shape=(64, 64), **more):
    data = np.full(shape, value, np.float32)
    more = {"blending": "additive", "colormap": colour, "contrast_limits": (0, 1), "metadata": OURS, **more}
    return viewer.add_image(data, **more)


def add_corner(viewer):
    return viewer.add_shapes([np.array([[1, 1], [1, 3], [3, 3], [3, 1]])], name="corner")


def test_over_a_shape_that_fills_little(light):
    add_corner(light)
    add_result(light, 0.2, "red")
    add_result(light, 0.9, "green")
    assert middle(light) == [WHITE, WHITE, WHITE]  # as napari leaves it
    of_viewer(light, Lowest).keep()
    assert middle(light) == [DARK, BRIGHT, 0]
    light.layers.move(2, 1)
    assert middle(light) == [DARK, BRIGHT, 0]
    light.layers[1].visible = False
    assert middle(light)[:2] == [DARK, 0]
    light.layers["corner"].visible = False
    assert middle(light)[:2] == [DARK, 0]


def test_over_a_picture_that_fills_all_they_add_to_it(light):
    add_result(light, 0.2, "red", metadata={})
    add_result(light, 0.9, "green", (32, 32), translate=(16, 16))
    of_viewer(light, Lowest).keep()
    assert middle(light) == [DARK, BRIGHT, 0]


def test_layers_of_others_are_left_alone(light):
    add_corner(light)
    add_result(light, 0.2, "red", metadata={})
    of_viewer(light, Lowest).keep()
    assert middle(light) == [WHITE, WHITE, WHITE]


def test_a_curtain_over_a_shape(light):
    colors = [add_pair(light, name=color, colormap=color, blending="additive") for color in ("red", "green")]
    add_corner(light)
    light.layers.move(4, 0)
    curtain = Curtain(light)
    assert curtain.start(pairs_of(colors)) == ""
    assert beside_line(light) == ([DARK, DARK, 0], [BRIGHT, BRIGHT, 0])
    curtain.stop()
