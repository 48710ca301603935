"""The dock "Compare iterations"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qtpy.QtWidgets import QFileDialog

from napari_deconvolve._napari.docks.compare.checks import SweepReview, review
from napari_deconvolve._napari.docks.compare.form import CompareForm
from napari_deconvolve._napari.docks.compare.panel import GRID, SLIDER, ComparePanel
from napari_deconvolve._napari.docks.compare.runs import CompareRuns
from napari_deconvolve._napari.docks.compare.session import SweepPlan
from napari_deconvolve._napari.kit.dock import open_dock
from napari_deconvolve._napari.kit.image_dock import ImageDock
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.run_dock import LAYER_EVENTS, Event


class CompareWidget(ImageDock):
    """Choose what to compare, press Run, and look at the estimates side by side."""

    BUSY = "A sweep is running; stop it, or wait for its end, before you start another."

    TITLE = "Compare iterations"

    form: CompareForm
    panel: ComparePanel
    _runs: CompareRuns
    _review: SweepReview

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer, CompareRuns, CompareForm(), ComparePanel())
        self._review = SweepReview(())
        self.lay_out(self.form, self.panel, footer=self.panel.footer)
        self.begin()
        self._show_rows()

    # ---- set-up

    def _boxes(self) -> dict[str, LayerBox]:
        return {"image": self.form.image, "psf": self.form.psf, "truth": self.form.truth}

    def _restore_more(self, values: dict[str, Any]) -> None:
        self.panel.view.show_text(GRID if self._runs.grid else SLIDER)
        for name, box in self.panel.beside.items():
            box.setChecked(name in self._runs.beside)

    def _connect(self) -> None:
        super()._connect()
        panel, runs = self.panel, self._runs
        panel.keep.clicked.connect(lambda _checked=False: self._try(self._keep))
        panel.again.clicked.connect(lambda _checked=False: self.press_run())
        panel.use.clicked.connect(lambda _checked=False: self._try(self._use))
        panel.export.clicked.connect(lambda _checked=False: self._try(self._export))
        panel.view.currentTextChanged.connect(lambda text: runs.show_grid(text == GRID))
        panel.more = self._try_more
        for box in panel.beside.values():
            box.toggled.connect(
                lambda _on: runs.show_beside([name for name, one in panel.beside.items() if one.isChecked()])
            )
        panel.curves.picked.connect(runs.go_to)
        runs.moved.connect(self._show_rows)

    # ---- looking at the choices

    def _reviewed(self) -> SweepReview:
        return review(self._viewer, self.form.choices(), self._psfs)

    def _events(self) -> Iterator[Event]:
        yield from super()._events()
        truth = self.form.truth.value
        if truth is not None:
            for name in LAYER_EVENTS:
                yield getattr(truth.events, name), self._layer_changed

    # ---- doing

    def _start(self, plan: SweepPlan) -> None:
        base = self.form.choices().base
        self._runs.run(plan, base.image, base.psf)

    def _keep(self) -> None:
        if self._runs.grid:
            self.panel.view.setCurrentText(SLIDER)
        self._runs.keep()

    def _try_more(self, iterations: str) -> None:
        """Run again with further numbers of iterations."""
        self.form.iterations.setText(iterations)
        self.press_run()

    def _use(self) -> None:
        row = self._runs.shown or self._runs.best
        if row is None:
            return
        image, psf = self._runs.chosen_layers()
        open_dock(self._viewer, "Deconvolve").take_settings(self._runs.recipe(row), image, psf)
        self._runs.say(f"The dock “Deconvolve” is set to {row.iterations} iterations, {row.setting}.", "success")

    def _export(self) -> None:
        image = self._runs.session.plan.base.source.name if self._runs.session is not None else "sweep"
        path, _ = QFileDialog.getSaveFileName(self, "Export table", f"{image} sweep.csv", "Tables (*.csv)")
        if path:
            self._runs.export(path if path.lower().endswith(".csv") else f"{path}.csv")

    def _show_run(self) -> None:
        self.panel.show_run(self._runs, self._review)

    def _show_rows(self) -> None:
        self.panel.show_rows(self._runs)
        self._show_run()
