"""The finest part of many spectra: each tells of its noise along its axis, and all of them tell of one camera."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.finest import Band, Finest, Values, finest_part, passed_along

MAX_LINES = 256  # that are looked at: more tell hardly more


def finest_of_lines(lines: NDArray[np.generic], psf: FloatArray) -> Finest | None:
    """Return the noise of spectra along the last axis, all together; None where the PSF leaves no noise alone.

    What the PSF passes is measured against the spectrum that spans most counts: in none does it leave more.
    """
    data = np.asarray(lines, np.float64).reshape(-1, np.shape(lines)[-1])
    spans = np.ptp(np.where(np.isfinite(data), data, np.nanmean(data)), axis=1) if np.isfinite(data).any() else None
    passed = None if spans is None else passed_along(psf, data[int(np.argmax(spans))])
    if passed is None:
        return None
    some = data[np.linspace(0, len(data) - 1, min(MAX_LINES, len(data))).astype(int)]
    parts = [part for one in some if (part := finest_part(one, None, passed)) is not None]
    return _pooled(parts) if parts else None


def _pooled(parts: list[Finest]) -> Finest:
    """Return the samples of all parts as those of one."""
    bands = tuple(
        Band(
            np.concatenate([one.squares for one in bands]), np.concatenate([one.light for one in bands]), bands[0].share
        )
        for bands in zip(*(part.bands for part in parts), strict=True)
    )
    mean = np.concatenate([part.mean for part in parts])
    return Finest(bands, mean, float(np.mean([part.evenness for part in parts])), parts[0].kept)


def _joined(bands: Sequence[Band]) -> tuple[Values, Values]:
    return np.concatenate([one.squares for one in bands]), np.concatenate([one.light for one in bands])
