"""The middle part of the dock "Blur and noise": buttons, progress, and what is going on."""

from __future__ import annotations

from qtpy.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.simulate.checks import Review
from napari_deconvolve._napari.docks.simulate.runs import SimulationRuns
from napari_deconvolve._napari.kit.buttons import (
    allow,
    progress_bar,
    push_button,
    side_by_side,
    style_primary,
    style_progress,
)
from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.status import Remark
from napari_deconvolve._napari.kit.theme import Palette

ON = "A simulation is on; stop it, or wait for its end."


class SimulatePanel(QWidget):  # type: ignore[misc]
    """Shows where a simulation stands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cost, self.state = Remarks("cost"), Remarks("state")
        self.preview = identify(
            QCheckBox("Live preview of what I see"),
            "preview",
            "Live preview",
            "Shows the part of the image that is in view as it will be, and follows each change of the settings.",
        )
        self.run = push_button("Run", "run", "Simulate the whole image (Ctrl+Enter).")
        self.stop = push_button("Stop", "stop", "End at once, without a result (Esc).")
        self.reset = push_button("Reset", "reset", "Set all settings to their defaults; layers stay chosen.")
        self.blink = push_button(
            "Hold to see the input", "blink", "Shows the input in place of the result while the button is pressed."
        )
        self.progress = progress_bar("How far the simulation is.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.preview)
        layout.addWidget(self.cost)
        layout.addLayout(side_by_side(self.run, self.stop, self.reset))
        layout.addWidget(self.progress)
        layout.addWidget(self.state)
        layout.addWidget(self.blink)

    def show_cost(self, remark: Remark) -> None:
        """Say what a simulation will cost."""
        self.cost.say(
            f"Will take {remark.text}." if remark.text and remark.level == "info" else remark.text, remark.level
        )

    def show_run(self, runs: SimulationRuns, review: Review) -> None:
        """Show where the simulation stands, and enable what can be done."""
        task, busy = runs.task, runs.busy
        allow(self.run, ON if busy else review.reason)
        allow(self.stop, "" if busy else "No simulation is on.")
        there = runs.result_layer() is not None and runs.input_layer() is not None
        allow(self.blink, "" if there else "No result yet.")
        if task is not None:
            self.progress.setRange(0, max(1, task.progress.total))
            self.progress.setValue(task.progress.total if task.finished else task.progress.done)
            self.progress.setFormat("%p %" if busy or task.finished else "")
        if not busy and review.reason:
            self.state.say(f"Cannot run: {review.reason}", "warning")
        else:
            self.state.say(runs.text or "Ready: press Run.", runs.level)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.cost.restyle(colors)
        self.state.restyle(colors)
        style_progress(self.progress, colors)
        style_primary(self.run, colors)
