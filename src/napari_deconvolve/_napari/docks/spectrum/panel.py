"""The plots of the dock "Spectrum", what was found, and its foot with the buttons."""

from __future__ import annotations

from napari_deconvolve._napari.docks.spectrum.checks import SpectrumReview
from napari_deconvolve._napari.docks.spectrum.outcome import sentence
from napari_deconvolve._napari.docks.spectrum.plot import SpectrumPlot
from napari_deconvolve._napari.docks.spectrum.runs import SpectrumRuns
from napari_deconvolve._napari.kit.buttons import allow, push_button
from napari_deconvolve._napari.kit.cards import Card
from napari_deconvolve._napari.kit.copying import copy_menu
from napari_deconvolve._napari.kit.forms import Remarks
from napari_deconvolve._napari.kit.menu_rows import add_beside
from napari_deconvolve._napari.kit.notice import Notice, Warned
from napari_deconvolve._napari.kit.row_footer import RowFooter, lay_for
from napari_deconvolve._napari.kit.run_panel import READY, RunParts
from napari_deconvolve._napari.kit.sheet import PART, become
from napari_deconvolve._napari.kit.theme import Palette

RUN_GOES_ON = "A run is in progress; stop it, or wait for its end."
NO_RESULT = "There is no result for these data yet; press Run."
CHANGED = "The data or settings have changed since, or the run cannot go on; press Run."
PLACES = {"data": "the data", "kernel": "the kernel"}  # where what is wrong is said


