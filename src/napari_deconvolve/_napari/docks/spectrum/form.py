"""All that can be chosen in the dock "Spectrum"."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.deconvolve.form import default_psf
from napari_deconvolve._napari.docks.spectrum.checks import Choices, Review
from napari_deconvolve._napari.docks.spectrum.data import FILE, Files
from napari_deconvolve._napari.docks.spectrum.data_form import DataForm
from napari_deconvolve._napari.docks.spectrum.kernel_form import KernelForm
from napari_deconvolve._napari.kit.forms import Fold, Remarks, align_labels, form
from napari_deconvolve._napari.kit.settings import Settings
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.source import our_metadata, pretty_unit

# Spectra may be bright everywhere: what is darkest, the bottom of a gap say, is then a part of what is looked for.
NO_BACKGROUND = 0.0
WITHOUT = ("keep_every",)  # a spectrum's run takes a moment: nobody waits for it


class SpectrumForm(QWidget):  # type: ignore[misc]
    """Data, kernel and settings; `choices` says what they are, `changed` that they are others."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data, self.kernel, self.settings = DataForm(self), KernelForm(self), Settings(self, WITHOUT)
        self.settings.background.setValue(NO_BACKGROUND)
        main, more = form(), form()
        self.data.rows(main)
        self.kernel.rows(main)
        self.settings.main_rows(main)
        self.settings.more_rows(more)
        self.remarks: dict[str, Remarks] = {
            "data": self.data.said,
            "kernel": self.kernel.said,
            **self.settings.said,
        }
        self.more = Fold("More", "more")
        self.more.body.setLayout(more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(main)
        layout.addWidget(self.more)
        for part in (self.data, self.kernel, self.settings):
            part.changed.connect(self.changed)

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Align the labels, now that their font is known."""
        super().showEvent(event)
        align_labels(self)

    def choices(self) -> Choices:
        """Return what is chosen."""
        return Choices(
            data=self.data.choice(),
            kernel=self.kernel.choice(),
            recipe=self.settings.recipe(),
            target_problem=self.settings.problem(),
        )

    def follow_file(self, files: Files) -> None:
        """Offer what the file lets choose."""
        choice = self.data.choice()
        path = choice.path.strip() if choice.source == FILE else ""
        self.data.show_columns(files.columns(path) if path else ())
        self.data.show_uneven(bool(path) and files.uneven(path, self.data.choice().column))

    def show_review(self, found: Review) -> None:
        """Write the remarks beside their fields, and the axis's unit beside widths."""
        unit = "" if found.spectrum is None else found.spectrum.unit
        self.settings.unit.setText("samples" if unit == "pixel" else pretty_unit(unit))
        for field, remarks in self.remarks.items():
            remark = found.remark(field)
            remarks.say(remark.text, remark.level)

    def offer(self, layers: list[Any], active: Any) -> None:
        """Follow the viewer's layers."""
        from napari.layers import Image, Points, Shapes

        images = [layer for layer in layers if isinstance(layer, Image)]
        points = [layer for layer in layers if isinstance(layer, Points)]
        shapes = [layer for layer in layers if isinstance(layer, Shapes)]
        with QSignalBlocker(self):
            self.data.offer(images, points, shapes, default_data(images, active))
            self.kernel.offer(images, default_psf(images))
        self.changed.emit()

    def set_defaults(self) -> None:
        """Set every number and word to its default; data stay chosen."""
        with QSignalBlocker(self):
            self.kernel.set_defaults()
            self.settings.set_defaults()
            self.settings.background.setValue(NO_BACKGROUND)
        self.changed.emit()

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        return {
            "data": self.data.values(),
            "kernel": self.kernel.values(),
            "settings": self.settings.values(),
            "unfolded": self.more.button.isChecked(),
        }

    def set_values(self, values: dict[str, Any]) -> None:
        """Set what was remembered."""
        with QSignalBlocker(self):
            self.data.set_values(values.get("data", {}))
            self.kernel.set_values(values.get("kernel", {}))
            self.settings.set_values(values.get("settings", {}))
        self.more.unfold(values.get("unfolded", False))

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        for remark in (*self.remarks.values(), self.settings.background_found):
            remark.restyle(colors)


def default_data(images: list[Any], active: Any) -> Any:
    """Prefer the selected layer, then the topmost, that holds numbers and is neither a PSF nor a result."""
    inputs = [layer for layer in images if not (layer.rgb or is_psf_layer(layer) or "recipe" in our_metadata(layer))]
    if any(active is layer for layer in inputs):
        return active
    return inputs[-1] if inputs else None
