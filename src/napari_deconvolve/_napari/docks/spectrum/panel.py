"""The lower part of the dock "Spectrum": buttons, progress, state, and the plots."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.docks.spectrum.checks import SpectrumReview
from napari_deconvolve._napari.docks.spectrum.plot import SpectrumPlot
from napari_deconvolve._napari.docks.spectrum.runs import SpectrumRuns
from napari_deconvolve._napari.kit.buttons import allow, push_button, side_by_side, stack
from napari_deconvolve._napari.kit.cards import Card
from napari_deconvolve._napari.kit.run_panel import RunParts
from napari_deconvolve._napari.kit.theme import Palette

RUN_GOES_ON = "A run is on; stop it, or wait for its end."
NO_RESULT = "There is no result for these data yet; press Run."


class SpectrumPanel(RunParts):
    """Shows where a run stands, what it found, and what can be done with it.

    Attributes
    ----------
    shown : QWidget
        The plots, and the button that goes on.
    """

    COST = "Will take {}"

    def __init__(self) -> None:
        self.shown = QWidget()
        self.make_parts(
            run="Deconvolve the spectrum (Ctrl+Enter).",
            progress="Iterations done of those asked for.",
            reset="Set kernel and settings to their defaults; the data stay chosen.",
        )
        self.make_continue()
        self._make_buttons()
        self.plot = SpectrumPlot()
        self._drawn: tuple[object, ...] = ()
        self.menu.add(self.to_layer, self.cube, self.keep_settings, self.reset)
        self.footer.set_buttons(
            before=(self.run, self.menu), running=(self.stop,), after=(self.export, self.run, self.menu)
        )
        stack(self.shown, Card(self.plot, side_by_side(self.go_on, self.more_iterations)))

    def _make_buttons(self) -> None:
        self.export = push_button(
            "Export CSV…",
            "export",
            "Write axis, data, result, the result blurred again and the residual to a file, with the recipe above.",
        )
        self.to_layer = push_button(
            "To layer",
            "to_layer",
            "Add the result to the viewer, as a layer of one row; by Blind also the kernel that was found.",
        )
        self.cube = push_button(
            "Deconvolve the whole cube",
            "cube",
            "Deconvolve all spectra of the layer along the chosen axis, with the kernel and settings above; what is "
            "Auto is found on the brightest one.",
        )

    # ---- what it shows

    def show_run(self, runs: SpectrumRuns, review: SpectrumReview, current: bool, cube_reason: str) -> None:
        """Show where the run stands, and enable what can be done; `cube_reason` is empty when the cube can be run."""
        session, on = runs.session, RUN_GOES_ON if runs.busy else ""
        found = session is not None and session.latest is not None and not session.abandoned
        allow(self.run, on or review.reason)
        allow(self.stop, "" if on else "No run is on.")
        going = "" if runs.runner.continuable and current else NO_RESULT if not found else _CHANGED
        allow(self.go_on, on or going)
        own = found and runs.shows(review.spectrum)
        for button in (self.export, self.to_layer):
            allow(button, on or ("" if own else NO_RESULT))
        allow(self.cube, on or cube_reason)
        self._show_progress(runs)
        self.footer.show_stage("running" if on else "after" if own and current else "before")
        self._show_plot(runs, review)
        self.show_state(runs, review)

    def _show_progress(self, runs: SpectrumRuns) -> None:
        if runs.cubes.busy and runs.cubes.session is not None:
            done = runs.cubes.session.progress
            self.footer.show_progress(done.done, done.total)
            return
        session = runs.session
        if session is None:
            return
        self.footer.show_progress(0 if session.stage else session.iteration, max(session.target, session.iteration))

    def _show_plot(self, runs: SpectrumRuns, review: SpectrumReview) -> None:
        """Draw the data that are chosen, with what was found if it was found for them."""
        session = runs.session
        own = session is not None and runs.shows(review.spectrum)
        state = (id(session), session.iteration, session.residual) if own and session is not None else ()
        new = (review.spectrum, *state)
        if len(new) == len(self._drawn) and all(a is b or a == b for a, b in zip(new, self._drawn, strict=True)):
            return
        self._drawn = new
        self.plot.show_data(review.spectrum)
        if session is not None and own and session.latest is not None:
            left = session.residual
            self.plot.show_result(session.latest.estimate, session.blurred(), None if left is None else left.values)
        else:
            self.plot.show_result(None, None)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.plot.restyle(colors)


_CHANGED = "The data or settings have changed since, or the run cannot go on; press Run."
