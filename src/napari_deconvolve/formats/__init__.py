"""Bytes on disk: TIFF, NPY and tables of numbers, read and written without knowing of recipes or PSFs.

Both `napari_deconvolve.io`, for images, and `napari_deconvolve.psf`, for PSFs, stand on these modules, so that
there is one way in and one way out. They know nothing but `errors` and `units`.
"""
