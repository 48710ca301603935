"""A PSF whose numbers are in another unit of length."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.units import factor

# What of each source's parameters is a length in the PSF's unit; with these in another unit it makes the same samples.
LENGTHS = {
    "gaussian": ("fwhm", "spacing"),
    "lorentzian": ("fwhm", "spacing"),
    "points": ("offsets", "spacing"),
    "microscope": ("spacing",),
}


def in_unit(psf: PSF, unit: str) -> PSF:
    """Return the same PSF with its numbers in another unit of length; it goes on knowing how it was made.

    Raises
    ------
    ParameterError
        When one of the units is no length.
    """
    if unit == psf.unit:
        return psf
    ratio = factor(psf.unit, unit)
    return PSF(psf.data, tuple(step * ratio for step in psf.spacing), unit, _info(psf, unit, ratio), psf.notes)


def _info(psf: PSF, unit: str, ratio: float) -> dict[str, Any]:
    info = dict(psf.info)
    source = info.get("source")
    if source not in LENGTHS:  # a formula tells how the PSF was made in its own unit, and in that alone
        return info
    lengths = {name: (np.asarray(info[name], np.float64) * ratio).tolist() for name in LENGTHS[source]}
    return {**info, **lengths, "unit": unit}
