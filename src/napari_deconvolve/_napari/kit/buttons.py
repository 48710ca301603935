"""Buttons, and what puts them beside and below each other."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.forms import identify


def push_button(text: str, name: str, tip: str) -> QPushButton:
    """Make a button that shares its row's width with others."""
    button: QPushButton = identify(QPushButton(text), name, text.rstrip("…"), tip)
    button.setProperty("tip", button.toolTip())
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def allow(button: QPushButton, reason: str) -> None:
    """Enable a button, or disable it and say why in its tooltip."""
    button.setEnabled(not reason)
    button.setToolTip(f"<p>{reason}</p>" if reason else button.property("tip"))


def side_by_side(*widgets: QWidget) -> QHBoxLayout:
    """Put widgets into one row, each as wide as the others."""
    layout = QHBoxLayout()
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget, 1)
    return layout


def stack(holder: QWidget, *parts: QWidget | QLayout, spacing: int = 4) -> QVBoxLayout:
    """Put parts below each other into a widget, without margins."""
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for part in parts:
        if isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)
    return layout


def take_out(widget: QWidget) -> None:
    """Take a widget out of its parent, for good."""
    widget.hide()  # else a layout that has just taken it in shows it on the desktop, in a window by itself
    widget.setParent(None)
    widget.deleteLater()
