"""What is worked out once for a job: backgrounds, transfer functions, strengths."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Workspace:
    """A cache that belongs to one job.

    A job is frozen, so nothing in here can grow old; a job that differs, by its recipe say, begins with an empty one.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def get(self, key: Hashable) -> Any | None:
        """Return what is known by a key; None where nothing is."""
        return self._known.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value."""
        self._known[key] = value

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was worked out before, or work it out now."""
        if key not in self._known:
            self._known[key] = make()
        known: T = self._known[key]
        return known
