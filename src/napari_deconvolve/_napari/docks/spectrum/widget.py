"""The dock "Spectrum": deconvolves data along one axis, and draws them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtCore import QSize
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QFileDialog, QVBoxLayout

from napari_deconvolve._napari.docks.spectrum.checks import SpectrumReview, cube_plan, review
from napari_deconvolve._napari.docks.spectrum.copying import result_file, text_of
from napari_deconvolve._napari.docks.spectrum.data import AXIS, Files, axis_of, place_in, point_world
from napari_deconvolve._napari.docks.spectrum.dropping import CanvasDrops, dropped
from napari_deconvolve._napari.docks.spectrum.form import SpectrumForm
from napari_deconvolve._napari.docks.spectrum.listing import Listing
from napari_deconvolve._napari.docks.spectrum.panel import SpectrumPanel
from napari_deconvolve._napari.docks.spectrum.places import Clicks
from napari_deconvolve._napari.docks.spectrum.runs import SpectrumRuns
from napari_deconvolve._napari.docks.spectrum.session import SpectrumPlan
from napari_deconvolve._napari.docks.spectrum.together import all_runs
from napari_deconvolve._napari.kit.bottom import Bottom
from napari_deconvolve._napari.kit.copying import copied
from napari_deconvolve._napari.kit.dock import NARROWEST
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.run_dock import LAYER_EVENTS, Event, RunDock
from napari_deconvolve._napari.kit.spread import Spread
from napari_deconvolve._napari.kit.tabs import WIDTH
from napari_deconvolve._napari.kit.words import backgrounds
from napari_deconvolve.io.columns import SPECTRUM_SUFFIXES
from napari_deconvolve.recipe.wording.spectrum import KERNEL_FILE

FILE_FILTER = f"Spectra ({' '.join(f'*{suffix}' for suffix in SPECTRUM_SUFFIXES)});;All files (*)"
KERNEL_FILTER = "Kernels (*.ome.tif);;Tables (*.csv)"
SIZE = QSize(WIDTH, 430)  # pixels of the dock where nothing says another size


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
        self._seen: tuple[object, object] | None = None  # row and data of the last look
        self._listing = Listing(self.form.data, self._runs.rows, self._files, self._viewer, self._changed)
        self._lay_out()
        self.setAcceptDrops(True)
        self._drops = CanvasDrops(self._viewer, self._listing.take_files, self)
        self._clicks = Clicks(self._viewer, self._listing.take_place)
        self.begin()
        self._bottom = Bottom(self, self._viewer, self._runs.place)
        self._content.widened.connect(self._bottom.loosen)

    def _lay_out(self) -> None:
        self._content = Spread(self.form, self.panel.shown)
        self._footer, self._area = self.panel.footer, self._content.area
        self._content.widened.connect(self.form.spread)
        self._content.widened.connect(self.panel.spread)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._content, 1)
        layout.addWidget(self._footer)
        self.setMinimumWidth(NARROWEST)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that is right for the bottom, where the width is the window's, and for the right."""
        return SIZE

    def leave(self) -> None:
        """Leave viewer, layers and runs alone."""
        super().leave()
        self._clicks.listen(False)
        self._drops.leave()
        self._bottom.leave()

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; spectra of one that went leave the list."""
        if not self.gone:
            self._listing.follow_layers()
        super().reset_choices(event)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take files that hold spectra."""
        if event is not None and dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take the files as data."""
        paths = [] if event is None else dropped(event.mimeData())
        if event is not None and paths:
            event.acceptProposedAction()
            self._listing.take_files(paths)

    # ---- set-up

    def _more_values(self) -> dict[str, Any]:
        return {"continue": self.panel.more_iterations.value()}

    def _restore_more(self, values: dict[str, Any]) -> None:
        self.panel.more_iterations.setValue(values.get("continue", self.panel.DEFAULT_MORE))

    def _connect(self) -> None:
        form, panel, runs = self.form, self.panel, self._runs
        form.data.open_file.connect(self._open)
        form.kernel.open_file.connect(self._open_kernel)
        self._listing.connect()
        panel.more_iterations.valueChanged.connect(self._remember)
        panel.go_on.clicked.connect(lambda _checked=False: self._try(self._continue))
        panel.export.clicked.connect(lambda _checked=False: self._try(self._export))
        panel.to_layer.clicked.connect(lambda _checked=False: self._try(runs.to_layer))
        panel.cube.clicked.connect(lambda _checked=False: self._try(self._run_cube))
        panel.run_all.clicked.connect(lambda _checked=False: self._try(self._run_all))
        panel.save_kernel.clicked.connect(lambda _checked=False: self._try(self._save_kernel))
        for kind, button in panel.copies.items():
            button.clicked.connect(partial(self._copy, kind))

    # ---- looking at the choices

    def _changed(self) -> None:
        self._point()
        super()._changed()
        self._clicks.listen(self._listing.hears_clicks)

    def _look(self, event: Any = None) -> None:
        form, runs = self.form, self._runs
        form.follow_file(self._files)
        if self._listing.store():
            form.follow_file(self._files)
        row, choices = runs.rows.current, form.choices()
        known = None if row.found is None else row.found.spectrum
        self._review = review(choices, self._files, self._viewer, known, row.spectrum)
        row.spectrum, row.problem = self._review.spectrum, self._problem()
        self._signature = choices.signature()
        if not runs.busy:
            if runs.own and self._signature != runs.signature:
                runs.runner.free()  # it cannot be continued: the form says something else
            if (row, row.spectrum) != (self._seen or (row, row.spectrum)):
                runs.text, runs.level = "", "info"  # it was said of other data
        self._seen = row, row.spectrum
        if form.kernel.follow(row.spectrum):
            self._look()  # with the width that fits these data
            return
        form.show_review(self._review)
        form.data.show_list(runs.rows)
        self.panel.show_cost(self._review.remark("cost"))
        self._show_run()

    def _problem(self) -> str:
        remark = self._review.remark("data")
        return remark.text if remark.level == "error" else ""

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

    def _run_all(self) -> None:
        self._look()
        runs, missed = all_runs(self._runs.rows.seen, self.form.choices(), self._files, self._viewer)
        self._runs.run_all(runs, missed)

    def _open(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Open spectra", "", FILE_FILTER)
        self._listing.take_files(paths)

    def _open_kernel(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a kernel", "", FILE_FILTER)
        if path:
            self.form.kernel.take_file(path)

    def press_save(self) -> None:
        """Export the result at Ctrl+S."""
        if self.panel.export.isEnabled():
            self._try(self._export)

    def _export(self) -> None:
        proposed = result_file(self._runs.rows.current)
        path, _ = QFileDialog.getSaveFileName(self, "Export CSV", proposed, "Tables (*.csv)")
        if path:
            self._runs.export(path if Path(path).suffix else f"{path}.csv")

    def _save_kernel(self) -> None:
        path, chosen = QFileDialog.getSaveFileName(self, "Save kernel", KERNEL_FILE, KERNEL_FILTER)
        if path:
            ending = ".csv" if "csv" in chosen else ".ome.tif"
            self._runs.save_kernel(path if Path(path).suffix else f"{path}{ending}")

    def _copy(self, kind: str, _checked: bool = False) -> None:
        found, recipe = self._runs.result()
        row, count = self._runs.rows.current, found.session.iteration
        self._runs.say(copied(kind, text_of(kind, row, recipe, count, self._runs.kernel_file)), "success")

    def _reset(self) -> None:
        self.panel.more_iterations.setValue(self.panel.DEFAULT_MORE)
        self.form.set_defaults()

    def _show_run(self) -> None:
        runs, found = self._runs, self._runs.found
        current = found is not None and self._signature == found.signature
        choices = self.form.choices()
        plan = cube_plan(choices, self._review)
        asked = found is not None and found.session.plan.recipe.iterations == choices.recipe.iterations
        self.form.data.show_list(runs.rows)
        self.panel.show_run(runs, self._review, current, asked, plan if isinstance(plan, str) else "")
        automatic = current and self.form.settings.automatic("background")
        known = found.session.backgrounds if found is not None and automatic else ()
        self.form.settings.camera_found["background"].say(f"found {backgrounds(known)}" if known else "")
