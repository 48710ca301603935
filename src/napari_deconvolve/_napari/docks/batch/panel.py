"""The foot of the dock "Batch": how long it takes, how far it is, and what came of it."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.docks.batch.choices import BatchReview
from napari_deconvolve._napari.docks.batch.runs import BatchRuns
from napari_deconvolve._napari.kit.buttons import allow, push_button
from napari_deconvolve._napari.kit.run_panel import READY, RunParts
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.words import duration

PARTS = 1000  # of the progress bar
BATCH_RUNS = "A batch is being run; stop it, or wait for its end."


class BatchPanel(RunParts, QWidget):  # type: ignore[misc]
    """Shows where a batch stands; all of it lies in the foot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.make_parts(
            run="Run all files (Ctrl+Enter).",
            progress="How much of all files is done.",
            stop="Let the present file end, and keep what is done (Esc); twice: at once.",
            reset="Set recipe, names and more settings to their defaults; files and folder stay.",
        )
        self.stop.setText("Stop after this file")
        self.pause = push_button("Pause", "pause", "Wait before the next step of the present file, or go on.")
        self.open_report = push_button("Open report", "open_report", "Each file before and after, with its warnings.")
        self.open_folder = push_button("Open folder", "open_folder", "Results, table and report.")
        self.menu.add(self.keep_settings, self.reset)
        self.footer.set_buttons(
            before=(self.run, self.menu),
            running=(self.pause, self.stop),
            after=(self.open_report, self.run, self.menu),
        )
        part(self.open_folder, "link")
        self.footer.above(self.open_folder)
        self.hide()

    def show_run(self, runs: BatchRuns, review: BatchReview) -> None:
        """Show where a batch stands, and enable what can be done."""
        busy, session = runs.busy, runs.session
        same = (
            review.plan is not None
            and review.signature == runs.signature
            and runs.files == tuple(() if session is None else session.plan.inputs)
        )
        after = runs.ended is not None and (same or bool(review.reason))
        allow(self.run, BATCH_RUNS if busy else review.reason)
        allow(self.stop, "" if busy else "No batch is being run.")
        allow(self.pause, "" if busy and session is not None and not session.stopped else "No batch is being run.")
        for button in (self.open_report, self.open_folder):
            allow(button, "" if runs.ended is not None else "No batch has ended yet.")
        self.pause.setText("Resume" if busy and session is not None and session.paused else "Pause")
        self.run.setText("Run again" if after else "Run")
        self.footer.show_progress(round(PARTS * runs.share) if busy or after else 0, PARTS)
        self.open_folder.setVisible(after)
        self.footer.show_stage("running" if busy else "after" if after else "before")
        self.cost.say(_running(runs) if busy else "" if after else _forecast(runs, review))
        if busy or after or runs.level == "error":
            self.status.say(runs.text, runs.level)
        else:
            self.status.say(self.why_not(review) if review.reason else READY, "warning" if review.reason else "info")


def _running(runs: BatchRuns) -> str:
    assert runs.session is not None
    total, left = len(runs.session.plan.inputs), runs.seconds_left
    place = f"File {min(total, len(runs.standing.rows) + 1)} of {total}"
    if runs.session.paused:
        return f"{place}, paused"
    return place if left is None else f"{place}, about {duration(left)} left"


def _forecast(runs: BatchRuns, review: BatchReview) -> str:
    looked = review.looked
    count = len(runs.files)
    if not count:
        return ""
    files = f"{count} file{'s' * (count != 1)}"
    if len(looked) < len(review.tasks):
        return f"{files}, checking them …"
    seconds = sum(row.seconds for row in looked.values() if row.seconds > 0)
    if not seconds:
        return files
    searches = review.plan is not None and review.plan.recipe.as_asked().automatic
    return f"{files}, {'at least' if searches else 'about'} {duration(max(1.0, seconds))}"
