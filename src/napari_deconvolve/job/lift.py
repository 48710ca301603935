"""Items whose dark lies below 0 although no noise says so: they were lifted by a constant."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from napari_deconvolve.job.data import background, known_level, visible
from napari_deconvolve.job.problem import Job


class Lift(NamedTuple):
    """The constant, in counts, by which data below 0 became light, and the share of samples that were negative."""

    counts: float
    negative: float


def lift(job: Job, item: int) -> Lift | None:
    """Return how an item was lifted; None for counts."""
    known = known_level(job, item)
    if known is None or not known.below:
        return None
    return Lift(-float(np.mean(background(job, item))), float(np.mean(np.less(visible(job, item), 0))))
