"""A PSF in a recipe: how to make it again."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from napari_deconvolve.errors import DeconvolutionError, ParameterError
from napari_deconvolve.psf import PSF, ChannelPSFs, Strata, resample
from napari_deconvolve.psf.making import MAKERS

Source = Mapping[str, Any]

ROUNDING = 1e-6  # of the peak: samples that differ by less are the same in single precision


def describe(psf: PSF | ChannelPSFs | Strata) -> dict[str, Any]:
    """Return the PSF's source in plain JSON types.

    A PSF that its parameters make again is told by them; any other is told by its samples, so that
    the recipe repeats the run wherever it is read. PSFs of channels and of strata are told one by one.
    """
    if isinstance(psf, Strata):
        place = {"depths": list(psf.depths), "top": psf.top, "coverslip": psf.coverslip, "notes": list(psf.notes)}
        return {"source": "strata", **place, "psfs": [describe(one) for one in psf.psfs]}
    if isinstance(psf, ChannelPSFs):
        return {"source": "channels", "axis": psf.axis, "psfs": [describe(one) for one in psf.psfs]}
    return _parameters(psf) or _packed(psf)


def _parameters(psf: PSF) -> dict[str, Any] | None:
    """Return the parameters of a PSF that is made of them; None where they would make another one.

    A microscope's PSF on its own grid is believed: to draw it once more, only to see, may take seconds.
    """
    if psf.info.get("source") not in MAKERS:
        return None
    known = dict(psf.info)
    own = tuple(known.get("spacing", ())) == psf.spacing and known.get("unit", psf.unit) == psf.unit
    if own and known["source"] == "microscope" and tuple(known.get("shape", ())) == psf.shape:
        return known
    told = known if own else {**known, "resampled": list(psf.spacing)}
    try:
        again = _rebuilt(told)
    except DeconvolutionError:
        return None
    return told if _same(again, psf) else None


def _same(one: PSF, other: PSF) -> bool:
    alike = (one.shape, one.spacing, one.unit) == (other.shape, other.spacing, other.unit)
    return alike and bool(np.allclose(one.data, other.data, rtol=0, atol=ROUNDING * float(other.data.max())))


def _packed(psf: PSF) -> dict[str, Any]:
    packed = base64.b64encode(zlib.compress(psf.data.astype("<f4").tobytes(), 6)).decode("ascii")
    return {
        "source": "array",
        "shape": list(psf.shape),
        "spacing": list(psf.spacing),
        "unit": psf.unit,
        "samples": packed,
        "sha256": checksum(psf),
    }


def rebuild(source: Mapping[str, Any]) -> PSF | ChannelPSFs | Strata:
    """Make the PSF that `describe` told, or those of the channels or strata.

    Raises
    ------
    ParameterError
        When the description is incomplete or damaged.
    """
    if source.get("source") not in ("channels", "strata"):
        return _rebuilt(source)
    try:
        parts = list(source["psfs"])
        if not all(isinstance(part, Mapping) for part in parts):
            raise ParameterError("The recipe's PSFs are not all described by mappings; give the PSFs themselves.")
        if source["source"] == "strata":
            return _strata(source, parts)
        axis = source["axis"]
    except (KeyError, TypeError) as error:
        raise ParameterError(f"The recipe's PSFs cannot be read ({error}); give the PSFs themselves.") from None
    if not (axis is None or (isinstance(axis, int) and not isinstance(axis, bool))):
        raise ParameterError(f"The recipe's channels lie along axis {axis!r}; give the number of an axis.")
    return ChannelPSFs([_rebuilt(part) for part in parts], axis)


def _strata(source: Source, parts: list[Source]) -> Strata:
    psfs = tuple(_rebuilt(part) for part in parts)
    return Strata(psfs, tuple(source["depths"]), source["top"], source["coverslip"], tuple(source.get("notes", ())))


def _rebuilt(source: Source) -> PSF:
    try:
        name = source["source"]
        if name in MAKERS:
            psf = MAKERS[name]({key: value for key, value in source.items() if key != "resampled"})
            return resample(psf, source["resampled"]) if "resampled" in source else psf
        if name == "array":
            return _unpacked(source)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise ParameterError(f"The recipe's PSF cannot be read ({error}); give the PSF itself.") from None
    raise ParameterError(
        f"The recipe's PSF has the source {name!r}, which this version cannot make; give the PSF itself."
    )


def checksum(psf: PSF) -> str:
    """Return the SHA-256 of the samples."""
    return hashlib.sha256(psf.data.astype("<f4").tobytes()).hexdigest()


def _unpacked(source: Mapping[str, Any]) -> PSF:
    shape = tuple(int(length) for length in source["shape"])
    expected = 4 * int(np.prod(shape, dtype=object))
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(base64.b64decode(source["samples"], validate=True), expected + 1)
    if len(raw) != expected:
        raise ValueError(f"{len(raw)} bytes for shape {shape}")
    psf = PSF(
        np.frombuffer(raw, "<f4").reshape(shape),
        tuple(source["spacing"]),
        source["unit"],
        {"source": "array"},
    )
    if checksum(psf) != source["sha256"]:
        # Dividing float32 samples by their own sum again may move the last bit: then take them as they stand.
        return _verbatim(psf, raw, shape, source["sha256"])
    return psf


def _verbatim(psf: PSF, raw: bytes, shape: tuple[int, ...], expected: str) -> PSF:
    if hashlib.sha256(raw).hexdigest() != expected:
        raise ValueError("its checksum does not fit its samples")
    data = np.frombuffer(raw, "<f4").reshape(shape).astype(np.float32)
    data.flags.writeable = False
    object.__setattr__(psf, "data", data)
    return psf
