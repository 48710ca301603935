"""The one timer of all docks: it wakes whoever asked, once or again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import ref

from qtpy.compat import isalive
from qtpy.QtCore import QObject, Qt, QTimer


@dataclass(slots=True, eq=False)
class _Entry:
    """When a function is called next; again after `period` seconds, if that is not 0."""

    due: float
    period: float
    call: Callable[[], None]


class Clock(QObject):  # type: ignore[misc]
    """Calls functions in the GUI thread when their time has come, by one timer that rests while nobody waits."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[object, _Entry] = {}
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ring)

    def set(self, key: object, seconds: float, call: Callable[[], None], *, repeat: bool = False) -> None:
        """Call a function after so many seconds, in place of what was set for the same key before."""
        self._entries[key] = _Entry(time.monotonic() + seconds, seconds if repeat else 0.0, call)
        self._wind()

    def stop(self, key: object) -> None:
        """Forget what was set for a key; nothing happens where nothing was."""
        if self._entries.pop(key, None) is not None:
            self._wind()

    def is_set(self, key: object) -> bool:
        """Return whether a call is still to come."""
        return key in self._entries

    def _wind(self) -> None:
        if not self._entries:
            self._timer.stop()
            return
        due = min(entry.due for entry in self._entries.values())
        self._timer.start(max(0, round(1000 * (due - time.monotonic()))))

    def _ring(self) -> None:
        """Call the one that is due first: the next call is set before, as this one may open a dialogue and wait."""
        if not self._entries:
            return
        now = time.monotonic()
        key, entry = min(self._entries.items(), key=lambda one: one[1].due)
        if entry.due > now + 0.001:
            self._wind()
            return
        if entry.period:
            entry.due = now + entry.period
        else:
            del self._entries[key]
        self._wind()
        entry.call()


_CLOCKS: list[Clock] = []  # none before the application is there


def clock() -> Clock:
    """Return the clock of the application."""
    if not _CLOCKS:
        _CLOCKS.append(Clock())
    return _CLOCKS[0]


class _Kept:
    """A call that the clock makes for an owner, and never when that is gone.

    The owner is asked when the call is due: a slot of its signal `destroyed` would run amid its destruction.
    """

    def __init__(self, owner: QObject, seconds: float, call: Callable[[], None]) -> None:
        self._owner, self._seconds, self._call = ref(owner), seconds, call

    def stop(self) -> None:
        """Call nothing any more."""
        clock().stop(self)

    def _ring(self) -> None:
        owner = self._owner()
        if owner is not None and isalive(owner):
            self._call()
        else:
            self.stop()


class Delay(_Kept):
    """Calls a function after a rest of some seconds; it ends with its owner."""

    @property
    def pending(self) -> bool:
        """Whether the call is still to come."""
        return clock().is_set(self)

    def restart(self) -> None:
        """Call after a rest from now: what was pending is put off."""
        clock().set(self, self._seconds, self._ring)

    def begin(self) -> None:
        """Call after a rest from now; what is pending is not put off."""
        if not self.pending:
            self.restart()


class Poll(_Kept):
    """Calls a function every so many seconds while something is waited for; it ends with its owner."""

    def start(self) -> None:
        """Begin, unless this has begun."""
        if not clock().is_set(self):
            clock().set(self, self._seconds, self._ring, repeat=True)
