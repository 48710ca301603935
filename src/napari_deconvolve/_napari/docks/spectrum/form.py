"""All that can be chosen in the dock "Spectrum"."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import QLabel, QWidget

from napari_deconvolve._napari.docks.spectrum.checks import Choices, SpectrumReview
from napari_deconvolve._napari.docks.spectrum.data import FILE, Files, unit_words
from napari_deconvolve._napari.docks.spectrum.data_form import DataForm
from napari_deconvolve._napari.docks.spectrum.kernel_form import KernelForm
from napari_deconvolve._napari.kit.dock_form import DockForm
from napari_deconvolve._napari.kit.forms import align_labels, form
from napari_deconvolve._napari.kit.settings import Settings
from napari_deconvolve._napari.kit.sheet import PART, become
from napari_deconvolve._napari.kit.steps import Step
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.defaults import default_data, default_psf, fits_data
from napari_deconvolve._napari.work.remarks import Review

WITHOUT = ("keep_every", "device")  # a spectrum's run takes a moment: nobody waits for it


class SpectrumForm(DockForm):
    """Data, kernel and settings; `choices` says what they are, `changed` that they are others."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data, self.kernel, self.settings = DataForm(self), KernelForm(self), Settings(self, WITHOUT)
        data, kernel, method, more = form(), form(), form(), form()
        self.data.rows(data)
        self.kernel.rows(kernel)
        self.settings.main_rows(method)
        self.settings.more_rows(more)
        self.remarks = {"data": self.data.said, "kernel": self.kernel.said, **self.settings.said}
        steps = [
            Step("data", "Data", data, ("data",)),
            Step("kernel", "Kernel", kernel, ("kernel",)),
            Step("method", "Method", method, tuple(self.settings.said)),
        ]
        self.lay_out(steps, more)
        self.steps.automatic = False  # the list is needed after a run, too
        self.wide = False
        self._folded: dict[str, bool] = {}  # cards that a person has folded
        for part in (self.data, self.kernel, self.settings):
            part.changed.connect(self.changed)

    def choices(self) -> Choices:
        """Return what is chosen."""
        return Choices(
            data=self.data.choice(),
            kernel=self.kernel.choice(),
            recipe=self.settings.recipe(),
            target_problem=self.settings.problem(),
            camera_problem=self.settings.disagreement(),
        )

    def follow_file(self, files: Files) -> None:
        """Offer what the file lets choose."""
        choice = self.data.choice()
        path = choice.path.strip() if choice.source == FILE else ""
        columns = self.data.columns
        columns.show_axes(files.axes(path) if path else ())
        axis = columns.axis_number
        columns.show_data(*((files.columns(path, axis), files.numbers(path, axis)) if path else ((), ())))
        self.data.show_uneven(bool(path) and files.uneven(path, columns.number, axis))

    def spread(self, wide: bool) -> None:
        """Show one column of fields without cards where the dock is wide and low, else cards that fold."""
        if wide == self.wide:
            return
        self.wide = wide
        if wide:
            self._folded = self.steps.values()
        for card in self.steps.cards.values():
            card.header.setVisible(not wide)
            become(card, PART, "plain" if wide else "card")
            card.body.layout().setContentsMargins(*((2, 0, 2, 0) if wide else (7, 0, 7, 8)))
            if wide:
                card.fold(False)
        self.data.spread(wide)
        if not wide:
            self.steps.set_values(self._folded)
        self._align()

    def _align(self) -> None:
        if not self.wide:
            for card in self.steps.cards.values():
                align_labels(card)
            return
        labels = [label for label in self.findChildren(QLabel) if label.property("row")]
        seldom = [label for label in labels if self.more.body.isAncestorOf(label)]
        width = max(label.sizeHint().width() for label in labels if label not in seldom)
        for label in labels:
            label.setFixedWidth(max(width, label.sizeHint().width()) if label in seldom else width)

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Align the labels, now that their font is known."""
        super().showEvent(event)
        self._align()

    def show_review(self, found: Review) -> None:
        """Write the remarks beside their fields, and the axis's unit beside widths."""
        assert isinstance(found, SpectrumReview)
        self.data.show_remark(found.remark("data"), found.spectrum)
        self.kernel.show_remark(found.remark("kernel"))
        self.settings.unit.setText(unit_words(found.spectrum))
        super().show_review(found)

    def offer(self, layers: list[Any], active: Any) -> None:
        """Follow the viewer's layers."""
        from napari.layers import Image, Points, Shapes

        images = [layer for layer in layers if isinstance(layer, Image)]
        points = [layer for layer in layers if isinstance(layer, Points)]
        shapes = [layer for layer in layers if isinstance(layer, Shapes)]
        self.data.from_layer.offer(images)
        with QSignalBlocker(self):
            self.data.offer(images, points, shapes, default_data(images, active), partial(fits_data, layers=images))
            self.kernel.offer(images, default_psf(images))
        self.changed.emit()

    def set_defaults(self) -> None:
        """Set every number and word to its default; data stay chosen."""
        with QSignalBlocker(self):
            self.kernel.set_defaults()
            self.settings.set_defaults()
        self.changed.emit()

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        return {"data": self.data.values(), "kernel": self.kernel.values(), "settings": self.settings.values()}

    def set_values(self, values: dict[str, Any]) -> None:
        """Set what was remembered."""
        with QSignalBlocker(self):
            self.data.set_values(values.get("data", {}))
            self.kernel.set_values(values.get("kernel", {}))
            self.settings.set_values(values.get("settings", {}))

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.data.table.restyle(colors)
        for remarks in self.settings.camera_found.values():
            remarks.restyle(colors)
