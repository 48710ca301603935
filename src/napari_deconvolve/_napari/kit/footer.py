"""The foot of a dock, which never scrolls away: what a run costs, the next buttons, a bar, and where it stands."""

from __future__ import annotations

from typing import Literal

from qtpy.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.sheet import BAR_HEIGHT, PART, become, part
from napari_deconvolve._napari.kit.theme import Palette

Stage = Literal["before", "running", "after"]


class Footer(QFrame):  # type: ignore[misc]
    """One row of buttons, of which each stage of a run shows some; the first of them is the next step, in blue.

    Attributes
    ----------
    cost : Remarks
        What a run will take.
    progress : QProgressBar
        How much of it is done.
    status : Remarks
        Where it stands, in a few words.
    stage : str
        "before", "running" or "after".
    """

    def __init__(self, progress_tip: str, status_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        part(self, "footer")
        self.cost, self.status = Remarks("cost"), Remarks(status_name)
        self.progress: QProgressBar = part(identify(QProgressBar(), "progress", "Progress", progress_tip), "bar")
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(BAR_HEIGHT)
        self.stage: Stage = "before"
        self._stages: dict[Stage, tuple[QWidget, ...]] = {}
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 6, 8, 6)
        self._layout.setSpacing(6)
        for one in (self.cost, self._row, self.progress, self.status):
            self._layout.addLayout(one) if one is self._row else self._layout.addWidget(one)

    def above(self, widget: QWidget) -> None:
        """Put a widget between the cost and the buttons."""
        self._layout.insertWidget(1, widget)

    def set_buttons(
        self, before: tuple[QWidget, ...], running: tuple[QWidget, ...], after: tuple[QWidget, ...] = ()
    ) -> None:
        """Say which buttons each stage shows; without any `after` a run, those before it."""
        self._stages = {"before": before, "running": running, "after": after or before}
        wanted = dict.fromkeys((*after, *before, *running))
        for widget in sorted(wanted, key=lambda one: not isinstance(one, QPushButton)):  # menus last
            self._row.addWidget(widget, 1 if isinstance(widget, QPushButton) else 0)
        self._show()

    def show_stage(self, stage: Stage) -> None:
        """Show the buttons of a stage; if the one with the keyboard goes, the first that can be pressed has it."""
        if stage == self.stage:
            return
        held = any(widget.hasFocus() for widget in self._stages[self.stage])
        self.stage = stage
        self._show()
        if held:
            first = next((one for one in self._stages[stage] if one.isEnabled()), None)
            if first is not None:
                first.setFocus()

    def show_progress(self, done: int, total: int) -> None:
        """Show how much is done; a bar of nothing is empty."""
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(done)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.cost.restyle(colors)
        self.status.restyle(colors)

    def _show(self) -> None:
        seen = self._stages[self.stage]
        for widget in dict.fromkeys(widget for widgets in self._stages.values() for widget in widgets):
            widget.setVisible(widget in seen)
            if isinstance(widget, QPushButton):
                become(widget, PART, "primary" if widget is seen[0] and self.stage != "running" else "secondary")
