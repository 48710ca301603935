"""Deconvolution of spectra, images and stacks: the core of the napari plugin, without napari or Qt.

>>> import napari_deconvolve as nd
>>> psf = nd.psf.gaussian(fwhm=(0.6, 0.25, 0.25), spacing=(0.3, 0.1, 0.1))
>>> psf.shape
(9, 11, 11)
"""

import threading

import lazy_loader

# The names stand in __init__.pyi; each is imported when it is first used, so that a program pays for what it needs.
_first_use, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
_one_at_a_time = threading.RLock()  # threads that import parts of one library at once may find it half loaded


def __getattr__(name: str) -> object:
    with _one_at_a_time:
        return _first_use(name)
