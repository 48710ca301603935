"""The simulations of one viewer: they outlive the dock, so that closing it loses neither a run nor a setting."""

from __future__ import annotations

import logging
import weakref
from typing import Any

from qtpy.QtCore import Signal

from napari_deconvolve._napari.docks.simulate.layers import add_result
from napari_deconvolve._napari.docks.simulate.session import Light, SimulationPlan, SimulationTask
from napari_deconvolve._napari.kit.words import number
from napari_deconvolve._napari.layers.announced import Choices
from napari_deconvolve._napari.work.dock_runs import DockRuns
from napari_deconvolve._napari.work.per_viewer import of_viewer
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.work import Progress

log = logging.getLogger(__name__)

MAX_KEPT_LIGHTS = 8  # blurs whose brightest sample is remembered


class SimulationRuns(DockRuns[SimulationTask]):
    """Runs simulations, makes their layers, and says where they stand.

    Signals
    -------
    made(truth, result)
        A simulation has made a layer of another.

    Attributes
    ----------
    lights : dict
        Brightest sample and sum of images that were blurred, for previews.
    """

    made = Signal(object, object)

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer, SimulationTask)
        self.lights: dict[object, Light] = {}
        self._psf: weakref.ref[Any] | None = None
        self._result: weakref.ref[Any] | None = None
        viewer.layers.events.removed.connect(self._removed)

    def run(self, plan: SimulationPlan, image: Any, psf: Any | None) -> None:
        """Begin a simulation; raise `ParameterError` while one is on."""
        self.runner.start(plan, 1)
        self._input = weakref.ref(image)
        self._psf = None if psf is None else weakref.ref(psf)
        self.say("Reading the image …")

    def stop(self) -> None:
        """End the simulation at once, without a result."""
        if self.session is not None and self.busy:
            self.session.stop()
            self.say("Stopping …")

    def result_layer(self) -> Any | None:
        """Return the layer of the last result, if it is still there."""
        return self.there(self._result)

    def _removed(self, event: Any) -> None:
        """Say nothing more of a result that is gone."""
        if self._result is not None and self._result() is event.value and not self.busy:
            self._result = None
            self.runner.forget()
            self.say("")

    def _advanced(self, task: SimulationTask, progress: Progress) -> None:
        if not task.stopped:
            self.say(f"{progress.stage[:1].upper()}{progress.stage[1:]} …")

    def _ended(self, task: SimulationTask) -> None:
        viewer = self._viewer()
        if viewer is None or task.abandoned:
            return
        if task.error:
            self.fail(task.error)
        elif task.value is None:
            self.say("Stopped; there is no result.")
        else:
            self._show(viewer, task)
        task.free()

    def _show(self, viewer: Any, task: SimulationTask) -> None:
        assert task.value is not None
        made, truth, psf = task.value, self.input_layer(), self.there(self._psf)
        while len(self.lights) >= MAX_KEPT_LIGHTS:
            self.lights.pop(next(iter(self.lights)))
        self.lights[task.plan.key] = made.light
        layer = add_result(viewer, task)
        self._result = weakref.ref(layer)
        if psf is not None:
            of_viewer(viewer, Choices).remember(layer, psf)
        self.say(_done(layer.name, made.recipe, made.scale), "success")
        self.made.emit(truth, layer)


def _done(name: str, recipe: Simulation, scale: float) -> str:
    """Say what was done."""
    parts = []
    if recipe.photons is not None:
        parts.append(f"{number(recipe.photons)} photons at the brightest sample")
    if scale != 1.0:
        parts.append(f"{number(scale)} counts per unit of the image")
    if recipe.background:
        parts.append(f"background {number(recipe.background)} photons")
    noises = [*(["photons"] if recipe.poisson else []), *(["reading"] if recipe.read_noise else [])]
    parts.append(f"noise of {' and '.join(noises)}, seed {recipe.seed}" if noises else "no noise")
    return f"Done: “{name}”, {', '.join(parts)}."
