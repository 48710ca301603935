"""What the dock says: what is wrong before a run, where a run stands, and what was done."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from napari_deconvolve._napari.deconvolve_session import Session

Level = Literal["info", "good", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence beside a field; an error keeps Run disabled.

    Attributes
    ----------
    field : str
        Name of the field that causes it.
    text : str
        The sentence.
    level : str
        "info", "good", "warning" or "error".
    """

    field: str
    text: str
    level: Level = "info"


def first_error(remarks: Iterable[Remark]) -> str:
    """Give the first reason not to run; empty when there is none."""
    return next((remark.text for remark in remarks if remark.level == "error"), "")


def duration(seconds: float) -> str:
    """Write a time for people: "less than 1 s", "12 s", "3 min", "1.5 h"."""
    if seconds < 1:
        return "less than 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def running(session: Session) -> str:
    """Say where a run stands."""
    if session.stopped:
        return f"Stopping after iteration {session.iteration + 1}; press Stop again to end at once."
    if session.paused:
        return f"Paused after iteration {session.iteration} of {session.target}; press Resume to go on."
    if session.latest is None:
        return "Preparing: reading the image and finding the background …"
    left = session.seconds_left()
    rest = "" if left is None else f", {duration(left)} left"
    return f"Iteration {session.iteration} of {session.target}{rest}."


def done(session: Session) -> str:
    """Say what was done, and with what."""
    verb = "Done" if session.iteration >= session.target else "Stopped"
    count = "1 iteration" if session.iteration == 1 else f"{session.iteration} iterations"
    return f"{verb}: {count}, background {backgrounds(session.backgrounds)}, deviance {_change(session.deviances)}."


def backgrounds(values: Iterable[float]) -> str:
    """Write one background, or the range of several, with its unit."""
    known = list(values)
    if not known:
        return "unknown"
    low, high = min(known), max(known)
    text = f"{low:.4g}" if math.isclose(low, high, rel_tol=1e-3) else f"{low:.4g} to {high:.4g}"
    return f"{text} counts"


def _change(deviances: list[float]) -> str:
    if len(deviances) < 2:
        return number(deviances[-1]) if deviances else "unknown"
    return f"{number(deviances[0])} → {number(deviances[-1])}"


def number(value: float) -> str:
    """Write a number for people, with three digits that count: "3,810,000", "104", "0.00123"."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}" if digits < 6 else f"{value:.3g}"
