"""A PSF that is wider or narrower than another, of the same shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from napari_deconvolve.psf.making import MAKERS
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.psf.psf import PSF

Spread = TypeVar("Spread", bound=PointSpread)

CALCULATED_SOURCES = ("gaussian", "lorentzian", "formula", "microscope")  # sources that can be looked at on any grid


def scaled(psf: Spread, factor: float) -> Spread:
    """Return a PSF that is so many times as wide along all axes, at the same spacing; of several each is made as wide.

    One that was calculated is calculated again on a finer or coarser grid, for as many samples: exact, and faint ends
    do not come and go with the factor. Samples of any other are interpolated.
    """
    return psf if factor == 1 else psf.each(lambda one: _scaled(one, factor))


def _scaled(psf: PSF, factor: float) -> PSF:
    total, before = float(factor), dict(psf.info)
    if before.get("source") == "scaled" and _smooth(before["before"], psf):  # calculated, so it can be once more
        total, before = total * float(before["factor"]), dict(before["before"])
    info = {"source": "scaled", "factor": total, "before": before}
    notes = (*psf.notes, f"made {factor:.3g} times as wide")
    if _smooth(before, psf):
        finer = {**before, "spacing": [step / total for step in before["spacing"]], "shape": list(psf.shape)}
        return PSF(MAKERS[before["source"]](finer).data, psf.spacing, psf.unit, info, notes)
    wider = PSF(psf.data, tuple(factor * step for step in psf.spacing), psf.unit, info, psf.notes)
    return PSF(wider.resampled(psf.spacing).data, psf.spacing, psf.unit, info, notes)


def _smooth(info: Mapping[str, Any], psf: PSF) -> bool:
    """Return whether parameters describe a PSF, at the spacing and in the unit that it has."""
    known = info.get("source") in CALCULATED_SOURCES and info.get("unit", psf.unit) == psf.unit
    return known and tuple(info["spacing"]) == psf.spacing
