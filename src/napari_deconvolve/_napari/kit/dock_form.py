"""The upper part of a dock: steps of fields with remarks below them, and a part that is folded away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import Fold, Remarks, align_labels
from napari_deconvolve._napari.kit.steps import Step, Steps
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.remarks import Remark, Review


class DockForm(QWidget):  # type: ignore[misc]
    """Fields that say what is chosen. Subclasses make them, fill `remarks`, and call `lay_out`.

    Attributes
    ----------
    remarks : dict
        The place below each field for what is said about it.
    steps : Steps
        The cards.
    more : Fold
        What is rarely needed, at the end of the last card.

    Signals
    -------
    changed()
        Something else is chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.remarks: dict[str, Remarks] = {}

    def lay_out(self, steps: list[Step], more: QFormLayout) -> None:
        """Put the steps below each other, and what is rarely needed at the end of the last one."""
        self.more = Fold("More settings", "more")
        self.more.body.setLayout(more)
        *first, last = steps
        body = QVBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(2)
        body.addWidget(last.body) if isinstance(last.body, QWidget) else body.addLayout(last.body)
        body.addWidget(self.more)
        self.steps = Steps([*first, replace(last, body=body)], self)
        stack(self, *self.steps.cards.values(), spacing=6)

    def summaries(self, found: Review) -> Mapping[str, tuple[str, str]]:
        """Return what each step comes to, by name: in words for an open card and for a folded one."""
        return {}

    def show_what_counts(self) -> None:
        """Hide what would change nothing. Subclasses say what that is."""

    def show_review(self, found: Review) -> None:
        """Write the remarks beside their fields."""
        for field, remarks in self.remarks.items():
            said = self.remark(found, field)
            remarks.say(said.text, said.level)
        self.steps.show_review(found, self.summaries(found))

    def why_not(self, found: Review) -> str:
        """Say where it is said why there can be no run; say it where no step does."""
        field = next((one.field for one in found.remarks if one.level == "error"), "")
        seen = field in self.remarks and bool(self.remarks[field].text())
        return f"Cannot run: see step {self.steps.place(field)}." if seen else f"Cannot run: {found.reason}"

    def remark(self, found: Review, field: str) -> Remark:
        """Return what stands below a field."""
        return found.remark(field)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        for remarks in self.remarks.values():
            remarks.restyle(colors)

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Align the labels of each step, now that their font is known."""
        super().showEvent(event)
        for card in self.steps.cards.values():
            align_labels(card)

    def _changed(self, *_: Any) -> None:
        self.show_what_counts()
        self.changed.emit()
