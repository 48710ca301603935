"""The channels of an image as ticks, each with its colour and name."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtWidgets import QCheckBox, QWidget
from superqt import QFlowLayout

from napari_deconvolve._napari.kit.buttons import take_out
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.sheet import part

DOT = 10  # pixels


class ChannelTicks(QWidget):  # type: ignore[misc]
    """Which channels are run: all, until somebody takes one out.

    Signals
    -------
    changed()
        Others are ticked.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        identify(self, "channel_ticks", "Channels to deconvolve", "Which channels are deconvolved.")
        part(self, "plain")
        self._layout = QFlowLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._boxes: list[QCheckBox] = []
        self._shown: tuple[tuple[int, str], ...] = ()
        self._out: weakref.WeakSet[Any] = weakref.WeakSet()  # layers that are not run

    def show_layers(self, layers: Sequence[Any]) -> None:
        """Show the channels; who was taken out stays out."""
        now = tuple((id(layer), layer.name) for layer in layers)
        if now == self._shown:
            return
        self._shown = now
        for box in self._boxes:
            take_out(box)
        self._boxes = [self._box(place, layer) for place, layer in enumerate(layers)]
        for box in self._boxes:
            self._layout.addWidget(box)

    def ticked(self, layers: Sequence[Any]) -> tuple[Any, ...]:
        """Return those of some channels that are run."""
        return tuple(layer for layer in layers if layer not in self._out)

    def forget(self) -> None:
        """Run all again."""
        self._out.clear()
        for box in self._boxes:
            box.setChecked(True)

    def _box(self, place: int, layer: Any) -> QCheckBox:
        box: QCheckBox = identify(
            QCheckBox(layer.name.rpartition(" · ")[2]), f"run_channel_{place}", f"Channel {layer.name}", layer.name
        )
        box.setIcon(QIcon(dot_of(layer)))
        box.setChecked(layer not in self._out)
        known = weakref.ref(layer)
        box.toggled.connect(lambda on: self._toggled(known(), on))
        return box

    def _toggled(self, layer: Any, on: bool) -> None:
        if layer is None:
            return
        (self._out.discard if on else self._out.add)(layer)
        self.changed.emit()


def dot_of(layer: Any) -> QPixmap:
    """Draw a dot in the colour of a layer's brightest pixels."""
    red, green, blue = (int(255 * value) for value in np.asarray(layer.colormap.colors)[-1][:3])
    picture = QPixmap(DOT, DOT)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(128, 128, 128))
    painter.setBrush(QColor(red, green, blue))
    painter.drawEllipse(1, 1, DOT - 3, DOT - 3)
    painter.end()
    return picture
