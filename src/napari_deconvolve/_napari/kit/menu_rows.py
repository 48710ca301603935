"""Rows of a menu that hold more than one button."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget, QWidgetAction

from napari_deconvolve._napari.kit.button_menu import ButtonMenu
from napari_deconvolve._napari.kit.sheet import part


def add_beside(menu: ButtonMenu, button: QPushButton, field: QWidget) -> None:
    """Add a button with a field at its right to a menu; a press of the button closes it."""
    row = part(QWidget(), "plain")
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 8, 0)
    layout.addWidget(part(button, "entry"), 1)
    layout.addWidget(field)
    inside = menu.menu()
    assert inside is not None, "a button menu has a menu"
    action = QWidgetAction(inside)
    action.setDefaultWidget(row)
    inside.addAction(action)
    button.clicked.connect(inside.close)
