"""Images and spectra in and out of files, with spacing, units and the recipe that made them."""

from napari_deconvolve.io.images import ImageFile, read_image, write_image
from napari_deconvolve.io.results import read_result
from napari_deconvolve.io.spectra import column_names, read_spectrum, write_spectrum
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.io.wholes import read_whole, whole_path, write_whole

__all__ = [
    "ImageFile",
    "Spectrum",
    "column_names",
    "read_image",
    "read_result",
    "read_spectrum",
    "read_whole",
    "whole_path",
    "write_image",
    "write_spectrum",
    "write_whole",
]
