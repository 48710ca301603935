"""The form of the PSF dock: which PSF is wanted, for which image."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QFileDialog, QWidget

from napari_deconvolve._napari.psf_defaults import default_axes, default_fwhm, spacing_of
from napari_deconvolve._napari.psf_fields import ChoiceField
from napari_deconvolve._napari.psf_layers import AXES
from napari_deconvolve._napari.psf_layout import PSFFields
from napari_deconvolve._napari.psf_request import SHAPES, SOURCES, Made, Request, shown
from napari_deconvolve._napari.theme import Palette
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.units import factor

AXIS_CHOICES = {3: "3D (z, y, x)", 2: "2D (y, x)", 1: "1D (x)"}
CENTERS = {"auto": "Automatic", "middle": "Middle sample", "peak": "Peak"}
UNITS = ("pixel", "nm", "um", "mm")
NO_IMAGE = "no image"


class PSFForm(PSFFields):
    """All fields, and what is wrong with them, in words beside each.

    Attributes
    ----------
    changed : Signal()
        When the request may be another one.
    """

    changed = Signal()

    def __init__(self, memory: MutableMapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self._layers: list[Any] = []
        self._fill()
        self._connect()

    def _fill(self) -> None:
        """Take every choice from memory, or its default."""
        self.source.fill([(text, name) for name, text in SOURCES.items()], self._memory.get("source", "gaussian"))
        self.center.fill([(text, name) for name, text in CENTERS.items()], self._memory.get("center", "auto"))
        for field, default in ((self.path, ""), (self.background, "Auto")):
            field.blockSignals(True)
            field.setText(self._memory.get(field.objectName(), default))
            field.blockSignals(False)
        for box in (self.same_xy, self.set_on_image):
            box.blockSignals(True)
            box.setChecked(self._memory.get(box.objectName(), True))
            box.blockSignals(False)
        self._memory.setdefault("fwhm", {})
        self._memory.setdefault("typed", WeakKeyDictionary())

    def _connect(self) -> None:
        for name in ("source", "center", "image", "layer", "ndim", "unit"):
            getattr(self, name).currentIndexChanged.connect(lambda _, n=name: self._chosen(n))
        self.path.textChanged.connect(lambda _: self._chosen("path"))
        self.background.textChanged.connect(lambda _: self._chosen("background"))
        self.same_xy.toggled.connect(lambda _: self._chosen("same_xy"))
        self.set_on_image.toggled.connect(lambda _: self._chosen("set_on_image"))
        self.table.edited.connect(self._edited)
        self.browse.clicked.connect(lambda _: self._browse())

    # What happens

    def refresh(self, layers: Sequence[Any], first: Any | None = None) -> None:
        """Offer these image layers; what was chosen stays chosen. `first` is the image to begin with."""
        from napari_deconvolve._napari.psf_layers import is_psf_layer

        self._layers = list(layers)
        images = [layer for layer in self._layers if not is_psf_layer(layer)]
        image = self._memory.get("image", first)
        alone = image is NO_IMAGE
        if not alone and not any(layer is image for layer in images):
            image = images[0] if images else None
        self.image.fill([*((layer.name, layer) for layer in images), (f"({NO_IMAGE})", None)], None if alone else image)
        source = self._memory.get("layer")
        if not any(layer is source for layer in self._layers):
            source = self._likely_psf()
        items = [(layer.name, layer) for layer in self._layers] or [("(no image layer)", None)]
        self.layer.fill(items, source)
        self._take_image()
        self.update_state()

    def reset(self) -> None:
        """Bring back every default."""
        self._memory.clear()
        self._fill()
        self.refresh(self._layers)
        self.changed.emit()

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        for field, message in self._messages.items():
            message.color(palette.warning if field == "spacing" else palette.error)

    def told(self, made: Made | None, error: str) -> None:
        """Take in what came of the request: the source's own spacing, or why it failed."""
        source = self.source.currentData()
        if error:
            field = {"layer": "layer", "file": "path"}.get(source, "fwhm")
            self._messages[field].tell(error)
        elif made is not None and source not in SHAPES:
            self._show_own(made)

    def request(self) -> Request:
        """Give all that decides the PSF, as it stands."""
        source = self.source.currentData()
        axes = self.axes
        image = self.image.currentData()
        shape = source in SHAPES
        background = self._background()
        return Request(
            source=source,
            spacing=self.table.numbers("spacing", axes if shape else 3),
            unit=self.unit.currentData(),
            image_axes=None if image is None else int(image.ndim),
            fwhm=self.table.numbers("fwhm", axes) if shape else (),
            layer=self.layer.currentData() if source == "layer" else None,
            path=self.path.text().strip() if source == "file" else "",
            center="auto" if shape else self.center.currentData(),
            background="auto" if background is None or source != "layer" else background,
            own_spacing=None if shape else self._memory.get("own_spacing"),
        )

    @property
    def axes(self) -> int:
        """How many axes a calculated PSF gets."""
        return int(self.ndim.currentData() or 3)

    @property
    def spacing_is_known(self) -> bool:
        """Whether the image tells its spacing itself."""
        image = self.image.currentData()
        return image is not None and spacing_of(image)[1] != "pixel"

    def problems(self) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        found: dict[str, str] = {}
        source = self.source.currentData()
        if source == "layer":
            found.update(self._layer_problem())
            if self._background() is None:
                found["background"] = f"The background is {self.background.text()!r}; give a number, or Auto."
        if source == "file" and not self.path.text().strip():
            found["path"] = "Choose the file that holds the PSF."
        elif source == "file" and not Path(self.path.text().strip()).is_file():
            found["path"] = "There is no such file."
        rows = self.axes if source in SHAPES else 3
        if min(self.table.numbers("spacing", rows)) <= 0:
            found["spacing"] = "A spacing of 0 is no spacing; give the distance of samples."
        if source in SHAPES and min(self.table.numbers("fwhm", rows)) <= 0:
            found["fwhm"] = "A FWHM of 0 blurs nothing; give a width above 0."
        return found

    def update_state(self) -> None:
        """Show the fields that matter now, and what is wrong with them."""
        source = self.source.currentData()
        for name, sources in (("layer", ("layer",)), ("path", ("file",)), ("background", ("layer",))):
            self._show_row(name, source in sources)
        self._show_row("center", source not in SHAPES)
        self._show_row("ndim", source in SHAPES)
        known = self.spacing_is_known
        self._show_row("unit", not known)
        image = self.image.currentData()
        self.same_xy.setVisible(source in SHAPES and self.axes > 1)
        self.set_on_image.setVisible(image is not None and not known and self.unit.currentData() != "pixel")
        self._show_table()
        problems = self.problems()
        for field, message in self._messages.items():
            message.tell(problems.get(field, ""))
        if not known and "spacing" not in problems:
            self._messages["spacing"].tell(self._question(image))

    # Inside

    def _chosen(self, name: str) -> None:
        widget = getattr(self, name)
        if isinstance(widget, ChoiceField):
            value = widget.currentData()
            self._memory[name] = NO_IMAGE if name == "image" and value is None else value
        else:
            self._memory[name] = widget.isChecked() if isinstance(widget, QCheckBox) else widget.text()
        if name in ("source", "layer", "path"):
            self._memory.pop("own_spacing", None)
        if name == "image":
            self._memory.pop("ndim", None)
            self._take_image()
        elif name == "unit":
            self._remember_typed()
            self._put_fwhm()
        elif name == "same_xy" and self.same_xy.isChecked():
            self._edited("fwhm", "y")
        self.update_state()
        self.changed.emit()

    def _edited(self, column: str, axis: str) -> None:
        if column == "fwhm":
            value = self.table.fields[column, axis].value()
            alike = ("y", "x") if axis != "z" and self.same_xy.isChecked() and self.axes > 1 else (axis,)
            for name in alike:
                self.table.fields[column, name].put(value)
                self._memory["fwhm"][name] = (value, self.unit.currentData())
        elif column == "spacing":
            self._remember_typed()
            self._put_fwhm()
        else:
            self._memory["own_spacing"] = self.table.numbers(column)
        self.update_state()
        self.changed.emit()

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Choose a PSF", self.path.text(), "PSFs (*.tif *.tiff *.npy *.csv *.txt);;All files (*)"
        )
        if path:
            self.path.setText(path)

    def _take_image(self) -> None:
        """Take axes, spacing and unit from the image, or from what was typed for it."""
        image = self.image.currentData()
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
        image = self.image.currentData()
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

    def _show_table(self) -> None:
        source = self.source.currentData()
        shape = source in SHAPES
        image = self.image.currentData()
        rows = self.axes if shape else min(3, 3 if image is None else int(image.ndim))
        self.table.show_rows(rows, "fwhm" if shape else "own_spacing")
        why = f"It comes from the layer “{image.name}”." if image is not None else ""
        self.table.allow("spacing", not self.spacing_is_known, why if self.spacing_is_known else "")
        unit = self.unit.currentData()
        self.table.set_units(spacing=unit, fwhm=unit, own_spacing=unit)
        if not shape and "own_spacing" not in self._memory:
            self.table.put("own_spacing", self.table.numbers("spacing"))

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
            return "No image is chosen: enter the spacing that the PSF shall have."
        if self.unit.currentData() == "pixel":
            return f"“{image.name}” does not say its spacing: choose a unit and enter it, or go on in pixels."
        return f"“{image.name}” does not say its spacing: this is what you entered."

    def _layer_problem(self) -> dict[str, str]:
        layer = self.layer.currentData()
        if layer is None:
            return {"layer": "There is no image layer; load the PSF first."}
        if layer is self.image.currentData():
            return {"layer": "This is the image itself; choose the layer that holds its PSF."}
        return {}

    def _likely_psf(self) -> Any | None:
        others = [layer for layer in self._layers if layer is not self.image.currentData()]
        named = [layer for layer in others if "psf" in layer.name.lower() or "bead" in layer.name.lower()]
        return (named or others or [None])[0]

    def _background(self) -> float | str | None:
        text = self.background.text().strip()
        if text.lower() in ("", "auto"):
            return "auto"
        try:
            return float(text)
        except ValueError:
            return None
