"""What the lower parts of all docks with runs share: cost, buttons, progress and state."""

from __future__ import annotations

from typing import Any, ClassVar

from qtpy.QtWidgets import QProgressBar

from napari_deconvolve._napari.kit.buttons import push_button
from napari_deconvolve._napari.kit.forms import Remarks, identify, mixed, whole_number_box
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.dock_runs import DockRuns
from napari_deconvolve._napari.work.remarks import Remark, Review

RESET = "Set all settings to their defaults; layers stay chosen."
STOP = "End after this iteration and keep what there is (Esc); twice: at once."


class RunParts:
    """The parts; the widget that shows them lays them out."""

    COST: ClassVar[str] = "Will take {}."
    DEFAULT_MORE: ClassVar[int] = 10

    def make_parts(self, *, run: str, progress: str, stop: str = STOP, reset: str = RESET) -> None:
        """Make them, with these tooltips."""
        self.cost, self.state = Remarks("cost"), Remarks("state")
        self.run = push_button("Run", "run", run)
        self.stop = push_button("Stop", "stop", stop)
        self.reset = push_button("Reset", "reset", reset)
        self.progress: QProgressBar = identify(QProgressBar(), "progress", "Progress", progress)
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self.progress.setFormat("")

    def make_continue(self) -> None:
        """Make the button that does more iterations, and the box that says how many."""
        self.go_on = push_button(
            "Continue", "continue", "Do more iterations of the last run, exactly as if it had gone on."
        )
        self.more_iterations = identify(
            whole_number_box(1, 100_000, self.DEFAULT_MORE),
            "continue_iterations",
            "Further iterations",
            "How many more iterations Continue does.",
        )
        self.more_iterations.setPrefix("+")

    def show_cost(self, remark: Remark) -> None:
        """Say what a run will cost."""
        said = self.COST.format(remark.text) if remark.text and remark.level == "info" else remark.text
        self.cost.say(said, remark.level)

    def show_state(self, runs: DockRuns[Any], review: Review, more: str = "") -> None:
        """Say where the runs stand, or why there can be none."""
        if not runs.busy and review.reason:
            self.state.say(f"Cannot run: {review.reason}", "warning")
        else:
            self.state.say((runs.text or "Ready: press Run.") + more, runs.level)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.cost.restyle(colors)
        self.state.restyle(colors)
        self.progress.setStyleSheet(  # its text can be read on both its halves
            f"QProgressBar {{ border: 1px solid {colors.muted}; border-radius: 2px; background: {colors.background};"
            f" color: {colors.foreground}; text-align: center; }}"
            f" QProgressBar::chunk {{ background: {mixed(colors.first, colors.background)}; }}"
        )
        primary = f"background-color: {colors.first}; color: {colors.background}; font-weight: bold;"
        self.run.setStyleSheet(f"QPushButton:enabled {{ {primary} }}")
