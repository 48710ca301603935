"""The controls of the dock "Batch"."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.batch.choices import OF_FILES, PSFS, BatchReview
from napari_deconvolve._napari.kit.buttons import push_button, side_by_side
from napari_deconvolve._napari.kit.dock_form import DockForm
from napari_deconvolve._napari.kit.file_list import FileList
from napari_deconvolve._napari.kit.forms import (
    Remarks,
    choice_box,
    form,
    identify,
    row,
    whole_number_box,
)
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.notice import Notice
from napari_deconvolve._napari.kit.path_field import PathField, Wanted
from napari_deconvolve._napari.kit.steps import Step
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.recipes import is_result
from napari_deconvolve._napari.work.remarks import Remark, Review
from napari_deconvolve.cli.batch.names import IMAGES
from napari_deconvolve.core.transforms.fft import cpu_count
from napari_deconvolve.memory import size_text

RECIPES = LAST, LAYER, FILE, USUAL = "Last run in Deconvolve", "A result layer…", "A recipe file…", "All automatic"
TEXTS = ("recipe_file", "psf_file", "output", "name", "spacing")  # fields that are typed into


class BatchForm(DockForm):
    """Files, recipe, and where results go; `changed` says that something else is chosen.

    Attributes
    ----------
    recipe_words : str
        What the recipe is.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recipe_words = ""
        self.remarks = {name: Remarks(f"{name}_info") for name in ("recipe", "psf", "output", "name")}
        self._rows: dict[str, tuple[QWidget, QWidget]] = {}
        steps = [
            Step("files", "Files", self._files(), ("files",)),
            Step("recipe", "Recipe", self._recipe(), ("recipe", "psf")),
            Step("output", "Output", self._output(), ("output", "name")),
        ]
        self.lay_out(steps, self._more())
        self.steps.cards = dict(reversed(self.steps.cards.items()))  # in a low dock the list of files folds last
        self.show_what_counts()

    # ---- set-up

    def _files(self) -> QVBoxLayout:
        self.files, self.notice = FileList(), Notice("warning")
        self.add_files = push_button("Add files…", "add_files", "Images to be run; they may be dropped here too.")
        self.add_folder = push_button("Add folder…", "add_folder", "All images of a folder.")
        self.remove = push_button("Remove", "remove", "Take the chosen files out of the list (Del).")
        self._editing = [self.add_files, self.add_folder, self.remove]
        body = QVBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(6)
        body.addWidget(self.files)
        body.addLayout(side_by_side(*self._editing))
        body.addWidget(self.notice)
        return body

    def _recipe(self) -> QWidget:
        self.recipe = self._choice("recipe", "Recipe", RECIPES, "Where the settings come from.")
        self.result = LayerBox("result", "Result", "Layer whose recipe is taken.", empty="no results")
        self.recipe_file = self._path(
            "recipe_file", "Recipe file", "A recipe (JSON), or a result with its recipe.", "file"
        )
        self.psf = self._choice("psf", "PSF", PSFS, "The PSF of all files, of each channel, or of each file.")
        self.psf_file = self._path("psf_file", "PSF files", "A PSF for all files, or one per channel.", "files")
        self.result.changed.connect(self._changed)
        self._recipe_body = self._rows_of(
            ("From", self.recipe, None),
            ("Layer", self.result.native, None),
            ("File", self.recipe_file, "recipe"),
            ("PSF", self.psf, None),
            ("Files", self.psf_file, "psf"),
        )
        return self._recipe_body

    def _output(self) -> QWidget:
        self.output = self._path("output", "Folder", "Where results, table and report go; made if absent.", "folder")
        self.name = self._text("name", "Name", "Names of the results: {name} of the file, {folder}, {number}.", IMAGES)
        self.skip = self._tick("skip", "Skip files that are already done", True)
        self.skip.setToolTip("<p>Files whose samples, recipe and PSF are those of a result in the folder.</p>")
        self._output_body = self._rows_of(("Folder", self.output, "output"), ("Name", self.name, "name"))
        self._output_body.layout().addRow(self.skip)
        return self._output_body

    def _more(self) -> Any:
        more = form()
        tip = "Voxel size for all files in place of their own, as Z,Y,X or one number, in µm."
        self.spacing = self._text("spacing", "Pixel size", tip, "", "from each file")
        self.jobs = identify(
            whole_number_box(1, cpu_count(), 1), "jobs", "Files at once", "They share cores and memory."
        )
        self.jobs.valueChanged.connect(self._changed)
        self.as_found = self._tick("as_found", "Numbers as they were found", False)
        self.as_found.setToolTip(
            "<p>Take the numbers that were found on another image; else each file has its own.</p>"
        )
        row(more, "Pixel size", self.spacing)
        row(more, "At once", self.jobs)
        more.addRow(self.as_found)
        return more

    def _choice(self, name: str, label: str, choices: Sequence[str], tip: str) -> Any:
        box = identify(choice_box(choices), name, label, tip)
        box.currentIndexChanged.connect(self._changed)
        return box

    def _text(self, name: str, label: str, tip: str, text: str = "", hint: str = "") -> QLineEdit:
        field: QLineEdit = identify(QLineEdit(text), name, label, tip)
        field.setPlaceholderText(hint)
        field.setMinimumWidth(60)
        field.textChanged.connect(self._changed)
        return field

    def _path(self, name: str, label: str, tip: str, wanted: Wanted) -> PathField:
        field = PathField(name, label, tip, wanted)
        field.edit.textChanged.connect(self._changed)
        return field

    def _tick(self, name: str, label: str, on: bool) -> QCheckBox:
        box: QCheckBox = identify(QCheckBox(label), name, label, label)
        box.setChecked(on)
        box.toggled.connect(self._changed)
        return box

    def _rows_of(self, *rows: tuple[str, QWidget, str | None]) -> QWidget:
        body = QWidget()
        body.setProperty("part", "plain")
        layout = form()
        body.setLayout(layout)
        for label, field, remark in rows:
            named = field.edit if isinstance(field, PathField) else field
            self._rows[named.objectName()] = row(layout, label, field, buddy=named), field
            if remark is not None:
                layout.addRow(self.remarks[remark])
        return body

    # ---- what is chosen

    def offer(self, layers: Sequence[Any], active: Any = None) -> None:
        """Offer the viewer's results."""
        results = [layer for layer in layers if is_result(layer)]
        self.result.offer(results, default=results[-1] if results else None)

    def values(self) -> dict[str, Any]:
        """Return what is remembered."""
        texts = {name: self._line(name).text() for name in TEXTS}
        ticks = {name: getattr(self, name).isChecked() for name in ("skip", "as_found")}
        boxes = {name: getattr(self, name).currentText() for name in ("recipe", "psf")}
        return {**texts, **ticks, **boxes, "jobs": self.jobs.value()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take what was remembered."""
        for name, value in values.items():
            if name in TEXTS:
                self._line(name).setText(value)
            elif isinstance(value, bool):
                getattr(self, name).setChecked(value)
            elif isinstance(value, int):
                getattr(self, name).setValue(value)
            else:
                getattr(self, name).setCurrentText(value)

    def _line(self, name: str) -> QLineEdit:
        field: QLineEdit | PathField = getattr(self, name)
        return field.edit if isinstance(field, PathField) else field

    def set_defaults(self) -> None:
        """Take the defaults; files and folder stay."""
        choices = {"recipe": LAST, "psf": PSFS[0], "name": IMAGES, "spacing": "", "jobs": 1}
        self.set_values({**choices, "skip": True, "as_found": False})

    def show_what_counts(self) -> None:
        """Hide what would change nothing."""
        shown = {
            "result": self.recipe.currentText() == LAYER,
            "recipe_file": self.recipe.currentText() == FILE,
            "psf_file": self.psf.currentText() == OF_FILES,
        }
        for name, yes in shown.items():
            for widget in self._rows[name]:
                widget.setVisible(yes)

    def lock(self, yes: bool) -> None:
        """Let nothing be changed while a batch runs."""
        for widget in (*self._editing, self._recipe_body, self._output_body, self.more.body):
            widget.setEnabled(not yes)

    def summaries(self, found: Review) -> Mapping[str, tuple[str, str]]:
        """Return what each step comes to."""
        known, count = self.files.files, len(self.files.files)
        size = sum(os.path.getsize(file) for file in known if os.path.isfile(file))
        files = f"{count} file{'s' * (count != 1)}{f', {size_text(size)}' if size else ''}"
        assert isinstance(found, BatchReview)
        folder = "" if found.plan is None else found.plan.folder
        return {"files": (files, files), "recipe": ("", self.recipe_words), "output": ("", folder)}

    def remark(self, found: Review, field: str) -> Remark:
        """Return what stands below a field: below the recipe, where nothing is wrong, what it is."""
        said = found.remark(field)
        return Remark(field, self.recipe_words) if field == "recipe" and not said.text else said

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.files.restyle(colors)
        self.notice.restyle(colors)
