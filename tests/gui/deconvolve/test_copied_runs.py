"""Scripts that are copied make the numbers of the window: of a region, of some times, of each channel."""

from __future__ import annotations

import numpy as np
from conftest import SPACING, Dock, add_image, add_psf, cells
from qtpy.QtWidgets import QApplication

import napari_deconvolve as nd
from napari_deconvolve import io
from napari_deconvolve._napari.layers.opening import add_layers


def rerun(dock, folder, monkeypatch):
    """Run the copied scripts in a folder, and return what they wrote, by the names of the files."""
    before = set(folder.iterdir())
    dock["copy_python"].click()
    monkeypatch.chdir(folder)
    exec(QApplication.clipboard().text(), {})
    return {path.name: io.read_image(path) for path in sorted(set(folder.iterdir()) - before)}


def test_of_some_times_of_each_channel(viewer, qtbot, tmp_path, monkeypatch):
    data = np.stack([[cells((8, 20, 24), seed=time + 3 * channel) for channel in range(2)] for time in range(3)])
    path = tmp_path / "cells.ome.tif"
    units = ("s", "pixel", "um", "um", "um")
    io.write_image(path, data, axes="TCZYX", spacing=(2, 1, *SPACING), units=units, channels=("A", "B"), name="cells")
    psf = nd.psf.gaussian((0.9, 0.3, 0.3), SPACING)
    add_layers(viewer, str(path))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock["times"].setText("2-3")
    dock["times"].editingFinished.emit()
    dock.run(iterations=3)
    made = [layer for layer in viewer.layers if "RL" in layer.name]
    found = rerun(dock, tmp_path, monkeypatch)
    assert list(found) == ["cells_decon_A.ome.tif", "cells_decon_B.ome.tif"]
    for image, layer in zip(found.values(), made, strict=True):
        np.testing.assert_array_equal(image.data, layer.data)
        np.testing.assert_allclose(image.spacing, layer.scale)
    dock["copy_cli"].click()
    assert QApplication.clipboard().text().startswith("# This runs the whole file")


def test_of_a_rectangle(viewer, qtbot, tmp_path, monkeypatch):
    image = cells((10, 48, 48), seed=2)
    io.write_image(tmp_path / "cells.ome.tif", image, spacing=SPACING, units="um")
    given = add_image(viewer, image)
    add_psf(viewer, nd.psf.gaussian((0.9, 0.3, 0.3), SPACING))
    corners = np.array([[16, 14], [16, 40], [40, 40], [40, 14]])
    viewer.add_shapes([corners], scale=given.scale[-2:], translate=given.translate[-2:], units=("um", "um"))
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    layer = dock.run(region="rectangle", iterations=3)
    assert layer.data.shape != image.shape
    (found,) = rerun(dock, tmp_path, monkeypatch).values()
    np.testing.assert_array_equal(found.data, layer.data)


def test_a_start_that_is_not_in_the_script_is_said(viewer, qtbot, image, psf):
    add_image(viewer, image)
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.run(iterations=2)
    dock.choose("start", "cells · RL 2")
    dock.run(iterations=2)
    for name in ("copy_python", "copy_cli"):
        dock[name].click()
        assert "began from another estimate" in QApplication.clipboard().text().splitlines()[0]
