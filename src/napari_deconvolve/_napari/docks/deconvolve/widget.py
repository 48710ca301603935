"""The dock "Deconvolve"."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from napari_deconvolve._napari.comparison.comparison import Comparison
from napari_deconvolve._napari.docks.deconvolve.branch import branched, origin_of, why_not
from napari_deconvolve._napari.docks.deconvolve.channels import ChannelRun, Channels, siblings
from napari_deconvolve._napari.docks.deconvolve.copying import copied
from napari_deconvolve._napari.docks.deconvolve.editing import Editing
from napari_deconvolve._napari.docks.deconvolve.form import DeconvolveForm
from napari_deconvolve._napari.docks.deconvolve.ground import add_background, has_map
from napari_deconvolve._napari.docks.deconvolve.live import LivePreview, at_sliders
from napari_deconvolve._napari.docks.deconvolve.looks import Looks
from napari_deconvolve._napari.docks.deconvolve.panel import RunPanel
from napari_deconvolve._napari.docks.deconvolve.recipe_actions import open_recipe, save_recipe
from napari_deconvolve._napari.docks.deconvolve.runs import DeconvolveRuns
from napari_deconvolve._napari.docks.deconvolve.trial import trial
from napari_deconvolve._napari.kit.image_dock import ImageDock
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.psf_box import add_repaired
from napari_deconvolve._napari.kit.run_dock import LAYER_EVENTS, Event
from napari_deconvolve._napari.kit.settings import CAMERA
from napari_deconvolve._napari.kit.status import camera_words
from napari_deconvolve._napari.layers.maps import add_map, samples_of
from napari_deconvolve._napari.layers.psf_validation import Repaired
from napari_deconvolve._napari.layers.source import read
from napari_deconvolve._napari.work.checks.choices import ImageReview
from napari_deconvolve._napari.work.checks.review import image_review
from napari_deconvolve._napari.work.checks.settings import in_unit
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve.core.likelihood.maps import MAPS
from napari_deconvolve.recipe.defects import KEEP
from napari_deconvolve.recipe.recipe import Recipe

log = logging.getLogger(__name__)


class DeconvolveWidget(ImageDock):
    """Choose an image and a PSF, press Run, watch."""

    TITLE = "Deconvolve"

    form: DeconvolveForm
    panel: RunPanel
    _runs: DeconvolveRuns
    _review: ImageReview

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer, DeconvolveRuns, DeconvolveForm(), RunPanel())
        self._review = ImageReview(())
        self._signature: object = None
        self._comparison = Comparison(self._viewer, self)
        self._looks = Looks(self._runs, self._planned, self._try)
        self._live = LivePreview(self._viewer, self._live_plan, self)
        self._channels = Channels(self._viewer, self._look)
        self._editing = Editing(
            self._viewer, self.form, lambda image: self.choose_layers(image=image), self._layer_changed
        )
        self.panel.fill_menu(self.form.check_width)
        self.panel.remedies = {
            "residual": ("Residual", lambda: self._looks.take("residual")),
            "PSF": ("Check PSF width", self._looks.check_width),
            "the parameter defects keeps": ("Keep them", lambda: self.form.settings.controls["defects"].show(KEEP)),
        }
        self.lay_out(self.form, self.panel, footer=self.panel.footer)
        self.begin()

    def take_settings(self, recipe: Recipe, image: Any = None, psf: Any = None) -> None:
        """Set the form to a recipe, and choose the layers; what the form has no control for stays as it is."""
        self.choose_layers(image=image, psf=psf)
        self._look()
        plan = self._review.plan
        if plan is not None:  # the form takes widths in the image's unit
            recipe = in_unit(recipe, plan.psf.unit, plan.source.units[plan.axes[-1]])
        self.form.settings.take(recipe)
        self._take_maps(recipe)
        self._changed()

    def _take_maps(self, recipe: Recipe) -> None:
        """Make layers of a recipe's maps, and choose them."""
        image = self.form.image.value
        if image is None:
            return
        plan, source = self._review.plan, read(image)
        axes = tuple(range(len(source.shape))) if plan is None else plan.axes
        for name in CAMERA:
            known = getattr(recipe, name)
            if isinstance(known, MAPS):
                noun = Recipe.parameter(name).noun or name
                layer = add_map(self._viewer, source, samples_of(known, source, axes), noun)
                self.form.settings.controls[name].layer.choose(layer)

    @property
    def running(self) -> bool:
        """Whether a run or a look is on."""
        return self._runs.busy or self._runs.diagnostics.busy or self._runs.tiles.busy

    def leave(self) -> None:
        """Leave viewer, layers and runs alone."""
        super().leave()
        self._comparison.close()

    # ---- set-up

    def _boxes(self) -> dict[str, LayerBox]:
        maps = {f"{name}_map": self.form.settings.controls[name].layer for name in CAMERA}
        return {"image": self.form.image, "psf": self.form.psf, "start": self.form.start, **maps}

    def _more_values(self) -> dict[str, Any]:
        return {"continue": self.panel.more_iterations.value()}

    def _restore_more(self, values: dict[str, Any]) -> None:
        self.panel.more_iterations.setValue(values.get("continue", self.panel.more_iterations.value()))

    def _connect(self) -> None:
        super()._connect()
        self.form.health.repaired.connect(self._add_repaired)
        self.form.settings.show_map.clicked.connect(lambda _checked=False: self._show_map())
        panel = self.panel
        panel.more_iterations.valueChanged.connect(self._remember)
        panel.save.clicked.connect(lambda _checked=False: self.press_save())
        for kind, copy in panel.copies.items():
            copy.clicked.connect(lambda _checked=False, kind=kind: self._copy(kind))
        panel.open_recipe.clicked.connect(lambda _checked=False: open_recipe(self, self.form, self.take_settings))
        panel.save_recipe.clicked.connect(lambda _checked=False: save_recipe(self, self.form))
        panel.small.clicked.connect(lambda _checked=False: self._try(self._run_small))
        panel.again.clicked.connect(lambda _checked=False: self.press_run())
        panel.outcome.switched.connect(self._runs.look_at)
        panel.outcome.switched.connect(panel.comparing.show_channel)
        panel.tiles.clicked.connect(lambda _checked=False: self._in_tiles())
        panel.pause.clicked.connect(lambda _checked=False: self._runs.toggle_pause())
        panel.go_on.clicked.connect(lambda _checked=False: self._continue())
        panel.residual.clicked.connect(lambda _checked=False: self._looks.take("residual"))
        panel.trust.clicked.connect(lambda _checked=False: self._looks.take("trust"))
        panel.camera.clicked.connect(lambda _checked=False: self._looks.report_camera())
        self.form.check_width.clicked.connect(lambda _checked=False: self._looks.check_width())
        self.form.use_width.clicked.connect(lambda _checked=False: self._use_width())
        for plot in (panel.curves.score, panel.curves.fit):
            plot.kept.picked.connect(self._runs.show_kept)
        panel.branch.clicked.connect(lambda _checked=False: self._branch())
        panel.comparing.follow(self._comparison)
        settings = self.form.settings
        chosen = settings.regularization.valueChanged, settings.rule.currentTextChanged
        for signal in (*chosen, settings.method.currentTextChanged, self.form.live.toggled):
            signal.connect(self._follow_live)
        self._live.found.connect(settings.show_found)
        self._live.said.connect(settings.regularization_found.say)
        for emitter in (self._viewer.dims.events.current_step, self._viewer.layers.selection.events.active):
            self.follow(emitter, self._show_branch)
        self.follow(self._viewer.dims.events.current_step, self._live.follow)

    # ---- looking at the choices

    def _reviewed(self) -> ImageReview:
        choices = self.form.choices()
        self._signature = choices.signature()
        own = image_review(self._viewer, choices, self._psfs)
        channels = siblings(choices.image, self._viewer.layers)
        self.form.show_channels(channels)
        wanted = self.form.ticks.ticked(channels) if self.form.all_channels else ()
        return self._channels.reviewed(own, choices, wanted, alone=not self.form.all_channels)

    def _looked(self) -> None:
        self.form.pictures.show_runs(self._channels.runs)
        self._live.follow()

    def _events(self) -> Iterator[Event]:
        """Hear of changes in the other channels too: they are run as well."""
        yield from super()._events()
        for layer in siblings(self.form.image.value, self._viewer.layers):
            if layer is not self.form.image.value:
                yield from ((getattr(layer.events, name), self._layer_changed) for name in LAYER_EVENTS)

    def _layer_changed(self, event: Any = None) -> None:
        self.form.health.forget()
        self._channels.forget()
        super()._layer_changed(event)

    def _follow_live(self, *_: Any) -> None:
        """Begin a live preview, or go on with it, or end it."""
        wanted = self.form.live.isChecked() and self.form.previews
        (self._live.touch if wanted else self._live.end)()

    def _planned(self) -> Plan | None:
        """Look again, and return the plan."""
        self._look()
        return self._review.plan

    def _live_plan(self) -> Plan | str:
        plan = self._review.plan
        if plan is None:
            return self._review.reason
        return at_sliders(self._viewer, self.form.image.value, plan, self._review.halo)

    # ---- doing

    def _start(self, plan: Plan) -> None:
        self._run_channels(self._channels.runs, self._signature)

    def _run_small(self) -> None:
        if not self.running:
            self._run_channels(*trial(self._viewer, self.form, self._psfs, self._channels))

    def _run_channels(self, runs: tuple[ChannelRun, ...], signature: object) -> None:
        self._live.end()
        self._comparison.set_state("off")  # what it compares makes room for other results
        self._runs.run_channels(runs, signature)

    def press_save(self) -> None:
        """Save the results."""
        self._runs.save(self)

    def _copy(self, kind: str) -> None:
        self._runs.remark(copied(kind, self._runs.made))

    def _in_tiles(self) -> None:
        self._look()
        plan, image = self._review.large, self.form.image.value
        if plan is not None and not self.running:
            self._try(lambda: self._runs.tiles.ask(self, image, plan))

    def _continue(self) -> None:
        self._try(lambda: self._runs.go_on(self.panel.more_iterations.value()))

    def _branch(self) -> None:
        """Go on from the estimate that is looked at, with the settings of the form."""
        origin, plan = origin_of(self._viewer, self._runs, self.form.start.value), self._review.plan
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
        origin = origin_of(self._viewer, self._runs, self.form.start.value)
        session = self._runs.session
        present = origin is not None and session is not None and origin.provenance[-1].iterations == session.iteration
        self.panel.show_branch(origin, why_not(origin, self._review.plan, self._going), present=present)

    def _show_map(self) -> None:
        """Add the background that was found as a layer, and show it."""
        session = self._runs.session
        if session is not None and has_map(session):
            layer = add_background(self._viewer, session)
            self._runs.say(f"“{layer.name}” holds the background in counts; choose it beside Background to use it.")

    def _use_width(self) -> None:
        faulty = self.form.psf.value
        if faulty is not None and self._runs.diagnostics.check is not None:
            self._choice.remember(self._runs.diagnostics.add_better(self.form.image.value, faulty))
            self._show_run()

    def _reset(self) -> None:
        self.panel.more_iterations.setValue(self.panel.DEFAULT_MORE)
        super()._reset()

    def _add_repaired(self, repaired: Repaired) -> None:
        faulty = self.form.psf.value
        if faulty is not None:
            self._choice.remember(add_repaired(self._viewer, repaired, faulty, self.form.image.value))

    def _show_run(self) -> None:
        runs, session = self._runs, self._runs.session
        same = self._signature == runs.signature
        if not runs.busy and not same:
            runs.free()  # it cannot be continued: what it would go on with is no longer what the form says
        self.panel.show_run(runs, self._review, other=not same)
        self._show_branch()
        looks = runs.diagnostics
        reason = self._review.reason or (
            "A run is in progress." if runs.busy else "A check is running." if looks.busy else ""
        )
        better = looks.check.best if looks.check is not None and looks.check.warning else 0.0
        self.form.show_check(reason, better)
        self.form.show_camera(camera_words(session) if session is not None and same else {})
        self.form.allow_map(session is not None and same and has_map(session))
