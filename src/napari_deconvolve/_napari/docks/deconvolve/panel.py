"""The lower part of the dock "Deconvolve": what a run comes to, what can be done with it, and the foot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.docks.deconvolve.comparing import CompareCard
from napari_deconvolve._napari.docks.deconvolve.curves import Curves
from napari_deconvolve._napari.docks.deconvolve.diagnostics import Diagnostics
from napari_deconvolve._napari.docks.deconvolve.outcome import OutcomeCard
from napari_deconvolve._napari.docks.deconvolve.runs import DeconvolveRuns
from napari_deconvolve._napari.docks.deconvolve.tiles import Tiles
from napari_deconvolve._napari.kit.buttons import allow, push_button, side_by_side, stack
from napari_deconvolve._napari.kit.copying import copy_menu
from napari_deconvolve._napari.kit.footer import Stage
from napari_deconvolve._napari.kit.notice import Notice, Warned
from napari_deconvolve._napari.kit.run_panel import READY, RunParts
from napari_deconvolve._napari.kit.status import headline, verdict
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.region import SMALL_SIDE
from napari_deconvolve._napari.work.checks.choices import ENTER_SIZE, ImageReview
from napari_deconvolve._napari.work.plan import Origin
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.recipe.method import traits_of

OWN_SETTINGS = "Continue keeps the original settings; “Branch from” uses the settings above."
HINT_WHILE_LOOKING = "Esc stops; there is no result yet."
HINT = "Esc stops and keeps the result. Changed settings count for the next run."


class RunPanel(RunParts, QWidget):  # type: ignore[misc]
    """Shows where a run stands and what can be done with it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.make_parts(
            run="Deconvolve the image (Ctrl+Enter).", progress="Iterations done of those asked for.", state="status"
        )
        self.make_continue()
        self._make_buttons()
        self._make_checks()
        self.curves = Curves()
        self._differs = False  # whether a run that goes on from here is another than Continue's
        self.remedies: dict[str, tuple[str, Callable[[], None]]] = {}  # of warnings, by a word in them
        self._lay_out()

    def _make_buttons(self) -> None:
        self.pause = push_button("Pause", "pause", "Wait after this iteration, or go on.")
        self.stop.setText("Stop and keep")
        self.branch = push_button(
            "Branch from here",
            "branch",
            "Start a new run, with the settings above and as many iterations as Continue would do, from the estimate "
            "that is shown: the present one, the kept iterate at which the slider stands, or a selected earlier "
            "result. Change prior, strength or method before; a paused run ends with its own result.",
        )
        self.tiles = push_button(
            "In tiles…",
            "tiles",
            "Deconvolve an image of any size, also one that does not fit into memory: part by part into an OME-Zarr "
            "store on disk. It can be continued after a restart.",
        )
        self.copy_as, self.copies = copy_menu()
        opened = "Take the settings of a recipe, or of a result of this program."
        self.open_recipe = push_button("Open recipe…", "open_recipe", opened)
        self.save_recipe = push_button("Save recipe…", "save_recipe", "Save the settings above for later, as JSON.")
        self.small = push_button(
            "Try on a small region",
            "try_small",
            f"Deconvolve the middle of what is seen, {SMALL_SIDE} pixels wide at most, with the settings above: to see "
            "within seconds what they do. The region that is chosen stays.",
        )
        self.again = push_button("Run again", "run_again", "Deconvolve the image once more, with the settings above.")
        self.save = push_button(
            "Save…",
            "save",
            "Save the result, all its channels in one file, with pixel size, colours and recipe (Ctrl+S); napari's "
            "File > Save may lose these.",
        )

    def _make_checks(self) -> None:
        self.residual = push_button(
            "Residual",
            "residual",
            "Make a layer of what the result leaves of the image, in standard deviations of the noise: where it is "
            "not noise, PSF, background or iterations are wrong.",
        )
        self.trust = push_button(
            "Uncertainty map",
            "trust",
            "Make a layer that says how far each pixel may be from the object, over the estimate, and hidden ones of "
            "its parts: noise, and blur that is left. Takes some runs of halved photons.",
        )
        self.camera = push_button(
            "Camera",
            "camera",
            "Say what the image tells of its camera before any run: offset, gain, background, missing and hot pixels; "
            "with a plot of the photon transfer.",
        )

    def _lay_out(self) -> None:
        self._going_on = QWidget()
        stack(self._going_on, side_by_side(self.go_on, self.more_iterations), self.branch, spacing=6)
        self.outcome = OutcomeCard(self.curves, self._going_on)
        self.state = self.outcome.state
        self.comparing = CompareCard()
        self.notice = Notice("notice")
        stack(self, self.outcome, self.comparing, self.notice, spacing=6)
        self.footer.above(self.tiles)
        self.footer.set_buttons(
            before=(self.run, self.menu),
            running=(self.pause, self.stop),
            after=(self.save, self.copy_as, self.menu),
        )

    def fill_menu(self, *more: QWidget) -> None:
        """Fill the menu of further actions; `more` are buttons of the form."""
        recipes = self.open_recipe, self.save_recipe, self.keep_settings, self.reset
        self.menu.add(self.small, self.again, self.residual, self.trust, self.camera, *more, *recipes)

    def show_run(self, runs: DeconvolveRuns, review: ImageReview, other: bool = False) -> None:
        """Show where the run stands, and enable what can be done; `other` is whether it has other settings by now."""
        session = runs.session
        self._allow_all(runs, review)
        paused = runs.busy and session is not None and session.paused
        self.pause.setText("Resume" if paused else "Pause")
        self._show_session(runs, session)
        self._show_look(runs.diagnostics)
        stage = _stage(runs, review, other)
        self.footer.show_stage(stage)
        self._show_words(runs, review, stage, f" {OWN_SETTINGS}" if paused and other else "")
        self._show_warnings(runs)
        self.comparing.show_runs(runs)
        paused = runs.busy and session is not None and session.paused
        iterates = session is not None and session.plan.recipe.traits.iterates
        self._going_on.setVisible(iterates and (paused or not runs.busy))
        self._differs = other or paused

    def _show_session(self, runs: DeconvolveRuns, session: Session | None) -> None:
        self.outcome.setVisible(session is not None or bool(runs.text) or runs.diagnostics.session is not None)
        if session is None:
            self.outcome.show_head("Preview" if runs.tiles.busy else "Findings", "", star=False)
            self.outcome.verdict.say("")
            self.footer.show_progress(0, 1)
            return
        sessions = runs.sessions
        own = session not in sessions or runs.busy
        seen = session if own else sessions[min(runs.looked_at, len(sessions) - 1)]
        names = _channel_names(sessions) if len(sessions) > 1 and not runs.busy else []
        self.outcome.show_channels(names, sessions.index(seen) if names else 0)
        ended = not runs.busy and seen.latest is not None
        self.outcome.show_head(headline(seen) if ended else "Preview", "" if names else runs.which, star=ended)
        self.outcome.verdict.say(verdict(seen) if ended else "")
        self._show_progress(session)
        self.curves.show_session(seen)

    def _allow_all(self, runs: DeconvolveRuns, review: ImageReview) -> None:
        """Enable what can be done, and say of the rest why it cannot."""
        session, busy, looking = runs.session, runs.busy, runs.diagnostics.busy or runs.tiles.busy
        on = "A run is in progress; stop it, or wait for its end." if busy or runs.tiles.busy else ""
        on = on or ("A check is running; stop it, or wait for its end." if looking else "")
        for button in (self.run, self.again, self.small, self.camera):
            allow(button, on or review.reason)
        allow(self.tiles, on or review.reason_against_tiles)
        large = review.large
        self.tiles.setVisible(large is not None and (review.plan is None or large.source.lazy or runs.tiles.busy))
        allow(self.pause, "" if busy else "Nothing is running.")
        allow(self.stop, "" if busy or looking else "Nothing is running.")
        self.stop.setText("Stop" if (busy or looking) and not _keeps(runs) else "Stop and keep")
        allow(
            self.go_on, on if looking else "" if runs.runner.continuable else _why_not(busy, session is not None, runs)
        )
        result = runs.result_layer() is not None
        writing = "A file is being written." if runs.saving.busy else ""
        allow(self.save, on or writing or ("" if runs.results() else "No result yet."))
        for copy in self.copies.values():
            allow(copy, "" if runs.results() else "No result yet.")
        for look in (self.residual, self.trust):
            allow(
                look, on or ("" if result and session is not None and session.latest is not None else "No result yet.")
            )

    def _show_words(self, runs: DeconvolveRuns, review: ImageReview, stage: Stage, more: str) -> None:
        """Say in the foot where it stands, and in the card what came of it."""
        text, of_tiles = runs.text, bool(runs.tiles.text) and runs.text == runs.tiles.text
        if of_tiles:
            self._show_tiles(runs.tiles)
        if stage == "running":
            self.cost.say(HINT if _keeps(runs) else HINT_WHILE_LOOKING)
            self.status.say((text or READY) + more, runs.level)
            self.outcome.say("", "info", detail=False)
            return
        self.outcome.say(text, runs.level, detail=text == runs.outcome and stage == "after")
        if review.reason and not (of_tiles and review.large is not None):  # tiles need not fit into memory
            self.status.say(review.reason if review.reason == ENTER_SIZE else self.why_not(review), "warning")
        elif stage == "after":
            self.status.say(runs.said or runs.added, "success" if runs.said else "info")
        else:
            self.status.say(READY, "info")
        if stage == "after":
            self.cost.say("")
        else:
            self.show_cost(review.remark("cost"))

    def _show_warnings(self, runs: DeconvolveRuns) -> None:
        """Show what limits the result, each with what helps."""
        found = []
        for text in () if runs.busy else runs.warned:
            remedy = next((one for word, one in self.remedies.items() if word in text), None)
            found.append(Warned(text) if remedy is None else Warned(text, *remedy))
        self.notice.show_all(found)

    def show_branch(self, origin: Origin | None, reason: str, *, present: bool) -> None:
        """Say from where a new run can go on, or why it cannot; `present` is whether Continue goes on from there."""
        allow(self.branch, reason)
        counted = origin is not None and traits_of(origin.provenance[-1].recipe).iterates
        count = origin.provenance[-1].iterations if origin is not None and counted else 0
        self.branch.setText(f"Branch from iteration {count}" if count else "Branch from here")
        self.branch.setVisible(not reason and (self._differs or not present))

    def _show_tiles(self, tiles: Tiles) -> None:
        session = tiles.session
        if session is not None:
            self.footer.show_progress(session.done, session.total)

    def _show_progress(self, session: Session) -> None:
        searching = bool(session.stage)
        self.footer.show_progress(0 if searching else session.iteration, max(session.target, session.iteration))

    def _show_look(self, looks: Diagnostics) -> None:
        """Show where a look stands."""
        if looks.busy and looks.session is not None:
            self.footer.show_progress(looks.session.progress.done, looks.session.progress.total)
        self.curves.show_look(looks)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.outcome.restyle(colors)
        self.comparing.restyle(colors)
        self.notice.restyle(colors)


