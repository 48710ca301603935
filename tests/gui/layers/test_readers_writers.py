"""Layers through napari's reader and writer contributions, found through the manifest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from qtpy.QtWidgets import QFileDialog

import napari_deconvolve as nd
from napari_deconvolve.io import read_image, write_image

napari = pytest.importorskip("napari")
npe2 = pytest.importorskip("npe2")
from napari.components import ViewerModel  # noqa: E402

from napari_deconvolve._napari.layers.opening import add_layers, prefer_our_reader  # noqa: E402
from napari_deconvolve._napari.layers.readers import get_reader, read_layers  # noqa: E402
from napari_deconvolve._napari.layers.writers import write_channels  # noqa: E402

PLUGIN = "napari-deconvolve"
KEY = "napari_deconvolve"


@pytest.fixture(autouse=True)
def _plugin():
    """Only this package's manifest, found as napari finds it."""
    manager = npe2.PluginManager.instance()
    if PLUGIN not in manager:
        manager.register(npe2.PluginManifest.from_distribution(PLUGIN))


def opened(path):
    """Open a file as the command of the menu "File" does."""
    return add_layers(ViewerModel(), str(path))


def saved(tmp_path, data, file="a.ome.tif", **keywords):
    """Add a layer, save it with the writer, open it with the reader."""
    viewer = ViewerModel()
    layer = viewer.add_image(data, **keywords)
    viewer.layers.selection = {layer}
    path = str(tmp_path / file)
    assert viewer.layers.save(path, selected=True, plugin=PLUGIN) == [path]
    (back,) = opened(path)
    return layer, back


def test_files_that_are_not_ours_have_one_reader_so_that_napari_asks_nobody(tmp_path):
    manager = npe2.PluginManager.instance()
    for name in ("a.tif", "a.tiff", "a.npy", "a.ome.tif", "decon.tif", "a.png"):
        readers = {reader.plugin_name for reader in manager.iter_compatible_readers([str(tmp_path / name)])}
        assert PLUGIN not in readers, name
    ours = manager.iter_compatible_readers([str(tmp_path / "Cells_decon.OME.TIF")])
    assert PLUGIN in {reader.plugin_name for reader in ours}


def test_what_save_wrote_opens_without_a_question(tmp_path):
    from napari.plugins.utils import get_preferred_reader
    from napari.settings import get_settings

    before = dict(get_settings().plugins.extension2reader)
    viewer = ViewerModel()
    layer = viewer.add_image(np.ones((4, 5)), name="a", scale=(0.5, 0.5), units=("um", "um"), colormap="bop blue")
    path = str(tmp_path / "a_decon.ome.tif")
    layer.save(path, plugin=PLUGIN)
    try:
        prefer_our_reader()
        assert get_preferred_reader(path) == PLUGIN
        (back,) = ViewerModel().open(path, plugin=None)
    finally:
        get_settings().plugins.extension2reader = before
    np.testing.assert_array_equal(back.scale, (0.5, 0.5))
    assert back.colormap.name == "bop blue"


def test_the_manifest_is_valid_and_its_commands_can_be_imported():
    path = Path(nd.__file__).with_name("napari.yaml")
    manifest = npe2.PluginManifest.from_file(path)
    ids = {command.id: command.python_name for command in manifest.contributions.commands}
    assert {"napari-deconvolve.get_reader", "napari-deconvolve.write_image"} <= set(ids)
    assert manifest.contributions.readers[0].filename_patterns[:2] == ["*_decon.ome.tif", "*_decon.ome.tiff"]
    top = Path(__file__).resolve().parents[3] / "napari.yaml"
    if top.exists():
        assert top.read_text() == path.read_text()


