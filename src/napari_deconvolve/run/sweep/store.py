"""Where the estimates of a sweep are kept: in memory, or on disk when they are too many."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

import numpy as np

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.errors import ParameterError, ResourceError
from napari_deconvolve.memory import free_bytes

ESTIMATES_SHARE = 0.25  # of the free memory that estimates may take, where nobody says how much


class Store:
    """One array that is filled on the way, settings first; up to `most` bytes are held in memory.

    On disk it lies in a temporary folder that is removed when nobody holds the array any more; `note` says so in a
    sentence. `ResourceError` is raised when it fits neither into memory nor on the disk.
    """

    def __init__(self, shape: Shape, dtype: np.dtype[np.floating], most: int | None = None) -> None:
        if most is not None and most < 0:
            raise ParameterError(f"The memory for estimates is {most} bytes; give a number of at least 0.")
        needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        allowed = int(ESTIMATES_SHARE * free_bytes()) if most is None else int(most)
        self.note = ""
        self.data: FloatArray
        if needed <= allowed:
            self.data = np.zeros(shape, dtype)
        else:
            self.data = _on_disk(shape, dtype, needed)
            self.note = (
                f"The estimates take {needed / 1e9:.3g} GB, more than the {allowed / 1e9:.3g} GB of memory that are "
                "for them: they are kept in a temporary folder on disk, and go with the last use of them."
            )


def _on_disk(shape: Shape, dtype: np.dtype[np.floating], needed: int) -> FloatArray:
    folder = Path(tempfile.mkdtemp(prefix="napari-deconvolve-sweep-"))
    free = shutil.disk_usage(folder).free
    if needed > free:
        folder.rmdir()
        raise ResourceError(
            f"The estimates need {needed / 1e9:.3g} GB, and neither memory nor {folder.parent} ({free / 1e9:.3g} GB "
            "free) holds them; take fewer settings or a smaller region."
        )
    mapped: np.memmap[Shape, np.dtype[np.floating]] = np.memmap(folder / "estimates.dat", dtype, "w+", shape=shape)
    # All views hold the map itself: so the folder outlives every array that anybody keeps.
    weakref.finalize(mapped._mmap, shutil.rmtree, folder, ignore_errors=True)  # type: ignore[attr-defined]
    return np.asarray(mapped)