def _channel_names(sessions: Sequence[Session]) -> list[str]:
    """Return the names of channels alone, "GFP" of "cells · GFP", where these differ."""
    whole = [one.plan.source.name for one in sessions]
    short = [name.rpartition(" · ")[2] for name in whole]
    return short if len(set(short)) == len(short) else whole


def _stage(runs: DeconvolveRuns, review: ImageReview, other: bool) -> Stage:
    """Return which buttons are wanted: after a run those of its result, until a setting is changed."""
    if runs.busy or runs.diagnostics.busy or runs.tiles.busy:
        return "running"
    return "after" if runs.results() and not other and not review.reason else "before"


def _keeps(runs: DeconvolveRuns) -> bool:
    """Return whether there is a result when it is stopped now: of this run, of a channel before, or of tiles."""
    session = runs.session
    begun = runs.busy and session is not None and session.latest is not None
    return begun or runs.tiles.busy or (runs.busy and any(one.latest is not None for one in runs.sessions))


def _why_not(busy: bool, ran: bool, runs: DeconvolveRuns) -> str:
    if busy:
        return "A run is in progress."
    if runs.channels > 1:
        return "Only the run of one channel can go on; choose “only this one” and run it."
    return (
        "The settings have changed, or the run cannot go on; press Run." if ran else "There is no run to continue yet."
    )
