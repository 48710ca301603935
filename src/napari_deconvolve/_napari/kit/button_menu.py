"""A button that opens a list of others: what is done less often than what stands beside it."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMenu, QPushButton, QToolButton, QWidget, QWidgetAction

from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.sheet import part


class ButtonMenu(QToolButton):  # type: ignore[misc]
    """Opens a menu of push buttons: they keep their names and tooltips, and can be disabled with a reason."""

    def __init__(self, text: str, name: str, label: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        identify(self, name, label, tip)
        self.setText(text)
        part(self, "menu")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._list = QMenu(self)
        self.setMenu(self._list)

    def add(self, *buttons: QPushButton) -> None:
        """Add buttons below those that are there; a press closes the menu."""
        for button in buttons:
            part(button, "entry")
            action = QWidgetAction(self._list)
            action.setDefaultWidget(button)
            self._list.addAction(action)
            button.clicked.connect(self._list.close)
