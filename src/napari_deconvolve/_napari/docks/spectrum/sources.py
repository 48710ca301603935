"""Links above the list of spectra: open files, take a layer."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QMenu, QToolButton, QWidget

from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.sheet import part


class LayerMenu(QToolButton):  # type: ignore[misc]
    """Opens a list of the image layers, each as a point's spectrum or as a line.

    Signals
    -------
    wanted(layer, line)
        A layer is chosen, with a line over it or without.
    """

    wanted = Signal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = "Adds the spectrum at a point of an image layer, or along a line over it; a click into the image adds "
        identify(self, "from_layer", "From layer", f"{tip}the spectrum there.")
        self.setText("From layer…")
        part(self, "link")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._list = QMenu(self)
        self.setMenu(self._list)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; width: 0px; }")

    def offer(self, layers: list[Any]) -> None:
        """Offer these layers."""
        self._list.clear()
        for line, words in ((False, "{}"), (True, "{}, along a line")):
            for layer in layers:
                action = self._list.addAction(words.format(layer.name))
                action.triggered.connect(lambda _=False, one=layer, along=line: self.wanted.emit(one, along))
            self._list.addSeparator()
        self.setEnabled(bool(layers))
