"""The dock "Spectrum": deconvolves data along one axis, and draws them."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.deconvolve.runs import unwrapped
from napari_deconvolve._napari.docks.spectrum.checks import Review, cube_plan, review
from napari_deconvolve._napari.docks.spectrum.data import AXIS, LINE, Files, axis_of, place_in, point_world
from napari_deconvolve._napari.docks.spectrum.form import SpectrumForm
from napari_deconvolve._napari.docks.spectrum.panel import SpectrumPanel
from napari_deconvolve._napari.docks.spectrum.places import Clicks, add_lines
from napari_deconvolve._napari.docks.spectrum.runs import spectrum_runs_of
from napari_deconvolve._napari.kit.columns import Columns
from napari_deconvolve._napari.kit.dock import ScrollingDock
from napari_deconvolve._napari.kit.status import backgrounds
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.io.spectra import SPECTRUM_SUFFIXES

FILTER = f"Spectra ({' '.join(f'*{suffix}' for suffix in SPECTRUM_SUFFIXES)});;All files (*)"


class SpectrumWidget(ScrollingDock):
    """Choose data and a kernel, press Run, and look at the plot.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Whose layers are offered.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = unwrapped(napari_viewer)
        self._runs = spectrum_runs_of(self._viewer)
        self._files = Files()
        self._review = Review(())
        self._signature: object = None
        self._watched: list[tuple[Any, Any]] = []
        self.form, self.panel = SpectrumForm(), SpectrumPanel()
        self.lay_out(self._columns())
        self.setAcceptDrops(True)
        self._clicks = Clicks(self._viewer, self._clicked)
        self._restore()
        self._connect()
        self.follow_theme(self._viewer)
        self._changed()

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they come, go, move or change their names."""
        if not self.gone:
            self.form.offer(list(self._viewer.layers), self._viewer.layers.selection.active)

    def leave(self) -> None:
        """Leave viewer, layers and runs alone."""
        super().leave()
        self._runs.changed.disconnect(self._show_run)
        self._clicks.listen(False)
        for emitter, slot in self._watched:
            emitter.disconnect(slot)
        self._watched = []

    # ---- keys and files

    @property
    def running(self) -> bool:
        """Whether there is something to stop."""
        return self._runs.busy

    def press_run(self) -> None:
        """Begin a run of the spectrum."""
        if self._runs.busy:
            self._runs.say("A run is on; stop it, or wait for its end, before you start another.", "warning")
            return
        self._look()
        plan = self._review.plan
        if plan is not None:
            self._try(lambda: self._runs.run(plan, self._signature))

    def press_stop(self) -> None:
        """End what is on."""
        self._runs.stop()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take files that hold spectra."""
        if event is not None and _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take the file as data."""
        path = None if event is None else _dropped(event)
        if event is not None and path is not None:
            event.acceptProposedAction()
            self.form.data.take_file(path)

    # ---- set-up

    def _columns(self) -> Columns:
        """Put the fields and buttons first, and the plots below or beside them."""
        first = QWidget()
        layout = QVBoxLayout(first)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.form)
        layout.addWidget(self.panel.controls)
        return Columns(first, self.panel.shown)

    def _restore(self) -> None:
        values = self._runs.values
        self.reset_choices()
        for name, remembered in values.get("layers", {}).items():
            layer = remembered()
            if layer is not None:
                self._layer_boxes()[name].choose(layer)
        self.form.set_values(values.get("form", {}))
        self.panel.more_iterations.setValue(values.get("continue", self.panel.DEFAULT_MORE))

    def _connect(self) -> None:
        form, panel, runs = self.form, self.panel, self._runs
        form.changed.connect(self._changed)
        form.more.button.toggled.connect(self._remember)
        form.data.open_file.connect(lambda: self._open("Open data", form.data.take_file))
        form.kernel.open_file.connect(lambda: self._open("Open a kernel", form.kernel.take_file))
        form.data.draw_line.connect(self._draw_line)
        panel.more_iterations.valueChanged.connect(self._remember)
        panel.run.clicked.connect(lambda _checked=False: self.press_run())
        panel.stop.clicked.connect(lambda _checked=False: self.press_stop())
        panel.go_on.clicked.connect(lambda _checked=False: self._try(self._continue))
        panel.reset.clicked.connect(lambda _checked=False: self._reset())
        panel.export.clicked.connect(lambda _checked=False: self._try(self._export))
        panel.to_layer.clicked.connect(lambda _checked=False: self._try(runs.to_layer))
        panel.cube.clicked.connect(lambda _checked=False: self._try(self._run_cube))
        runs.changed.connect(self._show_run)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.form.restyle(colors)
        self.panel.restyle(colors)

    # ---- looking at the choices

    def _changed(self) -> None:
        self._watch()
        self._point()
        self._remember()
        self._look()

    def _look(self, event: Any = None) -> None:
        self.form.follow_file(self._files)
        choices = self.form.choices()
        self._review = review(choices, self._files, self._viewer, self._review.spectrum)
        self._signature = choices.signature()
        if not self._runs.busy and self._signature != self._runs.signature:
            self._runs.runner.free()  # it cannot be continued: the form says something else
        if self.form.kernel.follow(self._review.spectrum):
            self._look()  # with the width that fits these data
            return
        self.form.show_review(self._review)
        self.panel.show_cost(self._review.remark("cost").text)
        self._show_run()

    def _watch(self) -> None:
        """Hear of changes in the chosen layers, and of lines and points that are moved."""
        for emitter, slot in self._watched:
            emitter.disconnect(slot)
        boxes = self._layer_boxes()
        chosen = [boxes[name].layer for name in ("layer", "kernel_layer") if boxes[name].layer is not None]
        names = ("scale", "units", "data", "translate")
        self._watched = [(getattr(layer.events, name), self._look) for layer in chosen for name in names]
        marks = [boxes[name].layer for name in ("points", "shapes") if boxes[name].layer is not None]
        self._watched += [(layer.events.data, self._mark_moved) for layer in marks]
        self._watched += [(layer.selected_data.events.items_changed, self._mark_moved) for layer in marks]
        for emitter, slot in self._watched:
            emitter.connect(slot)
        source = self.form.data.source.currentText()
        self._clicks.listen(source == AXIS and boxes["points"].layer is None and self.form.data.has_places)

    def _mark_moved(self, event: Any = None) -> None:
        self._point()
        self._look()

    def _point(self) -> None:
        """Take the place from the chosen Points layer."""
        choice, points = self.form.data.choice(), self.form.data.points.layer
        if choice.source != AXIS or points is None or choice.layer is None:
            return
        world = point_world(points, choice.layer.ndim, self._viewer)
        place = None if world is None else place_in(choice.layer, world, axis_of(choice), self._viewer)
        if place is not None:
            self.form.data.set_place(place)

    def _clicked(self, world: Any) -> None:
        choice = self.form.data.choice()
        if choice.source == AXIS and choice.layer is not None:
            place = place_in(choice.layer, world, axis_of(choice), self._viewer)
            if place is not None:
                self.form.data.set_place(place)

    def _layer_boxes(self) -> dict[str, Any]:
        data, kernel = self.form.data, self.form.kernel
        return {"layer": data.layer, "points": data.points, "shapes": data.shapes, "kernel_layer": kernel.layer}

    def _remember(self, *_: Any) -> None:
        self._runs.values = {
            "form": self.form.values(),
            "continue": self.panel.more_iterations.value(),
            "layers": {
                name: weakref.ref(box.layer) for name, box in self._layer_boxes().items() if box.layer is not None
            },
        }

    # ---- doing

    def _continue(self) -> None:
        self._runs.go_on(self.panel.more_iterations.value())

    def _run_cube(self) -> None:
        self._look()
        choices = self.form.choices()
        plan = cube_plan(choices, self._review)
        if not isinstance(plan, str):
            self._runs.run_cube(plan, choices.data.layer)

    def _open(self, title: str, take: Callable[[str], None]) -> None:
        path, _ = QFileDialog.getOpenFileName(self, title, "", FILTER)
        if path:
            take(path)

    def _export(self) -> None:
        name = "spectrum" if self._runs.session is None else self._runs.session.plan.source.name
        path, _ = QFileDialog.getSaveFileName(self, "Export CSV", f"{name} deconvolved.csv", "Tables (*.csv)")
        if path:
            self._runs.export(path if Path(path).suffix else f"{path}.csv")

    def _draw_line(self) -> None:
        image = self.form.data.layer.layer
        layer = add_lines(self._viewer, image)
        self.form.data.source.setCurrentText(LINE)
        self.form.data.shapes.choose(layer)

    def _reset(self) -> None:
        self.panel.more_iterations.setValue(self.panel.DEFAULT_MORE)
        self.form.set_defaults()

    def _try(self, action: Callable[[], Any]) -> None:
        try:
            action()
        except DeconvolutionError as error:
            self._runs.say(str(error), "error")

    def _show_run(self) -> None:
        runs, session = self._runs, self._runs.session
        current = self._signature == runs.signature
        plan = cube_plan(self.form.choices(), self._review)
        self.panel.show_run(runs, self._review, current, plan if isinstance(plan, str) else "")
        found = session is not None and current and self.form.settings.background.value() < 0
        known = session.backgrounds if session is not None and found else ()
        self.form.settings.background_found.say(f"found {backgrounds(known)}" if known else "")


def _dropped(event: QDragEnterEvent | QDropEvent) -> str | None:
    """Return the first file of those that are dropped that may hold a spectrum."""
    data = event.mimeData()
    paths = [url.toLocalFile() for url in data.urls()] if data is not None and data.hasUrls() else []
    return next((path for path in paths if path.lower().endswith(SPECTRUM_SUFFIXES)), None)
