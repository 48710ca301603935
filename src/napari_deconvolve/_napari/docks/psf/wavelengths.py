"""Wavelengths as people say them, in nanometres, for values that stay in micrometres."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QLineEdit, QStyledItemDelegate, QWidget

from napari_deconvolve._napari.docks.psf.fields import NumberField
from napari_deconvolve._napari.kit.numbers import read_number

NM = 1000.0  # in a micrometre
LEAST_NM = 10.0  # what is less was meant in micrometres: no dye shines there


class WavelengthField(NumberField):
    """Holds micrometres, as the library does, and shows and reads nanometres; 0.52 is read as micrometres."""

    def __init__(self, name: str, none: str = "") -> None:
        super().__init__(name, "nm", none)

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        """Write the number in nm, called by Qt."""
        return as_nm(value)

    def valueFromText(self, text: str | None) -> float:  # noqa: N802 - Qt's name
        """Read a number in nm, called by Qt."""
        number = read_number(self._bare(text))
        return float(self.minimum()) if number is None else in_um(number)

    def fixup(self, text: str | None) -> str:
        """Return to the number before, called by Qt for a text that is none."""
        return self.textFromValue(self.value())

    def stepBy(self, steps: int) -> None:  # noqa: N802 - Qt's name
        """Step by a nanometre, called by Qt."""
        self.setValue(max(0.0, round(self.value() + steps / NM, 6)))


class WavelengthDelegate(QStyledItemDelegate):  # type: ignore[misc]
    """Shows the micrometres of a table's cell in nm, and reads them so."""

    def displayText(self, value: Any, locale: Any) -> str:  # noqa: N802 - Qt's name
        """Write a cell, and the name of a channel without that of its image; called by Qt."""
        number = read_number(str(value))
        return str(value).rsplit(" · ", 1)[-1] if number is None else f"{as_nm(number)} nm"

    def setEditorData(self, editor: QWidget | None, index: Any) -> None:  # noqa: N802 - Qt's name
        """Put a cell into its editor, called by Qt."""
        number = read_number(str(index.data()))
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data()) if number is None else as_nm(number))

    def setModelData(self, editor: QWidget | None, model: Any, index: Any) -> None:  # noqa: N802 - Qt's name
        """Take a cell from its editor, called by Qt."""
        if isinstance(editor, QLineEdit):
            text = editor.text().strip().removesuffix("nm").strip()
            number = read_number(text)
            model.setData(index, text if number is None else f"{in_um(number):.6g}")


def as_nm(um: float) -> str:
    """Write micrometres in nanometres."""
    return f"{round(um * NM, 4):.7g}"


def in_um(number: float) -> float:
    """Return micrometres for a number of nanometres, or of micrometres where it is small."""
    return number if number < LEAST_NM else number / NM
