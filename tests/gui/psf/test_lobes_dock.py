"""The dock "PSF" finds side lobes in an image, in a worker, and makes their kernel."""

from __future__ import annotations

import numpy as np
import pytest
from psf_dock import LIMIT, Dock

import napari_deconvolve as nd
from napari_deconvolve import phantoms
from napari_deconvolve._napari.kit.words import in_window


def rows(dock):
    table = dock["offsets"]
    return [[float(table.item(row, column).text()) for column in range(4)] for row in range(table.rowCount())]


def test_lobes_are_found_and_their_kernel_is_made(viewer, qtbot):
    one = phantoms.four_pi()
    viewer.add_image(one.counts, name="cells", scale=one.spacing, units="um")
    dock = Dock(viewer, qtbot)
    dock.put(source="Points")
    dock.click("find_lobes")
    dock.settle("lobes_found", "Lobes at ±")
    found = nd.psf.find_lobes(one.counts, one.spacing)
    assert dock.text("lobes_found") == in_window(found.text)
    near, main, far = rows(dock)
    assert main == [0, 0, 0, 1]
    assert (near[0], far[0]) == pytest.approx((-found.distance, found.distance), abs=1e-4)
    assert (near[3], far[3]) == pytest.approx((found.weights[0], found.weights[2]), abs=1e-4)
    assert dock["alike"].isChecked()
    made = dock.made()
    assert made.shape == found.psf().shape
    np.testing.assert_allclose(made.data, found.psf().data, atol=1e-3)
    assert made.info["alike"] is True


def test_an_image_without_lobes_is_refused_beside_the_button(viewer, qtbot):
    image = np.random.default_rng(0).poisson(5.0, (30, 24, 24)).astype(np.float32)
    viewer.add_image(image, name="noise", scale=(0.1, 0.1, 0.1), units="um")
    dock = Dock(viewer, qtbot)
    dock.put(source="Points")
    before = rows(dock)
    dock.click("find_lobes")
    qtbot.waitUntil(lambda: "bright points" in dock.text("find_lobes_problem"), timeout=LIMIT)
    assert not dock.shown("lobes_found")
    assert rows(dock) == before


def test_a_time_series_is_refused_in_words(viewer, qtbot):
    viewer.add_image(np.ones((3, 20, 16, 16), np.float32), name="film", scale=(1, 0.1, 0.1, 0.1), units="um")
    dock = Dock(viewer, qtbot)
    dock.put(source="Points")
    dock.click("find_lobes")
    dock.settle("find_lobes_problem", "has 3 frames")


def test_without_an_image_the_button_says_why(viewer, qtbot):
    dock = Dock(viewer, qtbot)
    dock.put(source="Points")
    assert not dock["find_lobes"].isEnabled()
    assert "Choose an image" in dock["find_lobes"].toolTip()
