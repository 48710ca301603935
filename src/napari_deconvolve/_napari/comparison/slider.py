"""The numbers that a layer's axis stands for, written at napari's slider in place of 0, 1, 2."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from qtpy.compat import isalive
from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.comparison.canvas import slider_of
from napari_deconvolve._napari.work.clock import clock

PADDING = 10  # pixels around a number

_KEPT: weakref.WeakKeyDictionary[Any, SliderNumbers] = weakref.WeakKeyDictionary()  # by the layer


def number_slider(viewer: Any, layer: Any, number: Callable[[float], int], axis: int = 0) -> None:
    """Write what places on an axis of a layer stand for at its slider, as long as the layer is there."""
    _KEPT[layer] = SliderNumbers(viewer, layer, number, axis)


class SliderNumbers:
    """Writes numbers at a slider until its layer is removed; napari writes its own whenever the slider moves."""

    def __init__(self, viewer: Any, layer: Any, number: Callable[[float], int], axis: int) -> None:
        self._viewer, self._layer = weakref.ref(viewer), weakref.ref(layer)
        self._number, self._axis = number, axis
        self._slider: Any = None
        dims, layers = viewer.dims.events, viewer.layers.events
        self._events = dims.current_step, dims.range, layers.removed, layers.inserted
        for emitter in self._events:
            emitter.connect(self._changed)
        self._changed()

    def _changed(self, event: Any = None) -> None:
        """Write them once napari has written its own; no more once the layer is gone."""
        viewer = self._viewer()
        if viewer is None or self._layer() in viewer.layers:
            clock().set(self, 0.0, self._write)
            return
        clock().stop(self)
        for emitter in self._events:
            emitter.disconnect(self._changed)
        self._restore()

    def _write(self) -> None:
        viewer, layer = self._viewer(), self._layer()
        if viewer is None or layer is None:
            return
        axis = viewer.dims.ndim - layer.ndim + self._axis
        slider = slider_of(viewer, axis)
        if slider is not self._slider:
            self._restore()
            self._slider = slider
        if slider is None:
            return
        now, last = (str(self._number(place)) for place in (viewer.dims.point[axis], viewer.dims.range[axis][1]))
        slider.curslice_label.setReadOnly(True)  # what is typed would be taken for a place
        slider.curslice_label.setText(now)
        slider.totslice_label.setText(last)
        width = slider.fontMetrics().horizontalAdvance("8" * len(last)) + PADDING
        for label in slider.parent().findChildren(QWidget, slider.curslice_label.objectName()):
            label.setFixedWidth(max(width, label.width()))  # of all sliders, whose ends are in one line

    def _restore(self) -> None:
        """Let napari write its own again."""
        slider, self._slider = self._slider, None
        if slider is not None and isalive(slider):
            slider.curslice_label.setReadOnly(False)
            for owner, redo in ((slider, "_update_range"), (slider.parent(), "_resize_slice_labels")):
                getattr(owner, redo, lambda: None)()
