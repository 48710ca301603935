"""The controls of the dock "Deconvolve", made from the definitions of the recipe's parameters."""

from __future__ import annotations

import weakref
from typing import Any

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.deconvolve.checks import Choices, Review
from napari_deconvolve._napari.docks.deconvolve.health import PSFHealth
from napari_deconvolve._napari.kit.forms import (
    Fold,
    LayerBox,
    Remarks,
    align_labels,
    beside,
    choice_box,
    form,
    identify,
    row,
)
from napari_deconvolve._napari.kit.methods import Method, method_of
from napari_deconvolve._napari.kit.settings import Settings
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.region import REGIONS
from napari_deconvolve._napari.layers.source import our_metadata

NO_LAYER = "none"


class DeconvolveForm(QWidget):  # type: ignore[misc]
    """Image, PSF and settings; `choices` says what they are, `changed` that they are others."""

    changed = Signal()
    psf_chosen = Signal()
    make_psf = Signal()
    draw = Signal()
    spacing_given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: list[weakref.ref[Any]] = []
        self.shapes: list[Any] = []
        self._make_layer_boxes()
        self._make_region()
        self.settings = Settings(self)
        self._make_remarks()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._main_rows())
        self.more = Fold("More", "more")
        self.more.body.setLayout(self._more_rows())
        layout.addWidget(self.more)
        self._show_what_counts()
        self._connect()

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Align the labels, now that their font is known."""
        super().showEvent(event)
        align_labels(self)

    # ---- what it is made of

    def _make_layer_boxes(self) -> None:
        self.image = identify(LayerBox(), "image", "Image", "The image layer to deconvolve; it is not changed.")
        self.psf = identify(
            LayerBox(), "psf", "PSF", "The layer that shows how a point is blurred; make one in the dock “PSF”."
        )
        self.make_button = identify(
            QPushButton("Make…"), "make_psf", "Make a PSF", "Opens the dock “PSF”, which makes one for this image."
        )
        self.psf.setMinimumContentsLength(1)  # leaves room for the button beside it in a narrow dock
        self.health = PSFHealth()
        self.start = identify(
            LayerBox(NO_LAYER),
            "start",
            "Start from",
            "A first estimate of the image's shape, say an earlier result; none begins from a flat image.",
        )
        self.spacing = identify(
            QLineEdit(), "spacing", "Spacing in µm", "The image's distance of samples in µm, one number per axis."
        )
        self.spacing.setPlaceholderText("e.g. 0.3, 0.1, 0.1")

    def _make_region(self) -> None:
        self.region = identify(
            choice_box(REGIONS),
            "region",
            "Region",
            "Deconvolve all, or only what the camera shows or a rectangle of a Shapes layer encloses: quick, to try.",
        )
        self.draw_button = identify(
            QPushButton("Draw"), "draw", "Draw a rectangle", "Make a Shapes layer, ready to draw a rectangle."
        )
        self.draw_button.setVisible(False)
        self.check_width = identify(
            QPushButton("Check the PSF's width"),
            "check_width",
            "Check the PSF's width",
            "Fits the width of the PSF on a part of the image, plots how well each foretells it, and warns when "
            "another fits better by a tenth or more.",
        )
        self.use_width = identify(
            QPushButton("Use the better width"),
            "use_width",
            "Use the better width",
            "Adds the PSF made as wide as fits best as a layer, and chooses it.",
        )
        self.use_width.setVisible(False)
        self.live = identify(
            QCheckBox("Live preview"),
            "live",
            "Live preview",
            "Show in a layer of its own what comes of each smoothing, for the region, as soon as it is changed.",
        )
        self.live.setChecked(True)

    def _make_remarks(self) -> None:
        self.remarks = {
            "image": Remarks("image_info"),
            "psf": Remarks("psf_state"),
            "region": Remarks("region_info"),
            "start": Remarks("start_info"),
            **self.settings.said,
        }

    def _main_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "Image", self.image, self.remarks["image"])
        row(rows, "PSF", beside(self.psf, self.make_button), buddy=self.psf)
        for wide in (self.health, self.remarks["psf"]):  # sentences need all of a narrow dock's width
            rows.addRow(wide)
        self._spacing_label = row(rows, "Spacing, µm", self.spacing)
        row(rows, "Region", beside(self.region, self.draw_button), self.remarks["region"], buddy=self.region)
        self.settings.main_rows(rows)
        rows.addRow("", self.live)
        return rows

    def _more_rows(self) -> QFormLayout:
        rows = form()
        self.settings.more_rows(rows)
        self._start_label = row(rows, "Start from", self.start, self.remarks["start"])
        rows.addRow(self.check_width)
        rows.addRow(self.use_width)
        return rows

    def _connect(self) -> None:
        for box in (self.image, self.psf, self.start):
            box.chosen.connect(self._changed)
        self.region.currentIndexChanged.connect(self._changed)
        self.settings.changed.connect(self._changed)
        self.psf.chosen.connect(self.psf_chosen)
        self.make_button.clicked.connect(lambda _checked=False: self.make_psf.emit())
        self.draw_button.clicked.connect(lambda _checked=False: self.draw.emit())
        self.spacing.editingFinished.connect(lambda: self.spacing_given.emit(self.spacing.text()))

    def _changed(self, *_: Any) -> None:
        self._show_what_counts()
        self.changed.emit()

    def _show_what_counts(self) -> None:
        has = self.method.controls
        self.live.setVisible("preview" in has)
        for widget in (self.start, self._start_label):
            widget.setVisible("start" in has)
        self.draw_button.setVisible(self.region.currentText() == "rectangle")

    # ---- what it says

    @property
    def method(self) -> Method:
        """The method that is chosen."""
        return method_of(self.settings.method.word)

    def choices(self) -> Choices:
        """Return what is chosen; what the method has no use for is left out."""
        has = self.method.controls
        return Choices(
            image=self.image.layer,
            psf=self.psf.layer,
            recipe=self.settings.recipe(),
            keep_every=self.settings.keep_every.value() if "keep_every" in has else 0,
            region=self.region.currentText(),
            shapes=next((layer for layer in reversed(self.shapes) if len(layer.data)), None),
            start=self.start.layer if "start" in has else None,
            target_problem=self.settings.problem(),
        )

    def set_defaults(self) -> None:
        """Set every number and word to its default; layers stay."""
        self.settings.set_defaults()
        self.set_values({"region": REGIONS[0]})
        self.start.choose(None)

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        return {**self.settings.values(), "region": self.region.currentText(), "live": self.live.isChecked()}

    def set_values(self, values: dict[str, Any]) -> None:
        """Set numbers and words."""
        self.settings.set_values(values)
        self.region.setCurrentText(values.get("region", self.region.currentText()))
        self.live.setChecked(values.get("live", self.live.isChecked()))
        self._show_what_counts()

    def show_review(self, found: Review) -> None:
        """Write the remarks beside their fields."""
        psf = found.remark("psf")
        refusal = psf.text if psf.level == "error" and self.psf.layer is not None else ""
        self.health.look(found.question, refusal)
        self.settings.unit.setText(found.unit)
        for field in ("image", "psf", "region", "start", *self.settings.said):
            remark = found.remark(field)
            said = "" if field == "psf" and refusal else remark.text  # a refusal stands in the line above
            self.remarks[field].say(said, remark.level)
        for widget in (self.spacing, self._spacing_label):
            widget.setVisible(found.uncalibrated)

    def show_check(self, reason: str, better: float) -> None:
        """Allow the check of the PSF's width, or say why not; offer a better width where there is one, else 0."""
        self.check_width.setEnabled(not reason)
        self.use_width.setVisible(better > 0)
        self.use_width.setText(f"Use the PSF made {better:.2f} times as wide")

    def show_background(self, text: str) -> None:
        """Say which background was found."""
        self.settings.background_found.say(text)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        found = self.settings.background_found, self.settings.regularization_found
        for remark in (*self.remarks.values(), *found):
            remark.restyle(colors)
        self.health.restyle(colors)

    # ---- which layers there are

    def offer(self, layers: list[Any], active: Any = None) -> None:
        """Follow the viewer's layers; a PSF that has just come is chosen."""
        from napari.layers import Image, Shapes

        images = [layer for layer in layers if isinstance(layer, Image)]
        self.shapes = [layer for layer in layers if isinstance(layer, Shapes)]
        new = [layer for layer in images if not any(known() is layer for known in self._known)]
        self._known = [weakref.ref(layer) for layer in images]
        with QSignalBlocker(self):
            default = default_image(images, active)
            self.image.offer(images, default)
            if _is_like_psf(self.image.layer) and not _is_like_psf(default):
                self.image.choose(default)  # a PSF was alone, and taken for want of an image
            self.psf.offer(images, default_psf(images))
            self.start.offer(images)
            fresh = [layer for layer in new if is_psf_layer(layer) and "found" not in our_metadata(layer)]
            if fresh:
                self.psf.choose(fresh[-1])
        self._changed()


def _is_like_psf(layer: Any) -> bool:
    """Return whether a layer holds a PSF, or is called so."""
    return layer is not None and (is_psf_layer(layer) or "psf" in layer.name.lower())


def default_image(images: list[Any], active: Any) -> Any:
    """Prefer the selected layer, then the topmost, that is neither a PSF nor a result."""
    others = [layer for layer in images if not _is_like_psf(layer)]
    others = others or [layer for layer in images if not is_psf_layer(layer)]
    if any(active is layer for layer in others):
        return active
    inputs = [layer for layer in others if "recipe" not in our_metadata(layer)] or others
    return inputs[-1] if inputs else None


def default_psf(images: list[Any]) -> Any:
    """Prefer the newest layer that holds a PSF, then one that is called so, when there is an image beside it."""
    made = [layer for layer in images if is_psf_layer(layer)]
    named = [layer for layer in images if _is_like_psf(layer)] if len(images) > 1 else []
    return made[-1] if made else named[-1] if named else None
