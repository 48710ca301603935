"""The middle part of the dock "Blur and noise": buttons, progress, and what is going on."""

from __future__ import annotations

from qtpy.QtWidgets import QCheckBox, QWidget

from napari_deconvolve._napari.docks.simulate.checks import SimulationReview
from napari_deconvolve._napari.docks.simulate.runs import SimulationRuns
from napari_deconvolve._napari.kit.buttons import allow, push_button, side_by_side, stack
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.run_panel import RunParts

SIMULATION_RUNS = "A simulation is on; stop it, or wait for its end."


class SimulatePanel(RunParts, QWidget):  # type: ignore[misc]
    """Shows where a simulation stands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.make_parts(
            run="Simulate the whole image (Ctrl+Enter).",
            progress="How far the simulation is.",
            stop="End at once, without a result (Esc).",
        )
        self.preview = identify(
            QCheckBox("Live preview of what I see"),
            "preview",
            "Live preview",
            "Shows the part of the image that is in view as it will be, and follows each change of the settings.",
        )
        self.blink = push_button(
            "Hold to see the input", "blink", "Shows the input in place of the result while the button is pressed."
        )
        buttons = side_by_side(self.run, self.stop, self.reset)
        stack(self, self.preview, self.cost, buttons, self.progress, self.state, self.blink, spacing=6)

    def show_run(self, runs: SimulationRuns, review: SimulationReview) -> None:
        """Show where the simulation stands, and enable what can be done."""
        task, busy = runs.session, runs.busy
        allow(self.run, SIMULATION_RUNS if busy else review.reason)
        allow(self.stop, "" if busy else "No simulation is on.")
        there = runs.result_layer() is not None and runs.input_layer() is not None
        allow(self.blink, "" if there else "No result yet.")
        if task is not None:
            self.progress.setRange(0, max(1, task.progress.total))
            self.progress.setValue(task.progress.total if task.finished else task.progress.done)
            self.progress.setFormat("%p %" if busy or task.finished else "")
        self.show_state(runs, review)
