"""The runs of the dock "Spectrum" in one viewer: they outlive the dock, so that closing it loses nothing."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from napari_deconvolve._napari.docks.spectrum.outcome import account
from napari_deconvolve._napari.docks.spectrum.output import add_cube, add_kernel, add_row, write_kernel
from napari_deconvolve._napari.docks.spectrum.rows import Found, Row, Rows
from napari_deconvolve._napari.docks.spectrum.session import CubePlan, CubeTask, SpectrumPlan, SpectrumSession
from napari_deconvolve._napari.kit.status import running
from napari_deconvolve._napari.work.dock_runs import DockRuns
from napari_deconvolve._napari.work.drawing import draw_if_ready
from napari_deconvolve._napari.work.mailbox import Throttle
from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve._napari.work.runner import Runner
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.io.spectrum_tables import write_spectrum
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.work import Progress

DRAW_SECONDS = 0.1  # s between two drawings of the plot


class Waiting(NamedTuple):
    """A run that is to come."""

    row: Row
    plan: SpectrumPlan
    signature: object


@dataclass(slots=True, eq=False)
class Together:
    """Rows that are run one after the other, and those that could not be, with the reason."""

    waiting: list[Waiting]
    missed: list[str]
    total: int
    done: int = 0

    def where(self, text: str) -> str:
        """Say which of them runs."""
        return f"Spectrum {self.total - len(self.waiting)} of {self.total}: {text}"

    def words(self) -> tuple[str, Level]:
        """Say what became of them."""
        count = f"{self.done} spectra are" if self.done != 1 else "1 spectrum is"
        left = [*self.missed, *([f"{len(self.waiting)} were not run"] if self.waiting else [])]
        said = f"{count} deconvolved."
        return (f"{said} Not done: {'; '.join(left)}", "warning") if left else (said, "success")


class SpectrumRuns(DockRuns[SpectrumSession]):
    """Holds the list of spectra, runs them and cubes, one at a time, and says where the runs stand.

    Attributes
    ----------
    rows : Rows
        The list.
    place : dict
        Where in the window the dock was last.
    kernel_file : str
        Where the kernel was saved last; empty where it was not.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer, SpectrumSession)
        self.rows = Rows()
        self.place: dict[str, Any] = {}
        self.kernel_file = ""
        self.cubes = Runner(self, make=CubeTask)
        self.cubes.advanced.connect(self._cube_advanced)
        self.cubes.ended.connect(self._cube_ended)
        self._throttle = Throttle(DRAW_SECONDS)
        self._cube: weakref.ref[Any] | None = None
        self._row: Row | None = None  # of the last run
        self._stopped = False  # whether the rest of several rows is not wanted
        self._together: Together | None = None

    @property
    def busy(self) -> bool:
        """Whether a run goes on, of a spectrum or a cube."""
        return self.runner.busy or self.cubes.busy

    @property
    def found(self) -> Found | None:
        """What there is of the chosen row, if it is of the data that the row holds now."""
        row = self.rows.current
        found = row.found
        return found if found is not None and found.spectrum is row.spectrum else None

    @property
    def warned(self) -> tuple[str, ...]:
        """What limits the result that is shown."""
        return () if self.found is None else self.found.warned

    @property
    def own(self) -> bool:
        """Whether the last run was the chosen row's."""
        return self._row is self.rows.current

    def run(self, plan: SpectrumPlan, signature: object) -> None:
        """Begin a run of the chosen row; raise `ParameterError` while one goes on."""
        self._refuse_if_busy()
        self._together = None
        self._begin(Waiting(self.rows.current, plan, signature))

    def run_all(self, runs: Sequence[Waiting], missed: Sequence[str] = ()) -> None:
        """Begin runs of several rows, one after the other; raise `ParameterError` while one goes on."""
        self._refuse_if_busy()
        self._together = Together(list(runs), list(missed), len(runs))
        if runs:
            self._begin(self._together.waiting.pop(0))
        else:
            self.say(*self._together.words())

    def go_on(self, count: int) -> None:
        """Do so many more iterations; raise `ParameterError` when that cannot be."""
        self._refuse_if_busy()
        self._together = None
        self.runner.go_on(count)
        assert self.session is not None
        if self._row is not None and self._row.found is not None:
            self._row.found.text, self._row.found.warned = "", ()
        self.say(running(self.session))

    def run_cube(self, plan: CubePlan, layer: Any) -> None:
        """Begin a run of all spectra of a layer; raise `ParameterError` while one goes on."""
        self._refuse_if_busy()
        self._cube = weakref.ref(layer)
        self.cubes.start(plan)
        self.say("Preparing: reading the map …")

    def stop(self) -> None:
        """End what goes on: a spectrum after this iteration, with its result; a cube at once, without."""
        self._stopped = True
        if self.cubes.busy and self.cubes.session is not None:
            self.cubes.session.stop()
            self.say("Stopping …")
        elif self.runner.busy and self.session is not None:
            self.session.stop()
            self.say("Stopping at once …" if self.session.hurried else running(self.session))

    def _begin(self, one: Waiting) -> None:
        self._stopped = False
        session = self.runner.start(one.plan)
        self._row, self.signature = one.row, one.signature
        one.row.found = Found(session, one.signature)
        self.say(self._where(running(session)))

    def _where(self, text: str) -> str:
        return text if self._together is None else self._together.where(text)

    # ---- what can be done with a result

    def result(self) -> tuple[Found, Recipe]:
        """Return the chosen row's run and the recipe that repeats it; raise `ParameterError` when there is none."""
        found = self.found
        if found is None or found.session.latest is None:
            raise ParameterError("There is no result yet; press Run first.")
        return found, found.session.recipe or found.session.plan.recipe

    def export(self, path: str) -> None:
        """Write data, result and recipe to a file; raise `DeconvolutionError` when that cannot be."""
        found, recipe = self.result()
        session = found.session
        assert session.latest is not None
        made = None if session.result is None else session.result.made
        write_spectrum(path, found.spectrum, session.latest.estimate, session.blurred(), recipe=recipe, made=made)
        self.say(f"Written to {path}.", "success")

    def save_kernel(self, path: str) -> None:
        """Write the kernel of the result to a file; raise `DeconvolutionError` when that cannot be."""
        found, _ = self.result()
        write_kernel(path, found.session.psf)
        self.kernel_file = path
        self.say(f"Written to {path}.", "success")

    def to_layer(self) -> None:
        """Add the result, and the kernel if one was found, to the viewer; raise `ParameterError` without a result."""
        (found, recipe), viewer = self.result(), self._viewer()
        session, spectrum = found.session, found.spectrum
        if session.latest is None or viewer is None:
            return
        name = session.plan.name(session.iteration)
        layer = add_row(viewer, spectrum, session.latest.estimate, name, recipe, session.about_making)
        added = f"Added “{layer.name}”"
        if session.found is not None:
            added += f" and the kernel “{add_kernel(viewer, session.found, spectrum, layer).name}”"
        self.say(f"{added}.", "success")

    # ---- hearing of runs

    def _advanced(self, session: SpectrumSession, state: object) -> None:
        draw_if_ready(self._throttle, lambda: self.say(self._where(running(session))))

    def _ended(self, session: SpectrumSession) -> None:
        if session.abandoned:
            return
        text, level, warned = account(session)
        row, together = self._row, self._together
        if row is not None and row.found is not None and row.found.session is session:
            row.found.text, row.found.level, row.found.warned = text, level, warned
        if together is not None:
            ended = session.latest is not None and not session.error
            together.done += ended
            together.missed += [] if ended or row is None else [f"{row.name}: {text}"]
            if together.waiting and not self._stopped:
                self._begin(together.waiting.pop(0))
                return
        self.say(*self._last_words(session))

    def _last_words(self, session: SpectrumSession) -> tuple[str, Level]:
        """Return what is to be said in the foot; of a single result, its own sentence says all."""
        text, level, _ = account(session)
        if self._together is None:
            return ("", "info") if session.latest is not None and level != "error" else (text, level)
        return self._together.words()

    def _cube_advanced(self, task: CubeTask, state: Progress) -> None:
        part = 100 * state.done / max(1, state.total)
        self.say(f"The whole map: {state.stage or f'{part:.0f} % done'}.")

    def _cube_ended(self, task: CubeTask) -> None:
        viewer = self._viewer()
        if task.abandoned or viewer is None:
            return
        layer = None if self._cube is None else self._cube()
        if task.error:
            self.say(task.error, "error")
        elif task.result is None:
            self.say("Stopped; there is no result of the map.")
        else:
            made = add_cube(viewer, task, layer)
            self.say(f"The whole map is done: “{made.name}”, {task.result.iterations} iterations.", "success")
        self.cubes.forget()
        self.changed.emit()

    def _refuse_if_busy(self) -> None:
        if self.busy:
            raise ParameterError("A run is in progress; stop it, or wait for its end, before you start another.")
