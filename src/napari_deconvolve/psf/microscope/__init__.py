"""How a lens images a point: the parts from which `napari_deconvolve.psf.microscope.microscope` is put together."""
