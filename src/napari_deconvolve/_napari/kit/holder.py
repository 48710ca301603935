"""A widget around another, to be hidden apart from it."""

from __future__ import annotations

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.sheet import part


def holder(widget: QWidget) -> QWidget:
    """Return a widget around another: the inner one goes on to say by itself whether it has something to show."""
    around: QWidget = part(QWidget(), "plain")
    layout = QVBoxLayout(around)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    return around
