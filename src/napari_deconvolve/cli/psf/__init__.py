"""The commands ``napari-deconvolve psf ...``: PSFs made, measured and checked, a module each."""
