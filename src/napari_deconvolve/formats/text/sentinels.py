"""Numbers that programs write for a value that is missing, such as -9999 and 9.9e37, among ordinary values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.formats.text.table import TextTable

NINES = (999.0, 9999.0, 99999.0, 999999.0, 9999999.0, 999.9, 999.99, 9999.9, 9999.99, 999.25, 9999.25)
LIMITS = (32767.0, 65535.0, 2147483647.0, 4294967295.0)  # of whole numbers of 16 and 32 bits
ONLY_BELOW = (-99.0, -99.99, -32768.0, -2147483648.0)  # only where nothing else lies below zero
FLAGS = np.array([*NINES, *LIMITS, *(-value for value in NINES), *ONLY_BELOW])
HUGE = 1e9  # above it any number may be one
FAR, VERY_FAR = 10.0, 1e6  # times as large as all others: of flags, of huge numbers
FEWEST = 5  # values
MANY = 32  # values: of fewer, a flag that is no huge number may be one of them
LEAST = 0.1  # of the values: that are none
NAMED = 4  # lines


def without_sentinels(table: TextTable) -> TextTable:
    """Return a table in which numbers that stand for missing values are missing, with a note on each of them.

    Such a number is one that programs use and lies far from all others of its column: at least ten times as large as
    they are, or below zero where they are not. So the saturation of a detector stays, as values lead up to it. What may
    be a value all the same stays too, and the note says so.
    """
    values = table.values
    with np.errstate(invalid="ignore"):
        suspect = np.isin(values, FLAGS) | (np.abs(values) >= HUGE)
    if not suspect.any():
        return table
    far = np.zeros(values.shape, np.bool_)
    sure = far.copy()
    lines = len(values) < FEWEST  # are spectra, then
    for whole, parts, away, clear in zip(
        *((part if lines else part.T) for part in (values, suspect, far, sure)), strict=True
    ):
        if parts.any() and len(whole) >= FEWEST:
            away[:] = _far(whole, parts)
            clear[:] = away & _is_clear(whole, away)
    if not far.any():
        return table
    left = far & ~sure
    notes = (
        *_notes(table, sure, "taken as missing"),
        *_notes(table, left, "write nan if it stands for a missing one"),
    )
    return replace(table, values=np.where(sure, np.nan, values) if sure.any() else values, notes=(*table.notes, *notes))


def _is_clear(values: NDArray[np.float64], far: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which numbers are no values: huge ones; of flags in long tables all but a 999, which may be the top."""
    top = np.isin(values, NINES) & far
    flags = len(values) >= MANY and (~top if np.count_nonzero(top) == 1 else True)
    return (np.abs(values) >= HUGE) | flags


def _far(values: NDArray[np.float64], suspect: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which suspects are far from all values that are none; an axis, and data of such numbers, have none."""
    known = np.isfinite(values)
    steps = np.diff(values[known])
    rest = values[known & ~suspect]
    if len(rest) < LEAST * np.count_nonzero(known) or (steps > 0).all() or (steps < 0).all():
        return np.zeros(values.shape, np.bool_)
    size, lowest = float(np.abs(rest).max()), float(rest.min())
    huge = (np.abs(values) >= max(HUGE, VERY_FAR * size)) & (size > 0)
    above = np.isin(values, FLAGS) & (values >= FAR * size) & (size > 0)
    below = np.isin(values, FLAGS if lowest >= 0 else FLAGS[: -len(ONLY_BELOW)]) & (values < FAR * min(lowest, 0.0))
    return suspect & (huge | above | below)


def _notes(table: TextTable, missing: NDArray[np.bool_], then: str) -> Iterator[str]:
    """Yield a note on each number that is marked, of many on all: how often, what then, and in which lines."""
    numbers = sorted(set(table.values[missing].tolist()))
    each = [(f"{value:.10g}", missing & (table.values == value)) for value in numbers[: NAMED + 1]]
    for said, here in each if len(numbers) <= NAMED else [(f"{numbers[0]:.10g} to {numbers[-1]:.10g}", missing)]:
        rows = np.flatnonzero(here.any(axis=1))
        where = [table.place(int(row)) for row in rows[:NAMED]]
        count = int(np.count_nonzero(here))
        more = ", ..." if len(rows) > NAMED else ""
        times = "value is" if count == 1 else "values are"
        yield f"{count} {times} {said}, far from all others: {then} ({', '.join(where)}{more})"
