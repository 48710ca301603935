"""An array with named axes, spacing, units and origin: the one carrier from files and layers to the operator and back.

`SampledArray` is the value. `axes` names its axes, and `matching` finds those that a PSF acts on.
"""

from napari_deconvolve.image.matching import psf_axes
from napari_deconvolve.image.sampled import Grid, SampledArray, as_even, is_lazy, moved_last

__all__ = ["Grid", "SampledArray", "as_even", "is_lazy", "moved_last", "psf_axes"]
