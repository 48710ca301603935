"""Backgrounds that an image does not tell, as no part of it is empty: between which numbers they lie."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.job.data import background, found_by, level, visible
from napari_deconvolve.job.problem import Job


class Guess(NamedTuple):
    """The least and the largest background that is possible, and the one that was taken; all in counts."""

    least: float
    most: float
    taken: float

    @property
    def span(self) -> str:
        """Between which numbers the background lies, in words."""
        return f"the camera's offset ({self.least:.4g} counts) and the darkest part ({self.most:.4g} counts)"


def guess(job: Job, item: int) -> Guess | None:
    """Return the guess of the background of one item; None where its empty parts tell it, or the recipe gives it."""
    by = found_by(job, item)
    if not (by.filled or by.bright):
        return None
    low, taken = level(job, item), float(np.mean(background(job, item), dtype=np.float64))
    dark = estimate_background(np.asarray(visible(job, item), np.float64) - low)
    return Guess(low, max(low + dark, taken), taken)
