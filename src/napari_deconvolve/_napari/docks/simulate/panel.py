"""The lower part of the dock "Blur and noise": buttons, progress, and what is going on."""

from __future__ import annotations

from qtpy.QtWidgets import QCheckBox, QWidget

from napari_deconvolve._napari.docks.simulate.checks import SimulationReview
from napari_deconvolve._napari.docks.simulate.runs import SimulationRuns
from napari_deconvolve._napari.kit.buttons import allow, push_button, stack
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.run_panel import RunParts

SIMULATION_RUNS = "A simulation is running; stop it, or wait for its end."


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
        self.menu.add(self.keep_settings, self.reset)
        self.footer.set_buttons(before=(self.run, self.menu), running=(self.stop,))
        stack(self, self.preview, self.blink, spacing=6)

    def show_run(self, runs: SimulationRuns, review: SimulationReview) -> None:
        """Show where the simulation stands, and enable what can be done."""
        task, busy = runs.session, runs.busy
        allow(self.run, SIMULATION_RUNS if busy else review.reason)
        allow(self.stop, "" if busy else "Nothing is running.")
        there = runs.result_layer() is not None and runs.input_layer() is not None
        allow(self.blink, "" if there else "No result yet.")
        if task is None:
            self.footer.show_progress(0, 1)
        else:
            done = task.progress.total if task.finished else task.progress.done
            self.footer.show_progress(done, task.progress.total)
        self.footer.show_stage("running" if busy else "before")
        self.show_state(runs, review)
