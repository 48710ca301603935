"""The camera in the dock "Deconvolve": maps as layers, what was found, the background as a layer, the report."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import SPACING, Dock, add_image, add_psf

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.maps import Surface

PSF = nd.psf.gaussian((0.4, 0.4), (0.1, 0.1))
SHAPE = (72, 72)
TILT = 1 + 0.5 * np.linspace(-1, 1, SHAPE[0])[:, np.newaxis] + np.zeros(SHAPE)


def scene(ground: np.ndarray | float = 20.0, seed: int = 0) -> np.ndarray:
    """Return counts of points on a ground, by a camera of offset 100, gain 2.2 and read noise 1.6."""
    rng, truth = np.random.default_rng(seed), np.zeros(SHAPE)
    for _ in range(12):
        truth[tuple(rng.integers(6, 66, 2))] = rng.uniform(2000, 6000)
    light = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    counts = 100 + 2.2 * (rng.poisson(light + ground) + 1.6 * rng.normal(size=SHAPE))
    return counts.astype(np.float32)


def opened(viewer, qtbot, image, **maps) -> Dock:
    add_image(viewer, image)
    for name, data in maps.items():
        add_image(viewer, np.asarray(data, np.float32), name)
    add_psf(viewer, PSF)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    dock["more"].setChecked(True)
    return dock


def recipe_of(layer) -> nd.Recipe:
    return nd.Recipe.from_dict(layer.metadata["napari_deconvolve"]["recipe"])


# ---- maps


def test_a_layer_that_lies_on_the_image_can_be_chosen_as_map(viewer, qtbot):
    offset = np.full(SHAPE, 100.0) + np.arange(SHAPE[1]) % 5
    dock = opened(viewer, qtbot, scene(), dark=offset, other=np.ones((30, 30)))
    texts = [dock["offset_map"].itemText(place) for place in range(dock["offset_map"].count())]
    assert texts == ["no map", "dark"]
    dock.choose("offset_map", "dark")
    assert dock["offset"].isHidden()
    layer = dock.run(iterations=4)
    expected = nd.deconvolve(scene(), PSF, nd.Recipe(iterations=4, offset=offset.astype(np.float32)))
    np.testing.assert_array_equal(layer.data, expected.estimate)
    assert recipe_of(layer) == expected.recipe
    dock.choose("offset_map", "no map")
    assert not dock["offset"].isHidden()


def test_there_is_no_choice_where_no_layer_fits(viewer, qtbot):
    dock = opened(viewer, qtbot, scene(), other=np.ones((30, 30)))
    assert not any(dock[f"{name}_map"].isVisibleTo(dock.widget) for name in ("background", "offset", "gain"))


def test_a_chosen_map_that_is_removed_leaves_the_number(viewer, qtbot):
    dock = opened(viewer, qtbot, scene(), dark=np.full(SHAPE, 100.0))
    dock.choose("offset_map", "dark")
    viewer.layers.remove("dark")
    assert not dock["offset"].isHidden()
    assert dock.widget.form.settings.maps == {}


def test_a_map_of_impossible_values_is_refused_in_words(viewer, qtbot):
    dock = opened(viewer, qtbot, scene(), gains=np.zeros(SHAPE))
    dock["offset"].setValue(90)
    dock.choose("gain_map", "gains")
    dock.run(iterations=2)
    assert "The gain is 0 in 5184 samples" in dock.state()


@pytest.mark.parametrize("front", [(3,), ()], ids=["of the series", "of a plane"])
def test_a_region_of_a_series_takes_its_part_of_a_map(viewer, qtbot, front):
    """The frame at the slider, within a rectangle: with a margin as wide as the blur it is that of the whole."""
    rng = np.random.default_rng(0)
    pattern = np.round(rng.normal(100, 5, (*front, *SHAPE))).astype(np.float32)
    series = np.stack([scene(seed=seed) - 100 for seed in range(3)]) + pattern
    dock = opened(viewer, qtbot, series, dark=pattern)
    dock.choose("offset_map", "dark")
    dock["background"].setValue(144)
    dock["read_noise"].setValue(0)
    viewer.dims.set_current_step(0, 1)
    corners = np.array([[20, 10], [20, 55], [59, 55], [59, 10]]) - 0.4
    step = SPACING[-1]
    viewer.add_shapes(
        [corners], scale=(step, step), units=("um", "um"), translate=viewer.layers["cells"].translate[-2:]
    )
    part = dock.run(region="rectangle", iterations=3)
    own = pattern if not front else pattern[1]
    whole = nd.deconvolve(series[1], PSF, nd.Recipe(iterations=3, background=144, offset=own, read_noise=0))
    start, shape = (part.metadata["napari_deconvolve"]["region"][name] for name in ("start", "shape"))
    assert (start[0], shape[0]) == (1, 1)
    inside = tuple(slice(low, low + length) for low, length in zip(start[1:], shape[1:], strict=True))
    assert np.linalg.norm(part.data[0] - whole.estimate[inside]) < 0.02 * np.linalg.norm(whole.estimate[inside])


# ---- what was found


def test_what_was_found_stands_beside_the_fields_with_its_uncertainty(viewer, qtbot):
    dock = opened(viewer, qtbot, scene())
    dock.run()
    (camera,) = nd.deconvolve(scene(), PSF).camera
    for name, unit in (("offset", "counts"), ("gain", "counts per photon"), ("background", "counts")):
        assert dock.words(f"{name}_found") == f"found {getattr(camera, name)} {unit}"
        assert "±" in dock.words(f"{name}_found")
    assert dock.words("read_noise_found") == "taken together with the offset"
    dock["offset"].setValue(95)
    assert not dock["offset_found"].isVisibleTo(dock.widget)


def test_the_background_that_was_found_is_shown_edited_and_used(viewer, qtbot):
    image = scene(40 * TILT)
    dock = opened(viewer, qtbot, image)
    assert not dock["show_background"].isVisibleTo(dock.widget)
    found = recipe_of(dock.run(iterations=3))
    assert isinstance(found.background, Surface)
    dock.click("show_background")
    shown = viewer.layers["cells · background"]
    np.testing.assert_allclose(shown.data, nd.background_map(image, PSF), rtol=1e-6)
    np.testing.assert_allclose(shown.translate, viewer.layers["cells"].translate)
    shown.data = shown.data + 5
    dock.choose("background_map", "cells · background")
    layer = dock.run(iterations=3)
    expected = nd.deconvolve(image, PSF, nd.Recipe(iterations=3, background=shown.data))
    np.testing.assert_array_equal(layer.data, expected.estimate)


def test_of_a_region_the_background_of_the_whole_frame_is_shown(viewer, qtbot):
    image = scene(40 * TILT)
    dock = opened(viewer, qtbot, image)
    corners = np.array([[30, 20], [30, 60], [65, 60], [65, 20]]) - 0.4
    viewer.add_shapes([corners], scale=(0.1, 0.1), units=("um", "um"), translate=viewer.layers["cells"].translate)
    region = dock.run(region="rectangle", iterations=3).metadata["napari_deconvolve"]["region"]
    dock.click("show_background")
    shown = viewer.layers["cells · background"]
    np.testing.assert_allclose(shown.data, nd.background_map(image, PSF), rtol=1e-6)
    assert "±" in dock.words("offset_found")  # found from the whole frame too
    dock.click("residual")
    dock.wait_for_end()
    residual = viewer.layers[-1]
    assert "residual" in residual.name
    result = nd.deconvolve(image, PSF, nd.Recipe(iterations=3))
    inside = tuple(slice(low, low + length) for low, length in zip(region["start"], region["shape"], strict=True))
    whole = nd.residual(image, PSF, result.estimate, result.recipe).values[inside]
    assert abs(np.mean(residual.data) - np.mean(whole)) < 0.25  # under it lies the background of its own part


def test_of_a_series_each_frame_has_its_background(viewer, qtbot):
    series = np.stack([scene(ground * TILT, seed) for seed, ground in enumerate((30, 60))])
    dock = opened(viewer, qtbot, series)
    dock.run(iterations=2)
    dock.click("show_background")
    shown = viewer.layers["cells · background"].data
    np.testing.assert_allclose(shown, nd.background_map(series, PSF), rtol=1e-6)
    assert shown[1].mean() > shown[0].mean() + 40


# ---- the report


def test_the_camera_is_reported_before_any_run(viewer, qtbot):
    image = scene()
    dock = opened(viewer, qtbot, image)
    dock.click("camera")
    dock.wait(lambda: "Camera: offset" in dock.state())
    dock.wait_for_end()
    (row,) = nd.camera_report(image, PSF).rows
    assert row.trusted
    assert dock["state"].text() == f"Camera: {row.sentence}."
    drawn = dock["transfer"].row
    np.testing.assert_array_equal(drawn.mean, row.mean)
    np.testing.assert_array_equal(drawn.variance, row.variance)
    assert dock["transfer"].isVisibleTo(dock.widget)


def test_a_map_whose_layer_no_longer_fits_is_refused_beside_its_field(viewer, qtbot):
    dock = opened(viewer, qtbot, scene(), dark=np.full(SHAPE, 100.0))
    dock.choose("offset_map", "dark")
    viewer.layers["dark"].data = np.ones((30, 30), np.float32)
    dock.click("run")
    assert "camera offset has shape (30, 30) and the image (72, 72)" in dock.words("offset_info")
    assert not dock["run"].isEnabled()


def test_a_background_below_the_offset_is_refused_beside_its_field(viewer, qtbot):
    dock = opened(viewer, qtbot, scene())
    dock["background"].setValue(50)
    dock["offset"].setValue(100)
    assert "The background is 50 and the camera's offset 100" in dock.words("background_info")
    assert not dock["run"].isEnabled()
    dock["background"].setValue(144)
    dock["read_noise"].setValue(1.6)
    layer = dock.run(iterations=3)
    expected = nd.deconvolve(scene(), PSF, nd.Recipe(iterations=3, background=144, offset=100, read_noise=1.6))
    np.testing.assert_array_equal(layer.data, expected.estimate)
