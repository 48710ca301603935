"""The lower part of the dock "Compare iterations": buttons, progress, curves, and what to do with an estimate."""

from __future__ import annotations

import math

from qtpy.QtWidgets import QHBoxLayout, QLabel, QWidget

from napari_deconvolve._napari.docks.compare.checks import SweepReview
from napari_deconvolve._napari.docks.compare.plot import QUANTITIES, CurvesPlot
from napari_deconvolve._napari.docks.compare.runs import CompareRuns
from napari_deconvolve._napari.kit.buttons import allow, push_button, side_by_side, stack
from napari_deconvolve._napari.kit.cards import Card
from napari_deconvolve._napari.kit.forms import Remarks, choice_box, identify
from napari_deconvolve._napari.kit.run_panel import RunParts
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.kit.words import number
from napari_deconvolve.run.sweep.table import Row, Setting

VIEWS = ("slider", "grid")
PARTS = 1000  # of the progress bar


class ComparePanel(RunParts, QWidget):  # type: ignore[misc]
    """Shows where a sweep stands, and what it has found."""

    COST = "{}."

    def __init__(self, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.make_parts(
            run="Deconvolve with all these settings (Ctrl+Enter).",
            progress="Iterations done, over all runs.",
            stop="End after this iteration and keep what is finished (Esc); twice: at once.",
        )
        self.shown = Remarks("shown")
        self.keep = push_button("Keep this one", "keep", "Make an ordinary result layer of the estimate that is shown.")
        self.use = push_button(
            "Use in Deconvolve",
            "use",
            "Copy iterations, prior, strength and sieve of the one shown into the dock “Deconvolve”.",
        )
        self.export = push_button("Export table…", "export", "Write all numbers to a CSV file.")
        self.curves = CurvesPlot()
        self.view = identify(
            choice_box(VIEWS),
            "view",
            "View",
            "One estimate at a time, with sliders for iterations and settings, or all side by side.",
        )
        self._lay_out()

    def _lay_out(self) -> None:
        label = QLabel("View")
        label.setBuddy(self.view)
        view = QHBoxLayout()
        view.setSpacing(4)
        view.addWidget(label)
        view.addWidget(self.view, 1)
        self.menu.add(self.reset)
        self.footer.set_buttons(
            before=(self.run, self.menu), running=(self.stop,), after=(self.use, self.run, self.menu)
        )
        stack(self, Card(self.curves, self.shown, view, side_by_side(self.keep, self.export)))

    def show_run(self, runs: CompareRuns, review: SweepReview) -> None:
        """Show where the sweep stands, and enable what can be done."""
        session, busy = runs.session, runs.busy
        allow(self.run, "A sweep is on; stop it, or wait for its end." if busy else review.reason)
        allow(self.stop, "" if busy else "No sweep is on.")
        there = runs.layers is not None and not runs.layers.removed and bool(runs.rows)
        allow(self.keep, "" if there else "There is no estimate yet; press Run first.")
        for button in (self.use, self.export):
            allow(button, "" if runs.rows else "There is no estimate yet; press Run first.")
        if session is not None:
            state = session.latest
            total = max(1, len(session.plan.settings) * session.plan.counts[-1], state.total if state else 0)
            done = 0 if state is None else state.done
            self.footer.show_progress(done * PARTS // total, PARTS)  # Qt counts no farther than 2^31
        self.setVisible(session is not None)
        self.footer.show_stage("running" if busy else "after" if there and not review.reason else "before")
        self.show_state(runs, review)

    def show_rows(self, runs: CompareRuns) -> None:
        """Draw the finished rows, and say which is in view."""
        shown = runs.shown
        self.curves.show_rows(runs.rows, runs.best, shown)
        self.shown.say("" if shown is None else _words(shown))

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.shown.restyle(colors)
        self.curves.restyle(colors)


def _words(row: Row) -> str:
    """Say what is known of the estimate in view."""
    setting = "" if row.setting == Setting() else f", {row.setting}"
    known = []
    for column in ("mse", "psnr", "ssim", "score", "deviance"):
        value = row[column]
        if value is not None and math.isfinite(value):
            name = "MSE" if column == "mse" else QUANTITIES[column].split(",")[0]
            unit = {"psnr": " dB"}.get(column, "")
            known.append(f"{name if column in ('mse', 'psnr') else name.lower()} {number(value)}{unit}")
    return f"In view: {row.iterations} iterations{setting}; {', '.join(known)}."