@pytest.mark.parametrize("name", ["a.ome.tif", "a.tif", "a.ome.tiff"])
def test_a_result_layer_returns(tmp_path, name):
    psf = nd.psf.gaussian((0.6, 0.25, 0.25), (0.3, 0.1, 0.1))
    result = nd.deconvolve(np.random.default_rng(0).poisson(20, (6, 16, 15)), psf, nd.Recipe(iterations=3))
    ours = {"recipe": result.recipe.to_dict(), "iterations": 3, "deviance": list(result.trace)}
    layer, back = saved(
        tmp_path,
        result.estimate,
        name,
        scale=(0.3, 0.1, 0.1),
        translate=(1, 2, 3),
        units=("um",) * 3,
        axis_labels=("z", "y", "x"),
        metadata={KEY: ours},
    )
    np.testing.assert_array_equal(back.data, layer.data)
    np.testing.assert_array_equal(back.scale, layer.scale)
    np.testing.assert_array_equal(back.translate, layer.translate)
    assert back.units == layer.units
    assert back.axis_labels == ("z", "y", "x")
    assert back.metadata[KEY] == ours
    assert nd.Recipe.from_dict(back.metadata[KEY]["recipe"]) == result.recipe
    assert read_image(tmp_path / name).recipe == result.recipe


@pytest.mark.parametrize("ndim", [2, 3, 4, 5])
def test_layers_without_units_or_labels_return(tmp_path, ndim):
    data = np.arange(2 * 3 * 4 * 5 * 6).reshape(2, 3, 4, 5, 6)[(0,) * (5 - ndim)].astype(np.uint16)
    layer, back = saved(tmp_path, data, scale=np.arange(1, ndim + 1), name="plain µ")
    np.testing.assert_array_equal(back.data, data)
    assert back.data.dtype == data.dtype
    np.testing.assert_array_equal(back.scale, layer.scale)
    assert (back.units, back.axis_labels, back.name) == (layer.units, layer.axis_labels, "plain µ")


def test_time_and_other_labels_return(tmp_path):
    layer, back = saved(
        tmp_path,
        np.ones((3, 4, 5)),
        scale=(2, 0.5, 0.5),
        units=("s", "um", "nm"),
        axis_labels=("time", "row", "column"),
    )
    assert back.units == layer.units
    assert back.axis_labels == layer.axis_labels


def test_a_psf_layer_returns_as_the_psf(tmp_path):
    psf = nd.psf.gaussian((0.6, 0.25, 0.25), (0.3, 0.1, 0.1))
    nd.psf.save(psf, tmp_path / "p.ome.tif")
    (layer,) = opened(str(tmp_path / "p.ome.tif"))
    assert layer.metadata[KEY]["psf"]["info"] == dict(psf.info)
    layer.save(str(tmp_path / "q.ome.tif"), plugin=PLUGIN)
    back = nd.psf.load(tmp_path / "q.ome.tif")
    np.testing.assert_array_max_ulp(back.data, psf.data, 1)
    assert (back.spacing, back.unit, dict(back.info)) == (psf.spacing, psf.unit, dict(psf.info))


def test_channels_become_layers(tmp_path):
    data = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(3, 2, 4, 5)
    write_image(tmp_path / "a.ome.tif", data, axes="ZCYX", spacing=(0.3, 1, 0.1, 0.1), units="um", channels=("A", "B"))
    first, second = opened(str(tmp_path / "a.ome.tif"))
    assert (first.name, second.name) == ("a · A", "a · B")
    np.testing.assert_array_equal(second.data, data[:, 1])
    np.testing.assert_allclose(second.scale, (0.3, 0.1, 0.1))
    assert second.axis_labels == ("z", "y", "x")


def test_a_spectrum_is_a_row_and_returns_as_a_line(tmp_path):
    write_image(tmp_path / "a.tif", np.arange(9.0), spacing=0.05, units="eV")
    (layer,) = opened(str(tmp_path / "a.tif"))
    assert layer.data.shape == (1, 9)
    layer.save(str(tmp_path / "b.tif"), plugin=PLUGIN)
    back = read_image(tmp_path / "b.tif")
    assert (back.data.shape, back.spacing, back.units) == ((9,), (0.05,), ("eV",))


def test_npy(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((3, 4)))
    (layer,) = opened(str(tmp_path / "a.npy"))
    assert layer.data.shape == (3, 4)


