"""The dock "Deconvolve"."""

from __future__ import annotations

import logging
import weakref
from typing import Any

from qtpy.QtCore import QTimer

from napari_deconvolve._napari.docks.deconvolve.branch import branched, origin_of, why_not
from napari_deconvolve._napari.docks.deconvolve.calibrate import calibrate
from napari_deconvolve._napari.docks.deconvolve.checks import Review, in_unit, review
from napari_deconvolve._napari.docks.deconvolve.form import DeconvolveForm
from napari_deconvolve._napari.docks.deconvolve.live import LivePreview, at_sliders
from napari_deconvolve._napari.docks.deconvolve.looks import Kind
from napari_deconvolve._napari.docks.deconvolve.panel import RunPanel
from napari_deconvolve._napari.docks.deconvolve.runs import runs_of, unwrapped
from napari_deconvolve._napari.kit.blink import Blink
from napari_deconvolve._napari.kit.dock import ScrollingDock
from napari_deconvolve._napari.kit.psf_box import PSFChoice, add_cured, open_psf_dock
from napari_deconvolve._napari.kit.status import backgrounds
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_examiner import Cure
from napari_deconvolve._napari.layers.psf_prepared import PSFs
from napari_deconvolve._napari.layers.region import add_rectangles
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.recipe import Recipe

log = logging.getLogger(__name__)

CAMERA_REST = 150  # ms that the camera must rest before what it shows is looked at


