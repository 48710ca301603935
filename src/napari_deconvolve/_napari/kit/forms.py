"""Parts of forms: rows that align, remarks under fields, and a part that folds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.numbers import NumberBox, WholeNumberBox
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.kit.words import in_window
from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve.recipe.fields import Parameter

AUTO = -1.0  # the value of a box of numbers that says "Auto"
LARGEST = 1e9  # that such a box takes
MIN_BOX_CHARACTERS = 6  # characters that a box shows at least, so that docks may be narrow


def identify(widget: Any, name: str, label: str, tip: str) -> Any:
    """Return a widget its Qt name, its name for screen readers, and its tooltip."""
    widget.setObjectName(name)
    widget.setAccessibleName(label)
    widget.setToolTip(f"<p>{tip}</p>")  # rich text is wrapped
    return widget


def help_of(parameter: Parameter) -> str:
    """Return the tooltip of a parameter: what it does, its unit and its range."""
    parts = [parameter.help]
    if parameter.unit:
        parts.append(f"Unit: {parameter.unit}.")
    if parameter.low is not None and parameter.high is not None:
        parts.append(f"From {parameter.low:g} to {parameter.high:g}.")
    elif parameter.low is not None:
        parts.append(f"At least {parameter.low:g}.")
    return " ".join(parts)


class Remarks(QLabel):  # type: ignore[misc]
    """Words under a field, in the colour of their level; takes no room while there is nothing to say."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)  # names of layers are no markup
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(40)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.level: Level = "info"
        self._colors: Palette | None = None
        self.setVisible(False)

    def say(self, text: str, level: Level = "info") -> None:
        """Show a text, or nothing."""
        text = in_window(text)
        if (text, level) == (self.text(), self.level) and bool(text) != self.isHidden():
            return  # laying out the window again would take longer than all else that a changed setting costs
        self.level = level
        if self.text() != text:
            self.setText(text)
        self._color()
        self._fit()  # before it is shown: what is around would make room for a narrow column of words
        self.setVisible(bool(text))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Take the height that the text needs at this width; forms would give room for the narrowest."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.ensurePolished()  # else the height is that of another font
        before = self.minimumHeight()
        self.setMinimumHeight(0)  # else Qt never gives less than what was set before
        height = self.heightForWidth(self.width())
        if height >= 0:
            self.setFixedHeight(height)
        else:
            self.setMinimumHeight(before)

    def changeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Fit again when the theme brings another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._colors = colors
        self._color()

    def _color(self) -> None:
        if self._colors is not None:
            names = {"info": "muted", "success": "success", "warning": "warning", "error": "error"}
            sheet = f"QLabel {{ color: {getattr(self._colors, names[self.level])}; padding: 0px 2px; }}"
            if self.styleSheet() != sheet:
                self.setStyleSheet(sheet)


def choice_box(choices: Sequence[str]) -> QComboBox:
    """Make a box of words that may be narrow."""
    box = QComboBox()
    box.addItems(list(choices))
    narrow(box)
    return box


def narrow(box: QComboBox) -> None:
    """Let a box of words be narrower than its longest."""
    box.setMinimumContentsLength(MIN_BOX_CHARACTERS)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


def whole_number_box(low: int, high: int, value: int, *, suffix: str = "", special: str = "") -> WholeNumberBox:
    """Make a box for a whole number; `special` is what it says at its lowest."""
    box = WholeNumberBox(low, high, suffix=suffix, word=special)
    box.setValue(value)
    box.setMinimumWidth(60)
    return box


def auto_number_box(suffix: str = "", *, signed: bool = False) -> NumberBox:
    """Make a box for a number of at least 0, or of any sign, or "Auto" one step below."""
    low = -LARGEST if signed else 0.0
    box = NumberBox(low, LARGEST, suffix=suffix, word="Auto", below=low + AUTO)
    box.setSingleStep(1.0)
    box.setValue(box.minimum())
    box.setMinimumWidth(60)
    return box


def form() -> QFormLayout:
    """Make a form with labels left and fields that fill the rest."""
    layout = QFormLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    layout.setHorizontalSpacing(6)
    layout.setVerticalSpacing(4)
    return layout


class Fold(QWidget):  # type: ignore[misc]
    """A part of a form that is folded away until it is wanted."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setCheckable(True)
        self.button.setAutoRaise(True)
        identify(self.button, name, title, f"{title}: what is rarely needed.")
        self.button.setProperty("part", "link")
        self.body = QWidget()
        for one in (self, self.body):
            one.setProperty("part", "plain")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.button)
        layout.addWidget(self.body)
        self.button.toggled.connect(self.unfold)
        self.unfold(False)

    def unfold(self, yes: bool) -> None:
        """Show or hide the body."""
        self.button.setArrowType(Qt.ArrowType.DownArrow if yes else Qt.ArrowType.RightArrow)
        self.body.setVisible(yes)
        if self.button.isChecked() != yes:
            self.button.setChecked(yes)


def beside(field: QWidget, button: QWidget) -> QWidget:
    """Put a button beside a field that takes the rest of the width."""
    both = QWidget()
    both.setProperty("part", "plain")
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(field, 1)
    layout.addWidget(button)
    return both


def halves(first: QWidget, second: QWidget) -> QWidget:
    """Put two fields beside each other that share the width, where both are seen."""
    both = QWidget()
    both.setProperty("part", "plain")
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    for field in (first, second):
        field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout.addWidget(field, 1)
    return both


def row(rows: QFormLayout, text: str, field: QWidget, *below: QWidget, buddy: QWidget | None = None) -> QLabel:
    """Add a labelled field to a form, with remarks below it; `buddy` is the field proper, if others are around it."""
    label = QLabel(text)
    label.setProperty("row", True)
    label.setBuddy(buddy or field)
    label.setToolTip((buddy or field).toolTip())
    rows.addRow(label, field)
    for widget in below:
        rows.addRow("", widget)
    return label


def align_labels(parts: QWidget) -> None:
    """Return all labels made by `row` the width of the widest, so that the fields of all parts begin in one line."""
    labels = [label for label in parts.findChildren(QLabel) if label.property("row")]
    for label in labels:
        label.ensurePolished()
    width = max((label.sizeHint().width() for label in labels), default=0)
    for label in labels:
        label.setFixedWidth(width)
