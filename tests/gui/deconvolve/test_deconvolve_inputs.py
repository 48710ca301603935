"""Which images and PSFs the dock "Deconvolve" takes, and what it says about others."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from conftest import SPACING, Dock, add_image, add_psf, cells, plain
from qtpy.QtWidgets import QFileDialog

import napari_deconvolve as nd
from napari_deconvolve._napari.layers.opening import add_layers


def test_dock_opened_before_any_image_fills_its_boxes(viewer, qtbot, image, psf):
    dock = Dock(viewer, qtbot)
    assert not dock["run"].isEnabled()
    assert "image" in dock.state()
    add_image(viewer, image)
    assert dock["image"].currentText() == "cells"
    assert not dock["run"].isEnabled()
    assert "PSF" in dock.state()
    add_psf(viewer, psf)
    assert dock["psf"].currentText() == "PSF"
    assert dock["image"].currentText() == "cells"
    assert dock["run"].isEnabled()
    viewer.layers["cells"].name = "nuclei"
    assert dock["image"].currentText() == "nuclei"
    add_psf(viewer, psf, "another PSF")
    assert dock["psf"].currentText() == "another PSF"
    viewer.layers.remove("another PSF")
    assert dock["psf"].currentText() == "PSF"
    viewer.layers.clear()
    assert dock["image"].count() == 0
    assert not dock["run"].isEnabled()


def test_psf_that_is_the_image_is_refused(dock):
    dock.choose("psf", "cells")
    assert "the image itself" in dock["psf_health"].text()
    assert not dock["run"].isEnabled()
    assert "the image itself" in dock["run"].toolTip()
    dock.viewer.add_image(dock.viewer.layers["cells"].data.copy(), name="copy")
    dock.choose("psf", "copy")
    assert "the image itself" in dock["psf_health"].text()


def refused_psf(dock, data):
    dock.viewer.add_image(data, name="bad")
    dock.choose("psf", "bad")
    assert not dock["run"].isEnabled()
    said = dock["psf_health"].text().removeprefix("✖ ")
    assert said in dock.state()
    return said


def test_psf_of_more_axes_is_refused(viewer, qtbot, psf):
    add_image(viewer, cells((32, 32)))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    assert "3 axes and the image 2" in dock["psf_health"].text()
    assert not dock["run"].isEnabled()


@pytest.mark.parametrize("unit", ["um", "pixel"])
def test_what_the_doctor_says_does_not_hide_that_the_psf_has_more_axes(viewer, qtbot, psf, unit):
    add_image(viewer, cells((32, 32)))
    add_psf(viewer, nd.PSF(psf.data, psf.spacing, unit))
    dock = Dock(viewer, qtbot)
    qtbot.waitUntil(lambda: not dock.widget.form.health.busy, timeout=20_000)
    assert "3 axes and the image 2" in dock["psf_health"].text()


def test_psf_of_nan_or_zero_is_refused(dock):
    data = np.ones((3, 3, 3), np.float32)
    data[1, 1, 1] = np.nan
    assert "NaN" in refused_psf(dock, data)


def test_psf_of_zeros_is_refused(dock):
    assert "zero everywhere" in refused_psf(dock, np.zeros((3, 3, 3), np.float32))


def test_colour_image_is_refused(dock):
    dock.viewer.add_image(np.zeros((8, 8, 3), np.uint8), rgb=True, name="photo")
    dock.choose("image", "photo")
    assert "colour" in dock["image_info"].text()
    assert not dock["run"].isEnabled()


def test_labels_are_not_offered(dock):
    dock.viewer.add_labels(np.zeros((8, 8), int), name="labels")
    assert dock["image"].findText("labels") < 0


def test_too_little_memory_is_said(dock, monkeypatch):
    monkeypatch.setattr("napari_deconvolve._napari.work.checks.cost.free_bytes", lambda: 1000)
    dock["iterations"].setValue(7)
    assert "memory" in dock["cost"].text()
    assert not dock["run"].isEnabled()
    assert "memory" in dock["run"].toolTip()


def test_cost_counts_snapshots(dock):
    from napari_deconvolve._napari.layers.psf_prepared import PSFs
    from napari_deconvolve._napari.work.checks.review import image_review

    before = image_review(dock.viewer, dock.widget.form.choices(), PSFs()).cost.bytes
    dock["keep_every"].setValue(1)
    after = image_review(dock.viewer, dock.widget.form.choices(), PSFs()).cost.bytes
    assert after - before == 30 * dock.viewer.layers["cells"].data.nbytes


def test_psf_of_another_spacing_is_resampled(viewer, qtbot, image):
    add_image(viewer, image)
    coarse = nd.psf.gaussian((900, 300, 300), (300, 200, 200), unit="nm")
    add_psf(viewer, coarse)
    dock = Dock(viewer, qtbot)
    assert "resampled from 300 × 200 × 200 nm to 300 × 100 × 100 nm" in dock.words("psf_state")
    layer = dock.run(iterations=3)
    expected = nd.deconvolve(image, coarse, nd.Recipe(iterations=3), spacing=(300, 100, 100)).estimate
    np.testing.assert_allclose(layer.data, expected, rtol=1e-5, atol=1e-3)


def test_an_image_s_spacing_in_another_unit_is_refused_in_words(viewer, qtbot, image, psf):
    add_image(viewer, image, scale=[step / 1000 for step in SPACING])
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    for _ in range(2):  # the second time it is known already
        assert "in the same unit" in dock["psf_health"].text()
        assert not dock["run"].isEnabled()
        dock.widget._look()


def test_missing_spacing_is_asked_for_in_place(viewer, qtbot, image, psf):
    viewer.add_image(image, name="cells")
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    first, second, _ = dock.widget.form.steps.cards.values()
    assert first.state == "wrong"
    assert first.header.summary.text() == "Pixel size is missing"
    assert not dock["size_notice"].isHidden()
    assert dock["size_notice"].text() == "The image has no pixel size. A PSF needs it."
    assert second.state == "open"
    assert dock["psf_state"].text() == "Waits for the pixel size of step 1."
    assert not dock["run"].isEnabled()
    assert dock["status"].text() == "Enter the pixel size in step 1."
    assert dock["cost"].text() == "Time and memory: known with the pixel size"
    assert dock["spacing_unit"].text() == "µm (zyx)", "the order of the numbers"
    dock["spacing"].setText("0.3, 0.1, 0.1")
    dock["spacing"].editingFinished.emit()
    np.testing.assert_allclose(viewer.layers["cells"].scale, (0.3, 0.1, 0.1))
    assert dock["size_notice"].isHidden()
    assert first.state == second.state == "right"
    assert dock["run"].isEnabled()
    assert dock["spacing"].text() == "0.3, 0.1, 0.1", "it can be set again"
    dock["spacing"].setText("0.2")
    dock["spacing"].editingFinished.emit()
    np.testing.assert_allclose(viewer.layers["cells"].scale, (0.2, 0.2, 0.2))


def test_an_image_without_spacing_can_be_run_in_pixels(viewer, qtbot, image, psf):
    viewer.add_image(image, name="cells")
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.click("size_notice_remedy")
    assert dock["size_notice"].isHidden()
    assert "no spacing" in dock["psf_state"].text()
    np.testing.assert_array_equal(dock.run(iterations=2).data, plain(image, psf, 2))


def test_a_pixel_size_is_set_for_all_channels_and_taken_back(viewer, qtbot, tmp_path, psf):
    path = tmp_path / "cells.ome.tif"
    nd.io.write_image(path, np.stack([cells(), cells(seed=1)]), axes="CZYX", channels=("A", "B"), name="cells")
    layers = add_layers(viewer, str(path))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    before = [(list(layer.scale), layer.units) for layer in layers]
    dock["spacing"].setText("0.3, x")
    dock["spacing"].editingFinished.emit()
    assert "positive numbers" in dock["spacing_info"].text()
    assert dock["undo_spacing"].isHidden()
    dock["spacing"].setText("0.3, 0.1, 0.1")
    dock["spacing"].editingFinished.emit()
    assert dock["spacing_info"].text() == "Pixel size set."
    for layer in layers:
        np.testing.assert_allclose(layer.scale, SPACING)
    assert dock["run"].isEnabled()
    dock.click("undo_spacing")
    assert [(list(layer.scale), layer.units) for layer in layers] == before
    assert dock["undo_spacing"].isHidden()
    assert not dock["run"].isEnabled()


def test_what_is_wrong_with_a_recipe_is_said_in_its_step(dock, tmp_path, monkeypatch):
    dock.run(iterations=1)
    bad = tmp_path / "bad.json"
    bad.write_text('{"iterations": -3}', encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(bad), ""))
    said = dock["state"].text()
    dock["open_recipe"].click()
    assert dock["recipe_info"].text()
    assert not dock["recipe_info"].isHidden()
    assert not dock.widget.form.steps.cards["method"].is_folded
    assert dock["state"].text() == said
    dock["iterations"].setValue(7)
    assert not dock["recipe_info"].text()


def test_time_series_and_2d_psf(viewer, qtbot):
    movie = np.stack([cells((32, 40), seed=seed) for seed in range(3)])
    add_image(viewer, movie, scale=(1, 0.1, 0.1), units=("s", "um", "um"))
    flat = nd.psf.gaussian((0.3, 0.3), (0.1, 0.1))
    add_psf(viewer, flat)
    dock = Dock(viewer, qtbot)
    assert "each of 3 parts" in dock["psf_state"].text()
    layer = dock.run(iterations=3)
    np.testing.assert_array_equal(layer.data[1], plain(movie[1], flat, 3))
    assert "to" in dock.state()


def test_lazy_and_multiscale_images(viewer, qtbot, image, psf):
    da = pytest.importorskip("dask.array")
    seen_in = []

    def computed(block):
        seen_in.append(threading.current_thread() is threading.main_thread())
        return block

    lazy = da.from_array(image, chunks=image.shape).map_blocks(computed, dtype=image.dtype, meta=image)
    viewer.add_image(lazy, name="lazy", scale=(0.3, 0.1, 0.1), units=("um",) * 3, contrast_limits=(0, 1000))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    qtbot.wait(100)
    seen_in.clear()
    layer = dock.run(iterations=2)
    np.testing.assert_array_equal(layer.data, plain(image, psf, 2))
    assert seen_in
    add_image(viewer, [image, image[:, ::2, ::2]], name="levels", multiscale=True)
    dock.choose("image", "levels")
    assert "finest" in dock["image_info"].text()
    np.testing.assert_array_equal(dock.run(iterations=2).data, plain(image, psf, 2))


def test_start_from_a_layer(dock, image, psf):
    first = dock.run(iterations=3).data.copy()
    layer = dock.run(iterations=2, start="cells · RL 3")
    expected = nd.deconvolve(image, psf, nd.Recipe(iterations=2), start=first).estimate
    np.testing.assert_allclose(layer.data, expected, rtol=1e-5, atol=1e-3)
    dock.choose("start", "PSF")
    assert "shape" in dock["start_info"].text()
    assert not dock["run"].isEnabled()


def test_bad_start_is_told_after_run_without_traceback(dock, image):
    add_image(dock.viewer, -np.ones_like(image), name="negative")
    dock.choose("start", "negative")
    dock.click("run")
    dock.wait_for_end()
    assert "nowhere negative" in dock.state()
    assert not any("RL" in layer.name for layer in dock.viewer.layers)
    assert dock["run"].isEnabled()


def test_psf_file_opened_first_is_not_taken_for_the_image(viewer, qtbot, image):
    dock = Dock(viewer, qtbot)
    viewer.add_image(np.asarray(nd.psf.gaussian((3, 3, 3), ndim=3).data), name="PSF.tif")
    viewer.add_image(image, name="cells")
    assert dock["image"].currentText() == "cells"
    assert dock["psf"].currentText() == "PSF.tif"
    assert dock["run"].isEnabled()


def test_a_background_that_was_subtracted_before_is_said(viewer, qtbot, image, psf):
    """Its noise is left; the layer's new name stands in napari's own status line too."""
    add_image(viewer, image.astype(np.float32) - float(np.median(image)))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock["iterations"].setValue(3)
    dock.click("run")
    dock.wait(lambda: any("RL" in layer.name for layer in viewer.layers))
    result = next(layer for layer in viewer.layers if "RL" in layer.name)
    named = dict.fromkeys(("layer_name", "layer_base"), result.name)
    viewer.status = {**named, "source_type": "", "plugin": "", "coords": "", "coordinates": "", "value": "1"}
    dock.wait_for_end()
    assert "of which the camera's offset" in dock.state()
    assert dock.session.recipe.offset < -1
    assert result.name == viewer.status["layer_name"] == viewer.status["layer_base"] == "cells · RL 3"


AXES = {
    "seconds": (
        {"units": ("s", "um", "um")},
        "error",
        "would blur along axis 0 of the image, “z”, in s; take a 2D PSF",
    ),
    "labelled time": ({"axis_labels": ("t", "y", "x")}, "error", "axis 0 of the image, time; take a 2D PSF"),
    "channels": ({"axis_labels": ("channel", "y", "x")}, "error", "channels; take a 2D PSF"),
    "pixels of something": (
        {"units": ("pixel", "um", "um"), "axis_labels": ("run", "y", "x")},
        "error",
        "axis 0 of the image, “run”; take a 2D PSF",
    ),
    "pixels of depth": (
        {"units": ("pixel", "um", "um")},
        "warning",
        "The voxel size along z is not known: 0.3 µm is taken",
    ),
    "nameless pixels": (
        {"units": ("pixel", "um", "um"), "axis_labels": ("-3", "y", "x")},
        "warning",
        "along -3 is not",
    ),
    "stack": ({}, "info", "FWHM"),
}


@pytest.mark.parametrize("case", AXES)
def test_a_psf_blurs_along_no_time_and_no_channel(viewer, qtbot, image, psf, case):
    how, level, words = AXES[case]
    add_image(viewer, image, **how)
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.wait(lambda: "prepared" not in dock["psf_state"].text())
    field = dock["psf_health" if level == "error" else "psf_state"]
    assert words in field.text().replace("\u00a0", " ")
    assert field.level == level
    assert dock["run"].isEnabled() == (level != "error")
    viewer.layers.remove("PSF")
    add_psf(viewer, nd.psf.gaussian((0.3, 0.3), (0.1, 0.1)), "flat")
    dock.choose("psf", "flat")
    dock.wait(lambda: dock["run"].isEnabled())
    assert dock["psf_state"].level == "info"


def test_a_psf_that_is_smaller_than_a_sample_is_asked_about(viewer, qtbot, image, psf):
    """A scale of 100 where 0.1 was meant: the PSF is one sample then, and nothing is restored."""
    add_image(viewer, image, scale=tuple(1000 * step for step in SPACING))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.wait(lambda: "prepared" not in dock["psf_state"].text())
    assert "The PSF is 0.003 samples wide in this image" in dock.words("psf_state")
    assert dock["psf_state"].level == "warning"


def test_an_image_without_light_is_told(viewer, qtbot, image, psf):
    add_image(viewer, np.zeros_like(image))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.run(iterations=3)
    assert "holds no light above its background" in dock.state()


def test_a_file_that_napari_opened_without_its_spacing_is_opened_again_with_it(dock, tmp_path, image):
    path = tmp_path / "measured.ome.tif"
    nd.io.write_image(path, image, spacing=SPACING, units="um", axes="ZYX", name="measured")
    (plain_layer,) = dock.viewer.open(str(path))  # by napari's own reader: no other claims it
    dock.choose("image", plain_layer.name)
    assert not dock["reopen"].isHidden()
    dock.click("reopen")
    chosen = dock.widget.form.image.value
    assert chosen.name.startswith("measured")
    np.testing.assert_allclose(chosen.scale, SPACING)
    assert not plain_layer.visible
    assert dock["reopen"].isHidden()
    assert "pixel size" in dock["spacing_info"].text()
