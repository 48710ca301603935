"""A place for one message between two threads: a newer one replaces what nobody has taken."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds the newest message until it is taken, so that a slow reader costs no memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._message: T | None = None

    def put(self, message: T) -> None:
        """Leave a message; one that was not taken is lost."""
        with self._lock:
            self._message = message

    def take(self) -> T | None:
        """Take the message, or nothing when there is no new one."""
        with self._lock:
            message, self._message = self._message, None
        return message


class Throttle:
    """Says when the next preview may be drawn, so that drawing takes no more than a part of the time.

    Between two, `interval` seconds pass at least, and `longest` at most, however slow drawing was.
    """

    def __init__(self, interval: float = 0.1, share: float = 0.2, longest: float = 2.0) -> None:
        self._interval, self._share, self._longest = interval, share, longest
        self._next = 0.0

    def ready(self, now: float) -> bool:
        """Whether another may be drawn now."""
        return now >= self._next

    def spent(self, begin: float, end: float) -> None:
        """Tell how long drawing took."""
        rest = min(self._longest, (end - begin) * (1 / self._share - 1))
        self._next = max(begin + self._interval, end + rest)
