"""The sweeps of one viewer: they outlive the dock, so that closing it loses neither a run nor a setting."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Signal

from napari_deconvolve._napari.docks.compare.layers import BESIDE, SweepLayers
from napari_deconvolve._napari.docks.compare.session import SweepPlan, SweepSession
from napari_deconvolve._napari.kit.words import duration
from napari_deconvolve._napari.layers.announced import Results
from napari_deconvolve._napari.layers.covered import cover
from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.dock_runs import DockRuns
from napari_deconvolve._napari.work.drawing import draw_if_ready
from napari_deconvolve._napari.work.mailbox import Throttle
from napari_deconvolve._napari.work.per_viewer import of_viewer
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf import PSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.sweep.table import Row, Setting, SweepStep, best_of, recipe_of, write_csv
from napari_deconvolve.work import Progress

UPDATE_SECONDS = 0.25  # between two updates of layer and curves
CURVES_SECONDS = 0.02  # from the layer's update to the curves'


class CompareRuns(DockRuns[SweepSession]):
    """Runs sweeps, makes their layers, and says where they stand.

    Signals
    -------
    moved()
        Another estimate is in view, or there are more.
    """

    moved = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer, SweepSession)
        self.layers: SweepLayers | None = None
        self.grid = False
        self.beside: tuple[str, ...] = BESIDE  # of "input" and "truth", in the grid
        self._throttle, self._drawn = Throttle(UPDATE_SECONDS), 0
        self._curves = Delay(self, CURVES_SECONDS, self.moved.emit)
        self._psf: weakref.ref[Any] | None = None
        viewer.layers.events.removed.connect(self._removed)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The finished rows of the last sweep."""
        return () if self.session is None else self.session.rows

    @property
    def best(self) -> Row | None:
        """The recommended row: of least error, or else of least score."""
        return best_of(self.rows)

    @property
    def shown(self) -> Row | None:
        """The row that is in view."""
        return None if self.layers is None or self.layers.removed else self.layers.shown()

    def run(self, plan: SweepPlan, image: Any, psf: Any) -> None:
        """Begin a sweep; raise `ParameterError` while one is on."""
        session = self.runner.start(plan)
        if self.layers is not None and not self.layers.removed:
            self.layers.withdraw()
        self._input, self._psf = weakref.ref(image), weakref.ref(psf)
        self.layers = SweepLayers(self._viewer(), session, self.moved.emit)
        self.layers.show_beside(self.beside)
        self.layers.show_grid(self.grid)
        self._drawn = 0
        self.say("Preparing: reading the image and finding the background …")
        self.moved.emit()

    def stop(self) -> None:
        """End the sweep after this iteration, and keep the rows that are finished."""
        if self.session is not None and self.busy:
            self.session.stop()
            self.say("Stopping at once …" if self.session.hurried else "Stopping; press Stop again to end at once.")

    def show_grid(self, grid: bool) -> None:
        """Show all estimates side by side, or one with sliders."""
        self.grid = grid
        if self.layers is not None and not self.layers.removed:
            self.layers.show_grid(grid)
        self.moved.emit()

    def show_beside(self, names: Sequence[str]) -> None:
        """Show input and truth in the grid, or not."""
        self.beside = tuple(names)
        if self.layers is not None and not self.layers.removed:
            self.layers.show_beside(self.beside)

    def go_to(self, row: Row) -> None:
        """Bring a row into view."""
        if self.layers is not None and not self.layers.removed:
            self.layers.go_to(row)

    def keep(self) -> Any:
        """Add what is in view as an ordinary result; raise `ParameterError` when nothing is."""
        row = self.shown or self.best
        if row is None or self.layers is None or self.layers.removed or self.session is None:
            raise ParameterError("There is no estimate to keep; press Run first.")
        layer, image = self.layers.keep(row, self.recipe(row)), self.there(self._input)
        if image is not None:
            cover(image, layer)
        of_viewer(self._viewer(), Results).finished.emit(layer)
        self.say(f"Kept as “{layer.name}”.", "success")
        return layer

    def recipe(self, row: Row) -> Recipe:
        """Return the recipe that makes a row's estimate again."""
        _, base, psf = self._begun()
        return recipe_of(row, base, psf)

    def export(self, path: str) -> None:
        """Write the table, and how each row was made; the file is complete or absent."""
        session, base, psf = self._begun()
        write_csv(self.rows, path, base, psf, session.made)
        self.say(f"Written: {path}", "success")

    def _begun(self) -> tuple[SweepSession, Recipe, PSF]:
        """Return the session, what its rows share, and the PSF whose width sieves are a share of."""
        session = self.session
        assert session is not None, "a row is of a session"
        assert session.base is not None, "a row is of a run that has begun"
        assert session.psf is not None
        return session, session.base, session.psf

    def chosen_layers(self) -> tuple[Any, Any]:
        """Return the image and the PSF of the last sweep, as far as they are still there."""
        return self.there(self._input), self.there(self._psf)

    def _advanced(self, session: SweepSession, state: Progress) -> None:
        if self._viewer() is None:
            return
        rows = len(session.rows)
        if rows != self._drawn and draw_if_ready(self._throttle, self._update):
            self._drawn = rows
        if not session.stopped:
            self.say(_running(session, state))

    def _update(self) -> None:
        if self.layers is not None:
            self.layers.update(self.best)
        # The curves get a turn of their own, so that the window is never busy for as long as both take.
        self._curves.restart()

    def _ended(self, session: SweepSession) -> None:
        if self.layers is None or self._viewer() is None:
            return
        if session.abandoned:
            gone = self.layers.removed
            self.say("Stopped: the sweep's layer was removed, so it was given up." if gone else "Stopped.")
            return
        self.layers.update(self.best)
        self.layers.finish(self.best)
        self.moved.emit()
        if session.error:
            kept = f" The {len(session.rows)} estimates before are kept." if session.rows else ""
            self.fail(session.error, kept)
        else:
            self.say(_ended_words(session, self.best), "success" if session.rows else "info")

    def _removed(self, event: Any) -> None:
        if self.layers is None:
            return
        gone = self.layers.forget(event.value)
        if self.busy:
            if gone:
                self.runner.abandon()
        elif self.layers.removed and self.there(self._input) is None:  # nothing is left that the numbers speak of
            self.runner.forget()
            self.text, self.level = "", "info"
            self.moved.emit()
        elif gone:
            self.runner.free()
            self.moved.emit()


def _running(session: SweepSession, state: Progress) -> str:
    step: SweepStep = state.detail
    if step.iteration == 0:
        return "Preparing the score: held-out splits are compared on the brightest part …"
    left = session.seconds_left()
    rest = "" if left is None else f", {duration(left)} left"
    which = f"Run {step.run} of {step.runs}, iteration" if step.runs > 1 else "Iteration"
    return f"{which} {step.iteration} of {session.plan.counts[-1]}{rest}."


def _ended_words(session: SweepSession, best: Row | None) -> str:
    if not session.rows:
        return "Stopped before the first estimate; there is no result."
    estimates = "1 estimate" if len(session.rows) == 1 else f"{len(session.rows)} estimates"
    verb = "Done" if session.done else "Stopped"
    note = f" {session.note}" if session.note else ""
    if best is None:
        return f"{verb}: {estimates}.{note}"
    setting = "" if best.setting == Setting() else f", {best.setting}"
    return f"{verb}: {estimates}; best: {best.iterations} iterations{setting}.{note}"
