"""The dock "Spectrum": deconvolves data along one axis, and draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QFileDialog

from napari_deconvolve._napari.docks.spectrum.checks import SpectrumReview, cube_plan, review
from napari_deconvolve._napari.docks.spectrum.data import AXIS, LINE, Files, axis_of, place_in, point_world
from napari_deconvolve._napari.docks.spectrum.form import SpectrumForm
from napari_deconvolve._napari.docks.spectrum.panel import SpectrumPanel
from napari_deconvolve._napari.docks.spectrum.places import Clicks, add_lines
from napari_deconvolve._napari.docks.spectrum.runs import SpectrumRuns
from napari_deconvolve._napari.docks.spectrum.session import SpectrumPlan
from napari_deconvolve._napari.kit.columns import Columns
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.run_dock import LAYER_EVENTS, Event, RunDock
from napari_deconvolve._napari.kit.words import backgrounds
from napari_deconvolve.io.columns import SPECTRUM_SUFFIXES

FILE_FILTER = f"Spectra ({' '.join(f'*{suffix}' for suffix in SPECTRUM_SUFFIXES)});;All files (*)"


class SpectrumWidget(RunDock):
    """Choose data and a kernel, press Run, and look at the plot."""

    TITLE = "Spectrum"

    form: SpectrumForm
    panel: SpectrumPanel
    _runs: SpectrumRuns
    _review: SpectrumReview

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer, SpectrumRuns, SpectrumForm(), SpectrumPanel())
        self._files = Files()
        self._review = SpectrumReview(())
        self._signature: object = None
        self.lay_out(Columns(self.form, self.panel.shown), footer=self.panel.footer)
        self.setAcceptDrops(True)
        self._clicks = Clicks(self._viewer, self._clicked)
        self.begin()

    def leave(self) -> None:
        """Leave viewer, layers and runs alone."""
        super().leave()
        self._clicks.listen(False)

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

    def _more_values(self) -> dict[str, Any]:
        return {"continue": self.panel.more_iterations.value()}

    def _restore_more(self, values: dict[str, Any]) -> None:
        self.panel.more_iterations.setValue(values.get("continue", self.panel.DEFAULT_MORE))

    def _connect(self) -> None:
        form, panel, runs = self.form, self.panel, self._runs
        form.data.open_file.connect(lambda: self._open("Open data", form.data.take_file))
        form.kernel.open_file.connect(lambda: self._open("Open a kernel", form.kernel.take_file))
        form.data.draw_line.connect(self._draw_line)
        panel.more_iterations.valueChanged.connect(self._remember)
        panel.go_on.clicked.connect(lambda _checked=False: self._try(self._continue))
        panel.export.clicked.connect(lambda _checked=False: self._try(self._export))
        panel.to_layer.clicked.connect(lambda _checked=False: self._try(runs.to_layer))
        panel.cube.clicked.connect(lambda _checked=False: self._try(self._run_cube))

    # ---- looking at the choices

    def _changed(self) -> None:
        self._point()
        super()._changed()
        source = self.form.data.source.currentText()
        by_click = self._boxes()["points"].value is None and self.form.data.has_places
        self._clicks.listen(source == AXIS and by_click)

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
        self.panel.show_cost(self._review.remark("cost"))
        self._show_run()

    def _events(self) -> Iterator[Event]:
        """Hear of changes in the chosen layers, and of lines and points that are moved."""
        boxes = self._boxes()
        for name in ("layer", "kernel_layer"):
            layer = boxes[name].value
            if layer is not None:
                yield from ((getattr(layer.events, event), self._look) for event in (*LAYER_EVENTS, "translate"))
        for name in ("points", "shapes"):
            layer = boxes[name].value
            if layer is not None:
                yield layer.events.data, self._mark_moved
                yield layer.selected_data.events.items_changed, self._mark_moved

    def _mark_moved(self, event: Any = None) -> None:
        self._point()
        self._look()

    def _point(self) -> None:
        """Take the place from the chosen Points layer."""
        choice, points = self.form.data.choice(), self.form.data.points.value
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

    def _boxes(self) -> dict[str, LayerBox]:
        data, kernel = self.form.data, self.form.kernel
        return {"layer": data.layer, "points": data.points, "shapes": data.shapes, "kernel_layer": kernel.layer}

    # ---- doing

    def _start(self, plan: SpectrumPlan) -> None:
        self._runs.run(plan, self._signature)

    def _continue(self) -> None:
        self._runs.go_on(self.panel.more_iterations.value())

    def _run_cube(self) -> None:
        self._look()
        choices = self.form.choices()
        plan = cube_plan(choices, self._review)
        if not isinstance(plan, str):
            self._runs.run_cube(plan, choices.data.layer)

    def _open(self, title: str, take: Callable[[str], None]) -> None:
        path, _ = QFileDialog.getOpenFileName(self, title, "", FILE_FILTER)
        if path:
            take(path)

    def _export(self) -> None:
        name = "spectrum" if self._runs.session is None else self._runs.session.plan.source.name
        path, _ = QFileDialog.getSaveFileName(self, "Export CSV", f"{name} deconvolved.csv", "Tables (*.csv)")
        if path:
            self._runs.export(path if Path(path).suffix else f"{path}.csv")

    def _draw_line(self) -> None:
        image = self.form.data.layer.value
        layer = add_lines(self._viewer, image)
        self.form.data.source.setCurrentText(LINE)
        self.form.data.shapes.choose(layer)

    def _reset(self) -> None:
        self.panel.more_iterations.setValue(self.panel.DEFAULT_MORE)
        self.form.set_defaults()

    def _show_run(self) -> None:
        runs, session = self._runs, self._runs.session
        current = self._signature == runs.signature
        plan = cube_plan(self.form.choices(), self._review)
        self.panel.show_run(runs, self._review, current, plan if isinstance(plan, str) else "")
        found = session is not None and current and self.form.settings.automatic("background")
        known = session.backgrounds if session is not None and found else ()
        self.form.settings.camera_found["background"].say(f"found {backgrounds(known)}" if known else "")


def _dropped(event: QDragEnterEvent | QDropEvent) -> str | None:
    """Return the first file of those that are dropped that may hold a spectrum."""
    data = event.mimeData()
    paths = [url.toLocalFile() for url in data.urls()] if data is not None and data.hasUrls() else []
    return next((path for path in paths if path.lower().endswith(SPECTRUM_SUFFIXES)), None)
