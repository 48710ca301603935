"""The form in which files and layers keep a PSF: its samples, and all else in plain JSON types."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.schema import above_zero, listed, mapping, maybe, number, record, text

REMARKS = {"info": mapping, "notes": listed(text)}
GRID = {"unit": text, "spacing": listed(above_zero, 1, 3)}
PSF_ABOUT = record({**REMARKS, **GRID})
STRATA_ABOUT = record(
    {**GRID, "psfs": listed(record(REMARKS)), "depths": listed(number()), "top": maybe(number()), "coverslip": text},
    {"notes": listed(text)},
)


@dataclass(frozen=True, slots=True, eq=False)
class StoredForm:
    """A PSF as a file or layer keeps it.

    Attributes
    ----------
    stacked : bool
        Whether the first axis counts strata, and is no axis of the PSF.
    key : str
        Under which `about` is kept: "psf" or "strata".
    about : dict
        All but the samples in plain JSON types, with the samples' fingerprint.
    name : str
        For a title.
    """

    samples: NDArray[np.float32]
    stacked: bool
    key: str
    about: dict[str, Any]
    name: str


def fingerprint(data: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's type, shape and samples: it changes with any of them."""
    samples = np.ascontiguousarray(data)
    return hashlib.sha256(str((samples.dtype.str, samples.shape)).encode() + samples.tobytes()).hexdigest()
