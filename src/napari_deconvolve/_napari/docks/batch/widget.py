"""The dock "Batch": many files by one recipe."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QFileDialog

from napari_deconvolve._napari.docks.batch.choices import PER_CHANNEL, BatchReview, Choices, psf_words, review
from napari_deconvolve._napari.docks.batch.form import FILE, LAYER, USUAL, BatchForm
from napari_deconvolve._napari.docks.batch.panel import BATCH_RUNS, BatchPanel
from napari_deconvolve._napari.docks.batch.runs import BatchRuns, open_path
from napari_deconvolve._napari.kit.command_words import in_dock
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.notice import Warned
from napari_deconvolve._napari.kit.run_dock import Event, RunDock
from napari_deconvolve._napari.layers.announced import Results
from napari_deconvolve._napari.layers.recipes import channel_psfs, last_run, recipe_in, sentence
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve._napari.work.answers import Answers
from napari_deconvolve._napari.work.per_viewer import of_viewer
from napari_deconvolve.cli.batch.inputs import files_of
from napari_deconvolve.cli.batch.plan import BatchPlan
from napari_deconvolve.cli.batch.records import Records
from napari_deconvolve.cli.failures import reason
from napari_deconvolve.io.recipe_files import read_recipe
from napari_deconvolve.recipe.recipe import Recipe

PATIENCE_SECONDS = 0.5  # for a recipe: that in a large result takes a while
FOLDER = "deconvolved"  # beside the first file
NO_RUN = "Press Run in the dock “Deconvolve” first, or choose another recipe."
NO_RESULT = "There is no result layer; choose another recipe."


class BatchWidget(RunDock):
    """Choose files, a recipe and a folder, and press Run."""

    TITLE = "Batch"
    BUSY = BATCH_RUNS

    form: BatchForm
    panel: BatchPanel
    _runs: BatchRuns
    _review: BatchReview

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer, BatchRuns, BatchForm(), BatchPanel())
        self._review = BatchReview(())
        self._recipes = Answers(self, _read_recipes, subject="recipe", patience=PATIENCE_SECONDS)
        self._was_busy = False
        self._asked = ""  # the file that somebody wants to know more about
        self.lay_out(self.form, footer=self.panel.footer)
        self.setAcceptDrops(True)
        self.begin()
        self._look()

    def leave(self) -> None:
        """Leave viewer, layers and runs alone."""
        super().leave()
        self._runs.looks.changed.disconnect(self._look)
        of_viewer(self._viewer, Results).finished.disconnect(self._result_made)
        if not self._runs.busy:
            self._runs.looks.drop()

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Look how much room there is."""
        super().showEvent(event)
        self._fitting.restart()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take files and folders."""
        if event is not None and _dropped(event) and not self._runs.busy:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: N802 - Qt's name
        """Add the files, and those of the folders."""
        if event is not None and _dropped(event) and not self._runs.busy:
            event.acceptProposedAction()
            self._try(lambda: self._add(_dropped(event)))

    # ---- set-up

    def _connect(self) -> None:
        form, panel, runs = self.form, self.panel, self._runs
        form.add_files.clicked.connect(lambda _checked=False: self._try(self._browse_files))
        form.add_folder.clicked.connect(lambda _checked=False: self._try(self._browse_folder))
        form.remove.clicked.connect(lambda _checked=False: self._remove(form.files.chosen))
        form.files.unwanted.connect(lambda: self._remove(form.files.chosen))
        form.files.asked.connect(self._ask)
        form.files.itemSelectionChanged.connect(self._show_run)
        panel.pause.clicked.connect(lambda _checked=False: runs.pause(not (runs.session and runs.session.paused)))
        panel.open_report.clicked.connect(lambda _checked=False: open_path(runs.report))
        panel.open_folder.clicked.connect(lambda _checked=False: open_path(runs.folder))
        runs.looks.changed.connect(self._look)
        of_viewer(self._viewer, Results).finished.connect(self._result_made)
        self._recipes.changed.connect(self._look)

    def _result_made(self, layer: Any = None) -> None:
        self.reset_choices()  # until now it was a preview
        self._look()

    def _restore_more(self, values: dict[str, Any]) -> None:
        if self._runs.session is not None:
            self.form.steps.cards["files"].fold(False)  # they say how far it is

    def _boxes(self) -> dict[str, LayerBox]:
        return {"result": self.form.result}

    def _events(self) -> Iterator[Event]:
        layer = self.form.result.value
        if layer is not None:
            yield layer.events.metadata, self._look

    # ---- looking at the choices

    def _changed(self) -> None:
        if self._runs.level == "error":  # it was about something else
            self._runs.say("")
        super()._changed()

    def _look(self, event: Any = None) -> None:
        choices = self._choices()
        self._review = review(choices, self._runs.looked_at)
        self.form.recipe_words = self._summary(choices)
        self.form.show_review(self._review)
        self._show_run()
        self._fitting.restart()

    def _choices(self) -> Choices:
        form, stored = self.form, self._stored()
        recipe, lacking = self._recipe(stored)
        return Choices(
            self._runs.files,
            recipe,
            lacking,
            form.psf.currentText(),
            channel_psfs(stored, list(self._viewer.layers)) if form.psf.currentText() == PER_CHANNEL else None,
            form.psf_file.paths,
            form.output.edit.text().strip(),
            form.name.text().strip(),
            form.spacing.text().strip(),
            form.skip.isChecked(),
            form.as_found.isChecked(),
            form.jobs.value(),
        )

    def _stored(self) -> Mapping[str, Any]:
        """Return what the layer keeps whose recipe is chosen."""
        source, layer = self.form.recipe.currentText(), self.form.result.value
        if source == LAYER:
            return {} if layer is None else our_metadata(layer)
        return {} if source in (FILE, USUAL) else last_run(self._viewer)

    def _recipe(self, stored: Mapping[str, Any]) -> tuple[Recipe | None, str]:
        source, paths = self.form.recipe.currentText(), self.form.recipe_file.paths
        if source == USUAL:
            return Recipe(), ""
        if source == FILE:
            key = paths and (paths[0], os.path.getmtime(paths[0]) if os.path.exists(paths[0]) else 0.0)
            self._recipes.ask({key: paths[0]} if key else {})
            found = self._recipes.known.get(key)
            if isinstance(found, str):
                return None, found
            return found, "Reading the file …" if paths else "Choose a file with a recipe."
        return recipe_in(stored), NO_RESULT if source == LAYER else NO_RUN

    def _summary(self, choices: Choices) -> str:
        if choices.recipe is None:
            return ""
        return sentence(choices.recipe, as_found=choices.as_found, psf=psf_words(choices))

    # ---- doing

    def _start(self, plan: BatchPlan) -> None:
        self._runs.run(plan, self._review)
        self.form.steps.begin()
        self.form.steps.cards["files"].fold(False)

    def _show_run(self) -> None:
        """Show where the batch stands: files, warnings, and the foot."""
        form, runs = self.form, self._runs
        states = runs.states(self._review)
        form.files.show_files(runs.files, states)
        if runs.busy != self._was_busy:
            self._was_busy = runs.busy
            form.lock(runs.busy)
            form.notice.show_all([])  # what can be done about a warning changes, too
            self._soon.restart()
        form.remove.setEnabled(not runs.busy and bool(form.files.chosen))
        order = sorted(runs.files, key=lambda file: (file != self._asked, states[file].level != "error"))
        form.notice.show_all([self._warned(file, states[file].why) for file in order if states[file].why])
        self.panel.show_run(runs, self._review)

    def _warned(self, file: str, why: str) -> Warned:
        remedy = "" if self._runs.busy else "Remove this file"
        said = why.removeprefix(f"{file} ")  # the name alone stands before it
        return Warned(f"{Path(file).name}: {said}", remedy, partial(self._remove, [file]))

    def _ask(self, file: str) -> None:
        self._asked = file
        self.form.notice.show_all([])  # also what was ignored is shown again
        self._show_run()

    def _add(self, paths: Sequence[str]) -> None:
        output = self.form.output.edit.text().strip()
        earlier = [row.output for row in Records(output).known().values()] if output else []
        without = (*earlier, *self.form.psf_file.paths)
        self._runs.files = files_of([*self._runs.files, *paths], None, without)
        near = str(Path(self._runs.files[0]).resolve().parent)
        for field in (self.form.output, self.form.psf_file, self.form.recipe_file):
            field.near = near
        if not output:
            self.form.output.edit.setText(str(Path(near) / FOLDER))
        self._changed()

    def _remove(self, files: Sequence[str]) -> None:
        if not self._runs.busy:
            self._runs.files = tuple(file for file in self._runs.files if file not in files)
            self._changed()

    def _browse_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Add files", self.form.output.near)
        if paths:
            self._add(paths)

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Add the images of a folder", self.form.output.near)
        if path:
            self._add([path])


def _read_recipes(paths: Sequence[str]) -> Generator[Recipe | str, None, None]:
    for path in paths:
        try:
            yield read_recipe(path)
        except Exception as error:  # it would stay unread
            yield in_dock(reason(error))


def _dropped(event: QDragEnterEvent | QDropEvent) -> list[str]:
    """Return the files and folders that are dropped."""
    data = event.mimeData()
    found = [url.toLocalFile() for url in data.urls()] if data is not None and data.hasUrls() else []
    return [path for path in found if path]
