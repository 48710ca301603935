"""Strata made again from the form in which a file or a layer keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.stored_form import STRATA_ABOUT, fingerprint
from napari_deconvolve.psf.strata import Strata

STRATA_KEY = "strata"


def restored(
    about: object, data: NDArray[Any], spacing: Sequence[float] | None = None, unit: str | None = None
) -> Strata | None:
    """Make the strata of `Strata.stored_form` again; None when there are none, or the samples were changed since.

    Raises `ParameterError` where the samples are those, and what stands beside them is damaged.

    With another spacing or unit in place of the stored ones, the PSFs are known by their samples alone.
    """
    if not isinstance(about, Mapping) or about.get("sha256") != fingerprint(data):
        return None
    known = STRATA_ABOUT(about, "PSF in the file")
    if len(data) != len(known["psfs"]):
        return None
    own_unit, own = known["unit"], known["spacing"]
    edited = (unit is not None and unit != own_unit) or (
        spacing is not None and not np.allclose(spacing, own, rtol=1e-6, atol=0)
    )
    steps, name = (tuple(spacing or own), unit or own_unit) if edited else (own, own_unit)
    psfs = []
    for samples, one in zip(data, known["psfs"], strict=True):
        info = {"source": "array", "before": dict(one["info"])} if edited else one["info"]
        psfs.append(PSF.verbatim(samples, steps, name, info, one["notes"]))
    return Strata(tuple(psfs), known["depths"], known["top"], known["coverslip"], known.get("notes", ()))
