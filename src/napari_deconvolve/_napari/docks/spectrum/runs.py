"""The runs of the dock "Spectrum" in one viewer: they outlive the dock, so that closing it loses nothing."""

from __future__ import annotations

import weakref
from typing import Any

from napari_deconvolve._napari.docks.spectrum.output import add_cube, add_kernel, add_row
from napari_deconvolve._napari.docks.spectrum.session import CubePlan, CubeTask, SpectrumPlan, SpectrumSession
from napari_deconvolve._napari.kit.status import done, running, warnings
from napari_deconvolve._napari.work.dock_runs import DockRuns
from napari_deconvolve._napari.work.drawing import draw_if_ready
from napari_deconvolve._napari.work.mailbox import Throttle
from napari_deconvolve._napari.work.runner import Runner
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.io.spectrum_tables import write_spectrum
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.work import Progress

DRAW_SECONDS = 0.1  # s between two drawings of the plot


class SpectrumRuns(DockRuns[SpectrumSession]):
    """Runs spectra and cubes, one at a time, and says where they stand."""

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer, SpectrumSession)
        self.cubes = Runner(self, make=CubeTask)
        self.cubes.advanced.connect(self._cube_advanced)
        self.cubes.ended.connect(self._cube_ended)
        self._throttle = Throttle(DRAW_SECONDS)
        self._cube: weakref.ref[Any] | None = None

    @property
    def busy(self) -> bool:
        """Whether a run is on, of a spectrum or a cube."""
        return self.runner.busy or self.cubes.busy

    def shows(self, spectrum: Spectrum | None) -> bool:
        """Return whether the last run was one of these very data."""
        return self.session is not None and spectrum is not None and _plan(self.session).spectrum is spectrum

    def run(self, plan: SpectrumPlan, signature: object) -> None:
        """Begin a run; raise `ParameterError` while one is on."""
        self._refuse_if_busy()
        session = self.runner.start(plan)
        self.signature = signature
        self.say(running(session))

    def go_on(self, count: int) -> None:
        """Do so many more iterations; raise `ParameterError` when that cannot be."""
        self._refuse_if_busy()
        self.runner.go_on(count)
        assert self.session is not None
        self.say(running(self.session))

    def run_cube(self, plan: CubePlan, layer: Any) -> None:
        """Begin a run of all spectra of a layer; raise `ParameterError` while one is on."""
        self._refuse_if_busy()
        self._cube = weakref.ref(layer)
        self.cubes.start(plan)
        self.say("Preparing: reading the cube …")

    def stop(self) -> None:
        """End what is on: a spectrum after this iteration, with its result; a cube at once, without."""
        if self.cubes.busy and self.cubes.session is not None:
            self.cubes.session.stop()
            self.say("Stopping …")
        elif self.runner.busy and self.session is not None:
            self.session.stop()
            self.say("Stopping at once …" if self.session.hurried else running(self.session))

    # ---- what can be done with a result

    def recipe(self) -> Recipe:
        """Return the recipe that repeats the last run; raise `ParameterError` when there is none."""
        session = self.session
        if session is None or session.latest is None:
            raise ParameterError("There is no result yet; press Run first.")
        return session.recipe or session.plan.recipe

    def export(self, path: str) -> None:
        """Write data, result and recipe to a file; raise `DeconvolutionError` when that cannot be."""
        recipe, session = self.recipe(), self.session
        assert session is not None
        assert session.latest is not None
        write_spectrum(path, _plan(session).spectrum, session.latest.estimate, session.blurred(), recipe=recipe)
        self.say(f"Written to {path}.", "success")

    def to_layer(self) -> None:
        """Add the result, and the kernel if one was found, to the viewer; raise `ParameterError` without a result."""
        recipe, session, viewer = self.recipe(), self.session, self._viewer()
        if session is None or session.latest is None or viewer is None:
            return
        spectrum = _plan(session).spectrum
        layer = add_row(viewer, spectrum, session.latest.estimate, session.plan.name(session.iteration), recipe)
        added = f"Added “{layer.name}”"
        if session.found is not None:
            added += f" and the kernel “{add_kernel(viewer, session.found, spectrum, layer).name}”"
        self.say(f"{added}.", "success")

    # ---- hearing of runs

    def _advanced(self, session: SpectrumSession, state: object) -> None:
        draw_if_ready(self._throttle, lambda: self.say(running(session)))

    def _ended(self, session: SpectrumSession) -> None:
        if session.abandoned:
            return
        if session.error:
            kept = f" The {session.iteration} iterations before are kept." if session.latest is not None else ""
            self.say(session.error + kept, "error")
        elif session.latest is None:
            when = "while looking for the best number" if session.stage else "before the first iteration"
            self.say(f"Stopped {when}; there is no result.")
        else:
            warned = self._warnings(session)
            said = f"{done(session)} {warned}".rstrip().replace("PSF", "kernel").replace("The image ", "The spectrum ")
            self.say(said, "warning" if warned else "success")

    def _warnings(self, session: SpectrumSession) -> str:
        """Return warnings about the result and its residual."""
        found = " ".join(warnings(session))
        left = session.residual
        words = [] if left is None else [word for word in left.words if "misfit" not in found or "structure" in word]
        return " ".join([*([found] if found else []), *words])

    def _cube_advanced(self, task: CubeTask, state: Progress) -> None:
        part = 100 * state.done / max(1, state.total)
        self.say(f"The whole cube: {state.stage or f'{part:.0f} % done'}.")

    def _cube_ended(self, task: CubeTask) -> None:
        viewer = self._viewer()
        if task.abandoned or viewer is None:
            return
        layer = None if self._cube is None else self._cube()
        if task.error:
            self.say(task.error, "error")
        elif task.result is None:
            self.say("Stopped; there is no result of the cube.")
        else:
            made = add_cube(viewer, task, layer)
            self.say(f"The whole cube is done: “{made.name}”, {task.result.iterations} iterations.", "success")
        self.cubes.forget()
        self.changed.emit()

    def _refuse_if_busy(self) -> None:
        if self.busy:
            raise ParameterError("A run is on; stop it, or wait for its end, before you start another.")


def _plan(session: SpectrumSession) -> SpectrumPlan:
    plan = session.plan
    assert isinstance(plan, SpectrumPlan)
    return plan
