"""Computations as tests look at them: every progress, and the result."""

from __future__ import annotations

from typing import TypeVar

from napari_deconvolve.work import Outcome, Progress, Work, drive

T = TypeVar("T")


def followed(work: Work[T]) -> tuple[list[Progress], T]:
    """Return all that a computation said on its way, and what it returned."""
    said: list[Progress] = []
    outcome: Outcome[T] = Outcome()
    for _ in drive(work, outcome, tell=said.append):
        pass
    return said, outcome.result()
