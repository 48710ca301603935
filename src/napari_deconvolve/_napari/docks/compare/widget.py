"""The dock "Compare iterations"."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFileDialog

from napari_deconvolve._napari.docks.compare.checks import Review, review
from napari_deconvolve._napari.docks.compare.form import CompareForm
from napari_deconvolve._napari.docks.compare.panel import VIEWS, ComparePanel
from napari_deconvolve._napari.docks.compare.runs import compare_runs_of
from napari_deconvolve._napari.docks.deconvolve.form import default_image, default_psf
from napari_deconvolve._napari.docks.deconvolve.runs import unwrapped
from napari_deconvolve._napari.kit.dock import ScrollingDock
from napari_deconvolve._napari.kit.psf_box import PSFChoice
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_prepared import PSFs
from napari_deconvolve._napari.layers.region import add_rectangles
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve.errors import DeconvolutionError

REST = 150  # ms that camera and typing must rest before what they mean is looked at


class CompareWidget(ScrollingDock):
    """Choose what to compare, press Run, and look at the estimates side by side.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Whose layers are offered.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrapped(napari_viewer)
        self._runs = compare_runs_of(self._viewer)
        self._psfs = PSFs(self)
        self._review = Review(())
        self._watched: list[tuple[Any, Any]] = []
        self.form, self.panel = CompareForm(), ComparePanel()
        self.lay_out(self.form, self.panel)
        self._choice = PSFChoice(self._viewer, self.form.image, self.form.psf)
        self._restore()
        self._connect()
        self.follow_theme(self._viewer)
        self.reset_choices()
        self._show_run()
        self._show_rows()

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they come, go, move or change their names."""
        self._choice.before_layers_change()
        layers = list(self._viewer.layers)
        images = [layer for layer in layers if _is_input(layer)]
        self.form.offer(layers, default_image(images, self._viewer.layers.selection.active), default_psf(images))

    def choose_layers(self, image: Any, psf: Any = None, truth: Any = None) -> None:
        """Choose an image, its PSF, and what the result should be."""
        for box, layer in ((self.form.image, image), (self.form.psf, psf), (self.form.truth, truth)):
            if layer is not None:
                box.choose(layer)

    @property
    def running(self) -> bool:
        """Whether a sweep is on."""
        return self._runs.busy

    def press_run(self) -> None:
        """Begin a sweep."""
        if self._runs.busy:
            self._runs.say("A sweep is on; stop it, or wait for its end, before you start another.", "warning")
            return
        self._look()
        plan = self._review.plan
        if plan is not None:
            base = self.form.choices().base
            self._try(lambda: self._runs.run(plan, base.image, base.psf))

    def press_stop(self) -> None:
        """End the sweep after this iteration."""
        self._runs.stop()

    # ---- set-up

    def _restore(self) -> None:
        values = self._runs.values
        self.form.set_values(values.get("form", {}))
        self.form.more.unfold(values.get("unfolded", False))
        self.panel.view.setCurrentText(VIEWS[1] if self._runs.grid else VIEWS[0])
        self.reset_choices()
        for name, remembered in values.get("layers", {}).items():
            layer = remembered()
            if layer is not None:
                getattr(self.form, name).choose(layer)

    def _connect(self) -> None:
        form, panel, runs = self.form, self.panel, self._runs
        form.changed.connect(self._changed)
        form.psf_chosen.connect(self._choice.named)
        form.draw.connect(lambda: add_rectangles(self._viewer, self.form.image.layer))
        form.more.button.toggled.connect(self._remember)
        self._psfs.ready.connect(self._look)
        panel.run.clicked.connect(lambda _checked=False: self.press_run())
        panel.stop.clicked.connect(lambda _checked=False: runs.stop())
        panel.reset.clicked.connect(lambda _checked=False: self._reset())
        panel.keep.clicked.connect(lambda _checked=False: self._try(self._keep))
        panel.use.clicked.connect(lambda _checked=False: self._try(self._use))
        panel.export.clicked.connect(lambda _checked=False: self._try(self._export))
        panel.view.currentTextChanged.connect(lambda text: runs.show_grid(text == VIEWS[1]))
        panel.curves.picked.connect(runs.go_to)
        runs.changed.connect(self._show_run)
        runs.moved.connect(self._show_rows)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._look)
        scene = getattr(self._viewer, "scene", self._viewer)
        for emitter in (scene.camera.events, self._viewer.dims.events):
            emitter.connect(self._view_moved)

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
        self._review = review(self._viewer, self.form.choices(), self._psfs)
        self.form.show_review(self._review)
        self.panel.show_cost(self._review.remark("cost"))
        self._show_run()

    def _watch(self) -> None:
        """Hear of changes in the chosen layers (samples, spacing, units) and of rectangles drawn."""
        boxes = (self.form.image, self.form.psf, self.form.truth)
        chosen = [box.layer for box in boxes if box.layer is not None]
        for emitter, slot in self._watched:
            emitter.disconnect(slot)
        names = ("scale", "units", "data")
        self._watched = [(getattr(layer.events, name), self._layer_changed) for layer in chosen for name in names]
        self._watched += [(layer.events.data, self._view_moved) for layer in self.form.shapes]
        for emitter, slot in self._watched:
            emitter.connect(slot)

    def _layer_changed(self, event: Any = None) -> None:
        self._psfs.forget()
        self._look()

    def _view_moved(self, event: Any = None) -> None:
        if self.form.region.currentText() != "whole image":
            self._rest.start()

    def _remember(self, *_: Any) -> None:
        boxes = (("image", self.form.image), ("psf", self.form.psf), ("truth", self.form.truth))
        self._runs.values = {
            "form": self.form.values(),
            "unfolded": self.form.more.button.isChecked(),
            "layers": {name: weakref.ref(box.layer) for name, box in boxes if box.layer is not None},
        }

    # ---- doing

    def _keep(self) -> None:
        if self._runs.grid:
            self.panel.view.setCurrentText(VIEWS[0])
        self._runs.keep()

    def _use(self) -> None:
        row = self._runs.shown or self._runs.best
        if row is None:
            return
        dock, widget = self._viewer.window.add_plugin_dock_widget("napari-deconvolve", "Deconvolve")
        image, psf = self._runs.chosen_layers()
        widget.take_settings(self._runs.recipe(row), image, psf)
        dock.show()
        dock.raise_()
        self._runs.say(f"The dock “Deconvolve” is set to {row.iterations} iterations, {row.setting}.", "good")

    def _export(self) -> None:
        image = self._runs.session.plan.base.source.name if self._runs.session is not None else "sweep"
        path, _ = QFileDialog.getSaveFileName(self, "Export table", f"{image} sweep.csv", "Tables (*.csv)")
        if path:
            self._runs.export(path if path.lower().endswith(".csv") else f"{path}.csv")

    def _reset(self) -> None:
        self.form.set_defaults()
        self._changed()

    def _try(self, action: Callable[[], Any]) -> None:
        try:
            action()
        except DeconvolutionError as error:
            self._runs.say(str(error), "error")

    def _show_run(self) -> None:
        self.panel.show_run(self._runs, self._review)

    def _show_rows(self) -> None:
        self.panel.show_rows(self._runs)
        self._show_run()


def _is_input(layer: Any) -> bool:
    from napari.layers import Image

    return isinstance(layer, Image) and "sweep" not in our_metadata(layer)