def test_what_others_can_read_better_is_declined(tmp_path):
    (tmp_path / "text.tif").write_text("no")
    (tmp_path / "cut.tif").write_bytes(b"II*\x00\x08")
    (tmp_path / "a.npy").write_text("no")
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    np.save(tmp_path / "complex.npy", np.ones(3, complex))
    tifffile.imwrite(tmp_path / "rgb.tif", np.zeros((8, 9, 3), np.uint8), photometric="rgb")
    for name in ("text.tif", "cut.tif", "a.npy", "objects.npy", "complex.npy", "rgb.tif", "none.tif", "."):
        assert get_reader(str(tmp_path / name)) is None, name
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 9), np.uint8))
    assert get_reader(str(tmp_path / "a.tif")) is read_layers
    assert get_reader([str(tmp_path / "a.tif")] * 2) is None


def test_colour_layers_are_refused_in_words(tmp_path):
    layer = ViewerModel().add_image(np.zeros((2, 2, 2, 40, 40, 3), np.uint8), rgb=True)
    with pytest.raises(nd.FileError, match="colour"):
        layer.save(str(tmp_path / "a.tif"), plugin=PLUGIN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [3, 4])
def test_a_picture_returns_as_one_layer_of_colours(tmp_path, count):
    data = np.random.default_rng(1).integers(0, 255, (20, 30, count)).astype(np.uint8)
    layer, back = saved(tmp_path, data, rgb=True, scale=(0.2, 0.2), units="um", name="leaf")
    assert back.rgb
    np.testing.assert_array_equal(back.data, data)
    np.testing.assert_allclose(back.scale, (0.2, 0.2))
    found = read_image(tmp_path / "a.ome.tif")
    assert (found.axes, found.channels) == ("CYX", ("red", "green", "blue", "alpha")[:count])
    assert layer.name == back.name


@pytest.mark.parametrize(
    "place",
    [
        {"rotate": 20},
        {"shear": [0.3]},
        {"affine": [[1, 0.2, 3], [0.1, 1, 4], [0, 0, 1]]},
        {"rotate": 20, "scale": (-0.3, 0.1), "translate": (4, 5)},
    ],
    ids=str,
)
def test_rotation_shear_and_affine_return_and_are_told(tmp_path, place):
    with pytest.warns(nd.DeconvolutionWarning, match="other programs do not see them"):
        layer, back = saved(tmp_path, np.zeros((20, 30), np.float32), **place)
    for corner in ((0, 0), (19, 3), (2, 29)):
        np.testing.assert_allclose(back.data_to_world(corner), layer.data_to_world(corner), atol=1e-9)


