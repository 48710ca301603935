"""The live preview: what is in view, simulated in a thread whenever a choice or the camera has come to rest."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject

from napari_deconvolve._napari.docks.simulate.layers import show_preview
from napari_deconvolve._napari.docks.simulate.session import Light, SimulationPlan, preview
from napari_deconvolve._napari.work.live_layer import LiveLayer
from napari_deconvolve.errors import Cancelled, DeconvolutionError

REST_SECONDS = 0.15  # that all must rest before it is looked at


class LivePreview(LiveLayer):
    """Keeps one layer up to date with what would come of the choices.

    `plan` returns the plan for what is in view, or the reason why there is none; `lights` holds what is known of whole
    blurred images.
    """

    def __init__(
        self,
        viewer: Any,
        plan: Callable[[], SimulationPlan | str],
        lights: dict[object, Light],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(viewer, plan, REST_SECONDS, parent)
        self._lights = lights
        self._on = False
        self._present: tuple[SimulationPlan, threading.Event] | None = None

    def switch(self, on: bool) -> None:
        """Begin to show what is in view, or take the layer away."""
        self._on = on
        (self._begin if on else self.end)()

    def touch(self, event: Any = None) -> None:
        """Hear that something has changed."""
        if self._on:
            self._rest.restart()

    def _drop(self) -> None:
        if self._present is not None:
            self._present[1].set()  # ends its transforms
        self._present = None
        super()._drop()

    def _begin(self) -> None:
        self._drop()
        plan = self._plan()
        if isinstance(plan, str):
            self.said.emit(plan, "info")
            return
        ended, lights = threading.Event(), self._lights
        self._present = (plan, ended)
        self._task.ask(plan, lambda: preview(plan, lights, ended.is_set))

    def _answered(self, tag: object, found: Any) -> None:
        if self._present is None or tag is not self._present[0]:
            return
        plan, self._present = self._present[0], None
        if isinstance(found, DeconvolutionError):
            if not isinstance(found, Cancelled):
                self.said.emit(str(found), "error")
            return
        counts, exact = found
        self._layer = weakref.ref(show_preview(self._viewer, self.layer, plan, counts))
        brightness = "" if exact else " Here the brightest sample in view has the photons; Run takes that of the whole."
        self.said.emit(f"Preview of what is in view.{brightness}", "info")
