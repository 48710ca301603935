"""What went wrong, in a sentence for users."""

from __future__ import annotations

from napari_deconvolve.cli.options import sentence
from napari_deconvolve.errors import DeconvolutionError

DEBUG = "NAPARI_DECONVOLVE_DEBUG"


def reason(error: BaseException) -> str:
    """Return why something failed; a fault of this program is said to be one."""
    if isinstance(error, MemoryError) and not isinstance(error, DeconvolutionError):
        return "This does not fit into memory; take a smaller image or PSF, or close other programs."
    if isinstance(error, DeconvolutionError):
        return sentence(error)
    return f"Unexpected {sentence(error)}; set {DEBUG}=1 to see where, and please report it."
