"""A key of the viewer that does something as long as it is held."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

from qtpy.QtCore import QObject
from qtpy.QtGui import QGuiApplication

from napari_deconvolve._napari.comparison.canvas import is_bound
from napari_deconvolve._napari.work.per_viewer import unwrapped


class HeldKey(QObject):  # type: ignore[misc]
    """Calls one function when a key is pressed and another when it is released, or the window loses the focus."""

    def __init__(
        self,
        viewer: Any,
        key: str,
        press: Callable[[], None],
        release: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._key = unwrapped(viewer), key
        self._press, self._release = press, release
        self._bound: Any = None
        self._held = False

    @property
    def bound(self) -> bool:
        """Whether the key is ours."""
        return self._bound is not None

    def bind(self) -> bool:
        """Take the key, unless somebody else has it; return whether it is ours."""
        if self._bound is None and not is_bound(self._viewer, self._key):
            self._bound = _generator(weakref.ref(self))
            self._viewer.bind_key(self._key, self._bound)
        return self.bound

    def unbind(self) -> None:
        """Free the key; one that somebody else has bound since is left alone."""
        self.release()
        bound, self._bound = self._bound, None
        keymap = self._viewer.keymap
        for key in [key for key, function in keymap.items() if bound is not None and function is bound]:
            del keymap[key]

    def press(self) -> None:
        """Begin to hold; nothing happens while this is held."""
        if not self._held:
            self._held = True
            QGuiApplication.instance().focusWindowChanged.connect(self._focus_moved)
            self._press()

    def release(self) -> None:
        """End to hold."""
        if self._held:
            self._held = False
            QGuiApplication.instance().focusWindowChanged.disconnect(self._focus_moved)
            self._release()

    def _focus_moved(self, window: Any) -> None:
        """Hear that another window has the keyboard: it gets the release, too."""
        self.release()


def _generator(held: weakref.ref[HeldKey]) -> Callable[[Any], Iterator[None]]:
    """Return what napari calls when the key goes down, and goes on with when it goes up; it keeps nothing alive."""

    def hold(viewer: Any) -> Iterator[None]:
        """Show the input as long as the key is held."""
        if (key := held()) is not None:
            key.press()
        del key
        yield
        if (key := held()) is not None:
            key.release()

    return hold
