"""PSFs in and out of files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import DeconvolutionError, FileError, ParameterError, PSFError
from napari_deconvolve.formats.arrays import TABLES, read_npy, read_table
from napari_deconvolve.formats.reading import reading, suffix_of
from napari_deconvolve.formats.stored import Stored, described
from napari_deconvolve.formats.tiff import SUFFIXES, read_tiff, write_tiff
from napari_deconvolve.psf.prepare import Center, from_array
from napari_deconvolve.psf.psf import MAX_AXES, PSF
from napari_deconvolve.units import factor


def load(
    path: str | os.PathLike[str],
    *,
    center: Center = "auto",
    background: float | str = "auto",
    spacing: float | Sequence[float] | None = None,
    unit: str | None = None,
) -> PSF:
    """Load a PSF.

    A file that `save` wrote gives the very PSF again. Any other array is centred and freed from its pedestal by
    `from_array`.

    Parameters
    ----------
    path : path
        TIFF, OME-TIFF, ImageJ TIFF, NPY; or CSV or TXT with one column of values, or two of positions and values.
    center, background
        As for `from_array`; for files that `save` wrote, only what differs from "auto" counts.
    spacing : float or sequence of float, optional
        Distance of samples, instead of what the file says.
    unit : str, optional
        Its unit, instead of what the file says. Where neither says one, it is "pixel", and a spacing not told is 1.

    Raises
    ------
    FileError
        When the file cannot be read.
    PSFError
        When it holds no PSF: NaN, zero, too many axes, a centre outside.
    """
    stored = _read(path)
    try:
        own = stored_psf(stored) if center == "auto" and background == "auto" else None
        if own is not None:
            return own if spacing is None and unit is None else _regridded(own, spacing, unit)
        data, steps, name = _foreign(stored)
        psf = from_array(
            data, steps if spacing is None else spacing, center=center, background=background, unit=unit or name
        )
    except DeconvolutionError as error:
        raise PSFError(f"{path} is no PSF that can be used: {error}") from error
    info = {"source": "array", "file": Path(path).name}
    return PSF(psf.data, psf.spacing, psf.unit, info, psf.notes)


def save(psf: PSF, path: str | os.PathLike[str]) -> None:
    """Save a PSF as OME-TIFF, with spacing, unit, source and notes; the file is complete or absent.

    Raises
    ------
    FileError
        When the name does not end in ``.ome.tif``, ``.tif`` or ``.tiff``, or the file cannot be written.
    """
    about = {
        "info": dict(psf.info),
        "notes": list(psf.notes),
        "unit": psf.unit,
        "spacing": list(psf.spacing),
        "ndim": psf.ndim,
        "sha256": fingerprint(psf.data),
    }
    name = str(psf.info.get("source", "")) + " PSF"
    write_tiff(path, described(psf.data, None, psf.spacing, psf.unit, name=name.strip(), extra={"psf": about}))


def stored_psf(stored: Stored) -> PSF | None:
    """Give the PSF that this program stored; None when the file holds none, or its samples were changed since."""
    about = stored.extra.get("psf")
    if not isinstance(about, Mapping) or not {"info", "notes", "unit", "spacing"} <= set(about):
        return None
    if about.get("sha256") != fingerprint(stored.data):
        return None
    ndim = len(about["spacing"])
    data = stored.data.reshape(stored.data.shape[stored.data.ndim - ndim :])
    return PSF(data, tuple(about["spacing"]), about["unit"], about["info"], tuple(about["notes"]))


def fingerprint(data: NDArray[Any]) -> str:
    """Give the SHA-256 of an array's type, shape and samples: tells whether somebody changed them."""
    samples = np.ascontiguousarray(data)
    return hashlib.sha256(str((samples.dtype.str, samples.shape)).encode() + samples.tobytes()).hexdigest()


def _read(path: str | os.PathLike[str]) -> Stored:
    suffix = suffix_of(path)
    if suffix in SUFFIXES:
        return read_tiff(path)
    if suffix == ".npy":
        return read_npy(path)
    if suffix in TABLES:
        return read_table(path)
    with reading(path, "a PSF"):  # says first whether there is such a file at all
        raise FileError(f"{path} is not a PSF that can be read; give a .tif, .npy, .csv or .txt file.")


def _foreign(stored: Stored) -> tuple[NDArray[Any], tuple[float, ...], str]:
    """Take off leading axes of one sample, and give the spacing in one unit."""
    data = stored.data
    while data.ndim > 1 and data.shape[0] == 1:
        data = data[0]
    if data.ndim > MAX_AXES:
        raise PSFError(f"It has the shape {data.shape}; cut out one time point or channel of at most {MAX_AXES} axes.")
    if stored.spacing is None:
        return data, (1.0,) * data.ndim, "pixel"
    steps, units = stored.spacing[-data.ndim :], stored.units[-data.ndim :]
    if len(set(units)) == 1:
        return data, steps, units[0]
    try:
        return data, tuple(s * factor(u, units[-1]) for s, u in zip(steps, units, strict=True)), units[-1]
    except ParameterError:
        return data, (1.0,) * data.ndim, "pixel"  # known along some axes only is not known


def _regridded(psf: PSF, spacing: float | Sequence[float] | None, unit: str | None) -> PSF:
    """Give the same samples another spacing: its source would not make these, so they stand for themselves."""
    steps = psf.spacing if spacing is None else spacing
    return PSF(psf.data, steps, unit or psf.unit, {"source": "array", "before": dict(psf.info)}, psf.notes)  # type: ignore[arg-type]
