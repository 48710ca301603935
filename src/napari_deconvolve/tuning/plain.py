"""How many iterations without looking ahead do as much as some that look ahead."""

from __future__ import annotations

from contextlib import closing

from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.work import Progress, Work

MAX_PLAIN_ITERATIONS = 5000


def as_many(ahead: RichardsonLucy, iterations: int, plain: RichardsonLucy) -> Work[int]:
    """Return after how many iterations `plain` fits the data as well as `ahead` does after some."""
    with closing(ahead.blur), closing(plain.blur):
        for number in range(1, iterations + 1):
            ahead.step()
            yield Progress(number, iterations, stage=f"fitting, {number} iterations")
        while plain.objective > ahead.objective and plain.iteration < MAX_PLAIN_ITERATIONS:
            plain.step()
            stage = f"fitting without acceleration, {plain.iteration} iterations"
            yield Progress(plain.iteration, MAX_PLAIN_ITERATIONS, stage=stage)
    return max(1, plain.iteration)
