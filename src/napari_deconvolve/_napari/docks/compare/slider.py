"""The numbers that were tried, written at napari's slider in place of 0, 1, 2."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from qtpy.compat import isalive
from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.comparison.canvas import slider_of
from napari_deconvolve._napari.work.clock import clock

PADDING = 10  # pixels around a number


class SliderNumbers:
    """Writes numbers at a slider until `end`; napari writes its own whenever the slider moves."""

    def __init__(self, viewer: Any, numbers: Sequence[int]) -> None:
        self._viewer, self._numbers = weakref.ref(viewer), tuple(numbers)
        self._axis: int | None = None
        self._slider: Any = None

    def write(self, axis: int) -> None:
        """Write the numbers at the slider of an axis, once napari has written its own."""
        self._axis = axis
        clock().set(self, 0.0, self._write)

    def end(self) -> None:
        """Let napari write its own again."""
        clock().stop(self)
        slider, self._slider, self._axis = self._slider, None, None
        if slider is not None and isalive(slider):
            slider.curslice_label.setReadOnly(False)
            for owner, redo in ((slider, "_update_range"), (slider.parent(), "_resize_slice_labels")):
                getattr(owner, redo, lambda: None)()

    def _write(self) -> None:
        viewer, axis = self._viewer(), self._axis
        if viewer is None or axis is None or axis >= viewer.dims.ndim:
            return
        slider = slider_of(viewer, axis)
        if slider is not self._slider:
            self.end()
            self._axis, self._slider = axis, slider
        step = viewer.dims.current_step[axis]
        if slider is None or step >= len(self._numbers):
            return
        slider.curslice_label.setReadOnly(True)  # what is typed would be taken for a place
        slider.curslice_label.setText(str(self._numbers[step]))
        slider.totslice_label.setText(str(self._numbers[-1]))
        width = slider.fontMetrics().horizontalAdvance("8" * len(str(self._numbers[-1]))) + PADDING
        for label in slider.parent().findChildren(QWidget, slider.curslice_label.objectName()):
            label.setFixedWidth(max(width, label.width()))  # of all sliders, whose ends are in one line
