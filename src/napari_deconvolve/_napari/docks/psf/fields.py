"""Fields of the PSF form: numbers, layers, messages, and a table of numbers per axis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QPaintEvent, QWheelEvent
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from napari_deconvolve._napari.kit.numbers import NumberBox
from napari_deconvolve._napari.kit.words import in_window
from napari_deconvolve._napari.layers.psf_layers import AXES
from napari_deconvolve._napari.layers.psf_request import Numbers, shown

ARROW_WIDTH = 32  # pixels of a box of words that its arrow and margins take
COLUMN_LABELS = {"spacing": "Pixel size", "fwhm": "FWHM", "own_spacing": "PSF's"}
COLUMN_HELP = {
    "spacing": "Pixel size of the image along {axis}.",
    "fwhm": "Full width at half maximum of the PSF along {axis}.",
    "own_spacing": "Pixel size of the layer or file itself along {axis}.",
}


class NumberField(NumberBox):
    """A positive number without trailing zeros; the wheel scrolls the form unless the field has the focus.

    `none` is shown instead of 0, where 0 means something else than a number: "Auto".
    """

    def __init__(self, name: str, unit: str = "", none: str = "") -> None:
        super().__init__(0, 1e9, suffix=f" {unit}" if unit else "", word=none)
        self.setObjectName(name)
        self.setStepType(self.StepType.AdaptiveDecimalStepType)
        self.setButtonSymbols(self.ButtonSymbols.NoButtons)
        self.setKeyboardTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Be content with little width, so that docks may be narrow."""
        return QSize(40, super().minimumSizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Turn the number only where it has the focus."""
        if self.hasFocus() and not self.isReadOnly():
            super().wheelEvent(event)
        else:
            event.ignore()

    def put(self, value: float) -> None:
        """Set the number without telling anybody."""
        self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(False)

    def allow(self, editable: bool) -> None:
        """Let the user edit it, or only read it."""
        self.setReadOnly(not editable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if editable else Qt.FocusPolicy.NoFocus)
        # What is only read looks like text, not like a box to type in.
        self.setStyleSheet("" if editable else "QDoubleSpinBox { background: transparent; }")


class TripleField(QWidget):  # type: ignore[misc]
    """Whole numbers or lengths along z, y and x in one row, of which the last axes are shown.

    Attributes
    ----------
    changed : Signal()
        When the user edits one.
    """

    changed = Signal()

    def __init__(self, prefix: str, label: str, tip: str, none: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(prefix)
        self.setStyleSheet("QDoubleSpinBox { min-width: 30px; }")  # napari's own would not fit three into a dock
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        self.fields: dict[str, NumberField] = {}
        for axis in AXES:
            field = NumberField(f"{prefix}_{axis}", none=f"{axis} {none}" if none else "")
            field.setPrefix(f"{axis} ")
            field.setAccessibleName(f"{label} along {axis}")
            field.setToolTip(f"<p>{tip}</p>")
            field.valueChanged.connect(lambda _: self.changed.emit())
            self.fields[axis] = field
            row.addWidget(field, 1)

    def show_axes(self, axes: int) -> None:
        """Show the last axes only."""
        for axis, field in self.fields.items():
            field.setVisible(axis in AXES[-axes:])

    def whole(self, on: bool) -> None:
        """Take whole numbers only, or any."""
        for field in self.fields.values():
            field.setDecimals(0 if on else 6)

    def numbers(self, axes: int = 3) -> Numbers:
        """Return the numbers of the last axes."""
        return tuple(self.fields[axis].value() for axis in AXES[-axes:])

    def put(self, numbers: Iterable[float]) -> None:
        """Set the numbers of the last axes without telling anybody."""
        values = list(numbers)
        for axis, value in zip(AXES[-len(values) :], values, strict=True):
            self.fields[axis].put(value)


class ChoiceField(QComboBox):  # type: ignore[misc]
    """A choice that shrinks with the dock, and that the wheel does not change in passing."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Be content with little width: long names are cut by an ellipsis."""
        return QSize(60, super().minimumSizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the form."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """Draw a text that has no room with an ellipsis: called by Qt, which would cut it within a letter."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.width() - ARROW_WIDTH
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def fill(self, items: Iterable[tuple[str, Any]], chosen: Any) -> None:
        """Offer these texts with their values, one of them chosen, without telling anybody."""
        self.blockSignals(True)
        self.clear()
        for text, value in items:
            self.addItem(text, value)
        self.choose(chosen)
        self.blockSignals(False)

    def choose(self, value: Any) -> None:
        """Choose the item of this very value; the first one, when there is none."""
        places = [place for place in range(self.count()) if self.itemData(place) is value]
        places += [place for place in range(self.count()) if self.itemData(place) == value]
        if self.count():
            self.setCurrentIndex(places[0] if places else 0)


class Message(QLabel):  # type: ignore[misc]
    """A sentence below a field, which takes no room while there is none."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.tell("")

    def tell(self, text: str) -> None:
        """Show a sentence; an empty one hides the message."""
        self.setText(in_window(text))
        self.setVisible(bool(text))

    def color(self, color: str) -> None:
        """Write in this colour."""
        self.setStyleSheet(f"color: {color}; background: transparent;")


class AxisTable(QWidget):  # type: ignore[misc]
    """One row per axis: the image's spacing, and beside it the FWHM or the spacing of the PSF's own source.

    Attributes
    ----------
    edited : Signal(str, str)
        Column and axis that the user edited.
    """

    edited = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        self._heads = {column: QLabel() for column in COLUMN_LABELS}
        self._names = {axis: QLabel(axis) for axis in AXES}
        self.fields: dict[tuple[str, str], NumberField] = {}
        for place, column in ((1, "spacing"), (2, "fwhm"), (2, "own_spacing")):
            self._grid.addWidget(self._heads[column], 0, place)
        for row, axis in enumerate(AXES, start=1):
            self._grid.addWidget(self._names[axis], row, 0)
            for place, column in ((1, "spacing"), (2, "fwhm"), (2, "own_spacing")):
                field = NumberField(f"{column}_{axis}")
                field.valueChanged.connect(lambda _, c=column, a=axis: self.edited.emit(c, a))
                self.fields[column, axis] = field
                self._grid.addWidget(field, row, place)
        self.show_rows(3, "fwhm")

    def show_rows(self, axes: int, second: str) -> None:
        """Show the last axes only, with "fwhm", "own_spacing" or nothing as the second column."""
        visible = AXES[-axes:]
        for axis, label in self._names.items():
            label.setVisible(axis in visible)
        for column, head in self._heads.items():
            head.setVisible(column in ("spacing", second))
        for (column, axis), field in self.fields.items():
            field.setVisible(axis in visible and column in ("spacing", second))

    def numbers(self, column: str, axes: int = 3) -> Numbers:
        """Return the numbers of a column, for the last axes."""
        return tuple(self.fields[column, axis].value() for axis in AXES[-axes:])

    def put(self, column: str, numbers: Iterable[float]) -> None:
        """Set the numbers of a column, for the last axes, without telling anybody."""
        values = list(numbers)
        for axis, value in zip(AXES[-len(values) :], values, strict=True):
            self.fields[column, axis].put(value)

    def allow(self, column: str, editable: bool, why: str = "") -> None:
        """Let the user edit a column, or say why not in its tooltips."""
        for axis in AXES:
            field = self.fields[column, axis]
            field.allow(editable)
            field.setProperty("why", why)

    def set_units(self, **units: str) -> None:
        """Write the unit of each column into its head, tooltips and accessible names."""
        for column, unit in units.items():
            self._heads[column].setText(f"{COLUMN_LABELS[column]} ({shown(unit)})")
            for axis in AXES:
                field = self.fields[column, axis]
                help_text = COLUMN_HELP[column].format(axis=axis)
                field.setToolTip(
                    " ".join([f"{help_text[:-1]}, in {shown(unit)}.", field.property("why") or ""]).strip()
                )
                field.setAccessibleName(f"{COLUMN_LABELS[column]} along {axis} in {shown(unit)}")
