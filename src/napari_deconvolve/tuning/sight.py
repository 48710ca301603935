"""The image while its settings are being looked for: an estimate of the part that is looked at, in what is around it.

A search begins long before the run that it leads to, and its halves of the photons show the object already. A window
draws this in the meantime; nothing is decided by it.
"""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.job.data import background, visible
from napari_deconvolve.tuning.search import Search

MOST_SAMPLES = 1 << 20  # of an image: to draw a larger one for the first time takes a window longer than a moment


def surroundings(search: Search) -> FloatArray | None:
    """Return the light of an image above its background, as its only item; None for several, and for large ones."""
    job = search.job
    if len(job) > 1 or job.items.size > MOST_SAMPLES:
        return None
    above = np.asarray(visible(job, 0), np.float32) - np.asarray(background(job, 0), np.float32)
    return np.where(above > 0, above, np.float32(0))  # where nothing is known it is dark


def sight(search: Search, around: FloatArray) -> FloatArray | None:
    """Return the image, with an estimate of the part that is looked at; None before the search's first iteration."""
    estimate = None if search.watched is None else search.watched.estimate
    if estimate is None:
        return None
    seen = around.copy()
    seen[search.region] = estimate
    return search.job.items.assemble([seen])
