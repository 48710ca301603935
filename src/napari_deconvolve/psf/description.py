"""A PSF described in plain JSON types, as a recipe holds it, and made again from that."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from napari_deconvolve.errors import DeconvolutionError, ParameterError
from napari_deconvolve.psf.channels import ChannelPSFs
from napari_deconvolve.psf.formula.formula import from_formula
from napari_deconvolve.psf.microscope.microscope import from_info
from napari_deconvolve.psf.points import points
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.psf.psf import PSF, SIGNED
from napari_deconvolve.psf.shapes import gaussian, lorentzian
from napari_deconvolve.psf.strata import Strata

Source = Mapping[str, Any]

SINGLE_PRECISION = 1e-6  # of the peak: samples that differ by less are the same in single precision


def _shape_maker(make: Callable[..., PSF]) -> Callable[[Source], PSF]:
    return lambda source: make(source["fwhm"], source["spacing"], shape=source["shape"], unit=source["unit"])


# By the source that a PSF's info names.
MAKERS: dict[str, Callable[[Source], PSF]] = {
    "gaussian": _shape_maker(gaussian),
    "lorentzian": _shape_maker(lorentzian),
    "formula": lambda source: from_formula(source["formula"], source["shape"], source["spacing"], unit=source["unit"]),
    "points": lambda source: points(
        source["offsets"],
        source["weights"],
        source["spacing"],
        shape=source["shape"],
        unit=source["unit"],
        alike=bool(source.get("alike", False)),
    ),
    "microscope": from_info,
}


def describe(psf: PointSpread) -> dict[str, Any]:
    """Return the PSF's source in plain JSON types.

    A PSF that its parameters make again is described by them, any other by its samples, so that the recipe repeats the
    run wherever it is read. PSFs of channels and of strata are described one by one.
    """
    return psf.described(lambda one: _parameters(one) or _packed(one))


def _parameters(psf: PSF) -> dict[str, Any] | None:
    """Return the parameters of a PSF that is made of them; None where they would make another one.

    A microscope's PSF on its own grid is not checked: to calculate it again may take seconds.
    """
    if psf.info.get("source") not in MAKERS:
        return None
    known = dict(psf.info)
    own = tuple(known.get("spacing", ())) == psf.spacing and known.get("unit", psf.unit) == psf.unit
    if own and known["source"] == "microscope" and tuple(known.get("shape", ())) == psf.shape:
        return known
    description = known if own else {**known, "resampled": list(psf.spacing)}
    try:
        again = _rebuilt(description)
    except DeconvolutionError:
        return None
    return description if _same(again, psf) else None


def _same(one: PSF, other: PSF) -> bool:
    alike = (one.shape, one.spacing, one.unit) == (other.shape, other.spacing, other.unit)
    return alike and bool(np.allclose(one.data, other.data, rtol=0, atol=SINGLE_PRECISION * float(other.data.max())))


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


def rebuild(source: Source) -> PointSpread:
    """Make the PSF that `describe` described, or those of the channels or strata.

    Raises `ParameterError` when the description is incomplete or damaged.
    """
    name = source.get("source")
    if name not in ("strata", "channels"):
        return _rebuilt(source)
    make = _strata if name == "strata" else _channels
    try:
        parts = list(source["psfs"])
        if not all(isinstance(part, Mapping) for part in parts):
            raise ParameterError("The recipe's PSFs are not all described by mappings; give the PSFs themselves.")
        return make(source, [_rebuilt(part) for part in parts])
    except (KeyError, TypeError) as error:
        raise ParameterError(f"The recipe's PSFs cannot be read ({error}); give the PSFs themselves.") from None


def _strata(source: Source, psfs: list[PSF]) -> Strata:
    return Strata(
        tuple(psfs), tuple(source["depths"]), source["top"], source["coverslip"], tuple(source.get("notes", ()))
    )


def _channels(source: Source, psfs: list[PSF]) -> ChannelPSFs:
    axis = source["axis"]
    if not (axis is None or (isinstance(axis, int) and not isinstance(axis, bool))):
        raise ParameterError(f"The recipe's channels lie along axis {axis!r}; give the number of an axis.")
    return ChannelPSFs(psfs, axis)


def _rebuilt(source: Source) -> PSF:
    try:
        name = source["source"]
        if name in MAKERS:
            psf = MAKERS[name]({key: value for key, value in source.items() if key != "resampled"})
            return psf.resampled(source["resampled"]) if "resampled" in source else psf
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
    samples, spacing = np.frombuffer(raw, "<f4").reshape(shape), tuple(source["spacing"])
    info: dict[str, Any] = {"source": "array"}
    if samples.min(initial=0) < 0:
        info[SIGNED] = True
    psf = PSF(samples, spacing, source["unit"], info)
    if checksum(psf) == source["sha256"]:
        return psf
    if hashlib.sha256(raw).hexdigest() != source["sha256"]:
        raise ValueError("its checksum does not fit its samples")
    return PSF.verbatim(samples, spacing, source["unit"], info)
