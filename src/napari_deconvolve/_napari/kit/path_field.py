"""A field for files or a folder, with a button that asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from napari_deconvolve._napari.kit.forms import identify

Wanted = Literal["folder", "file", "files"]
SEPARATOR = ";"  # of several files
BUTTON_WIDTH = 30  # pixels


class PathField(QWidget):  # type: ignore[misc]
    """A line for a path, or several, and a button beside it; `edit` has the field's name.

    Attributes
    ----------
    near : str
        The folder that a dialogue begins in, where the field is empty.
    """

    def __init__(self, name: str, label: str, tip: str, wanted: Wanted, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("part", "plain")
        self.near, self._wanted, self._label = "", wanted, label
        self.edit: QLineEdit = identify(QLineEdit(), name, label, tip)
        self.edit.setMinimumWidth(60)
        self.button = identify(QPushButton("…"), f"open_{name}", f"Choose: {label}", f"Choose: {label}.")
        self.button.setFixedWidth(BUTTON_WIDTH)
        self.button.clicked.connect(lambda _checked=False: self._browse())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.button)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that are named."""
        return tuple(path.strip() for path in self.edit.text().split(SEPARATOR) if path.strip())

    def _browse(self) -> None:
        begin = str(Path(self.paths[0]).parent) if self.paths else self.near
        if self._wanted == "folder":
            found = [QFileDialog.getExistingDirectory(self, self._label, self.edit.text() or begin)]
        elif self._wanted == "file":
            found = [QFileDialog.getOpenFileName(self, self._label, begin)[0]]
        else:
            found = list(QFileDialog.getOpenFileNames(self, self._label, begin)[0])
        if any(found):
            self.edit.setText(f"{SEPARATOR} ".join(found))
