"""The upper part of a dock: rows of fields with remarks below them, and a part that is folded away."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import Fold, Remarks, align_labels
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.remarks import Remark, Review


class DockForm(QWidget):  # type: ignore[misc]
    """Fields that say what is chosen. Subclasses make them, fill `remarks`, and call `lay_out`.

    Attributes
    ----------
    remarks : dict
        The place below each field for what is said about it.
    more : Fold
        What is rarely needed.

    Signals
    -------
    changed()
        Something else is chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.remarks: dict[str, Remarks] = {}

    def lay_out(self, main: QFormLayout, more: QFormLayout) -> None:
        """Put the rows below each other."""
        self.more = Fold("More", "more")
        self.more.body.setLayout(more)
        stack(self, main, self.more)

    def show_what_counts(self) -> None:
        """Hide what would change nothing. Subclasses say what that is."""

    def show_review(self, found: Review) -> None:
        """Write the remarks beside their fields."""
        for field, remarks in self.remarks.items():
            said = self.remark(found, field)
            remarks.say(said.text, said.level)

    def remark(self, found: Review, field: str) -> Remark:
        """Return what stands below a field."""
        return found.remark(field)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        for remarks in self.remarks.values():
            remarks.restyle(colors)

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Align the labels, now that their font is known."""
        super().showEvent(event)
        align_labels(self)

    def _changed(self, *_: Any) -> None:
        self.show_what_counts()
        self.changed.emit()
