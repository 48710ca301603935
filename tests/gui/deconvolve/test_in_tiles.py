"""Images of any size in the dock "Deconvolve": nothing is read before a run, and a run in tiles grows on disk."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from conftest import Dock, add_image, cells
from qtpy.QtWidgets import QFileDialog

import napari_deconvolve as nd
from napari_deconvolve import memory
from napari_deconvolve._napari.docks.deconvolve.tiles import REDRAW_S
from napari_deconvolve._napari.layers.lazy_levels import LazyView
from napari_deconvolve._napari.layers.psf_layers import psf_layer_data
from napari_deconvolve._napari.work.checks import cost
from napari_deconvolve._napari.work.runner import POLL_SECONDS
from napari_deconvolve._napari.work.tiles import take_samples
from napari_deconvolve.run.tiles import halved, space

pytest.importorskip("zarr")
pytest.importorskip("yaozarrs")

SHAPE = (24, 160, 176)


class Counted:
    """A lazy array that counts what is read of it."""

    def __init__(self, shape, data=None):
        self.shape, self.dtype, self.ndim = shape, np.dtype(np.float32 if data is not None else np.uint8), len(shape)
        self.size = int(np.prod(shape, dtype=object))
        self.bytes, self._data = 0, data

    def __getitem__(self, key):
        keys = key if isinstance(key, tuple) else (key,)
        keys += (slice(None),) * (self.ndim - len(keys))
        lengths = [
            len(range(*one.indices(n))) for one, n in zip(keys, self.shape, strict=True) if isinstance(one, slice)
        ]
        self.bytes += int(np.prod(lengths, dtype=object)) * self.dtype.itemsize
        return np.zeros(lengths, self.dtype) if self._data is None else self._data[key]

    def __array__(self, dtype=None, copy=None):
        if self._data is None:
            raise AssertionError("all of it was read")
        return np.asarray(self._data, dtype)


@pytest.fixture
def little_memory(monkeypatch):
    for where in (memory, cost):
        monkeypatch.setattr(where, "free_bytes", lambda: 14 << 20)
    monkeypatch.setattr(space, "SPARE_BYTES", 1 << 20)


@pytest.fixture
def dock(viewer, qtbot, psf):
    def make(data):
        add_image(viewer, data, contrast_limits=(0, 1000))
        samples, keywords, _ = psf_layer_data(psf, "PSF")
        viewer.add_image(samples, **keywords)
        return Dock(viewer, qtbot)

    return make


def test_of_a_tebibyte_that_is_chosen_a_plane_is_read(dock, viewer):
    lazy = Counted((1 << 20, 1024, 1024))
    add_image(viewer, lazy, "huge", contrast_limits=(0, 1))
    before = lazy.bytes
    found = dock(cells())
    found.choose("image", "huge")
    found.qtbot.wait(200)
    assert lazy.bytes - before <= (1 << 20) + 1024 * 1024
    assert "GB" in found.words("cost")
    assert not found["run"].isEnabled()
    assert "In tiles" in found.words("cost")


@pytest.mark.parametrize("ndisplay", [2, 3])
def test_a_level_is_read_where_it_is_looked_at(viewer, ndisplay):
    fine, coarse = Counted((64, 512, 512)), Counted((16, 128, 128))
    viewer.add_image([LazyView(fine), LazyView(coarse)], multiscale=True, contrast_limits=(0, 1))
    fine.bytes = coarse.bytes = 0
    viewer.dims.ndisplay = ndisplay
    viewer.dims.set_point(0, 5) if ndisplay == 2 else None
    viewer.layers[-1].refresh()
    assert fine.bytes <= 4 * 512 * 512
    assert coarse.bytes <= 4 * 16 * 128 * 128
    viewer.dims.ndisplay = 2


@pytest.mark.parametrize("key", [5, np.s_[2:9], np.s_[::2, 3], np.s_[..., 4], np.s_[1:, ::3, 2:5], np.s_[-1, -3:]])
def test_a_view_is_what_the_array_is(key):
    data = np.arange(11 * 7 * 9).reshape(11, 7, 9)
    view = LazyView(data)[1:, :, ::2]
    np.testing.assert_array_equal(np.asarray(view[key]), data[1:, :, ::2][key])
    assert view[key].shape == data[1:, :, ::2][key].shape


def test_the_small_copy_is_every_so_manyth_sample():
    data = np.random.default_rng(0).normal(size=(10, 37, 50))
    copy = np.zeros((5, 10, 13))
    for z in range(0, 10, 3):
        for y in range(0, 37, 9):
            take_samples(copy, data, np.s_[z : min(z + 3, 10), y : min(y + 9, 37), 0:50])
    np.testing.assert_array_equal(copy, data[::2, ::4, ::4])


def test_an_image_that_does_not_fit_is_run_into_a_store(dock, viewer, tmp_path, little_memory, monkeypatch):
    image = cells(SHAPE)
    found = dock(Counted(SHAPE, image))
    found["iterations"].setValue(4)
    assert not found["run"].isEnabled()
    path = tmp_path / "cells.ome.zarr"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    found.click("tiles")
    found.wait(lambda: any(layer.multiscale for layer in viewer.layers))
    found.wait_for_end()
    assert "tiles" in found.state()
    (layer,) = [layer for layer in viewer.layers if layer.multiscale]
    assert layer.name.startswith("cells · RL 4")
    assert tuple(layer.scale) == tuple(viewer.layers["cells"].scale)
    assert tuple(layer.translate) == tuple(viewer.layers["cells"].translate)
    recipe = nd.Recipe.from_dict(layer.metadata["napari_deconvolve"]["recipe"])
    whole = nd.deconvolve(nd.SampledArray(image), psf_of(viewer), recipe.replace(psf=None)).estimate
    seen = np.asarray(layer.data[0])
    assert np.linalg.norm(seen - whole) <= 3e-3 * np.linalg.norm(whole)


def psf_of(viewer):
    from napari_deconvolve._napari.layers.psf_layers import layer_to_psf

    return layer_to_psf(viewer.layers["PSF"])


def test_stopped_and_gone_on_with(dock, viewer, tmp_path, little_memory, monkeypatch):
    image = cells(SHAPE, seed=3)
    found = dock(image)
    found["iterations"].setValue(12)
    path = tmp_path / "half.ome.zarr"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    found.click("tiles")
    found.wait(lambda: found.widget._runs.tiles.runner.session.done >= 1)
    found.click("stop")
    found.wait_for_end()
    assert "to go on, also after a restart" in found.state()
    done = {one.name: one.stat().st_mtime_ns for one in (path / ".job" / "done").glob("*.json")}
    assert done
    found.click("tiles")
    found.wait(lambda: found["stop"].isEnabled())
    found.wait_for_end()
    assert "12 iterations in" in found.state()
    after = {one.name: one.stat().st_mtime_ns for one in (path / ".job" / "done").glob("*.json")}
    assert {name: after[name] for name in done} == done
    assert len(after) > len(done)


def test_a_tile_is_seen_before_the_next_has_begun(dock, viewer, tmp_path, little_memory, monkeypatch):
    """From its marker to the window there are two timers, of half a second together, whatever the next tile takes."""
    may_go, waiting, own = threading.Event(), threading.Event(), halved.run_tile
    begun = []

    def held(*given):
        begun.append(given)
        if len(begun) > 2:
            waiting.set()
            assert may_go.wait(60)
        return own(*given)

    monkeypatch.setattr(halved, "run_tile", held)
    found = dock(cells(SHAPE))
    found["iterations"].setValue(3)
    path = tmp_path / "cells.ome.zarr"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    found.click("tiles")
    try:
        found.wait(lambda: any(layer.multiscale for layer in viewer.layers))
        (layer,) = [layer for layer in viewer.layers if layer.multiscale]
        viewer.dims.set_point(0, layer.translate[0])  # the first plane, which both tiles have a part of
        tiles = found.widget._runs.tiles
        found.wait(lambda: waiting.is_set() and tiles._shown == 2)
        marked = len(list((path / ".job" / "done").glob("*.json")))
        assert marked == tiles.session.done == 2
        written = tiles.session.levels()[0][0]
        np.testing.assert_array_equal(np.asarray(layer.data[0][0]), np.asarray(written))
        shown = np.asarray(layer._slice.image.raw)
        assert np.count_nonzero(shown) == np.count_nonzero(np.asarray(layer.data[layer.data_level][0])) > 0
    finally:
        may_go.set()
    found.wait_for_end()
    assert POLL_SECONDS + 2 * REDRAW_S <= 1


def test_what_tiles_cannot_do_is_said(dock, viewer):
    found = dock(cells())
    assert found["tiles"].isEnabled()
    viewer.camera.zoom *= 20
    found.choose("region", "what I see")
    found.wait(lambda: not found["tiles"].isEnabled())
    assert not found["tiles"].isEnabled()
    assert "whole image" in found["tiles"].toolTip()
