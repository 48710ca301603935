"""A run in napari's activity dock, and a notification at the end of a long one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

PARTS = 100  # of the bar
LONG_SECONDS = 10.0  # after which somebody may look elsewhere


class Activity:
    """A bar in napari's activity dock, as long as something goes on."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._drawing = False

    def show(self, done: int, total: int, words: str) -> None:
        """Show how much is done of a run; the bar is made at the first call."""
        from napari.utils import progress

        if self._drawing:  # napari works off events amid a change: a slow window would go deeper at each
            return
        self._drawing = True
        try:
            if self._bar is None:
                self._bar = progress(total=PARTS)
            bar, part = self._bar, min(PARTS, PARTS * done // max(1, total))
            bar.set_description(words)
            if part > bar.n:
                bar.update(part - bar.n)  # last: one of these events may end the run
        finally:
            self._drawing = False

    def end(self) -> None:
        """Take the bar away."""
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.close()


def notify(message: str, actions: Sequence[tuple[str, Callable[[], None]]] = ()) -> None:
    """Show a notification with buttons."""
    from napari.utils.notifications import Notification, notification_manager

    class Plain(Notification):  # type: ignore[misc] # which has no types
        @property
        def source(self) -> str:
            """Return nothing."""
            return ""  # else napari shows the object that hands it on, as "Source: <napari.utils.notifications...>"

    buttons = tuple((text, lambda _button=None, act=act: act()) for text, act in actions)
    notification_manager.dispatch(Plain(message, "info", actions=buttons))
