"""What the lower parts of all docks with runs share: cost, buttons, progress and state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from napari_deconvolve._napari.kit.button_menu import ButtonMenu
from napari_deconvolve._napari.kit.buttons import push_button
from napari_deconvolve._napari.kit.footer import Footer
from napari_deconvolve._napari.kit.forms import identify, whole_number_box
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.dock_runs import DockRuns
from napari_deconvolve._napari.work.remarks import Remark, Review

KEEP = "Begin with these settings the next time napari is opened; “Reset to defaults” forgets them."
RESET = "Set all settings to their defaults; layers stay chosen."
STOP = "End after this iteration and keep what there is (Esc); twice: at once."
READY = "Ready. Ctrl+Enter runs."


class RunParts:
    """The parts; the widget that shows them lays them out.

    Attributes
    ----------
    footer : Footer
        What never scrolls away.
    menu : ButtonMenu
        What is done less often, beside the buttons of each stage.
    why_not : callable
        Say where it is said why there can be no run.
    """

    why_not: Callable[[Review], str]

    DEFAULT_MORE: ClassVar[int] = 10

    def make_parts(
        self, *, run: str, progress: str, stop: str = STOP, reset: str = RESET, state: str = "state"
    ) -> None:
        """Make them, with these tooltips; `state` is the name of the line that says where a run stands."""
        self.footer = Footer(progress, state)
        self.cost, self.status, self.progress = self.footer.cost, self.footer.status, self.footer.progress
        self.run = push_button("Run", "run", run)
        self.stop = push_button("Stop", "stop", stop)
        self.keep_settings = push_button("Keep as my defaults", "keep_settings", KEEP)
        self.reset = push_button("Reset to defaults", "reset", reset)
        self.menu = ButtonMenu("⋯", "actions", "More actions", "More that can be done here.")

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
        self.cost.say(remark.text, remark.level)

    def show_state(self, runs: DockRuns[Any], review: Review, more: str = "") -> None:
        """Say where the runs stand, or why there can be none."""
        if not runs.busy and review.reason:
            self.status.say(self.why_not(review), "warning")
        else:
            self.status.say((runs.text or READY) + more, runs.level)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.footer.restyle(colors)
