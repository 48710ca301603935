"""The live preview: what is in view, simulated in a thread whenever a choice or the camera has come to rest."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_deconvolve._napari.docks.simulate.layers import show_preview
from napari_deconvolve._napari.docks.simulate.session import Light, SimulationPlan, preview
from napari_deconvolve._napari.layers.psf_examiner import Examiner
from napari_deconvolve.errors import Cancelled, DeconvolutionError

REST = 150  # ms that all must rest before it is looked at


class LivePreview(QObject):  # type: ignore[misc]
    """Keeps one layer up to date with what would come of the choices.

    Parameters
    ----------
    viewer : napari.Viewer
        Where it is shown.
    plan : callable
        Gives the plan for what is in view, or the reason why there is none.
    lights : dict
        What is known of whole blurred images.
    parent : QObject, optional
        Of this.

    Signals
    -------
    said(text, level)
        What is to be told about the preview.
    """

    said = Signal(str, str)

    def __init__(
        self,
        viewer: Any,
        plan: Callable[[], SimulationPlan | str],
        lights: dict[object, Light],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._plan, self._lights = viewer, plan, lights
        self._on = False
        self._layer: weakref.ref[Any] | None = None
        self._present: tuple[SimulationPlan, threading.Event] | None = None
        self._examiner = Examiner(self)
        self._examiner.answered.connect(self._answered)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._begin)

    @property
    def layer(self) -> Any | None:
        """The layer of the preview, if there is one."""
        layer = None if self._layer is None else self._layer()
        return layer if layer is not None and layer in self._viewer.layers else None

    @property
    def busy(self) -> bool:
        """Whether a picture is still to come."""
        return self._rest.isActive() or self._examiner.busy

    def switch(self, on: bool) -> None:
        """Begin to show what is in view, or take the layer away."""
        self._on = on
        if on:
            self._begin()
            return
        self._rest.stop()
        self._drop()
        layer, self._layer = self.layer, None
        if layer is not None:
            self._viewer.layers.remove(layer)

    def touch(self, event: Any = None) -> None:
        """Hear that something has changed."""
        if self._on:
            self._rest.start()

    def _drop(self) -> None:
        if self._present is not None:
            self._present[1].set()  # ends its transforms
        self._present = None
        self._examiner.drop()

    def _begin(self) -> None:
        self._drop()
        plan = self._plan()
        if isinstance(plan, str):
            self.said.emit(plan, "info")
            return
        ended, lights = threading.Event(), self._lights
        self._present = (plan, ended)
        self._examiner.ask(plan, lambda: preview(plan, lights, ended.is_set))

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
