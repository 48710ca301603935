"""How much of a PSF an image can tell: light that goes farther looks like a background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from napari_deconvolve.psf.description import MAKERS
from napari_deconvolve.psf.largest import Lengths, most_lengths
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.psf.psf import PSF, Samples
from napari_deconvolve.psf.values import listed

Spread = TypeVar("Spread", bound=PointSpread)
MOST_LOST = 0.02  # of the light, which a run leaves out without a change of its result


def cropped(psf: PSF, lengths: Sequence[int]) -> PSF:
    """Return the middle of a PSF, at most so long along each axis, with a note on the light that is lost."""
    kept = tuple(min(own, most) for own, most in zip(psf.shape, lengths, strict=True))
    if kept == psf.shape:
        return psf
    data, info = psf.data[_middle(psf.shape, kept)], dict(psf.info)
    known = tuple(info.get("shape", ())) == psf.shape and tuple(info.get("spacing", ())) == psf.spacing
    if known and info.get("source") in MAKERS and info.get("unit", psf.unit) == psf.unit:
        info["shape"] = list(kept)
        data = MAKERS[info["source"]](info).data  # as a recipe makes it again, to the last bit
    if float(data.sum(dtype=np.float64)) <= 0:  # lobes that are left alone make no PSF
        data = np.maximum(data, 0)
    note = f"cropped to {listed(kept, 6)}: {_lost(psf, kept):.2%} of the light lost"
    return _verbatim(psf, data, info, note)


def told_part(psf: Spread, frame: Sequence[int]) -> Spread:
    """Return a PSF without ends that an image of this shape cannot tell and that hold hardly any light.

    They would cost a run time and memory, as the object is restored as far as they reach.
    """
    lengths = [_told_lengths(one, frame) for one in psf.psfs]
    if all(one.shape == length for one, length in zip(psf.psfs, lengths, strict=True)):
        return psf
    most = tuple(max(each) for each in zip(*lengths, strict=True))  # strata keep one shape
    return psf.each(lambda one: cropped(one, most if len(psf.channels) == 1 else _told_lengths(one, frame)))


def _told_lengths(psf: PSF, frame: Sequence[int]) -> Lengths:
    """Return what an image can tell of a PSF, or more, so that hardly any light is lost."""
    most = most_lengths(frame, psf.ndim)
    if all(own <= length for own, length in zip(psf.shape, most, strict=True)):
        return psf.shape
    while _lost(psf, kept := tuple(min(own, one) for own, one in zip(psf.shape, most, strict=True))) > MOST_LOST:
        most = tuple(length + 2 * max(1, length // 8) for length in most)
    return kept


def _lost(psf: PSF, kept: Sequence[int]) -> float:
    return max(0.0, 1 - float(psf.data[_middle(psf.shape, kept)].sum(dtype=np.float64)))


def _middle(shape: Sequence[int], kept: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(n // 2 - k // 2, n // 2 + k // 2 + 1) for n, k in zip(shape, kept, strict=True))


def _verbatim(psf: PSF, data: Samples, info: dict[str, Any], note: str) -> PSF:
    """Return other samples with what is known of a PSF; those of sum 1 stay as they are."""
    make = PSF.verbatim if info != dict(psf.info) else PSF
    return make(data, psf.spacing, psf.unit, info, (*psf.notes, note))
