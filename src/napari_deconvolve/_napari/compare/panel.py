"""The lower part of the dock "Compare iterations": buttons, progress, curves, and what to do with an estimate."""

from __future__ import annotations

import math

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from napari_deconvolve._napari.compare.checks import Review
from napari_deconvolve._napari.compare.plot import QUANTITIES, CurvesPlot
from napari_deconvolve._napari.compare.runs import CompareRuns
from napari_deconvolve._napari.forms import Remarks, choice_box, identify, mixed
from napari_deconvolve._napari.status import Remark, number
from napari_deconvolve._napari.theme import Palette
from napari_deconvolve.run.sweep import Row

VIEWS = ("slider", "grid")


class ComparePanel(QWidget):  # type: ignore[misc]
    """Shows where a sweep stands, and what it has found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cost, self.state, self.shown = Remarks("cost"), Remarks("state"), Remarks("shown")
        self.run = _button("Run", "run", "Deconvolve with all these settings (Ctrl+Enter).")
        self.stop = _button("Stop", "stop", "End after this iteration and keep what is finished (Esc); twice: at once.")
        self.reset = _button("Reset", "reset", "Set all settings to their defaults; layers stay chosen.")
        self.keep = _button("Keep this one", "keep", "Make an ordinary result layer of the estimate that is shown.")
        self.use = _button(
            "Use in Deconvolve",
            "use",
            "Copy iterations, prior and strength of the one shown into the dock “Deconvolve”.",
        )
        self.export = _button("Export table…", "export", "Write all numbers to a CSV file.")
        self.progress = identify(QProgressBar(), "progress", "Progress", "Iterations done, over all runs.")
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self.progress.setFormat("")
        self.curves = CurvesPlot()
        self.view = identify(
            choice_box(VIEWS),
            "view",
            "View",
            "One estimate at a time, with sliders for iterations and strength, or all side by side.",
        )
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.cost)
        layout.addLayout(_side_by_side(self.run, self.stop, self.reset))
        layout.addWidget(self.progress)
        layout.addWidget(self.state)
        layout.addWidget(self.curves)
        layout.addWidget(self.shown)
        label = QLabel("View")
        label.setBuddy(self.view)
        view = QHBoxLayout()
        view.setSpacing(4)
        view.addWidget(label)
        view.addWidget(self.view, 1)
        layout.addLayout(view)
        layout.addLayout(_side_by_side(self.keep, self.export))
        layout.addWidget(self.use)

    def show_cost(self, remark: Remark) -> None:
        """Say what a sweep will cost."""
        self.cost.say(f"{remark.text}." if remark.text and remark.level == "info" else remark.text, remark.level)

    def show_run(self, runs: CompareRuns, review: Review) -> None:
        """Show where the sweep stands, and enable what can be done."""
        session, busy = runs.session, runs.busy
        _allow(self.run, "A sweep is on; stop it, or wait for its end." if busy else review.reason)
        _allow(self.stop, "" if busy else "No sweep is on.")
        there = runs.layers is not None and not runs.layers.removed and bool(runs.rows)
        _allow(self.keep, "" if there else "There is no estimate yet; press Run first.")
        for button in (self.use, self.export):
            _allow(button, "" if runs.rows else "There is no estimate yet; press Run first.")
        if session is not None:
            state = session.latest
            self.progress.setFormat("%v of %m iterations")
            self.progress.setRange(
                0, max(1, len(session.plan.settings) * session.plan.counts[-1], state.total if state else 0)
            )
            self.progress.setValue(0 if state is None else state.done)
        if not busy and review.reason:
            self.state.say(f"Cannot run: {review.reason}", "warning")
        else:
            self.state.say(runs.text or "Ready: press Run.", runs.level)

    def show_rows(self, runs: CompareRuns) -> None:
        """Draw the finished rows, and say which is in view."""
        shown = runs.shown
        self.curves.show_rows(runs.rows, runs.best, shown)
        self.shown.say("" if shown is None else _words(shown))

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        for remark in (self.cost, self.state, self.shown):
            remark.restyle(colors)
        self.curves.restyle(colors)
        self.progress.setStyleSheet(
            f"QProgressBar {{ border: 1px solid {colors.muted}; border-radius: 2px; background: {colors.background};"
            f" color: {colors.foreground}; text-align: center; }}"
            f" QProgressBar::chunk {{ background: {mixed(colors.first, colors.background)}; }}"
        )
        self.run.setStyleSheet(
            f"QPushButton:enabled {{ background-color: {colors.first}; color: {colors.background};"
            " font-weight: bold; }"
        )


def _words(row: Row) -> str:
    """Say what is known of the estimate in view."""
    prior = "" if row.prior is None else f", {row.setting}"
    known = []
    for column in ("mse", "psnr", "ssim", "score", "deviance"):
        value = row[column]
        if value is not None and math.isfinite(value):
            name = "MSE" if column == "mse" else QUANTITIES[column].split(",")[0]
            unit = {"psnr": " dB"}.get(column, "")
            known.append(f"{name if column in ('mse', 'psnr') else name.lower()} {number(value)}{unit}")
    return f"In view: {row.iterations} iterations{prior}; {', '.join(known)}."


def _button(text: str, name: str, tip: str) -> QPushButton:
    button = identify(QPushButton(text), name, text.rstrip("…"), tip)
    button.setProperty("tip", button.toolTip())
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _allow(button: QPushButton, reason: str) -> None:
    """Enable a button, or disable it and say why in its tooltip."""
    button.setEnabled(not reason)
    button.setToolTip(f"<p>{reason}</p>" if reason else button.property("tip"))


def _side_by_side(*widgets: QWidget) -> QHBoxLayout:
    layout = QHBoxLayout()
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget, 1)
    return layout
