"""OME-Zarr: read lazily in versions 0.4 and 0.5, written in 0.5 with shards and a pyramid. Zarr is an extra."""

from napari_deconvolve.formats.images import FORMATS, ImageFormat
from napari_deconvolve.formats.ome_zarr.library import SUFFIX, is_installed, may_be_store
from napari_deconvolve.formats.ome_zarr.reader import read_zarr
from napari_deconvolve.formats.ome_zarr.writer import write_zarr

FORMATS.add(
    ImageFormat(
        "OME-Zarr",
        15,
        (SUFFIX,),
        read_zarr,
        write_zarr,
        holds_image=is_installed,
        extra=True,
        several=read_zarr,
        recognises=may_be_store,
    )
)
