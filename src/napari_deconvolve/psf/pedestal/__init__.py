"""The level that a measured PSF stands on: what all ends of its samples agree on, and lies far below its peak."""

from napari_deconvolve.psf.pedestal.find import find_pedestal
from napari_deconvolve.psf.pedestal.found import Pedestal

__all__ = ["Pedestal", "find_pedestal"]
