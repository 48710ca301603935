"""Fields of the dock "Deconvolve" in which a number or a word such as "Auto" can be chosen or typed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSlider, QWidget

from napari_deconvolve._napari.kit.forms import help_of, identify, narrow
from napari_deconvolve._napari.kit.numbers import NumberBox, WholeNumberBox
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.naming import power_text
from napari_deconvolve.recipe.recipe import parameter

AUTO_WORD = "Auto"
NONE = "none"
POWERS_BELOW = 1e-3
ARROWS = 58  # pixels of a box that are not for its text
DIGITS = 12  # after the point, that a box keeps
FINE = 100  # steps of a slider within a factor of ten
BETWEEN = re.compile(r"[\s,;×x]+")


class CountBox(WholeNumberBox):
    """A whole number of at least 1, or "Auto", which is 0 and from which the arrow up goes to a usual number."""

    def __init__(self, high: int, usual: int) -> None:
        super().__init__(1, high, word=AUTO_WORD, below=0)
        self._usual = usual
        self.setMinimumWidth(60)

    def stepBy(self, steps: int) -> None:  # noqa: N802 - Qt's name
        """Go up or down; from "Auto" to a usual number, not to 1."""
        if self.value() == 0 and steps > 0:
            self.setValue(self._usual)
        else:
            super().stepBy(steps)


class FactorBox(NumberBox):
    """A positive number of any size, written with few digits; its arrows multiply.

    0 may stand for "Auto", from which the arrow up goes to a usual number. What `write` makes of a number has to be
    read again as the same number.
    """

    def __init__(
        self,
        low: float,
        high: float,
        *,
        auto: bool = True,
        usual: float = 1.0,
        suffix: str = "",
        write: Callable[[float], str] = "{:.4g}".format,
    ) -> None:
        self._write, self._auto, self._usual = write, auto, usual
        word, below = (AUTO_WORD, 0.0) if auto else ("", None)
        super().__init__(low, high, decimals=DIGITS, suffix=suffix, word=word, below=below)
        self.setMinimumWidth(60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> Any:  # noqa: N802 - Qt's name
        """Return a size for the numbers that are usual, not for the longest possible."""
        hint = super().sizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance(f"0.00333{self.suffix()}") + ARROWS)
        return hint

    def minimumSizeHint(self) -> Any:  # noqa: N802 - Qt's name
        """Return the same without the unit, which may be cut where a dock is narrow."""
        hint = super().minimumSizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance("0.00333") + ARROWS)
        return hint

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        """Write the number, called by Qt."""
        return self._write(value)

    def stepBy(self, steps: int) -> None:  # noqa: N802 - Qt's name
        """Multiply by a fifth of a factor of ten per step; below the lowest number comes "Auto"."""
        value = self.value()
        if value == 0:
            if steps > 0:
                self.setValue(self._usual)
            return
        wanted = float(f"{value * 10 ** (steps / 5):.3g}")
        self.setValue(0.0 if self._auto and wanted < self.lowest else max(wanted, self.lowest))


class WordBox(QComboBox):  # type: ignore[misc]
    """A choice of words that stand in recipes, shown by labels for people."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        super().__init__()
        self._labels = dict(labels)
        self.addItems(list(self._labels.values()))
        narrow(self)

    @property
    def word(self) -> str:
        """The word that is chosen."""
        place: int = self.currentIndex()
        return list(self._labels)[max(0, place)]

    def setCurrentText(self, text: str | None) -> None:  # noqa: N802 - Qt's name
        """Choose by word or label."""
        super().setCurrentText(self._labels.get(text or "", text or ""))


class Strength(QWidget):  # type: ignore[misc]
    """A strength: a slider over factors of ten, and the number beside it.

    For "Auto", the slider stands at `rest`. Numbers up to `highest` may be typed, by default the slider's largest.
    `valueChanged` has the strength; 0 is "Auto".
    """

    valueChanged = Signal(float)  # noqa: N815 - as Qt's fields have it

    def __init__(self, name: str = "strength", rest: float = 3e-3, highest: float = 0.0) -> None:
        super().__init__()
        definition = parameter(name)
        assert definition.low is not None
        assert definition.high is not None
        auto = isinstance(definition.default, str)
        self._rest = rest if auto else float(definition.default)
        self.box = FactorBox(definition.low, highest or definition.high, auto=auto, usual=self._rest, write=_with_power)
        identify(self.box, name, definition.label, help_of(definition))
        self.slider = identify(
            QSlider(Qt.Orientation.Horizontal), f"{name}_slider", f"{definition.label}, slider", help_of(definition)
        )
        self.slider.setRange(*(round(FINE * math.log10(bound)) for bound in (definition.low, definition.high)))
        self.slider.setPageStep(FINE)
        self.slider.setMinimumWidth(18)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.box)
        self.box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.slider.valueChanged.connect(lambda place: self.box.setValue(float(f"{10 ** (place / FINE):.3g}")))
        self.box.valueChanged.connect(self._follow)
        self.setFocusProxy(self.slider)

    def value(self) -> float:
        """Return the strength; 0 is "Auto"."""
        return float(self.box.value())

    def setValue(self, value: float) -> None:  # noqa: N802 - as Qt's fields have it
        """Set the strength; 0 is "Auto"."""
        self.box.setValue(value)
        self._follow(self.value())

    def show_found(self, value: float) -> None:
        """Let the slider stand where "Auto" has found a number, so that it can be moved from there."""
        self._rest = value
        if self.value() == 0:
            self._place(value)

    def _follow(self, value: float) -> None:
        self._place(value if value > 0 else self._rest)
        self.valueChanged.emit(value)

    def _place(self, value: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(FINE * math.log10(value)))


class TargetBox(QComboBox):  # type: ignore[misc]
    """The target resolution: "Auto", "none", or one width, or one per axis."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.addItems([AUTO_WORD, NONE])
        self.setMinimumContentsLength(2)  # leaves room for the unit beside it in a narrow dock
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, value: float | str | tuple[float, ...]) -> None:
        """Write a recipe's value."""
        if isinstance(value, str):
            self.setCurrentText(AUTO_WORD)
        elif isinstance(value, tuple):
            self.setCurrentText(", ".join(f"{width:.4g}" for width in value))
        else:
            self.setCurrentText(f"{value:.4g}" if value else NONE)


def read_target(text: str) -> float | str | tuple[float, ...]:
    """Read "Auto", "none", a width, or one per axis; raise `ParameterError` for anything else."""
    word = text.strip().lower()
    if word == AUTO_WORD.lower():
        return "auto"
    if word in (NONE, ""):
        return 0.0
    try:
        widths = tuple(float(part) for part in BETWEEN.split(word) if part)
    except ValueError:
        widths = ()
    if not 1 <= len(widths) <= 3 or not all(0 <= width < math.inf for width in widths):
        raise ParameterError(
            f"The target resolution is “{text}”; write Auto, none, a width such as 0.2, or one per axis."
        )
    return widths[0] if len(widths) == 1 else widths


def _with_power(value: float) -> str:
    """Write a number as short as it can be: small ones with a power of ten."""
    return power_text(value, 2) if 0 < value < POWERS_BELOW else f"{value:.4g}"
