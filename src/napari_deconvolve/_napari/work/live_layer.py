"""A layer that follows the choices of a dock: computed beside the window, shown as soon as it is there."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.latest import LatestTask


class LiveLayer(QObject):  # type: ignore[misc]
    """Keeps one layer up to date. Subclasses give `_begin`, which asks `_task`, and `_answered`.

    `plan` returns the plan for what is to be shown, or the reason why there is none; it is asked when all has rested.

    Signals
    -------
    said(text, level)
        What is said about the preview.
    """

    said = Signal(str, str)

    def __init__(
        self, viewer: Any, plan: Callable[[], Any], rest_seconds: float, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer, self._plan = viewer, plan
        self._layer: weakref.ref[Any] | None = None
        self._task = LatestTask(self, subject="preview")
        self._task.answered.connect(self._answered)
        self._rest = Delay(self, rest_seconds, self._begin)

    @property
    def layer(self) -> Any | None:
        """The layer of the preview, if there is one."""
        layer = None if self._layer is None else self._layer()
        return layer if layer is not None and layer in self._viewer.layers else None

    @property
    def busy(self) -> bool:
        """Whether a picture is still to come."""
        return self._rest.pending or self._task.busy

    def end(self) -> None:
        """Take the layer away, and let memory go."""
        self._rest.stop()
        self._drop()
        layer, self._layer = self.layer, None
        if layer is not None:
            self._viewer.layers.remove(layer)

    def _drop(self) -> None:
        """Forget what is being computed."""
        self._task.drop()

    def _begin(self) -> None:
        """Compute what is to be shown now."""
        raise NotImplementedError

    def _answered(self, tag: object, found: Any) -> None:
        """Show it."""
        raise NotImplementedError