class DeconvolveWidget(ScrollingDock):
    """Choose an image and a PSF, press Run, watch.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Whose layers are offered.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrapped(napari_viewer)
        self._runs = runs_of(self._viewer)
        self._psfs = PSFs(self)
        self._review: Review = Review(())
        self._signature: object = None
        self._watched: list[tuple[Any, Any]] = []
        self._covered = Blink()
        self.form, self.panel = DeconvolveForm(), RunPanel()
        self._live = LivePreview(self._viewer, self._live_plan, self)
        self.lay_out(self.form, self.panel)
        self._choice = PSFChoice(self._viewer, self.form.image, self.form.psf)
        self._restore()
        self._connect()
        self.follow_theme(self._viewer)
        self.reset_choices()
        self._show_run()

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they come, go, move or change their names."""
        if self._viewer is not None:
            self._choice.before_layers_change()
            self.form.offer(list(self._viewer.layers), self._viewer.layers.selection.active)

    def choose_psf(self, layer: Any) -> None:
        """Choose a layer as the PSF."""
        self.form.psf.choose(layer)

    def choose_layers(self, image: Any, psf: Any = None) -> None:
        """Choose an image and its PSF; settings stay as they are."""
        self.form.image.choose(image)
        if psf is not None:
            self.form.psf.choose(psf)

    def take_settings(self, recipe: Recipe, image: Any = None, psf: Any = None) -> None:
        """Set the form to a recipe, and choose the layers; what the form has no control for stays as it is."""
        for box, layer in ((self.form.image, image), (self.form.psf, psf)):
            if layer is not None:
                box.choose(layer)
        self._look()
        plan = self._review.plan
        if plan is not None:  # the form takes widths in the image's unit
            recipe = in_unit(recipe, plan.psf.unit, plan.source.units[-1])
        self.form.settings.take(recipe)
        self._changed()

    @property
    def running(self) -> bool:
        """Whether a run or a look is on."""
        return self._runs.busy or self._runs.looks.busy

    def press_run(self) -> None:
        """Begin a run."""
        if self.running:
            self._runs.say("A run is on; stop it, or wait for its end, before you start another.", "warning")
            return
        self._look()
        plan = self._review.plan
        if plan is None:
            return
        self._live.end()
        choices = self.form.choices()
        self._try(lambda: self._runs.run(plan, choices.image, choices.signature()))

    def press_stop(self) -> None:
        """End the run, or the look."""
        self._runs.stop()

    # ---- set-up

    def _restore(self) -> None:
        values = self._runs.values
        self.form.set_values(values.get("form", {}))
        self.panel.more_iterations.setValue(values.get("continue", self.panel.more_iterations.value()))
        self.form.more.unfold(values.get("unfolded", False))
        self.reset_choices()
        for name, remembered in values.get("layers", {}).items():
            layer = remembered()
            if layer is not None:
                getattr(self.form, name).choose(layer)

    def _connect(self) -> None:
        self.form.changed.connect(self._changed)
        self._psfs.ready.connect(self._look)
        self.form.psf_chosen.connect(self._choice.named)
        self.form.make_psf.connect(self._make_psf)
        self.form.health.cured.connect(self._add_cured)
        self.form.draw.connect(lambda: add_rectangles(self._viewer, self.form.image.layer))
        self.form.spacing_given.connect(self._set_spacing)
        self.form.more.button.toggled.connect(self._remember)
        panel = self.panel
        panel.more_iterations.valueChanged.connect(self._remember)
        panel.run.clicked.connect(lambda _checked=False: self.press_run())
        panel.pause.clicked.connect(lambda _checked=False: self._runs.toggle_pause())
        panel.stop.clicked.connect(lambda _checked=False: self._runs.stop())
        panel.go_on.clicked.connect(lambda _checked=False: self._continue())
        panel.residual.clicked.connect(lambda _checked=False: self._take_look("residual"))
        panel.trust.clicked.connect(lambda _checked=False: self._take_look("trust"))
        self.form.check_width.clicked.connect(lambda _checked=False: self._check_width())
        self.form.use_width.clicked.connect(lambda _checked=False: self._use_width())
        panel.branch.clicked.connect(lambda _checked=False: self._branch())
        panel.reset.clicked.connect(lambda _checked=False: self._reset())
        panel.blink.pressed.connect(lambda: self._blink(True))
        panel.blink.released.connect(lambda: self._blink(False))
        self._runs.changed.connect(self._show_run)
        settings = self.form.settings
        chosen = settings.regularization.valueChanged, settings.rule.currentTextChanged
        for signal in (*chosen, settings.method.currentTextChanged, self.form.live.toggled):
            signal.connect(self._follow_live)
        self._live.found.connect(settings.show_found)
        self._live.said.connect(settings.regularization_found.say)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(CAMERA_REST)
        self._rest.timeout.connect(self._look)
        scene = getattr(self._viewer, "scene", self._viewer)
        for emitter in (scene.camera.events, self._viewer.dims.events):
            emitter.connect(self._view_moved)
        for emitter in (self._viewer.dims.events.current_step, self._viewer.layers.selection.events.active):
            emitter.connect(self._show_branch)
        self._viewer.dims.events.current_step.connect(self._live.follow)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.form.restyle(colors)
        self.panel.restyle(colors)

    # ---- looking at the choices

    def _changed(self) -> None:
        self._choice.follow_image()
        self._watch()
        self._remember()
        self._look()

    def _look(self, event: Any = None) -> None:
        choices = self.form.choices()
        self._review = review(self._viewer, choices, self._psfs)
        self.form.show_review(self._review)
        self.panel.show_cost(self._review.remark("cost"))
        self._signature = choices.signature()
        self._show_run()
        self._live.follow()

    def _watch(self) -> None:
        """Hear of changes in the chosen layers (samples, spacing, units) and of rectangles drawn."""
        chosen = [layer for layer in (self.form.image.layer, self.form.psf.layer) if layer is not None]
        for emitter, slot in self._watched:
            emitter.disconnect(slot)
        names = ("scale", "units", "data")
        self._watched = [(getattr(layer.events, name), self._layer_changed) for layer in chosen for name in names]
        self._watched += [(layer.events.data, self._view_moved) for layer in self.form.shapes]
        for emitter, slot in self._watched:
            emitter.connect(slot)

    def _layer_changed(self, event: Any = None) -> None:
        self._psfs.forget()
        self.form.health.forget()
        self._look()

    def _view_moved(self, event: Any = None) -> None:
        if self.form.region.currentText() != "whole image":
            self._rest.start()

    def _remember(self, *_: Any) -> None:
        self._runs.values = {
            "form": self.form.values(),
            "continue": self.panel.more_iterations.value(),
            "unfolded": self.form.more.button.isChecked(),
            "layers": {
                name: weakref.ref(box.layer)
                for name, box in (("image", self.form.image), ("psf", self.form.psf), ("start", self.form.start))
                if box.layer is not None
            },
        }

    def _follow_live(self, *_: Any) -> None:
        """Begin a live preview, or go on with it, or end it."""
        wanted = self.form.live.isChecked() and "preview" in self.form.method.controls
        (self._live.touch if wanted else self._live.end)()

    def _live_plan(self) -> Plan | str:
        plan = self._review.plan
        if plan is None:
            return self._review.reason
        return at_sliders(self._viewer, self.form.image.layer, plan, self._review.halo)

    # ---- doing

    def _continue(self) -> None:
        self._try(lambda: self._runs.go_on(self.panel.more_iterations.value()))

    def _branch(self) -> None:
        """Go on from the estimate that is looked at, with the settings of the form."""
        origin, plan = origin_of(self._viewer, self._runs, self.form.start.layer), self._review.plan
        if origin is None or plan is None or why_not(origin, plan, self._going):
            return
        new = branched(plan, origin, self.panel.more_iterations.value(), self._review.halo)
        choices = self.form.choices()
        self._try(lambda: self._runs.branch(new, choices.image, choices.signature()))

    @property
    def _going(self) -> bool:
        """Whether a run is on and not paused."""
        session = self._runs.session
        return self._runs.busy and session is not None and not session.paused

    def _show_branch(self, event: Any = None) -> None:
        origin = origin_of(self._viewer, self._runs, self.form.start.layer)
        self.panel.show_branch(origin, why_not(origin, self._review.plan, self._going))

    def _take_look(self, kind: Kind) -> None:
        session = self._runs.session
        if session is not None and session.latest is not None and not self._runs.busy:
            self._try(lambda: self._runs.looks.take(kind, session))

    def _check_width(self) -> None:
        self._look()
        plan = self._review.plan
        if plan is not None and not self._runs.busy:
            self._try(lambda: self._runs.looks.check_width(plan))

    def _use_width(self) -> None:
        spoiled = self.form.psf.layer
        if spoiled is not None and self._runs.looks.check is not None:
            self._choice.remember(self._runs.looks.add_better(self.form.image.layer, spoiled))
            self._show_run()

    def _try(self, action: Any) -> None:
        try:
            action()
        except ParameterError as error:
            self._runs.say(str(error), "error")

    def _reset(self) -> None:
        self.form.set_defaults()
        self.panel.more_iterations.setValue(self.panel.DEFAULT_MORE)
        self._changed()

    def _make_psf(self) -> None:
        self._try(lambda: open_psf_dock(self._viewer, self.form.image.layer))

    def _add_cured(self, cure: Cure) -> None:
        spoiled = self.form.psf.layer
        if spoiled is not None:
            self._choice.remember(add_cured(self._viewer, cure, spoiled, self.form.image.layer))

    def _set_spacing(self, text: str) -> None:
        image = self.form.image.layer
        if image is None or not text.strip() or not self._review.uncalibrated:
            return
        wrong = calibrate(image, self.form.psf.layer.ndim, text)
        self._runs.say(wrong, "error" if wrong else "info")
        if not wrong:
            self._layer_changed()

    def _blink(self, pressed: bool) -> None:
        """Show the input alone while pressed; afterwards all is as it was."""
        if pressed:
            self._covered.press(self._runs.input_layer(), [*self._runs.made_layers(), *self._runs.looks.layers()])
        else:
            self._covered.release()

    def _show_run(self) -> None:
        runs, session = self._runs, self._runs.session
        same = self._signature == runs.signature
        if not runs.busy and not same:
            runs.free()  # it cannot be continued: what it would go on with is no longer what the form says
        self.panel.show_run(runs, self._review, other=not same)
        self._show_branch()
        looks = runs.looks
        reason = self._review.reason or ("A run is on." if runs.busy else "A look is on." if looks.busy else "")
        better = looks.check.best if looks.check is not None and looks.check.warning else 0.0
        self.form.show_check(reason, better)
        found = session is not None and same and self.form.settings.background.value() < 0
        self.form.show_background(
            f"found {backgrounds(session.backgrounds)}" if session is not None and found and session.backgrounds else ""
        )
