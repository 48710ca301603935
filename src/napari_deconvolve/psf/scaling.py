"""PSFs at another spacing, or wider or narrower at the same one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from napari_deconvolve.psf.description import MAKERS
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.psf.psf import PSF

Spread = TypeVar("Spread", bound=PointSpread)

CALCULATED_SOURCES = ("gaussian", "lorentzian", "formula", "microscope")  # sources that can be looked at on any grid


def resample(psf: Spread, spacing: float | Sequence[float]) -> Spread:
    """Return the PSF on a grid of another spacing, in the same unit: as its source would have made it there.

    Parameters
    ----------
    psf : PSF or Strata
        Of any source.
    spacing : float or sequence of float
        The new distance of samples.

    Raises
    ------
    PSFError
        For a spacing that is not positive, or so fine that the PSF would have more samples than memory holds.

    Notes
    -----
    The meaning of a sample depends on the axis. A camera's pixels collect light over their width; so along y and x (and
    along a spectrum) the running sum of the light is drawn smoothly through the old borders between samples and read at
    the new ones: going coarser integrates, going finer interpolates, and no light is lost. A stage moves in steps and
    stands still for each plane, however far apart they are; so along z the values at the new planes are interpolated,
    and nothing is integrated. Which holds depends on the source: a microscope's PSF knows it from its
    ``sampling``, a Gaussian and a Lorentzian are integrated along all axes, a formula along none.
    """
    return psf.resampled(spacing)


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
