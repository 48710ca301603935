"""A form whose fields can be kept under a name and set at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from napari_deconvolve._napari.docks.psf.fields import ChoiceField
from napari_deconvolve._napari.docks.psf.microscopes import Microscope, Value
from napari_deconvolve._napari.docks.psf.sources.base import SourcePanel
from napari_deconvolve._napari.docks.psf.sources.field_values import fits, got, put


class SavedPanel(SourcePanel):
    """A form of a microscope.

    Attributes
    ----------
    apart : tuple of str
        Fields that belong to a sample more than to a microscope: they are kept, and set only where nothing is known of
        the sample.
    boxes : mapping
        Boxes that name several fields at once, by their names: of those that fit the numbers, the kept one is chosen.
    """

    apart: ClassVar[tuple[str, ...]] = ()
    boxes: dict[str, ChoiceField]

    @property
    def _told(self) -> Mapping[str, Any]:
        """What is known of the sample."""
        return {}

    def kept_values(self) -> dict[str, Value]:
        """Return the values of all fields, as a file can hold them."""
        found = {name: got(widget) for name, (widget, _) in self._fields.items()}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
        return plain | {name: box.currentText() for name, box in self.boxes.items()}

    def take_values(self, values: Mapping[str, Value]) -> None:
        """Set all fields; those that are not named take their defaults, and values that a field cannot take too."""
        for name, (widget, default) in self._fields.items():
            if name in self.apart and (name in self._told or name not in values):
                continue
            put(widget, default)
            if name in values and fits(widget, values[name]):
                put(widget, values[name])
            self._remember(name, got(widget))
        for name, box in self.boxes.items():
            place = box.findText(str(values.get(name, "")))
            put(box, box.itemData(max(place, 0)))
        self.changed.emit()

    def holds_all(self, microscope: Microscope | None) -> bool:
        """Return whether the fields are set to what a microscope's name stands for."""
        now = self.kept_values()
        return microscope is not None and all(
            now.get(name) == value
            for name, value in microscope.values.items()
            if name in now and name not in self.apart
        )
