"""Strata beside their samples: what a file or a layer keeps, and the strata made of it again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.strata import Strata

KEY = "strata"
NEEDED = {"psfs", "depths", "top", "coverslip", "unit", "spacing", "sha256"}


def stacked(strata: Strata) -> NDArray[np.float32]:
    """Return the samples of all strata, those along the first axis; a copy."""
    return np.stack([psf.data for psf in strata.psfs]).astype(np.float32, copy=False)


def told(strata: Strata) -> dict[str, Any]:
    """Return all but the samples in plain JSON types, and a fingerprint of the samples."""
    return {
        "psfs": [{"info": dict(psf.info), "notes": list(psf.notes)} for psf in strata.psfs],
        "depths": list(strata.depths),
        "top": strata.top,
        "coverslip": strata.coverslip,
        "notes": list(strata.notes),
        "unit": strata.unit,
        "spacing": list(strata.spacing),
        "sha256": fingerprint(stacked(strata)),
    }


def restored(
    about: object, data: NDArray[Any], spacing: Sequence[float] | None = None, unit: str | None = None
) -> Strata | None:
    """Make the strata again; None when `about` tells of none, or the samples were changed since.

    Parameters
    ----------
    about : object
        What `told` gave.
    data : ndarray
        What `stacked` gave.
    spacing, unit : optional
        Other ones than were told, where somebody edited them: then the PSFs stand for themselves.
    """
    if not isinstance(about, Mapping) or not set(about) >= NEEDED:
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
        psfs.append(verbatim(PSF(samples, steps, name, info, tuple(one["notes"])), samples))
    return Strata(tuple(psfs), tuple(about["depths"]), about["top"], about["coverslip"], tuple(about.get("notes", ())))


def verbatim(psf: PSF, samples: NDArray[Any]) -> PSF:
    """Return a PSF these very samples: dividing float32 by its own sum again may move the last bit."""
    exact = np.array(samples, np.float32)
    exact.flags.writeable = False
    object.__setattr__(psf, "data", exact)
    return psf


def fingerprint(data: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's type, shape and samples: tells whether somebody changed them."""
    samples = np.ascontiguousarray(data)
    return hashlib.sha256(str((samples.dtype.str, samples.shape)).encode() + samples.tobytes()).hexdigest()
