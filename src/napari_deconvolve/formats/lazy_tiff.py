"""TIFF images of which only the parts are read that somebody asks for, by tifffile's view of a file as a Zarr store."""

from __future__ import annotations

import os
from typing import Any

from napari_deconvolve.formats.ome_zarr.library import is_installed, library
from napari_deconvolve.formats.tiff_images import FileImage


def lazy_samples(path: str | os.PathLike[str], tif: Any, image: FileImage) -> Any | None:
    """Return the samples of an image of an open file as an array that reads them later; None where that cannot be.

    It is for one series that the file keeps as it is: not for planes put together of several, or colours in a pixel,
    and not without Zarr.
    """
    import tifffile

    alike = [
        number
        for number, one in enumerate(tif.series)
        if (tuple(one.shape), one.axes, one.dtype) == (tuple(image.shape), image.axes, image.dtype)
    ]
    if not is_installed(path) or len(alike) != 1 or "S" in image.axes or any(page is None for page in image.pages):
        return None
    zarr = library(path)
    file = tifffile.TiffFile(path)  # which the array keeps open
    return zarr.open_array(file.series[alike[0]].aszarr(level=0), mode="r")
