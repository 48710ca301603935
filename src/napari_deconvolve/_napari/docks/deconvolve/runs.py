"""The runs of one viewer: they outlive the dock, so that closing it loses neither a run nor a value."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Sequence
from typing import Any

from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.docks.deconvolve.announcer import Announcer
from napari_deconvolve._napari.docks.deconvolve.channels import ChannelRun
from napari_deconvolve._napari.docks.deconvolve.diagnostics import Diagnostics
from napari_deconvolve._napari.docks.deconvolve.made import Made
from napari_deconvolve._napari.docks.deconvolve.saving import Saving
from napari_deconvolve._napari.docks.deconvolve.tiles import Tiles
from napari_deconvolve._napari.kit.status import done, running, warnings
from napari_deconvolve._napari.kit.words import duration
from napari_deconvolve._napari.layers.announced import Results
from napari_deconvolve._napari.layers.results import ResultLayers
from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.dock_runs import DockRuns
from napari_deconvolve._napari.work.drawing import draw_if_ready
from napari_deconvolve._napari.work.mailbox import Throttle
from napari_deconvolve._napari.work.per_viewer import of_viewer
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.core.algorithms.iterate import Iterate

log = logging.getLogger(__name__)

SAVE_KEEPS = "“Save…” keeps pixel size and recipe; napari's File > Save does not."
IN_PLANE, IN_SPACE = 0.25, 1.0  # least seconds between two previews, in 2D and in 3D display


class DeconvolveRuns(Made, DockRuns[Session]):
    """Runs sessions, makes their layers, and says where they stand."""

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer, Session)
        self.layers: ResultLayers | None = None
        self._batch: list[ResultLayers] = []  # of all channels of the last run, in their order
        self._waiting: list[ChannelRun] = []
        self.channels = 1  # of the last run
        self._said: list[tuple[str, str, Level]] = []  # of each of them, by its layer's name
        self.warned: tuple[str, ...] = ()  # what limits the results of the last run
        self.looked_at = 0  # which channel's run is shown
        self.outcome = ""  # what was said at the end of the last run
        self.said = ""  # beside it
        self._begun, self._ended_at = 0.0, 0.0  # seconds
        self.saving = Saving(self)
        self.saving.said.connect(self._say_saved)
        self.diagnostics = Diagnostics(viewer, self)
        self.diagnostics.said.connect(self.say)
        self.tiles = Tiles(viewer, self)
        self.tiles.said.connect(self.say)
        self._throttle = Throttle(IN_PLANE)
        self._telling = Delay(self, 0.0, self._tell)
        self._next: tuple[Plan, Any, object] | None = None  # a run that waits for the end of a paused one
        viewer.layers.events.removed.connect(self._removed)
        self._announcer = Announcer(self, self)

    def run(self, plan: Plan, image: Any, signature: object = None) -> None:
        """Begin a run; raise `ParameterError` while one is on."""
        self.run_channels((ChannelRun(plan, image, signature),), signature)

    def run_channels(self, runs: Sequence[ChannelRun], signature: object = None) -> None:
        """Begin the runs of several channels, one after the other; raise `ParameterError` while one is on.

        `signature` is that of the form.
        """
        first, *rest = runs
        for layer in self.results():
            if layer.blending == "additive":  # it would add to what comes now
                layer.visible = False
        self._begin(first)
        self.channels, self._waiting, self.signature = len(runs), rest, signature
        self._batch, self._said = [self.layers] if self.layers is not None else [], []
        self.warned, self.looked_at, self.said = (), 0, ""
        self._begun = self._ended_at = time.monotonic()
        self._say_running()

    def _begin(self, run: ChannelRun) -> None:
        session = self.runner.start(run.plan)
        self._input = weakref.ref(run.image)
        self._throttle = self._new_throttle()
        self.layers = ResultLayers(self._viewer(), session, run.image)

    def _next_channel(self, stopped: bool) -> None:
        """Begin the run of the next channel whose layer is still there, or conclude."""
        waiting, self._waiting = self._waiting, []
        viewer = self._viewer()
        left = [] if stopped or viewer is None else [one for one in waiting if one.image in viewer.layers]
        if left:
            self._begin(left[0])
            self._waiting = left[1:]
            assert self.layers is not None
            self._batch.append(self.layers)
            self._say_running()
        else:
            self.runner.free()  # none of them can go on without the others
            self._say_of_all()

    def _say_of_all(self) -> None:
        """Say what came of each channel."""
        levels = [level for _, _, level in self._said]
        worst: Level = next((one for one in ("error", "warning", "info") if one in levels), "success")
        self.outcome = "\n".join(f"{name}: {text}" for name, text, _ in self._said)
        self.say(self.outcome, worst)

    def _say_saved(self, text: str, level: Level) -> None:
        """Say in the foot what became of a file; why it was not written, where all is said."""
        if level == "error":
            self.said = ""
            self.say(text, level)
            return
        if self.level == "error" and self.outcome:  # of an earlier file
            self.text, self.level = self.outcome, "success"
        self.remark(text)

    @property
    def which(self) -> str:
        """Which image is at it, of several channels also the how manyth; empty before any run."""
        if self.session is None:
            return ""
        of = f", {self.channels - len(self._waiting)} of {self.channels}" if self.channels > 1 else ""
        return f"{self.session.plan.source.name}{of}"

    @property
    def added(self) -> str:
        """How many layers the last run made, and how long it took; empty where it made none."""
        count = len(self.results())
        layers = "a layer" if count == 1 else f"{count} layers"
        return f"Added {layers} in {duration(self.taken)}. {SAVE_KEEPS}" if count else ""

    @property
    def taken(self) -> float:
        """How long the last run took, in seconds."""
        return self._ended_at - self._begun

    def remark(self, text: str) -> None:
        """Say something in the foot, beside the outcome of the last run."""
        self.said = text
        self.changed.emit()

    def save(self, parent: QWidget | None = None) -> None:
        """Ask for a file for the results, and save them."""
        results = self.results()
        if results and not self.busy:
            self.saving.ask(parent, self.input_layer(), results)

    def look_at(self, place: int) -> None:
        """Show the run of another channel."""
        self.looked_at = place
        self.changed.emit()

    def _say_running(self) -> None:
        assert self.session is not None
        which = f"Channel {self.channels - len(self._waiting)} of {self.channels}: " if self.channels > 1 else ""
        self.say(which + running(self.session))

    def branch(self, plan: Plan, image: Any, signature: object = None) -> None:
        """Begin a run from an estimate; a paused run ends first, and keeps its result."""
        if self.busy and self.session is not None and self.session.paused:
            self._next = (plan, image, signature)
            self.session.stop()
        else:
            self.run(plan, image, signature)

    def go_on(self, count: int) -> None:
        """Do so many more iterations; raise `ParameterError` when that cannot be."""
        self.runner.go_on(count)
        self.warned, self._begun = (), time.monotonic()
        self._say_running()

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        if self.session is not None and self.busy:
            (self.session.resume if self.session.paused else self.session.pause)()
            self._say_running()

    def stop(self) -> None:
        """End the run after this iteration, and keep what there is; end a look at once."""
        self.diagnostics.stop()
        self.tiles.stop()
        if self.session is not None and self.busy:
            self.session.stop()
            self._waiting = []
            self.say("Stopping at once …" if self.session.hurried else running(self.session))

    def free(self) -> None:
        """Let the memory of the last run go: it cannot be continued then."""
        if self.runner.continuable:
            self.runner.free()
            self.changed.emit()

    def _new_throttle(self) -> Throttle:
        viewer = self._viewer()
        return Throttle(IN_SPACE if viewer is not None and viewer.dims.ndisplay == 3 else IN_PLANE)

    def _advanced(self, session: Session, state: Iterate | str) -> None:
        layers = self.layers
        if self._viewer() is not None and layers is not None and (isinstance(state, Iterate) or layers.sees):
            drawn = draw_if_ready(
                self._throttle,
                lambda: layers.preview(state.estimate) if isinstance(state, Iterate) else layers.preview_search(),
            )
            if drawn:  # the words and curves have a turn of the event loop to themselves
                self._telling.restart()
                return
        self._tell()

    def _tell(self) -> None:
        if self.session is not None and self.busy:
            self._say_running()

    def _ended(self, session: Session) -> None:
        waiting, self._next = self._next, None
        if self.layers is None or self._viewer() is None:
            return
        self._conclude(session)
        if waiting is not None and not (session.abandoned or session.error):
            self.run(*waiting)
        elif self.channels > 1:
            self._said.append((session.plan.source.name, self.text, self.level))
            self._next_channel(stopped=session.abandoned or not session.at_end)
        if not self.busy:
            self._announcer.end()

    def _conclude(self, session: Session) -> None:
        """Finish the layers of a run, and say what came of it."""
        assert self.layers is not None
        self._ended_at = time.monotonic()
        if session.abandoned:
            removed = self.layers.removed
            self.say("Stopped: the result layer was removed, so the run was given up." if removed else "Stopped.")
            if session.latest is None:
                self.layers.withdraw()
            return
        self.layers.finish()
        of_viewer(self._viewer(), Results).finished.emit(self.layers.result)
        if session.error:
            self._tell_error(session)
        elif session.latest is None:
            when = f"while looking for the {session.sought}" if session.stage else "before the first iteration"
            self.say(f"Stopped {when}; there is no result.")
        else:
            gone = "" if self.input_layer() is not None else "The input layer was removed meanwhile."
            found = warnings(session)
            several = f"{session.plan.source.name}: " if self.channels > 1 else ""
            self.warned = (*self.warned, *(f"{several}{one}" for one in found))
            self.outcome = " ".join(part for part in (done(session), gone) if part)
            self.say(self.outcome, "success")

    def _tell_error(self, session: Session) -> None:
        kept = f" The {session.iteration} iterations before are kept." if session.latest is not None else ""
        self.fail(session.error, kept)

    def _removed(self, event: Any) -> None:
        forgotten = [one for one in self._batch if one.forget(event.value)]
        if self.busy:
            if self.layers in forgotten:
                self.runner.abandon()
            elif forgotten:
                self.changed.emit()
            return
        self._batch = [one for one in self._batch if one not in forgotten]
        viewer = self._viewer()
        if (forgotten and not self._batch) or (viewer is not None and not viewer.layers):
            self._forget()
        elif forgotten:
            self.layers = self._batch[-1]
            self.runner.session = self.layers.session
            self.changed.emit()

    def _forget(self) -> None:
        """Say nothing more of results that are gone."""
        self.runner.forget()
        self.diagnostics.forget()
        self.layers, self._batch, self.channels = None, [], 1
        self.warned, self.outcome, self.said = (), "", ""
        self.say("")
