"""The lower part of the dock "Compare iterations": buttons, progress, curves, and what to do with an estimate."""

from __future__ import annotations

import math
from collections.abc import Callable

from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QWidget

from napari_deconvolve._napari.docks.compare.checks import SweepReview
from napari_deconvolve._napari.docks.compare.plot import QUANTITIES, CurvesPlot
from napari_deconvolve._napari.docks.compare.runs import CompareRuns
from napari_deconvolve._napari.kit.buttons import allow, push_button, side_by_side, stack
from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.headed import HeadedCard
from napari_deconvolve._napari.kit.notice import Notice, Warned
from napari_deconvolve._napari.kit.run_panel import RunParts
from napari_deconvolve._napari.kit.segments import Segments
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.kit.words import number
from napari_deconvolve.run.sweep.table import Row, Setting

VIEWS = ("grid", "slider")
GRID, SLIDER = VIEWS
BESIDE = {
    "input": "Show the image that was deconvolved in the grid too.",
    "truth": "Show the truth in the grid too, where it is known.",
}
PARTS = 1000  # of the progress bar


class ComparePanel(RunParts, QWidget):  # type: ignore[misc]
    """Shows where a sweep stands, and what it has found."""

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
        self.again = push_button("Run again", "run_again", "Deconvolve once more, with the settings above.")
        self.export = push_button("Export table…", "export", "Write all numbers to a CSV file.")
        self.curves = CurvesPlot()
        self.view = Segments(
            "view",
            "View",
            "All side by side, or one at a time with sliders for iterations and settings.",
            VIEWS,
        )
        self.view.show_text(SLIDER)
        self.beside = {
            name: identify(QCheckBox(name.capitalize()), f"show_{name}", f"{name.capitalize()} in the grid", tip)
            for name, tip in BESIDE.items()
        }
        for box in self.beside.values():
            box.setChecked(True)
        self.notice = Notice("notice")
        self.more: Callable[[str], None] = lambda _text: None  # runs again with these iterations
        self._lay_out()

    def _lay_out(self) -> None:
        self.menu.add(self.again, self.keep_settings, self.reset)
        self.footer.set_buttons(before=(self.run, self.menu), running=(self.stop,), after=(self.use, self.menu))
        hint = part(QLabel("Click a point or a picture to pick it."), "summary")
        view = QHBoxLayout()
        view.setSpacing(6)
        for widget, stretch in ((self.view, 1), *((box, 0) for box in self.beside.values())):
            view.addWidget(widget, stretch)
        self.outcome = HeadedCard()
        for one in (self.curves, self.shown):
            self.outcome.inside.addWidget(one)
        self._picking = part(QWidget(), "plain")
        stack(self._picking, hint, side_by_side(self.keep, self.export), view, spacing=6)
        self.outcome.inside.addWidget(self._picking)
        stack(self, self.outcome, self.notice, spacing=6)

    def show_run(self, runs: CompareRuns, review: SweepReview) -> None:
        """Show where the sweep stands, and enable what can be done."""
        session, busy = runs.session, runs.busy
        allow(self.run, "A sweep is running; stop it, or wait for its end." if busy else review.reason)
        allow(self.stop, "" if busy else "Nothing is running.")
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
        row = runs.shown or runs.best
        self.use.setText("Use in Deconvolve" if row is None else f"Use {row.iterations} in Deconvolve")
        allow(self.again, "A sweep is running." if busy else review.reason)
        for widget in (self.curves, self._picking):
            widget.setVisible(bool(runs.rows))
        for box in self.beside.values():
            box.setVisible(self.view.currentText() == GRID)
        self.beside["truth"].setEnabled(session is not None and session.plan.truth is not None)
        self._show_best(runs, busy)
        self.footer.show_stage("running" if busy else "after" if there and not review.reason else "before")
        self.show_state(runs, review)
        self.cost.setVisible(bool(self.cost.text()) and self.footer.stage == "before")

    def show_rows(self, runs: CompareRuns) -> None:
        """Draw the finished rows, and say which is in view."""
        shown = runs.shown
        self.curves.show_rows(runs.rows, runs.best, shown)
        self.shown.say("" if shown is None else _words(shown))

    def _show_best(self, runs: CompareRuns, busy: bool) -> None:
        """Say which estimate is the best, by what, and whether more may be better."""
        best, session = runs.best, runs.session
        if best is None or session is None:
            self.outcome.show_head("Comparing" if busy else "No estimate", star=False)
            self.outcome.verdict.say("")
            self.notice.show_all([])
            return
        self.outcome.show_head(
            f"Best: {best.iterations} iterations",
            "" if best.setting == Setting() else str(best.setting).lstrip(", "),
            star=True,
        )
        by = (
            "Smallest error against the truth." if best.mse is not None else "Lowest score, measured on the data alone."
        )
        self.outcome.verdict.say("" if busy else by)
        counts = session.plan.counts
        if busy or best.iterations != counts[-1]:
            self.notice.show_all([])
            return
        largest = counts[-1]
        text = ", ".join(map(str, (*counts, 2 * largest, 4 * largest)))
        said = f"{largest} is the largest number tried; more may be better."
        self.notice.show_all([Warned(said, f"Also try {2 * largest} and {4 * largest}", lambda: self.more(text))])

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.shown.restyle(colors)
        self.outcome.restyle(colors)
        self.notice.restyle(colors)
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
