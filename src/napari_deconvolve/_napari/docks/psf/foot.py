"""The foot of the PSF editor: what the PSF is for, where it stands, and the buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qtpy.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.psf.fields import Message
from napari_deconvolve._napari.docks.psf.forms import PSFForm
from napari_deconvolve._napari.docks.psf.sources.base import button
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette

MAKE = "Use this PSF for the image (Ctrl+Enter); it is kept as a hidden layer."
SAVE = "Save the PSF to a file (Ctrl+S)."
BOX_WIDTH = 170  # pixels of the box of images


class Foot(QFrame):  # type: ignore[misc]
    """One line where the editor is wide, and some below each other else.

    Attributes
    ----------
    status, busy : Message
        What came of a button; that something is being calculated.
    make, save, cancel : QPushButton
    """

    def __init__(self, form: PSFForm, acts: Mapping[str, Callable[[], None]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        part(self, "footer")
        self.status, self.busy = Message("status"), Message("busy")
        self.make = part(button("make", "Use this PSF", MAKE, acts["make"]), "primary")
        self.save = button("save", "Save to file…", SAVE, acts["save"], label="Save the PSF to a file")
        words = "Close, with all as it was when the editor was opened (Esc)."
        self.cancel = button("cancel", "Cancel", words, acts["cancel"])
        words = "Bring every field back to its default."
        self.reset: QPushButton = part(
            button("reset", "Reset", words, acts["reset"], label="Reset every field to its default"), "link"
        )
        self.make.setDefault(True)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(8, 6, 8, 6)
        self._layout.setSpacing(8)
        self._for = self._use_for(form)
        said: QWidget = part(QWidget(), "plain")
        lines = QVBoxLayout(said)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.busy)
        lines.addWidget(self.status)
        self._layout.addWidget(self._for)
        self._layout.addWidget(said, 1)
        self._layout.addWidget(self._buttons())

    def _use_for(self, form: PSFForm) -> QWidget:
        holder: QWidget = part(QWidget(), "plain")
        self._use = QBoxLayout(QBoxLayout.Direction.LeftToRight, holder)
        self._use.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(8)
        label = QLabel("Use for")
        label.setBuddy(form.image.native)
        self._image = form.image.native
        row.addWidget(label)
        row.addWidget(self._image, 1)
        ticks = QHBoxLayout()
        ticks.setSpacing(8)
        ticks.addWidget(form.all_channels)
        ticks.addWidget(form.every_image)
        self._use.addLayout(row)
        self._use.addLayout(ticks)
        return holder

    def _buttons(self) -> QWidget:
        holder: QWidget = part(QWidget(), "plain")
        self._stack = QBoxLayout(QBoxLayout.Direction.LeftToRight, holder)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(6)
        others = QHBoxLayout()
        others.setSpacing(6)
        for one in (self.reset, self.save, self.cancel):
            others.addWidget(one)
        self._stack.addLayout(others)
        self._stack.addWidget(self.make)
        return holder

    def arrange(self, wide: bool) -> None:
        """Put all into one line, or below each other, what is next on top."""
        ways = QBoxLayout.Direction
        self._layout.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self._layout.setSpacing(8 if wide else 4)
        self._stack.setDirection(ways.LeftToRight if wide else ways.BottomToTop)
        self._use.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self._use.setSpacing(8 if wide else 2)
        self._image.setFixedWidth(BOX_WIDTH) if wide else self._image.setMinimumWidth(60)
        if not wide:
            self._image.setMaximumWidth(16_777_215)

    def allow(self, reason: str) -> None:
        """Enable what needs a PSF, or disable it and say why."""
        for one, words in ((self.make, MAKE), (self.save, SAVE)):
            one.setEnabled(not reason)
            one.setToolTip(reason or words)

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.busy.color(palette.muted)
        self.status.color(palette.muted)
