"""What the PSF form offers before anybody has typed a number."""

from __future__ import annotations

from typing import Any

from napari_deconvolve._napari.layers.optics import lens_of
from napari_deconvolve._napari.layers.psf_layers import AXES, layer_spacing
from napari_deconvolve._napari.layers.psf_request import Numbers
from napari_deconvolve._napari.layers.source import read, space_axes
from napari_deconvolve.errors import PSFError
from napari_deconvolve.image import psf_axes
from napari_deconvolve.units import factor, is_length

TYPICAL_UM = {"z": 0.6, "y": 0.25, "x": 0.25}  # of a good objective and green light
ALONE = ((0.3, 0.1, 0.1), "um")  # spacing without any image: the fields show it
SOURCE = "gaussian"  # of a PSF, where nothing is known of the optics
SAMPLES = 3.0  # FWHM in samples, where a typical one makes no sense


def default_fwhm(axis: str, step: float, unit: str) -> float:
    """Return a FWHM to begin with: a typical one of a light microscope, if the image is sampled for it."""
    if is_length(unit):
        typical = TYPICAL_UM[axis] * factor("um", unit)
        if 2 * step <= typical <= 40 * step:
            return float(f"{typical:.6g}")
    return float(f"{SAMPLES * step:.3g}")


def default_source(image: Any | None) -> str:
    """Return the source to begin with: a microscope where the image's file knows its lens."""
    return SOURCE if lens_of(image) is None else "microscope"


def default_axes(image: Any) -> int:
    """Return how many of an image's axes a PSF probably acts on: time and channels are none of them."""
    shape = image.data.shape if not getattr(image, "multiscale", False) else image.data[0].shape
    axes = min(3, int(image.ndim))
    if axes == 2 and shape[0] == 1:
        return 1
    if axes == 3 and (_is_sequence(image) or not _has_depth(image)):
        return 2
    return axes


def spacing_of(image: Any | None) -> tuple[Numbers, str]:
    """Return the spacing of an image's axes z, y, x, 1 for those it lacks, and its unit; else typical ones."""
    if image is None:
        return ALONE
    every, unit = layer_spacing(image)
    steps = tuple(every[axis] for axis in space_axes(read(image), min(3, int(image.ndim))))
    return ((1.0,) * len(AXES) + steps)[-len(AXES) :], unit


def _has_depth(image: Any) -> bool:
    """Return whether three of an image's axes can be those of a PSF, by their names and units."""
    try:
        psf_axes(read(image).image, 3, "um")
    except PSFError:
        return False
    return True


def _is_sequence(image: Any) -> bool:
    """Return whether the third axis from the end is time or channel, by its label or unit."""
    label = str(image.axis_labels[-3]).lower()
    unit = str(image.units[-3])
    return label in ("t", "time", "c", "channel", "channels", "frame") or "second" in unit
