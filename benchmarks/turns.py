"""Time of two programs that take turns, so that what else the machine does disturbs both alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spent:
    """Seconds of the clock, and of all CPUs."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Measured:
    """What two programs need, medians over the turns.

    Attributes
    ----------
    wall, cpu : float
        Ratios, the other's over ours; NaN where one of them never gets there.
    ours, theirs : float
        Seconds of the clock.
    note : str
        What was compared.
    """

    wall: float
    cpu: float
    ours: float
    theirs: float
    note: str


def spend(work: Callable[[], object]) -> Spent:
    """Do it, and look at the clocks."""
    begun, used = time.perf_counter(), cpu_seconds()
    work()
    return Spent(time.perf_counter() - begun, cpu_seconds() - used)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of those that it has waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def part_of(few: Spent, more: Spent, parts: int) -> Spent:
    """Return what one of the parts costs by which two runs differ."""
    return Spent((more.wall - few.wall) / parts, (more.cpu - few.cpu) / parts)


def compared(ours: Callable[[], object], theirs: Callable[[], object], repeats: int, note: str) -> Measured:
    """Run both in turn."""
    return medians([(spend(ours), spend(theirs)) for _ in range(repeats)], note)


def medians(turns: Sequence[tuple[Spent, Spent]], note: str) -> Measured:
    """Return the medians of turns, each ours and theirs."""
    wall = np.array([[spent.wall for spent in turn] for turn in turns])
    cpu = np.array([[spent.cpu for spent in turn] for turn in turns])
    ours, theirs = np.median(wall, axis=0)
    return Measured(_ratio(wall), _ratio(cpu), float(ours), float(theirs), note)


def _ratio(times: np.ndarray) -> float:
    return float(np.median(times[:, 1] / times[:, 0]))
