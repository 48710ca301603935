"""Outputs of several commands: their names checked before the work, stacks of estimates put together after it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from napari_deconvolve.cli.options import same_file
from napari_deconvolve.cli.spectra import is_table
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.images import require_suffix
from napari_deconvolve.formats.ome_zarr.library import is_store
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import TABLES
from napari_deconvolve.image import SampledArray
from napari_deconvolve.io import ImageFile


def check_output(path: str) -> None:
    """Refuse a name under which neither an image nor a table can be written."""
    if not is_table(path):
        require_suffix(path)
    elif suffix_of(path) not in TABLES:
        raise FileError(f"{path} has an ending that is only read; give a name that ends in {', '.join(TABLES)}.")
    if not (is_store(path) and Path(path).is_dir()):  # which may be gone on with, or replaced
        check_target(path)


def keep_inputs(outputs: Iterable[str | None], inputs: Iterable[str | None]) -> None:
    """Refuse a file that is both read and to be written: a measurement cannot be repeated.

    Results to go on from and recipes may be replaced. None stands for a file that is not wanted.
    """
    read = [path for path in inputs if path is not None]
    for output in outputs:
        if output is not None and any(same_file(output, path) for path in read):
            raise FileError(f"{output} is read by this command and would be overwritten; give another name to write.")


def stacked(source: ImageFile, estimates: Iterable[FloatArray]) -> SampledArray:
    """Put several estimates of an image together, along a new leading axis."""
    letter = next(letter for letter in "IQR" if letter not in source.axes)
    return source.image.with_axis(np.stack(list(estimates)), letter)
