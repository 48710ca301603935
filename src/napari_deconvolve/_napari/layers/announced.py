"""What one dock tells all others of its viewer, without knowing them."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QObject, Signal


class Results(QObject):  # type: ignore[misc]
    """The results of a viewer: whoever makes one says so here, and whoever wants to know listens.

    Signals
    -------
    finished(layer)
        A result is complete, or has changed.
    """

    finished = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
