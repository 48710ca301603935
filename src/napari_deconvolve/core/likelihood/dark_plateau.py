"""Whether spectra have a dark part that could be background.

Emission lines stand on a level that many samples share. Absorption lines, bands and continua have a darkest part too,
but it is the bottom of a dip: taken for background, it would leave nothing there.
"""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.background import BACKGROUND_SIGMA, fill_gaps
from napari_deconvolve.core.quantiles import NOISE_OF_MAD

MIN_PLATEAU = 0.1  # share of the samples that have to lie on it
NEAR = 2.5  # standard deviations of the noise that smoothing leaves
MAX_DIP = 0.6  # place of the median between dark and bright end: above, dips lie in a bright level
ENDS = (0.02, 0.5, 0.98)  # quantiles


def has_dark_plateau(spectra: FloatArray, background: float) -> bool:
    """Return whether many samples of one or many spectra, along the last axis, lie on a level that was found."""
    from scipy import ndimage

    data = fill_gaps(np.asarray(spectra, np.float64))
    if data is None or data.shape[-1] < 2:
        return True
    smooth = ndimage.gaussian_filter1d(data, BACKGROUND_SIGMA, axis=-1, mode="reflect", truncate=3.0)
    low, middle, high = np.quantile(smooth, ENDS, axis=-1)
    dip = float(np.median((middle - low) / np.maximum(high - low, np.finfo(np.float64).tiny)))
    near = smooth[..., 1:] < np.quantile(smooth, MIN_PLATEAU)
    steps = np.abs(np.diff(data, axis=-1))[near]
    noise = NOISE_OF_MAD * float(np.median(steps)) / np.sqrt(2) if steps.size else 0.0
    reach = NEAR * noise / np.sqrt(2 * np.sqrt(np.pi) * BACKGROUND_SIGMA)
    return dip <= MAX_DIP and bool(np.mean(smooth <= background + reach) >= MIN_PLATEAU)