class SpectrumPanel(RunParts):
    """Shows where a run stands, what it found, and what can be done with it.

    Attributes
    ----------
    shown : Card
        The plots, warnings, and all words on the result.
    """

    def __init__(self) -> None:
        self.make_parts(
            run="Deconvolve the chosen spectrum (Ctrl+Enter).",
            progress="Iterations done of those asked for.",
            reset="Set kernel and settings to their defaults; the data stay chosen.",
        )
        self.make_continue()
        self._make_buttons()
        self.plot, self.notice, self.state = SpectrumPlot(), Notice("notice"), Remarks("state")
        self._drawn: tuple[object, ...] = ()
        add_beside(self.menu, self.go_on, self.more_iterations)
        self.menu.add(self.run_all, self.to_layer, self.cube, self.save_kernel, self.keep_settings, self.reset)
        self.footer.set_buttons(
            before=(self.run, self.menu),
            running=(self.stop,),
            after=(self.export, self.run, self.copy_as, self.menu),
        )
        self.shown = Card(self.plot, self.state, self.notice)
        self.footer.why.toggled.connect(lambda _on: self._show_details())

    def make_parts(self, *, run: str, progress: str, stop: str = "", reset: str = "", state: str = "status") -> None:
        """Make them, with a foot that may be one row."""
        super().make_parts(run=run, progress=progress, reset=reset, state=state)
        self.footer: RowFooter = RowFooter(progress, state)
        self.cost, self.status, self.progress = self.footer.cost, self.footer.status, self.footer.progress
        self.stop.setText("Stop and keep")

    def _make_buttons(self) -> None:
        self.export = push_button(
            "Export CSV…",
            "export",
            "Write axis, data, result, the result blurred again and the residual to a file, with the recipe above "
            "(Ctrl+S).",
        )
        self.to_layer = push_button(
            "Add as layer",
            "to_layer",
            "Add the result to the viewer, as a layer of one broad row; by Blind also the kernel that was found.",
        )
        self.cube = push_button(
            "Deconvolve the whole map",
            "cube",
            "Deconvolve all spectra of the layer along the chosen axis, with the kernel and settings above; what is "
            "Auto is found on the brightest one.",
        )
        self.run_all = push_button("Run all", "run_all", "Deconvolve all spectra of the list with these settings.")
        self.save_kernel = push_button(
            "Save kernel…", "save_kernel", "Write the kernel of the result: as TIFF, which keeps it exactly, or as CSV."
        )
        self.copy_as, self.copies = copy_menu()

    def spread(self, wide: bool) -> None:
        """Take all the room beside the fields, or be a card below them."""
        become(self.shown, PART, "plain" if wide else "card")
        self.shown.inside.setContentsMargins(*((2, 4, 8, 4) if wide else (7, 6, 7, 8)))
        self.plot.spread(wide)
        for label in (self.state, self.notice.line):
            label.resize(self.shown.width() - 40, label.height())
        self.footer.spread(wide)
        if self._colors is not None:
            self.plot.restyle(self._colors, flat=wide)

    # ---- what it shows

    def show_run(
        self, runs: SpectrumRuns, review: SpectrumReview, current: bool, asked: bool, cube_reason: str
    ) -> None:
        """Show where the run stands, and enable what can be done.

        The settings are `current` where the run could go on by them, and `asked` where its number of iterations stands;
        `cube_reason` is empty when the cube can be run.
        """
        found, on = runs.found, RUN_GOES_ON if runs.busy else ""
        result = found is not None and found.session.latest is not None and not found.session.abandoned
        allow(self.run, on or review.reason)
        allow(self.stop, "" if on else "Nothing is running.")
        begun = runs.session is not None and runs.session.latest is not None
        self.stop.setText("Stop and keep" if begun else "Stop")
        going = "" if runs.own and runs.runner.continuable and current else CHANGED if result else NO_RESULT
        allow(self.go_on, on or going)
        for button in (self.export, self.to_layer, self.save_kernel, *self.copies.values()):
            allow(button, on or ("" if result else NO_RESULT))
        allow(self.cube, on or cube_reason)
        several = len(runs.rows.seen) > 1
        allow(self.run_all, on or ("" if several else "The list holds no other spectra; press Run."))
        self._show_progress(runs)
        after = bool(result and current and asked)
        self.footer.show_stage("running" if on else "after" if after else "before")
        self.run.setText("Run again" if after and not on else "Run")
        self.menu.setText("More ▾" if after else "⋯")
        self._show_plot(runs, review, bool(result))
        self._show_words(runs, review, after)

    def _show_words(self, runs: SpectrumRuns, review: SpectrumReview, after: bool) -> None:
        """Say what came of it, and where it stands."""
        found, busy = runs.found, runs.busy
        self.footer.prepare()
        for label in (self.state, self.notice.line):
            lay_for(label, self.shown.width() - 40)
        self.state.say("" if found is None or busy else found.text, "info")
        self.footer.show_verdict(sentence(found.session) if found is not None and after and not busy else "")
        self._show_details()
        self.notice.show_all([] if busy else [Warned(text) for text in runs.warned])
        if busy:
            self.cost.say("")
            self.status.say(runs.text, runs.level)
            return
        if after:
            self.cost.say("")
        else:
            self.show_cost(review.remark("cost"))
        if review.reason and not runs.text:
            self.status.say(f"Cannot run: {_why(review)}", "warning")
        else:
            self.status.say(runs.text or ("" if after else READY), runs.level)

    def _show_details(self) -> None:
        """Show all that was found to who asks for it."""
        told = bool(self.state.text()) and not self.footer.verdict.isHidden()
        self.footer.why.setVisible(told)
        self.state.setVisible(bool(told and self.footer.why.isChecked()))

    def _show_progress(self, runs: SpectrumRuns) -> None:
        if runs.cubes.busy and runs.cubes.session is not None:
            done = runs.cubes.session.progress
            self.footer.show_progress(done.done, done.total)
            return
        session = runs.session
        if session is None or not (runs.busy or runs.own):
            self.footer.show_progress(0, 1)
            return
        self.footer.show_progress(0 if session.stage else session.iteration, max(session.target, session.iteration))

    def _show_plot(self, runs: SpectrumRuns, review: SpectrumReview, result: bool) -> None:
        """Draw the data that are chosen, with what was found if it was found for them."""
        session = runs.found.session if runs.found is not None and result else None
        state = () if session is None else (id(session), session.iteration, session.residual)
        new = (review.spectrum, *state)
        if len(new) == len(self._drawn) and all(a is b or a == b for a, b in zip(new, self._drawn, strict=True)):
            return
        self._drawn = new
        self.plot.show_data(review.spectrum)
        if session is not None and session.latest is not None:
            left = session.residual
            self.plot.show_result(session.latest.estimate, session.blurred(), None if left is None else left.values)
        else:
            self.plot.show_result(None, None)

    _colors: Palette | None = None

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._colors = colors
        super().restyle(colors)
        self.plot.restyle(colors, flat=self.footer.wide)
        self.notice.restyle(colors)
        self.state.restyle(colors)


def _why(review: SpectrumReview) -> str:
    """Return where the reason is said; all of it, where there are no data yet."""
    blank = review.spectrum is None and review.reason.startswith("No ")
    place = next((place for field, place in PLACES.items() if review.remark(field).level == "error"), "the settings")
    return review.reason if blank else f"see {place}."
