"""Inputs left and results right, in napari's grid of two views, which zoom and pan together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from qtpy.compat import isalive
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QLabel

from napari_deconvolve._napari.comparison.canvas import camera_of, canvas_of, grid_of
from napari_deconvolve._napari.comparison.line import MARGIN, word_on
from napari_deconvolve._napari.comparison.pairs import Pair, inputs_of, present, results_of, shown
from napari_deconvolve._napari.comparison.visibility import Visibility
from napari_deconvolve._napari.kit.buttons import take_out
from napari_deconvolve._napari.work.per_viewer import unwrapped

NO_GRID = "This version of napari cannot show the layers in two views; use the curtain."
UNEVEN = "Side by side shows one result for each input; hide the others, or use the curtain."


@dataclass(slots=True)
class _Before:
    """What is put back in the end."""

    enabled: bool
    stride: int
    shape: tuple[int, int]
    order: list[Any]
    zoom: float  # of the camera
    factor: float  # by which the zoom was changed
    zoom_set: float


class SideBySide(QObject):  # type: ignore[misc]
    """Shows inputs and results in two views, all other layers hidden.

    Signals
    -------
    left()
        Somebody turned the grid off: all is as it was.
    """

    left = Signal()

    def __init__(self, viewer: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = unwrapped(viewer)
        self._pairs: list[Pair] = []
        self._before: _Before | None = None
        self._visibility = Visibility()
        self._words: list[QLabel] = []
        self._lifted = False

    def start(self, pairs: Sequence[Pair]) -> str:
        """Open the two views; say why this cannot be, or nothing."""
        if self._before is not None:
            return ""
        viewer, grid = self._viewer, grid_of(self._viewer)
        self._pairs = shown(present(viewer, pairs))
        inputs, results = inputs_of(self._pairs), results_of(self._pairs)
        order = [unwrapped(layer) for layer in viewer.layers]
        zoom = float(camera_of(viewer).zoom)
        self._before = _Before(grid.enabled, grid.stride, tuple(grid.shape), order, zoom, 1.0, zoom)
        self._visibility.show([*inputs, *results])
        self._visibility.show([layer for layer in viewer.layers if not _in(layer, [*inputs, *results])], False)
        reason = self._arrange(inputs, results)
        if reason:
            self.stop()
            return reason
        self._zoom(self._fit(2) / self._fit(1))
        self._label()
        grid.events.enabled.connect(self._turned_off)
        return ""

    def stop(self) -> None:
        """Leave the grid, the order of the layers and what is visible as they were."""
        before, self._before = self._before, None
        if before is None:
            return
        self._lifted = False
        grid, camera = grid_of(self._viewer), camera_of(self._viewer)
        grid.events.enabled.disconnect(self._turned_off)
        self._unlabel()
        zoom = float(camera.zoom)
        grid.enabled, grid.stride, grid.shape = before.enabled, before.stride, before.shape
        camera.zoom = before.zoom if np.isclose(zoom, before.zoom_set) else zoom / before.factor
        self._reorder(before.order)
        self._visibility.restore(self._viewer, {pair.input: pair.result for pair in self._pairs})

    def lift(self, yes: bool) -> None:
        """Show one view for a moment, or two again."""
        if self._before is None or yes == self._lifted:
            return
        self._lifted = yes
        grid = grid_of(self._viewer)
        with grid.events.enabled.blocker(self._turned_off):
            grid.enabled = not yes
        for word in self._words:
            if isalive(word):
                word.setVisible(not yes)

    def _turned_off(self, event: Any = None) -> None:
        if self._before is not None and not grid_of(self._viewer).enabled:
            self._before.enabled = False
            self.stop()
            self.left.emit()

    def _arrange(self, inputs: list[Any], results: list[Any]) -> str:
        """Open the grid with all inputs in its first view and all results in its second; say why not, or nothing.

        napari fills views with so many layers from one end of the list, hidden ones included: ours go to that end,
        which is the lower one in some versions and the upper one in others.
        """
        viewer, grid = self._viewer, grid_of(self._viewer)
        count = max(len(inputs), len(results))
        rest = [unwrapped(layer) for layer in viewer.layers if not _in(layer, [*inputs, *results])]
        if not self._pad(inputs, results, rest):
            return UNEVEN
        grid.shape = (1, 2)
        grid.stride = count
        grid.enabled = True
        for sign, order in ((1, [*inputs, *results, *rest]), (-1, [*rest, *results, *inputs])):
            self._reorder(order)
            grid.stride = sign * count
            if self._in_place(inputs, 0) and self._in_place(results, 1):
                return ""
        return NO_GRID

    def _pad(self, inputs: list[Any], results: list[Any], rest: list[Any]) -> bool:
        """Fill the smaller side with hidden layers, as several results may share an input: both sides are as long."""
        short, missing = (inputs, results) if len(inputs) < len(results) else (results, inputs)
        while len(short) < len(missing):
            if not rest:
                return False
            short.append(rest.pop())
        return True

    def _in_place(self, layers: list[Any], column: int) -> bool:
        viewer = self._viewer
        visible = [layer for layer in layers if layer.visible]
        return all(
            tuple(grid_of(viewer).position(viewer.layers.index(layer), viewer.layers)) == (0, column)
            for layer in visible
        )

    def _reorder(self, order: list[Any]) -> None:
        """Put layers in an order; those that came since stay above."""
        layers = self._viewer.layers
        wanted = [layer for layer in order if layer in layers]
        now = [unwrapped(layer) for layer in layers]
        wanted += [layer for layer in now if not _in(layer, wanted)]
        if all(one is other for one, other in zip(wanted, now, strict=True)):
            return
        # One after the other: napari's own move of several at once fails for some orders.
        with layers.events.reordered.blocker():
            for place, layer in enumerate(wanted):
                if layers.index(layer) != place:
                    layers.move(layers.index(layer), place)
        layers.events.reordered(value=layers)

    def _fit(self, columns: int) -> float:
        """Return the zoom at which all layers fit into a view, if the canvas has so many beside each other."""
        viewer = self._viewer
        extent = np.ptp(np.asarray(viewer.layers.extent.world, np.float64), axis=0)
        height, width = (max(float(extent[axis]), 1e-12) for axis in viewer.dims.displayed[-2:])
        canvas = canvas_of(viewer)
        across, down = canvas.size if canvas is not None else (1, 1)
        return min(across / columns / width, down / height)

    def _zoom(self, factor: float) -> None:
        assert self._before is not None, "called from `start` alone"
        camera = camera_of(self._viewer)
        camera.zoom = camera.zoom * factor
        self._before.factor, self._before.zoom_set = factor, float(camera.zoom)

    def _label(self) -> None:
        canvas = canvas_of(self._viewer)
        if canvas is None:
            return
        self._words = [word_on(canvas.native, text) for text in ("Input", "Result")]
        canvas.follow(self._nothing, self._place)
        self._place()
        for word in self._words:
            word.show()

    def _unlabel(self) -> None:
        canvas, words = canvas_of(self._viewer), self._words
        self._words = []
        if canvas is not None and words:
            canvas.unfollow(self._nothing, self._place)
        for word in words:
            if isalive(word):
                take_out(word)

    def _place(self, event: Any = None) -> None:
        canvas = canvas_of(self._viewer)
        if canvas is not None:
            for column, word in enumerate(self._words):
                word.move(column * canvas.size[0] // 2 + MARGIN, MARGIN)

    def _nothing(self, event: Any) -> None:
        """Do nothing before a frame."""


def _in(layer: Any, layers: Sequence[Any]) -> bool:
    return any(one is unwrapped(layer) for one in layers)
