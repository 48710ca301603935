"""Strata made again from the form in which a file or a layer keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.stored_form import fingerprint
from napari_deconvolve.psf.strata import Strata

STRATA_KEY = "strata"
STRATA_FIELDS = {"psfs", "depths", "top", "coverslip", "unit", "spacing", "sha256"}


def restored(
    about: object, data: NDArray[Any], spacing: Sequence[float] | None = None, unit: str | None = None
) -> Strata | None:
    """Make the strata of `Strata.stored_form` again; None when there are none, or the samples were changed since.

    With another spacing or unit in place of the stored ones, the PSFs are known by their samples alone.
    """
    if not isinstance(about, Mapping) or not set(about) >= STRATA_FIELDS:
        return None
    if about["sha256"] != fingerprint(data) or len(data) != len(about["psfs"]):
        return None
    own_unit, own = str(about["unit"]), tuple(float(step) for step in about["spacing"])
    edited = (unit is not None and unit != own_unit) or (
        spacing is not None and not np.allclose(spacing, own, rtol=1e-6, atol=0)
    )
    steps, name = (tuple(spacing or own), unit or own_unit) if edited else (own, own_unit)
    psfs = []
    for samples, one in zip(data, about["psfs"], strict=True):
        info = {"source": "array", "before": dict(one["info"])} if edited else one["info"]
        psfs.append(PSF.verbatim(samples, steps, name, info, one["notes"]))
    return Strata(tuple(psfs), tuple(about["depths"]), about["top"], about["coverslip"], tuple(about.get("notes", ())))
