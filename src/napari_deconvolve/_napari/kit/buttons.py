"""Buttons and bars that docks share."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QWidget

from napari_deconvolve._napari.kit.forms import identify, mixed
from napari_deconvolve._napari.kit.theme import Palette


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


def progress_bar(tip: str) -> QProgressBar:
    """Make a bar that is empty and says nothing yet."""
    bar: QProgressBar = identify(QProgressBar(), "progress", "Progress", tip)
    bar.setRange(0, 1)
    bar.setValue(0)
    bar.setFormat("")
    return bar


def style_progress(bar: QProgressBar, colors: Palette) -> None:
    """Return a bar the colours of a theme; its text can be read on both its halves."""
    bar.setStyleSheet(
        f"QProgressBar {{ border: 1px solid {colors.muted}; border-radius: 2px; background: {colors.background};"
        f" color: {colors.foreground}; text-align: center; }}"
        f" QProgressBar::chunk {{ background: {mixed(colors.first, colors.background)}; }}"
    )


def style_primary(button: QPushButton, colors: Palette) -> None:
    """Let the one button stand out that a dock is for."""
    button.setStyleSheet(
        f"QPushButton:enabled {{ background-color: {colors.first}; color: {colors.background}; font-weight: bold; }}"
    )
