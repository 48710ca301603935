"""Images and spectra in and out of files, with spacing, units and the recipe that made them."""

from napari_deconvolve.io.columns import column_names
from napari_deconvolve.io.images import ImageFile, read_image, write_image
from napari_deconvolve.io.results import checkpoint_path, read_checkpoint, read_result, write_checkpoint
from napari_deconvolve.io.spectra import read_spectra, read_spectrum
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.io.spectrum_tables import write_spectra, write_spectrum

__all__ = [
    "ImageFile",
    "Spectrum",
    "checkpoint_path",
    "column_names",
    "read_checkpoint",
    "read_image",
    "read_result",
    "read_spectra",
    "read_spectrum",
    "write_checkpoint",
    "write_image",
    "write_spectra",
    "write_spectrum",
]
