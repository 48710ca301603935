"""The controls of the dock "Compare iterations"."""

from __future__ import annotations

import weakref
from typing import Any

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.compare.checks import Choices, Review
from napari_deconvolve._napari.docks.deconvolve import checks
from napari_deconvolve._napari.kit.forms import (
    AUTO,
    Fold,
    LayerBox,
    Remarks,
    align_labels,
    auto_number_box,
    beside,
    choice_box,
    form,
    help_of,
    identify,
    row,
)
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.region import REGIONS
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve.recipe.recipe import Recipe, parameter

NO_LAYER = "none"
ITERATIONS = "10, 20, 40, 80"
STRENGTHS = "none, 0.001, 0.01"
FIELDS = ("image", "psf", "iterations", "strengths", "truth", "region")


class CompareForm(QWidget):  # type: ignore[misc]
    """Image, PSF and what is compared; `choices` says what they are, `changed` that they are others."""

    changed = Signal()
    psf_chosen = Signal()
    draw = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: list[weakref.ref[Any]] = []
        self.shapes: list[Any] = []
        self._make_layer_boxes()
        self._make_settings()
        self.remarks = {name: Remarks(f"{name}_info") for name in FIELDS}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._main_rows())
        self.more = Fold("More", "more")
        self.more.body.setLayout(self._more_rows())
        layout.addWidget(self.more)
        self._connect()
        self.set_defaults()

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Align the labels, now that their font is known."""
        super().showEvent(event)
        align_labels(self)

    def _make_layer_boxes(self) -> None:
        self.image = identify(LayerBox(), "image", "Image", "The image layer to deconvolve; it is not changed.")
        self.psf = identify(
            LayerBox(), "psf", "PSF", "The layer that shows how a point is blurred; make one in the dock “PSF”."
        )
        self.truth = identify(
            LayerBox(NO_LAYER),
            "truth",
            "Truth",
            "What the result should be, where it is known, as in a simulation: errors are measured against it. "
            "Without, a score is told from the data alone.",
        )

    def _make_settings(self) -> None:
        self.iterations = identify(
            QLineEdit(),
            "iterations",
            "Iterations",
            "Numbers of iterations to compare, such as 10, 20, 40, 80, or every 10 to 80. All come from one run.",
        )
        self.strengths = identify(
            QLineEdit(),
            "strengths",
            "Strengths",
            "Strengths of the prior, such as none, 0.001, 0.01: one run for each; none is without prior.",
        )
        self.strengths.setPlaceholderText(f"e.g. {STRENGTHS}")
        self.prior = _described(choice_box(parameter("prior").choices), "prior")
        self.region = identify(
            choice_box(REGIONS),
            "region",
            "Region",
            "Deconvolve all, or only what the camera shows or a rectangle of a Shapes layer encloses: quick, to try.",
        )
        self.draw_button = identify(
            QPushButton("Draw"), "draw", "Draw a rectangle", "Make a Shapes layer, ready to draw a rectangle."
        )
        self.background = _described(auto_number_box(f" {parameter('background').unit}"), "background")
        self.acceleration = _described(choice_box(parameter("acceleration").choices), "acceleration")
        self.boundary = _described(choice_box(parameter("boundary").choices), "boundary")

    def _main_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "Image", self.image, self.remarks["image"])
        row(rows, "PSF", self.psf)
        rows.addRow(self.remarks["psf"])
        row(rows, "Iterations", self.iterations, self.remarks["iterations"])
        row(rows, "Prior", self.prior)
        self._strengths_label = row(rows, "Strengths", self.strengths, self.remarks["strengths"])
        row(rows, "Truth", self.truth, self.remarks["truth"])
        row(rows, "Region", beside(self.region, self.draw_button), self.remarks["region"], buddy=self.region)
        return rows

    def _more_rows(self) -> QFormLayout:
        rows = form()
        row(rows, parameter("background").label, self.background)
        row(rows, parameter("acceleration").label, self.acceleration)
        row(rows, parameter("boundary").label, self.boundary)
        return rows

    def _connect(self) -> None:
        for box in (self.image, self.psf, self.truth):
            box.chosen.connect(self._changed)
        for text in (self.iterations, self.strengths):
            text.textChanged.connect(self._changed)
        for choice in (self.prior, self.region, self.acceleration, self.boundary):
            choice.currentIndexChanged.connect(self._changed)
        self.background.valueChanged.connect(self._changed)
        self.psf.chosen.connect(self.psf_chosen)
        self.draw_button.clicked.connect(lambda _checked=False: self.draw.emit())

    def _changed(self, *_: Any) -> None:
        self._show_what_counts()
        self.changed.emit()

    def _show_what_counts(self) -> None:
        self.draw_button.setVisible(self.region.currentText() == "rectangle")
        with_prior = self.prior.currentText() != "none"
        self.strengths.setEnabled(with_prior)
        self._strengths_label.setEnabled(with_prior)

    # ---- what it says

    def choices(self) -> Choices:
        """Return what is chosen."""
        value = self.background.value()
        recipe = Recipe(
            iterations=1,
            acceleration=self.acceleration.currentText(),
            background="auto" if value < 0 else value,
            boundary=self.boundary.currentText(),
        )
        base = checks.Choices(
            image=self.image.layer,
            psf=self.psf.layer,
            recipe=recipe,
            region=self.region.currentText(),
            shapes=next((layer for layer in reversed(self.shapes) if len(layer.data)), None),
        )
        return Choices(base, self.iterations.text(), self.strengths.text(), self.prior.currentText(), self.truth.layer)

    def set_defaults(self) -> None:
        """Set every number and word to its default; layers stay."""
        self.set_values(
            {
                "iterations": ITERATIONS,
                "strengths": STRENGTHS,
                "prior": "none",
                "region": REGIONS[0],
                "background": AUTO,
                "acceleration": str(parameter("acceleration").default),
                "boundary": str(parameter("boundary").default),
            }
        )

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        return {
            "iterations": self.iterations.text(),
            "strengths": self.strengths.text(),
            "prior": self.prior.currentText(),
            "region": self.region.currentText(),
            "background": self.background.value(),
            "acceleration": self.acceleration.currentText(),
            "boundary": self.boundary.currentText(),
        }

    def set_values(self, values: dict[str, Any]) -> None:
        """Set numbers and words."""
        for name, value in values.items():
            widget = getattr(self, name)
            if isinstance(widget, QLineEdit):
                widget.setText(value)
            elif isinstance(value, str):
                widget.setCurrentText(value)
            else:
                widget.setValue(value)
        self._show_what_counts()

    def show_review(self, found: Review) -> None:
        """Write the remarks beside their fields."""
        for field, remark in self.remarks.items():
            said = found.remark(field)
            remark.say(said.text, said.level)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        for remark in self.remarks.values():
            remark.restyle(colors)

    # ---- which layers there are

    def offer(self, layers: list[Any], image: Any = None, psf: Any = None) -> None:
        """Follow the viewer's layers; where nothing is chosen yet, `image` and `psf` are. A PSF that comes is taken."""
        from napari.layers import Image, Shapes

        images = [layer for layer in layers if isinstance(layer, Image) and "sweep" not in our_metadata(layer)]
        self.shapes = [layer for layer in layers if isinstance(layer, Shapes)]
        new = [layer for layer in images if not any(known() is layer for known in self._known)]
        self._known = [weakref.ref(layer) for layer in images]
        with QSignalBlocker(self):
            self.image.offer(images, image)
            self.psf.offer(images, psf)
            self.truth.offer(images)
            fresh = [layer for layer in new if is_psf_layer(layer)]
            if fresh:
                self.psf.choose(fresh[-1])
        self._changed()


def _described(widget: Any, name: str) -> Any:
    definition = parameter(name)
    return identify(widget, name, definition.label, help_of(definition))
