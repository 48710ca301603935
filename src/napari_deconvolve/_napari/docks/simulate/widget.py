"""The dock "Blur and noise"."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from napari_deconvolve._napari.docks.compare.runs import compare_runs_of
from napari_deconvolve._napari.docks.deconvolve.runs import runs_of, unwrapped
from napari_deconvolve._napari.docks.simulate.checks import Review, review
from napari_deconvolve._napari.docks.simulate.form import SimulateForm
from napari_deconvolve._napari.docks.simulate.layers import add_gaussian, add_truth, scale_of, simulation_of
from napari_deconvolve._napari.docks.simulate.live import LivePreview
from napari_deconvolve._napari.docks.simulate.panel import ON, SimulatePanel
from napari_deconvolve._napari.docks.simulate.runs import simulation_runs_of
from napari_deconvolve._napari.docks.simulate.session import SimulationPlan
from napari_deconvolve._napari.docks.simulate.truth import TruthSection
from napari_deconvolve._napari.kit.blink import Blink
from napari_deconvolve._napari.kit.dock import ScrollingDock
from napari_deconvolve._napari.kit.forms import align_labels
from napari_deconvolve._napari.kit.psf_box import PSFChoice, open_psf_dock
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_choice import choices_of
from napari_deconvolve._napari.layers.psf_prepared import PSFs
from napari_deconvolve._napari.layers.region import REGIONS
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve.errors import DeconvolutionError, ParameterError


class SimulateWidget(ScrollingDock):
    """Blur an image, let a camera record it, deconvolve that, and see how far from the truth it is.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Whose layers are offered.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrapped(napari_viewer)
        self._runs = simulation_runs_of(self._viewer)
        self._others = (runs_of(self._viewer), compare_runs_of(self._viewer))
        self._psfs = PSFs(self)
        self._review = Review(())
        self._blink = Blink()
        self._watched: list[tuple[Any, Any]] = []
        self.form, self.panel, self.section = SimulateForm(), SimulatePanel(), TruthSection(self._viewer)
        self.lay_out(self.form, self.panel, self.section)
        self._live = LivePreview(self._viewer, self._seen, self._runs.lights, self)
        self._choice = PSFChoice(self._viewer, self.form.image, self.form.psf)
        self._restore()
        self._connect()
        self.follow_theme(self._viewer)
        self.reset_choices()
        self._show_run()

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they come, go, move or change their names."""
        self._choice.before_layers_change()
        layers = [layer for layer in self._viewer.layers if "preview" not in our_metadata(layer)]
        self.form.offer(layers, self._viewer.layers.selection.active)
        self.section.offer(layers)

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Align the labels of all parts, now that their font is known."""
        super().showEvent(event)
        align_labels(self)

    @property
    def running(self) -> bool:
        """Whether a simulation is on."""
        return self._runs.busy

    def press_run(self) -> None:
        """Simulate the whole image."""
        if self._runs.busy:
            self._runs.say(ON, "warning")
            return
        self._look()
        plan = self._review.plan
        if plan is not None:
            self.panel.preview.setChecked(False)
            choices = self.form.choices()
            psf = choices.psf if plan.psf is not None else None
            self._try(lambda: self._runs.run(plan, choices.image, psf))

    def press_stop(self) -> None:
        """End the simulation."""
        self._runs.stop()

    # ---- set-up

    def _restore(self) -> None:
        values = self._runs.values
        self.form.set_values(values.get("form", {}))
        self.form.more.unfold(values.get("unfolded", False))
        self.reset_choices()
        for name, remembered in values.get("layers", {}).items():
            layer = remembered()
            if layer is not None:
                self._boxes()[name].choose(layer)

    def _boxes(self) -> dict[str, Any]:
        section = self.section
        return {"image": self.form.image, "psf": self.form.psf, "truth": section.truth, "result": section.result}

    def _connect(self) -> None:
        form, panel, section = self.form, self.panel, self.section
        form.changed.connect(self._changed)
        form.psf_chosen.connect(self._choice.named)
        form.make_psf.connect(lambda: self._try(lambda: open_psf_dock(self._viewer, form.image.layer)))
        form.more.button.toggled.connect(self._remember)
        self._psfs.ready.connect(self._look)
        panel.run.clicked.connect(lambda _checked=False: self.press_run())
        panel.stop.clicked.connect(lambda _checked=False: self.press_stop())
        panel.reset.clicked.connect(lambda _checked=False: self._reset())
        panel.blink.pressed.connect(self._press_blink)
        panel.blink.released.connect(self._blink.release)
        panel.preview.toggled.connect(self._live.switch)
        self._live.said.connect(self._runs.say)
        section.deconvolve.connect(lambda: self._try(self._hand_to_deconvolve))
        section.compare.connect(lambda: self._try(self._hand_to_compare))
        for box in (section.truth, section.result):
            box.chosen.connect(self._remember)
        self._runs.changed.connect(self._show_run)
        self._runs.made.connect(section.set_pair)
        for others in self._others:
            others.changed.connect(self._follow_results)
        scene = getattr(self._viewer, "scene", self._viewer)
        for emitter in (scene.camera.events, self._viewer.dims.events):
            emitter.connect(self._live.touch)
        self._viewer.dims.events.current_step.connect(section.look)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.form.restyle(colors)
        self.panel.restyle(colors)
        self.section.restyle(colors)

    # ---- looking at the choices

    def _changed(self) -> None:
        self._choice.follow_image()
        self._watch()
        self._remember()
        self._look()

    def _look(self, event: Any = None) -> None:
        self._review = review(self._viewer, self.form.choices(), self._psfs)
        self.form.show_review(self._review)
        self.panel.show_cost(self._review.remark("cost"))
        self._show_run()
        self._live.touch()

    def _seen(self) -> SimulationPlan | str:
        """Return the plan for what is in view, or say why there is none."""
        found = review(self._viewer, self.form.choices(), self._psfs, region=REGIONS[1])
        return found.plan or found.reason

    def _watch(self) -> None:
        """Hear of changes in the chosen layers: samples, spacing, units."""
        for emitter, slot in self._watched:
            emitter.disconnect(slot)
        chosen = [layer for layer in (self.form.image.layer, self.form.psf.layer) if layer is not None]
        names = ("scale", "units", "data")
        self._watched = [(getattr(layer.events, name), self._layer_changed) for layer in chosen for name in names]
        for emitter, slot in self._watched:
            emitter.connect(slot)

    def _layer_changed(self, event: Any = None) -> None:
        self._psfs.forget()
        self._runs.lights.clear()
        self._look()

    def _remember(self, *_: Any) -> None:
        self._runs.values = {
            "form": self.form.values(),
            "unfolded": self.form.more.button.isChecked(),
            "layers": {name: weakref.ref(box.layer) for name, box in self._boxes().items() if box.layer is not None},
        }

    def _follow_results(self) -> None:
        if not any(others.busy for others in self._others):
            self.section.follow_results()

    # ---- doing

    def _reset(self) -> None:
        self.form.set_defaults()
        self._changed()

    def _press_blink(self) -> None:
        result = self._runs.result_layer()
        self._blink.press(self._runs.input_layer(), [] if result is None else [result])

    def _measured(self) -> tuple[Any, Any | None]:
        """Return the measured layer of the truth, and its PSF; that of a smoothing is made now."""
        measured = self.section.measured()
        recipe = None if measured is None else simulation_of(measured)
        if measured is None or recipe is None:
            raise ParameterError("There is no simulated measurement of the chosen truth; press Run first.")
        psf = choices_of(self._viewer).chosen(measured)
        if psf is None and recipe.smooths:
            psf = add_gaussian(self._viewer, recipe, measured)
        if psf is not None:
            choices_of(self._viewer).remember(measured, psf)
        return measured, psf

    def _open(self, name: str) -> Any:
        """Show another dock above this one."""
        dock, widget = self._viewer.window.add_plugin_dock_widget("napari-deconvolve", name, tabify=True)
        dock.show()
        dock.raise_()
        return widget

    def _hand_to_deconvolve(self) -> None:
        measured, psf = self._measured()
        self._open("Deconvolve").choose_layers(measured, psf)
        self._runs.say(f"The dock “Deconvolve” has “{measured.name}” chosen.", "good")

    def _hand_to_compare(self) -> None:
        measured, psf = self._measured()
        truth = self.section.truth.layer
        scaled = add_truth(self._viewer, truth, scale_of(truth, measured, list(self._viewer.layers)))
        self._open("Compare iterations").choose_layers(measured, psf, scaled)
        self._runs.say(f"The dock “Compare iterations” measures the error against “{scaled.name}”.", "good")

    def _try(self, action: Callable[[], Any]) -> None:
        try:
            action()
        except DeconvolutionError as error:
            self._runs.say(str(error), "error")

    def _show_run(self) -> None:
        self.panel.show_run(self._runs, self._review)
