"""Images in and out of files, with their voxel size, units and the recipe that made them."""

from napari_deconvolve.io.images import ImageFile, read_image, write_image

__all__ = ["ImageFile", "read_image", "write_image"]
