"""Scripts that are copied make the numbers of the window: of a region, of some times, of each channel."""

from __future__ import annotations

import re
import shlex

import numpy as np
import pytest
from conftest import SPACING, Dock, add_image, add_psf, cells
from qtpy.QtWidgets import QApplication

import napari_deconvolve as nd
from napari_deconvolve import io
from napari_deconvolve._napari.layers.colours import split_colours
from napari_deconvolve._napari.layers.opening import add_layers
from napari_deconvolve.cli import execute

FIRST = re.compile(r"# First save (?P<what>.+) as (?P<file>.+) \((?P<how>.+)\): (?P<why>.+)\.")


def as_said(dock, kind, folder, monkeypatch):
    """Copy, save what the first lines ask for, and return the lines below them."""
    dock[f"copy_{kind}"].click()
    monkeypatch.chdir(folder)
    lines = QApplication.clipboard().text().splitlines()
    for line in lines:
        said = FIRST.fullmatch(line)
        if said is None:
            continue
        name = re.search("“(.*)”", said["what"])[1]
        layer = dock.viewer.layers["PSF" if said["what"].startswith("the PSF") else name]
        assert layer.save(said["file"], plugin="napari-deconvolve")
    return [line for line in lines if not FIRST.fullmatch(line)]


def run_commands(lines, folder):
    """Run commands as a shell does, and return the file that each wrote."""
    found = []
    for line in lines:
        if line.startswith("#"):
            continue
        words = shlex.split(line)
        assert execute(words[1:]) == 0, line
        found.append(io.read_image(folder / words[words.index("-o") + 1]))
    return found


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


def test_commands_of_channels_run_as_they_are(viewer, qtbot, tmp_path, monkeypatch):
    data = np.stack([cells((8, 20, 24), seed=channel) for channel in range(2)])
    path = tmp_path / "cells.ome.tif"
    units = ("pixel", "um", "um", "um")
    io.write_image(path, data, axes="CZYX", spacing=(1, *SPACING), units=units, channels=("A", "B"), name="cells")
    add_layers(viewer, str(path))
    add_psf(viewer, nd.psf.gaussian((0.9, 0.3, 0.3), SPACING))
    dock = Dock(viewer, qtbot)
    dock.run(iterations=3)
    made = [layer for layer in viewer.layers if "RL" in layer.name]
    lines = as_said(dock, "cli", tmp_path, monkeypatch)
    assert len(lines) == 2
    for image, layer in zip(run_commands(lines, tmp_path), made, strict=True):
        np.testing.assert_allclose(image.data, layer.data, rtol=1e-4, atol=1e-2)


def split_by_napari(viewer, picture):
    from napari.layers.utils.stack_utils import split_rgb

    return viewer.layers.extend(split_rgb(picture))


def split_by_us(viewer, picture):
    split_colours(viewer, picture)


@pytest.mark.parametrize("split", [split_by_napari, split_by_us])
@pytest.mark.parametrize("kind", ["python", "cli"])
def test_of_a_picture_whose_colours_were_split(viewer, qtbot, tmp_path, monkeypatch, split, kind):
    data = np.stack([cells((32, 40), seed=channel) for channel in range(3)], axis=-1)
    picture = viewer.add_image((data / data.max() * 255).astype(np.uint8), rgb=True, name="photo", units=("um", "um"))
    split(viewer, picture)
    viewer.layers.remove(picture)
    add_psf(viewer, nd.psf.gaussian((3.0, 3.0), (1.0, 1.0)))
    dock = Dock(viewer, qtbot)
    dock.run(iterations=3)
    made = [layer for layer in viewer.layers if "RL" in layer.name]
    lines = as_said(dock, kind, tmp_path, monkeypatch)
    if kind == "cli":
        found = run_commands(lines, tmp_path)
    else:
        exec("\n".join(lines), {})
        found = [io.read_image(path) for path in sorted(tmp_path.glob("*_decon*"))]
    assert len(found) == len(made)
    for image in found:
        assert min(float(np.abs(image.data - layer.data).max()) for layer in made) < 0.1


def test_what_the_file_does_not_hold_is_to_be_saved(viewer, qtbot, tmp_path, monkeypatch):
    io.write_image(tmp_path / "cells.ome.tif", cells((32, 40)))
    (layer,) = add_layers(viewer, str(tmp_path / "cells.ome.tif"))
    layer.scale, layer.units = (0.1, 0.1), ("um", "um")
    add_psf(viewer, nd.psf.gaussian((0.3, 0.3), (0.1, 0.1)))
    dock = Dock(viewer, qtbot)
    made = dock.run(iterations=2)
    lines = as_said(dock, "python", tmp_path, monkeypatch)
    assert lines
    exec("\n".join(lines), {})
    np.testing.assert_array_equal(io.read_image(tmp_path / "cells_decon.ome.tif").data, made.data)
