"""PSFs that are described by their parameters, and how each is made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from napari_deconvolve.psf.formula.formula import from_formula
from napari_deconvolve.psf.microscope.microscope import from_info
from napari_deconvolve.psf.points import points
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.shapes import gaussian, lorentzian

Source = Mapping[str, Any]


def _gaussian(source: Source) -> PSF:
    return gaussian(source["fwhm"], source["spacing"], shape=source["shape"], unit=source["unit"])


def _lorentzian(source: Source) -> PSF:
    return lorentzian(source["fwhm"], source["spacing"], shape=source["shape"], unit=source["unit"])


def _formula(source: Source) -> PSF:
    return from_formula(source["formula"], source["shape"], source["spacing"], unit=source["unit"])


def _points(source: Source) -> PSF:
    return points(
        source["offsets"],
        source["weights"],
        source["spacing"],
        shape=source["shape"],
        unit=source["unit"],
        alike=bool(source.get("alike", False)),
    )


# By the source that a PSF's info names.
MAKERS: dict[str, Callable[[Source], PSF]] = {
    "gaussian": _gaussian,
    "lorentzian": _lorentzian,
    "formula": _formula,
    "points": _points,
    "microscope": from_info,
}
