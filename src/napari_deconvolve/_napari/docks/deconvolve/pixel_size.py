"""The rows of the pixel size: its field, what came of a change, and what to do where the image has none."""

from __future__ import annotations

import weakref
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QPushButton

from napari_deconvolve._napari.docks.deconvolve import fields
from napari_deconvolve._napari.docks.deconvolve.calibrate import pixel_axes, pixel_size
from napari_deconvolve._napari.kit.forms import Remarks, beside, identify, row
from napari_deconvolve._napari.kit.notice import Notice, Warned
from napari_deconvolve._napari.kit.sheet import become, part
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.opening import file_of
from napari_deconvolve._napari.work.checks.choices import ImageReview
from napari_deconvolve._napari.work.remarks import Level


class PixelSize(Notice):
    """The warning of an image without pixel size, and the field above it.

    Signals
    -------
    given(text)
        A pixel size was typed.
    undone()
        The last one is to be taken back.
    pixels()
        The image is to be run without one.
    """

    given = Signal(str)
    undone = Signal()
    pixels = Signal()

    def __init__(self) -> None:
        super().__init__("size_notice", ignorable=False)
        self.field, self.reopen = fields.spacing_field(), fields.reopen_button()
        self.unit, self.said = QLabel(), Remarks("spacing_info")
        self.unit.setObjectName("spacing_unit")
        undo = QPushButton("Undo")
        self.undo = part(identify(undo, "undo_spacing", "Undo", "Gives the image its former pixel size."), "link")
        self._said_of = beside(self.said, self.undo)
        self._in_pixels: weakref.WeakSet[Any] = weakref.WeakSet()
        self._image: weakref.ref[Any] | None = None
        self.field.editingFinished.connect(lambda: self.given.emit(self.field.text()))
        self.undo.clicked.connect(lambda _checked=False: self.undone.emit())
        self.say("")

    def add_to(self, rows: QFormLayout) -> None:
        """Add the rows to a form."""
        row(rows, "Pixel size", beside(self.field, self.unit), self.reopen, self._said_of, buddy=self.field)
        rows.addRow(self)

    def say(self, text: str, level: Level = "info", *, undo: bool = False) -> None:
        """Say what came of a change, which may be one that can be taken back."""
        self.said.say(text, level)
        self.undo.setVisible(undo)
        self._said_of.setVisible(bool(text))

    def is_in_pixels(self, image: Any) -> bool:
        """Return whether somebody wants an image to be run without a pixel size."""
        return image is not None and image in self._in_pixels

    def show_image(self, image: Any, found: ImageReview) -> None:
        """Show the pixel size of an image, or that it has none."""
        if self._image is None or self._image() is not image:
            self._image = None if image is None else weakref.ref(image)
            self.say("")
        if not self.field.hasFocus():
            self.field.setText(pixel_size(image))
        axes = pixel_axes(image)
        self.unit.setText(f"µm ({axes})" if axes else "µm")
        become(self.field, "state", "wrong" if found.size_missing else "right")
        self.reopen.setVisible(found.uncalibrated and file_of(image) is not None)
        what = "file" if getattr(getattr(image, "source", None), "path", None) else "image"
        warned = Warned(f"The {what} has no pixel size. A PSF needs it.", "Work in pixels", self._work_in_pixels)
        self.show_all([warned] if found.size_missing else [])

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.said.restyle(colors)

    def _work_in_pixels(self) -> None:
        image = None if self._image is None else self._image()
        if image is not None:
            self._in_pixels.add(image)
            self.pixels.emit()