@pytest.mark.parametrize("file", ["a.ome.tif", "a.ome.zarr"])
@pytest.mark.parametrize(
    "place",
    [
        {"translate": (5, 6)},
        {"scale": (-0.2, 0.3)},
        {"rotate": 30, "translate": (1, 2)},
        {"affine": [[1, 0.2, 3], [0.1, 1, 4], [0, 0, 1]]},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::napari_deconvolve.DeconvolutionWarning")
def test_a_picture_comes_back_as_one_where_it_lay(tmp_path, place, file):
    if file.endswith("zarr"):
        pytest.importorskip("zarr")
    for number, kind in enumerate((np.uint8, np.float32)):
        data = np.random.default_rng(1).integers(0, 2, (12, 15, 3)).astype(kind)
        layer, back = saved(tmp_path, data, f"{number}{file}", rgb=True, **{"scale": (0.2, 0.3), **place})
        assert back.rgb
        np.testing.assert_array_equal(np.asarray(back.data), data)
        for corner in ((0, 0), (11, 3), (2, 14)):
            np.testing.assert_allclose(back.data_to_world(corner), layer.data_to_world(corner), atol=1e-9)


@pytest.mark.parametrize(
    "other", [{"rotate": 20}, {"shear": [0.3]}, {"translate": (1, 0)}, {"scale": (-1, 1)}, {"units": "nm"}], ids=str
)
def test_layers_of_other_places_or_units_are_no_channels_of_one_file(tmp_path, other):
    viewer = ViewerModel()
    layers = [viewer.add_image(np.zeros((9, 8), np.float32), **how) for how in ({}, other)]
    with pytest.raises(nd.FileError, match="places or units; save each to a file"):
        write_channels(str(tmp_path / "a.ome.tif"), [layer.as_layer_data_tuple()[:2] for layer in layers], "a")
    turned = [viewer.add_image(np.full((9, 8), number, np.float32), rotate=20) for number in range(2)]
    with pytest.warns(nd.DeconvolutionWarning, match="rotate of the layer"):
        write_channels(str(tmp_path / "a.ome.tif"), [layer.as_layer_data_tuple()[:2] for layer in turned], "a")
    for layer, back in zip(turned, opened(tmp_path / "a.ome.tif"), strict=True):
        np.testing.assert_allclose(back.data_to_world((3, 4)), layer.data_to_world((3, 4)))


def test_notes_of_the_reader_are_notifications(tmp_path, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr("napari.utils.notifications.show_warning", said.append)
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(np.zeros((8, 9), np.uint16), metadata=None)
        for _ in range(4):
            file.write(np.ones((16, 18), np.uint16), metadata=None)
    ((data, _, _),) = read_layers(str(tmp_path / "a.tif"))
    assert data.shape == (4, 16, 18)
    assert len(said) == 1
    assert "2 images" in said[0]


RESULT = {
    "name": "cells · RL 3",
    "scale": (0.3, 0.1, 0.1),
    "units": ("um",) * 3,
    "axis_labels": ("z", "y", "x"),
    "colormap": "bop blue",
    "metadata": {KEY: {"recipe": nd.Recipe(iterations=3).to_dict()}},
}


@pytest.mark.parametrize(
    ("file", "chosen", "kept"),
    [
        ("a.tif", "napari builtins", False),  # the first kind that napari's window offers: the dock warns of it
        ("a.ome.tif", "napari builtins", False),
        ("a.tif", "Deconvolve OME-TIFF", True),
        ("a.ome.tif", "Deconvolve OME-TIFF", True),
        ("a.ome.zarr", "Deconvolve OME-Zarr", True),
    ],
)
def test_what_file_save_keeps_under_the_names_that_people_type(viewer, tmp_path, monkeypatch, file, chosen, kept):
    data = np.random.default_rng(0).poisson(9, (6, 20, 24)).astype(np.float32)
    layer = viewer.add_image(data, **RESULT)
    viewer.layers.selection = {layer}
    path = tmp_path / file

    def answer(*given, filter, **more):
        return str(path), next(one for one in filter.split(";;") if one.startswith(chosen) and Path(file).suffix in one)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    viewer.window._qt_viewer._save_layers_dialog(selected=True)
    found = [
        (one.name, tuple(one.scale), one.colormap.name, one.data.shape, "recipe" in one.metadata[KEY])
        for one in opened(path)
    ]
    assert (found == [(layer.name, RESULT["scale"], "bop blue", data.shape, True)]) is kept


@pytest.mark.parametrize("file", ["a.ome.tif", "a.ome.zarr"])
def test_these_names_are_ours_where_nobody_chooses_a_kind_of_file(tmp_path, file):
    layer = ViewerModel().add_image(np.ones((3, 4, 5), np.float32), **RESULT)
    layer.save(str(tmp_path / file))
    (back,) = opened(tmp_path / file)
    assert (tuple(back.scale), back.name) == (RESULT["scale"], layer.name)


def test_a_store_that_save_wrote_opens_without_a_question(tmp_path):
    layer = ViewerModel().add_image(np.ones((4, 5), np.float32), name="a", scale=(0.5, 0.5), units=("um", "um"))
    path = str(tmp_path / "a_decon.ome.zarr")
    layer.save(path, plugin=PLUGIN)
    (back,) = ViewerModel().open(path, plugin=PLUGIN)
    np.testing.assert_array_equal(back.scale, (0.5, 0.5))
    readers = npe2.PluginManager.instance().iter_compatible_readers([str(tmp_path / "a.ome.zarr")])
    assert PLUGIN not in {reader.plugin_name for reader in readers}, "what is not ours is left to others"


def test_layers_dragged_out_of_the_list_are_no_files(viewer):
    """napari hands over names alone; else what is dropped elsewhere would have lost its scale."""
    viewer.add_image(np.ones((4, 5)))
    view = viewer.window._qt_viewer.layers
    mime = view.model().mimeData([view.model().index(0, 0)])
    assert mime is None or not mime.hasUrls()
