"""OME-Zarr: what is written is valid, says what it is, and is read back by us and by zarr alone; lazily."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaozarrs
import zarr
from yaozarrs import v04

import napari_deconvolve as nd
from napari_deconvolve.formats.ome_zarr.levels import bins_of_levels, chunk_for, shape_of, shard_for
from napari_deconvolve.formats.ome_zarr.writer import binned
from napari_deconvolve.image import is_lazy
from napari_deconvolve.io import read_image, write_image

SPACING, UNITS = (2.0, 0.3, 0.1, 0.1), ("s", "um", "um", "um")


@pytest.fixture
def series() -> np.ndarray:
    return np.random.default_rng(0).poisson(50, (2, 20, 300, 260)).astype(np.uint16)


def write(path: Path, series: np.ndarray) -> Path:
    recipe = nd.Recipe(iterations=7)
    write_image(path, series, axes="TZYX", spacing=SPACING, units=UNITS, recipe=recipe, name="cells")
    return path


def test_what_is_written_passes_the_validator_and_is_read_back(tmp_path: Path, series: np.ndarray) -> None:
    path = write(tmp_path / "cells.ome.zarr", series)
    yaozarrs.validate_zarr_store(path)
    found = read_image(path)
    assert (found.axes, found.spacing, found.units) == ("TZYX", SPACING, UNITS)
    assert found.recipe == nd.Recipe(iterations=7)
    assert found.name == "cells"
    assert is_lazy(found.data)
    assert np.array_equal(np.asarray(found.data), series)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["cells.ome.zarr"]


def test_zarr_alone_reads_all_levels(tmp_path: Path, series: np.ndarray) -> None:
    group = zarr.open_group(write(tmp_path / "cells.ome.zarr", series), mode="r")
    assert np.array_equal(group["0"][:], series)
    (scale,) = group.attrs["ome"]["multiscales"]
    assert [level["path"] for level in scale["datasets"]] == ["0", "1"]
    means = series.reshape(2, 20, 150, 2, 130, 2).mean(axis=(3, 5))
    assert np.abs(group["1"][:].astype(float) - means).max() <= 1  # rounded down to whole numbers
    assert scale["datasets"][1]["coordinateTransformations"] == [
        {"type": "scale", "scale": [2.0, 0.3, 0.2, 0.2]},
        {"type": "translation", "translation": [0.0, 0.0, 0.05, 0.05]},
    ]


def test_version_4_and_bare_arrays_are_read(tmp_path: Path, series: np.ndarray) -> None:
    image = v04.Image(
        multiscales=[
            v04.Multiscale(
                name="old",
                axes=[v04.SpaceAxis(name=name, type="space", unit="nanometer") for name in "zyx"],
                datasets=[{"path": "a", "coordinateTransformations": [{"type": "scale", "scale": [300, 100, 100]}]}],
            )
        ]
    )
    old = zarr.open_group(tmp_path / "old.zarr", mode="w", zarr_format=2)
    old.attrs.update(image.model_dump(mode="json", exclude_none=True))
    old.create_array("a", shape=series[0].shape, dtype=series.dtype)[:] = series[0]
    found = read_image(tmp_path / "old.zarr")
    assert (found.axes, found.spacing, found.units, found.name) == ("ZYX", (300, 100, 100), ("nm",) * 3, "old")
    assert np.array_equal(np.asarray(found.data), series[0])
    zarr.save_array(tmp_path / "bare.zarr", series[0])
    bare = read_image(tmp_path / "bare.zarr")
    assert (bare.axes, bare.spacing) == ("ZYX", None)


def test_several_images_are_chosen_by_their_number(tmp_path: Path, series: np.ndarray) -> None:
    group = zarr.open_group(tmp_path / "many.zarr", mode="w")
    group.attrs["ome"] = {"version": "0.5", "bioformats2raw.layout": 3}
    for number in range(2):
        write(tmp_path / "many.zarr" / f"{number}.zarr", series + number).rename(tmp_path / "many.zarr" / str(number))
    assert np.asarray(read_image(tmp_path / "many.zarr", image=2).data)[0, 0, 0, 0] == series[0, 0, 0, 0] + 1
    with pytest.raises(nd.FileError, match="no image number 3"):
        read_image(tmp_path / "many.zarr", image=3)


@pytest.mark.parametrize("axes", ["CTYX", "XYZ", "ZYXT"])
def test_axes_in_an_order_that_ome_zarr_does_not_hold_are_refused(tmp_path: Path, axes: str) -> None:
    with pytest.raises(nd.FileError, match="order"):
        write_image(tmp_path / "a.ome.zarr", np.ones((3,) * len(axes)), axes=axes)
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_there_is_kept(tmp_path: Path, series: np.ndarray) -> None:
    path = write(tmp_path / "cells.ome.zarr", series)
    with pytest.raises(nd.FileError):
        write(path, series + 1)
    assert np.array_equal(np.asarray(read_image(path).data), series)


@pytest.mark.parametrize("wrong", ["absent", "empty", "text"])
def test_what_is_no_store_is_refused(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "a.zarr"
    if wrong == "empty":
        path.mkdir()
    elif wrong == "text":
        path.write_text("no store", encoding="utf-8")
    with pytest.raises(nd.FileError):
        read_image(path)


def test_without_the_extra_the_sentence_names_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['zarr'] = None\n"
        "import numpy as np, napari_deconvolve as nd\n"
        "from napari_deconvolve.io import read_image, write_image\n"
        f"import os; os.chdir({str(tmp_path)!r}); os.mkdir('a.zarr')\n"
        "for do in (lambda: read_image('a.zarr'), lambda: write_image('b.ome.zarr', np.ones((9, 9)))):\n"
        "    try: do()\n"
        "    except nd.FileError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("napari-deconvolve[big]") == 2, done.stdout


def test_levels_make_voxels_cubes() -> None:
    bins = bins_of_levels("ZYX", (100, 3000, 2000), (0.8, 0.1, 0.1))
    assert bins[:4] == [(1, 1, 1), (1, 2, 2), (1, 4, 4), (1, 8, 8)]
    assert bins[4] == (2, 16, 16)
    assert max(shape_of((100, 3000, 2000), bins[-1])[1:]) <= 256


def test_shards_hold_whole_chunks() -> None:
    for lengths in ((64, 208, 336), (37, 1000, 17), (5, 50, 48)):
        chunk = chunk_for("ZYX", lengths)
        shard = shard_for(lengths, chunk)
        assert all(size <= 64 for size in chunk)
        assert all(whole % size == 0 for whole, size in zip(shard, chunk, strict=True))
        assert all(whole >= length for whole, length in zip(shard, lengths, strict=True))


def test_means_of_bins_count_what_is_there() -> None:
    assert binned(np.array([[1.0, 3.0, 5.0]]), (1, 2)).tolist() == [[2.0, 5.0]]


def test_tiff_and_npy_are_lazy_on_request(tmp_path: Path, series: np.ndarray) -> None:
    write_image(tmp_path / "a.ome.tif", series, axes="TZYX", spacing=SPACING, units=UNITS)
    write_image(tmp_path / "a.npy", series)
    for name in ("a.ome.tif", "a.npy"):
        lazy, eager = read_image(tmp_path / name, lazily=True), read_image(tmp_path / name)
        assert is_lazy(lazy.data)
        assert not is_lazy(eager.data)
        assert (lazy.axes, lazy.spacing, lazy.units) == (eager.axes, eager.spacing, eager.units)
        assert np.array_equal(np.asarray(lazy.data[1, 3:5, ::2]), series[1, 3:5, ::2])


def test_a_tiff_is_read_as_ever_without_the_extra(
    tmp_path: Path, series: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_deconvolve.formats import lazy_tiff

    write_image(tmp_path / "a.ome.tif", series, axes="TZYX")
    monkeypatch.setattr(lazy_tiff, "is_installed", lambda path: False)
    found = read_image(tmp_path / "a.ome.tif", lazily=True)
    assert not is_lazy(found.data)
    assert np.array_equal(found.data, series)
