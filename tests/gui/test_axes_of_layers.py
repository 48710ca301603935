"""Layers whose axes lie in another order: docks blur along the axes of their names, as they do for z, y, x."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from conftest import SPACING, Dock, add_image, add_psf
from docks import AnyDock
from napari.components import ViewerModel

import napari_deconvolve as nd
from napari_deconvolve._napari.layers import region
from napari_deconvolve._napari.layers.psf_layers import layer_to_psf
from napari_deconvolve._napari.layers.readers import read_layers
from napari_deconvolve._napari.layers.source import axes_of, read, space_axes, spacing_in
from napari_deconvolve._napari.layers.writers import write_image_layer
from napari_deconvolve._napari.work.plan import Plan, prepared
from napari_deconvolve.io import read_image
from napari_deconvolve.run.engine import Run
from napari_deconvolve.work import finish

STEPS = dict(zip("zyx", SPACING, strict=True))
PLACES = {"z": 5.0, "y": 6.0, "x": 7.0}
ORDERS = ("yxz", "xyz")
SPOTS = ((12, 12, 12), (12, 28, 30), (11, 12, 31))  # of beads, along z, y and x


def turned(array, order):
    return np.transpose(array, ["zyx".index(letter) for letter in order])


def placed(order):
    """Return the keywords that `conftest.add_image` gives a layer, for axes in another order."""
    return {
        "scale": [STEPS[letter] for letter in order],
        "translate": [PLACES[letter] for letter in order],
        "axis_labels": tuple(order),
    }


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6 * float(np.max(wanted)))


def run_of(layer, psf, recipe, bounds=None):
    """Return the estimate that a dock's plan leads to, and the plan."""
    source = read(layer)
    bounds = bounds or region.whole(source.shape)
    axes = axes_of(source, psf)
    crop = region.crop(bounds, source.shape, region.reach(psf), axes)
    plan = Plan(source, crop, psf, recipe, spacing_in(source, psf))
    return finish(Run(prepared(plan, lambda: False)).work()).estimate[plan.crop.inner], plan


@pytest.fixture
def plain():
    return nd.Recipe(iterations=3)


@pytest.mark.parametrize("order", ["zyx", *ORDERS])
def test_a_file_through_reader_and_plan_is_blurred_along_its_own_axes(tmp_path, image, psf, plain, order):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, turned(image, order), metadata={"axes": order.upper()}, photometric="minisblack", planarconfig=None
    )
    data, keywords, _ = read_layers(str(path))[0]
    assert keywords["axis_labels"] == tuple(order)
    layer = ViewerModel().add_image(data, **{**keywords, "scale": placed(order)["scale"], "units": ("um",) * 3})
    found, plan = run_of(layer, psf, plain)
    assert plan.axes == tuple(order.index(letter) for letter in "zyx")
    close(found, turned(nd.deconvolve(image, psf, plain).estimate, order))
    write_image_layer(str(tmp_path / "b.ome.tif"), layer.data, layer.as_layer_data_tuple()[1])
    back = read_image(tmp_path / "b.ome.tif")
    assert (back.axes, back.spacing) == (order.upper(), tuple(placed(order)["scale"]))


@pytest.mark.parametrize("order", ORDERS)
def test_a_part_has_its_halo_along_the_blurred_axes(image, psf, plain, order):
    bounds = {"z": (2, 6), "y": (8, 20), "x": (10, 30)}
    straight = ViewerModel().add_image(image, units=("um",) * 3, **placed("zyx"))
    other = ViewerModel().add_image(turned(image, order), units=("um",) * 3, **placed(order))
    wanted, plan = run_of(straight, psf, plain, tuple(bounds[letter] for letter in "zyx"))
    found, same = run_of(other, psf, plain, tuple(bounds[letter] for letter in order))
    assert same.crop.outer_shape == tuple(plan.crop.outer_shape["zyx".index(letter)] for letter in order)
    close(found, turned(wanted, order))


def test_the_psf_of_a_finer_grid_is_resampled_along_its_own_axes(image, plain):
    fine = nd.psf.gaussian((0.9, 0.3, 0.4), (0.15, 0.05, 0.05))
    layer = ViewerModel().add_image(turned(image, "xyz"), units=("um",) * 3, **placed("xyz"))
    found, plan = run_of(layer, fine, plain)
    assert plan.spacing == pytest.approx(SPACING)
    close(found, turned(nd.deconvolve(image, fine, plain, spacing=SPACING).estimate, "xyz"))


