"""The values of fields of any kind: read, set, checked and heard of alike."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QCheckBox, QLineEdit

from napari_deconvolve._napari.docks.psf.fields import ChoiceField, NumberField, TripleField
from napari_deconvolve._napari.kit.layer_box import LayerBox


def got(widget: Any) -> Any:
    """Return a field's value."""
    if isinstance(widget, LayerBox):
        return widget.value
    if isinstance(widget, ChoiceField):
        return widget.currentData()
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, TripleField):
        return widget.numbers()
    return widget.value() if isinstance(widget, NumberField) else widget.text()


def put(widget: Any, value: Any) -> None:
    """Set a field's value without telling anybody."""
    if isinstance(widget, LayerBox):
        with widget.changed.blocked():
            widget.choose(value)
        return
    widget.blockSignals(True)
    if isinstance(widget, ChoiceField):
        widget.choose(value)
    elif isinstance(widget, QCheckBox):
        widget.setChecked(bool(value))
    elif isinstance(widget, TripleField):
        widget.put(value)
    elif isinstance(widget, NumberField):
        widget.setValue(value)
    else:
        widget.setText(value)
    widget.blockSignals(False)


def fits(widget: Any, value: Any) -> bool:
    """Return whether a field can be set to a value that comes from a file."""
    if isinstance(widget, ChoiceField):
        return bool(widget.findData(value) >= 0) if value is not None else None in _data(widget)
    if isinstance(widget, QCheckBox):
        return isinstance(value, bool)
    numbers = value if isinstance(widget, TripleField) else [value]
    if isinstance(widget, (TripleField, NumberField)):
        good = isinstance(numbers, list) and all(isinstance(one, (int, float)) for one in numbers)
        return good and (len(numbers) == 3 or not isinstance(widget, TripleField))
    return isinstance(value, str) and isinstance(widget, QLineEdit)


def _data(box: ChoiceField) -> list[Any]:
    return [box.itemData(place) for place in range(box.count())]


def signal_of(widget: Any) -> Any:
    """Return the signal that a field sends when it is edited."""
    if isinstance(widget, LayerBox):
        return widget.changed
    if isinstance(widget, ChoiceField):
        return widget.currentIndexChanged
    if isinstance(widget, QCheckBox):
        return widget.toggled
    if isinstance(widget, TripleField):
        return widget.changed
    return widget.valueChanged if isinstance(widget, NumberField) else widget.textChanged
