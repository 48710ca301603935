"""Images that are not in memory are written as OME-TIFF a few planes at a time, and read back as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr

import napari_deconvolve as nd
from napari_deconvolve.formats import tiff_writer
from napari_deconvolve.io import read_image, write_image

SHAPES = [(40, 50), (7, 40, 50), (3, 5, 40, 50), (2, 3, 5, 40, 50)]


def random(shape: tuple[int, ...], dtype: Any) -> Any:
    return np.random.default_rng(0).integers(0, 200, shape).astype(dtype)


class Watched:
    """A lazy image that knows how much of it was asked for at a time."""

    def __init__(self, data: Any, chunks: tuple[int, ...]) -> None:
        self._data, self.chunks = data, chunks
        self.shape, self.dtype, self.ndim = data.shape, data.dtype, data.ndim
        self.most = 0

    def __getitem__(self, index: Any) -> Any:
        part = self._data[index]
        self.most = max(self.most, part.size)
        return part


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64", ">u2"])
def test_a_store_becomes_the_file_of_an_array(tmp_path: Path, shape: tuple[int, ...], dtype: str) -> None:
    data = random(shape, dtype)
    axes = "TCZYX"[-len(shape) :]
    lazy = nd.SampledArray(zarr.create_array(tmp_path / "a.zarr", data=data.astype(data.dtype.newbyteorder("="))), axes)
    write_image(tmp_path / "lazy.ome.tif", lazy, name="cells", extra={"iterations": 3})
    write_image(tmp_path / "eager.ome.tif", data, axes=axes, name="cells", extra={"iterations": 3})
    first, second = read_image(tmp_path / "lazy.ome.tif"), read_image(tmp_path / "eager.ome.tif")
    assert np.array_equal(first.data, data)
    assert first.data.dtype == second.data.dtype
    assert (first.axes, first.name, first.iterations) == (second.axes, second.name, second.iterations)
    assert np.array_equal(tifffile.imread(tmp_path / "lazy.ome.tif").reshape(shape), data)


@pytest.mark.parametrize("dtype", ["int64", "bool", "float16"])
def test_types_that_ome_lacks_are_turned_as_ever(tmp_path: Path, dtype: str) -> None:
    data = random((3, 20, 30), dtype)
    lazy = zarr.create_array(tmp_path / "a.zarr", data=data)
    write_image(tmp_path / "a.ome.tif", nd.SampledArray(lazy, "ZYX"))
    assert np.array_equal(read_image(tmp_path / "a.ome.tif").data, data)


@pytest.mark.parametrize(("room", "planes"), [(1, 1), (3 * 40 * 50 * 4, 3), (1 << 30, 4)])
def test_no_more_planes_are_read_at_a_time_than_fit(tmp_path: Path, monkeypatch: Any, room: int, planes: int) -> None:
    monkeypatch.setattr(tiff_writer, "PLANES_BYTES", room)
    data = random((2, 10, 40, 50), "float32")
    watched = Watched(data, (1, 4, 20, 25))
    write_image(tmp_path / "a.ome.tif", nd.SampledArray(watched, "TZYX"))
    assert watched.most == planes * 20 * 25
    assert np.array_equal(read_image(tmp_path / "a.ome.tif").data, data)


def test_large_ones_have_offsets_of_64_bits(tmp_path: Path, monkeypatch: Any) -> None:
    data = random((3, 40, 50), "float32")
    for most, magic in ((data.nbytes, b"II*\0"), (data.nbytes - 1, b"II+\0")):
        monkeypatch.setattr(tiff_writer, "MAX_CLASSIC_BYTES", most)
        write_image(tmp_path / "a.ome.tif", nd.SampledArray(Watched(data, (1, 40, 50)), "ZYX"))
        assert (tmp_path / "a.ome.tif").read_bytes()[:4] == magic
        assert np.array_equal(read_image(tmp_path / "a.ome.tif").data, data)


def test_a_plane_that_cannot_be_read_leaves_no_file(tmp_path: Path) -> None:
    class Damaged(Watched):
        def __getitem__(self, index: Any) -> Any:
            if index[0].start > 0:
                raise OSError("chunk 1 is damaged")
            return super().__getitem__(index)

    with pytest.raises(nd.FileError):
        write_image(
            tmp_path / "a.ome.tif", nd.SampledArray(Damaged(random((3, 40, 50), "float32"), (1, 40, 50)), "ZYX")
        )
    assert list(tmp_path.iterdir()) == []
