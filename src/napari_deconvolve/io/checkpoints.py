"""Files that let a run go on exactly: they lie beside results."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.arrays import read_npy, write_npy
from napari_deconvolve.io.images import stem
from napari_deconvolve.job.checkpoint import Checkpoint


def checkpoint_path(result: str | os.PathLike[str]) -> Path:
    """Name the file beside a result: ``cells.ome.tif`` has ``cells.whole.npy``."""
    return Path(result).with_name(f"{stem(result)}.whole.npy")


def write_checkpoint(result: str | os.PathLike[str], whole: Checkpoint) -> Path:
    """Write what lets a run go on beside its result; give the file's name."""
    path = checkpoint_path(result)
    write_npy(path, whole.items)
    return path


def read_checkpoint(result: str | os.PathLike[str]) -> Checkpoint | None:
    """Read what lies beside a result; None when nothing does.

    Raises
    ------
    FileError
        When the file is damaged, or is of something else.
    """
    path = checkpoint_path(result)
    if not path.exists():
        return None
    found = np.asarray(read_npy(path).image.data)
    if found.dtype.kind != "f" or found.ndim < 2 or not (np.isfinite(found).all() and found.min() >= 0):
        raise FileError(f"{path} holds no estimate to go on from; remove it, or make it again with --resumable.")
    return Checkpoint(found)