def test_labels_that_say_nothing_are_the_last_axes(image, psf):
    for labels in (("-3", "-2", "-1"), ("0", "1", "2"), ("axis 0", "axis 1", "axis 2"), ("x", "time", "t")):
        layer = ViewerModel().add_image(image[:, :9, :9], axis_labels=labels)
        if "time" not in labels:
            assert axes_of(read(layer), psf) == (0, 1, 2)
        else:  # two that are the same say nothing either
            assert read(layer).image.letters == ("X", "", "")
    layer = ViewerModel().add_image(np.zeros((3, 9, 9)), axis_labels=("t", "y", "x"))
    with pytest.raises(nd.PSFError, match="axis 0 of the image, time; take a 2D PSF"):
        axes_of(read(layer), psf)
    assert space_axes(read(layer), 3) == (0, 1, 2)


def test_sliders_say_which_of_the_looped_planes_is_seen(image):
    viewer = ViewerModel()
    layer = viewer.add_image(turned(image, "yxz"), axis_labels=("y", "x", "z"))
    viewer.dims.order = (2, 0, 1)  # a plane along y and x; the slider goes along z
    viewer.dims.set_current_step(2, 7)
    flat = axes_of(read(layer), nd.psf.gaussian((0.3, 0.3), (0.1, 0.1)))
    assert flat == (0, 1)
    assert region.here(viewer, layer, flat) == ((0, 32), (0, 40), (7, 8))
    assert region.here(viewer, layer, (2, 0, 1)) == ((0, 32), (0, 40), (0, 12))


def test_a_layer_of_a_point_may_lie_in_any_order_too(psf):
    for order in ORDERS:
        layer = ViewerModel().add_image(turned(psf.data, order), units=("um",) * 3, **placed(order))
        made = layer_to_psf(layer)
        assert made.spacing == pytest.approx(SPACING)
        assert made.fwhm == pytest.approx(psf.fwhm, rel=1e-2)


# ---- the docks, used as a person uses them


class Blur(AnyDock):
    title = "Blur and noise"


@pytest.mark.parametrize("order", ORDERS)
def test_the_dock_gives_the_same_along_the_layers_axes(viewer, qtbot, image, psf, order):
    add_image(viewer, turned(image, order), **placed(order))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    layer = dock.run(iterations=4)
    wanted = nd.richardson_lucy(image, psf, 4, background="auto", acceleration="nesterov")
    close(layer.data, turned(wanted, order))
    assert layer.axis_labels == tuple(order)
    np.testing.assert_allclose(layer.scale, placed(order)["scale"])


def test_a_plane_of_a_turned_stack_is_deconvolved_by_a_flat_psf(viewer, qtbot, image):
    flat = nd.psf.gaussian((0.3, 0.5), (0.1, 0.1))
    add_image(viewer, turned(image, "yxz"), **placed("yxz"))
    add_psf(viewer, flat)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    layer = dock.run(iterations=3)
    assert "acts on the axes y, x, so each of 12 parts" in dock["psf_state"].text().replace("\u00a0", " ")
    wanted = [nd.richardson_lucy(plane, flat, 3, background="auto", acceleration="nesterov") for plane in image]
    close(layer.data, turned(np.array(wanted), "yxz"))


@pytest.mark.parametrize("order", ORDERS)
def test_blur_and_noise_follow_the_layers_axes(viewer, qtbot, image, psf, order):
    add_image(viewer, turned(image, order), **placed(order))
    add_psf(viewer, psf)
    blur = Blur(viewer, qtbot)
    if blur["poisson"].isChecked():
        blur["poisson"].click()
    blur.choose("image", "cells")
    blur.click("run")
    qtbot.waitUntil(lambda: any("blurred" in one.name for one in viewer.layers), timeout=60_000)
    made = next(one for one in viewer.layers if "blurred" in one.name)
    close(made.data, turned(nd.convolve(image, psf), order))
    assert made.axis_labels == tuple(order)


def test_beads_are_found_along_the_layers_axes():
    from napari_deconvolve._napari.docks.psf.sources.beads import Beads
    from napari_deconvolve._napari.layers.psf_output import mark_beads
    from napari_deconvolve._napari.layers.psf_request import Grid

    truth = np.zeros((24, 40, 44))
    truth[tuple(np.transpose(SPOTS))] = 1e6
    stack = nd.convolve(truth, nd.psf.gaussian((0.9, 0.3, 0.3), SPACING)) + 10
    grid = Grid(SPACING, "um")
    wanted = Beads(ViewerModel().add_image(stack, units=("um",) * 3, **placed("zyx")), 0.0).draw(grid)
    for order in ORDERS:
        viewer = ViewerModel()
        layer = viewer.add_image(turned(stack, order), units=("um",) * 3, **placed(order))
        found = Beads(layer, 0.0).draw(grid)
        np.testing.assert_allclose(found.psf.data, wanted.psf.data, atol=1e-6)
        mark_beads(viewer, layer, found.report, "blue", "orange")
        spots = {tuple(spot["zyx".index(letter)] for letter in order) for spot in SPOTS}
        assert {tuple(np.rint(place).astype(int)) for place in viewer.layers[-1].data} == spots
