"""The part of the PSF form that all sources share: for which image, on which axes, at which spacing."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from napari_deconvolve._napari.docks.psf.defaults import default_axes, default_fwhm, spacing_of
from napari_deconvolve._napari.docks.psf.fields import AxisTable, ChoiceField, Message
from napari_deconvolve._napari.docks.psf.sources.base import SourcePanel, new_grid, shrink
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.layers.optics import channel_of
from napari_deconvolve._napari.layers.psf_layers import AXES
from napari_deconvolve._napari.layers.psf_request import Made, shown
from napari_deconvolve._napari.layers.source import spacing_text
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.units import factor

AXIS_CHOICES = {3: "3D (z, y, x)", 2: "2D (y, x)", 1: "1D (x)"}
NO_IMAGE = "no image"
TICKS = ("set_on_image", "all_channels", "every_image")
UNITS = ("pixel", "nm", "um", "mm")


class ImageFields(QWidget):  # type: ignore[misc]
    """Image, axes, unit and spacing, as the image tells them or as they were typed for it."""

    def __init__(self, memory: MutableMapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self._labels: dict[str, QLabel] = {}
        self._made: Made | None = None  # of a source with a pixel size that is not the image's
        self._make_fields()

    def _make_fields(self) -> None:
        self.source, self.ndim, self.unit = (ChoiceField(name) for name in ("source", "ndim", "unit"))
        tip = "The image that the PSF is for: the PSF gets its pixel size and unit."
        self.image = LayerBox("image", "Use for", tip, none=f"({NO_IMAGE})", none_last=True)
        self.image.shrink()
        identify(self.source, "source", "Source of the PSF", "Where the PSF comes from.")
        identify(self.ndim, "ndim", "Axes of the PSF", "The axes that are blurred; time and channels are not.")
        identify(self.unit, "unit", "Unit of length", "Unit of the pixel size and of the FWHM.")
        self.table = AxisTable()
        self.spacing_line, self.spacing_problem = Message("spacing_line"), Message("spacing_problem")
        self.set_on_image = QCheckBox("Set it on the image too")
        words = "When the PSF is made, the image layer gets this pixel size and unit, so that both agree."
        identify(self.set_on_image, "set_on_image", "Set this pixel size on the image too", words)
        shrink(self.set_on_image)
        self.all_channels, self.every_image = QCheckBox("All channels"), QCheckBox("Every image")
        words = "Make a PSF for each channel of the image, with its own wavelength where it has one."
        identify(self.all_channels, "all_channels", "Use for all channels", words)
        words = "Take this PSF for all images that are open."
        identify(self.every_image, "every_image", "Use for every image", words)

    def offer_sources(self, sources: Sequence[str], label: str) -> None:
        """Offer these sources in the list of the first field, which is shown where there are several."""
        rows = self.source.view()
        for place in range(self.source.count()):
            rows.setRowHidden(place, self.source.itemData(place) not in sources)
        self._labels["source"].setText(label)
        for widget in (self._labels["source"], self.source):
            widget.setVisible(len(sources) > 1)

    def _rows(self, *names: tuple[str, str]) -> QGridLayout:
        holder = QWidget()
        grid = new_grid(holder)
        for name, text in names:
            field = getattr(self, name)
            label = QLabel(text)
            label.setBuddy(field)
            self._labels[name] = label
            row = grid.rowCount()
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        outer = QGridLayout()
        outer.addWidget(holder)
        return outer

    def _tick(self, name: str, on: bool) -> None:
        """Set a tick without telling anybody."""
        box = getattr(self, name)
        box.blockSignals(True)
        box.setChecked(on)
        box.blockSignals(False)

    def _wants_all(self, siblings: Sequence[Any]) -> bool:
        """Return whether all channels get a PSF: as ticked, else where a file has channels and nobody chose one."""
        if not siblings:
            return False
        by_itself = channel_of(self.image.value) is not None and not self._memory.get("image_chosen", False)
        return bool(self._memory.get("all_channels", by_itself))

    def _show_ticks(self, siblings: Sequence[Any], every: bool, images: int) -> None:
        """Show what a PSF can be used for, beside one image."""
        self._tick("all_channels", every)
        self.all_channels.setVisible(bool(siblings))
        self.all_channels.setText(f"All {len(siblings)} channels" if siblings else "All channels")
        self.every_image.setVisible(images > max(1, len(siblings)))
        self.every_image.setEnabled(not every)

    @property
    def axes(self) -> int:
        """How many axes a calculated PSF gets."""
        return int(self.ndim.currentData() or 3)

    @property
    def spacing_is_known(self) -> bool:
        """Whether the image tells its spacing itself."""
        image = self.image.value
        return image is not None and spacing_of(image)[1] != "pixel"

    def _take_spacing(self) -> None:
        """Take axes, spacing and unit from the image, or from what was typed for it."""
        image = self.image.value
        most = 3 if image is None else min(3, int(image.ndim))
        axes = self._memory.get("ndim") or (3 if image is None else default_axes(image))
        self.ndim.fill([(text, n) for n, text in AXIS_CHOICES.items() if n <= most], min(axes, most))
        spacing, unit = spacing_of(image)
        if image is None:
            spacing, unit = self._memory.get("typed_alone", (spacing, unit))
        elif unit == "pixel":
            spacing, unit = self._memory["typed"].get(image, (spacing, unit))
        units = UNITS if unit in UNITS else (*UNITS, unit)
        self.unit.fill([(shown(name), name) for name in units], unit)
        self.table.put("spacing", spacing)
        self._put_fwhm()

    def _remember_typed(self) -> None:
        typed = (self.table.numbers("spacing"), self.unit.currentData())
        image = self.image.value
        if image is None:
            self._memory["typed_alone"] = typed
        else:
            self._memory["typed"][image] = typed

    def _put_fwhm(self) -> None:
        """Show the widths that were typed, in the unit of now; a default where none was."""
        unit = self.unit.currentData()
        for axis, step in zip(AXES, self.table.numbers("spacing"), strict=True):
            self.table.fields["fwhm", axis].put(self._typed_fwhm(axis, unit) or default_fwhm(axis, step, unit))

    def _typed_fwhm(self, axis: str, unit: str) -> float | None:
        value, old = self._memory["fwhm"].get(axis, (None, unit))
        if value is None:
            return None
        try:
            return float(f"{value * factor(old, unit):.6g}")
        except ParameterError:  # from pixels to a length, or back: the number means nothing any more
            return None

    def _show_own(self, made: Made) -> None:
        """Show the spacing of the layer or file itself; ask for it where it has none."""
        unit = self.unit.currentData()
        if made.own_unit == "pixel":
            self.table.allow(
                "own_spacing", True, "It is not stated, so it is taken as the image's until you change it."
            )
            self.table.put("own_spacing", self._memory.get("own_spacing") or self.table.numbers("spacing"))
            self.table.set_units(own_spacing=unit)
            return
        try:
            own, name = tuple(step * factor(made.own_unit, unit) for step in made.own_spacing), unit
        except ParameterError:
            own, name = made.own_spacing, made.own_unit
        self.table.allow("own_spacing", False, "It comes from the layer or file.")
        self.table.put("own_spacing", own)
        self.table.set_units(own_spacing=name)

    def _question(self, image: Any | None) -> str:
        if image is None:
            return "No image is chosen: enter the pixel size of the PSF."
        if self.unit.currentData() == "pixel":
            return f"“{image.name}” has no pixel size: choose a unit and enter it, or go on in pixels."
        return f"“{image.name}” has no pixel size: this is what you entered."

    def choose_source(self, source: str) -> None:
        """Choose a source by its name."""
        self.source.setCurrentIndex(self.source.findData(source))

    def _asks_axes(self, panel: SourcePanel) -> bool:
        """Return whether the number of axes is shown: of a panel that folds, where it is open or they are unusual."""
        image = self.image.value
        usual = image is not None and self.axes == min(default_axes(image), int(image.ndim))
        return panel.calculated and not (panel.folded and usual)

    def _axes_shown(self, panel: SourcePanel) -> int:
        if panel.calculated:
            return self.axes
        image = self.image.value
        return min(3, 3 if image is None else int(image.ndim))

    def _show_table(self, panel: SourcePanel, known: bool) -> None:
        rows, image, unit = self._axes_shown(panel), self.image.value, self.unit.currentData()
        whole = bool(panel.second) or not known
        self.table.setVisible(whole)
        line = spacing_text(self.table.numbers("spacing", rows), (unit,) * rows)
        origin = f", from {str(image.name).split(' · ')[0]}" if image is not None else ""
        self.spacing_line.tell("" if whole else f"Pixel size {line}{origin}")
        self.table.show_rows(rows, panel.second)
        why = f"It comes from the layer “{image.name}”." if image is not None else ""
        self.table.allow("spacing", not known, why if known else "")
        self.table.set_units(spacing=unit, fwhm=unit, own_spacing=unit)
        if panel.second == "own_spacing" and self._made is not None:
            self._show_own(self._made)
        elif panel.second == "own_spacing" and "own_spacing" not in self._memory:
            self.table.put("own_spacing", self.table.numbers("spacing"))
