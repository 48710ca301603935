"""OME-TIFF out; of an image that is not in memory plane after plane."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.formats.ome import write_ome
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.image import is_lazy

SUFFIXES = (".tif", ".tiff")
MAX_CLASSIC_BYTES = 3_900_000_000  # bytes: beyond, offsets of 32 bits do not reach
PLANES_BYTES = 32 << 20  # read at a time: a store keeps several planes in a block, which is decoded as a whole


def write_tiff(path: str | os.PathLike[str], stored: Stored) -> None:
    """Write an OME-TIFF; the file is complete or absent. A lazy image is read a few planes at a time.

    `FileError` is raised for a name that is no TIFF's, for a place where nothing can be written, and for numbers of a
    type that OME does not know.
    """
    import tifffile

    if not str(path).lower().endswith(SUFFIXES):
        raise FileError(f"{path} does not end in .ome.tif, .tif or .tiff; give such a name.")
    image = stored.image
    later = is_lazy(image.data) and image.ndim > 1 and image.dtype.kind in "uif" and _kept(image.dtype)
    data = image.data if later else _storable(path, np.asarray(image.data))
    axes, metadata = write_ome(stored)
    shape = (1,) * (len(axes) - image.ndim) + image.shape
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            _planes(data) if later else np.ascontiguousarray(data.reshape(shape)),
            shape=shape,
            dtype=np.dtype(data.dtype).newbyteorder("="),
            ome=True,
            bigtiff=int(np.prod(shape, dtype=np.int64)) * data.dtype.itemsize > MAX_CLASSIC_BYTES,
            photometric="minisblack",
            planarconfig=None,
            metadata=metadata,
            software="napari-deconvolve",
        )


def _kept(dtype: np.dtype[Any]) -> bool:
    """Return whether OME knows a type as it is."""
    return dtype.itemsize in ((4, 8) if dtype.kind == "f" else (1, 2, 4))


def _planes(data: Any) -> Iterator[NDArray[Any]]:
    """Yield the planes of a lazy image in their order."""
    dtype = np.dtype(data.dtype).newbyteorder("=")
    *outer, height, width = data.shape
    if not outer:
        yield np.asarray(data[...], dtype)
        return
    blocks = getattr(data, "shards", None) or getattr(data, "chunks", None)
    if blocks is None or not all(isinstance(one, int) for one in blocks):
        blocks = (1,) * len(outer) + (height, width)
    step = max(1, min(int(blocks[-3]), PLANES_BYTES // max(1, height * width * dtype.itemsize)))
    for place in np.ndindex(*outer[:-1]):
        for low in range(0, outer[-1], step):
            depths = (*place, slice(low, min(low + step, outer[-1])))
            yield from _slab(data, depths, (blocks[-2], blocks[-1]), dtype)


def _slab(data: Any, depths: tuple[Any, ...], block: tuple[int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Read some planes, block by block: of a whole plane a store would decode many blocks at once."""
    height, width = data.shape[-2:]
    slab = np.empty((depths[-1].stop - depths[-1].start, height, width), dtype)
    for y in range(0, height, block[0]):
        for x in range(0, width, block[1]):
            index = slice(y, min(y + block[0], height)), slice(x, min(x + block[1], width))
            slab[:, *index] = data[(*depths, *index)]
    return slab


def _storable(path: str | os.PathLike[str], data: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers in a type that OME knows and that loses nothing."""
    if data.size == 0 or data.dtype.kind not in "buif":
        raise FileError(f"{path} cannot hold {data.dtype} of shape {data.shape}; give real numbers, at least one.")
    if data.dtype == np.bool_:
        return data.astype(np.uint8)
    if data.dtype == np.float16:
        return data.astype(np.float32)
    if data.dtype.kind in "ui" and data.dtype.itemsize == 8:
        short = np.dtype(f"{data.dtype.kind}4")
        limits = np.iinfo(short)
        if data.min() < limits.min or data.max() > limits.max:
            raise FileError(
                f"{path} cannot hold {data.dtype} beyond {limits.max}; convert to float64, or save as .npy."
            )
        return data.astype(short)
    if data.dtype.itemsize > 8:
        raise FileError(f"{path} cannot hold {data.dtype}; convert to float64, or save as .npy.")
    return data.astype(data.dtype.newbyteorder("="), copy=False)
