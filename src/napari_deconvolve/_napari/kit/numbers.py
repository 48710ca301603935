"""A box for a number, which all docks use: 1e3 is 1000, a comma is a point, and a word may stand below all numbers."""

from __future__ import annotations

import re
import sys
from typing import Any

from qtpy.QtGui import QValidator
from qtpy.QtWidgets import QDoubleSpinBox

ON_THE_WAY = re.compile(r"\d*\.?\d*(e[+-]?\d*)?", re.IGNORECASE)  # to a number, while it is being typed
MAX_DIGITS = 15  # that a number is written with at most: what is shown is read again as the same number


class NumberBox(QDoubleSpinBox):  # type: ignore[misc]
    """A number, typed with a power of ten or without.

    Qt's own box drops the keys that it does not know: 1e3 became 13, and 0,5 became 5. A word such as "Auto" is shown
    for the value `below`, by default the lowest, and may be typed.
    """

    def __init__(
        self,
        low: float,
        high: float,
        *,
        decimals: int = 6,
        suffix: str = "",
        word: str = "",
        below: float | None = None,
    ) -> None:
        super().__init__()
        self._floor = None if below is None else low
        self.setDecimals(decimals)
        self.setRange(low if below is None else below, high)
        self.setSuffix(suffix)
        self.setSpecialValueText(word)
        self.setKeyboardTracking(False)

    @property
    def lowest(self) -> float:
        """The lowest number that may be typed; the word may be below."""
        return float(self.minimum()) if self._floor is None else self._floor

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        """Write the number, called by Qt."""
        return f"{round(value, self.decimals()):.{MAX_DIGITS}g}"

    def validate(self, text: str | None, place: int) -> tuple[Any, str, int]:
        """Return whether a text is a number or the word, or may become one: called by Qt."""
        given = (text or "").replace(",", ".")
        bare, word = self._bare(given), self._bare(self.specialValueText())
        if bare and word.lower().startswith(bare.lower()):
            whole = len(bare) == len(word)
            return QValidator.State.Acceptable if whole else QValidator.State.Intermediate, given, place
        if not ON_THE_WAY.fullmatch(bare.removeprefix("-") if self.lowest < 0 else bare):
            return QValidator.State.Invalid, given, place
        number = read_number(bare)
        good = number is not None and self._may_be(number)
        return QValidator.State.Acceptable if good else QValidator.State.Intermediate, given, place

    def fixup(self, text: str | None) -> str:
        """Return the nearest number that there may be, not the one before: called by Qt."""
        number = read_number(self._bare(text))
        if number is None:
            return self.textFromValue(self.value())
        least = float(max(self.lowest, 10.0 ** -self.decimals()))  # above 0, that the box can keep
        nearest = round(min(max(number, self.lowest), self.maximum()), self.decimals())
        return self.textFromValue(nearest if nearest or not number else least)

    def valueFromText(self, text: str | None) -> float:  # noqa: N802 - Qt's name
        """Read the number, called by Qt."""
        number = read_number(self._bare(text))
        return float(self.minimum()) if number is None else number

    def _may_be(self, number: float) -> bool:
        """Return whether the box can keep a number: one that is not 0 does not become 0."""
        if self.decimals() == 0 and number != round(number):
            return False
        kept = number == 0 or round(number, self.decimals()) != 0
        return bool(number == self.minimum() or (kept and self.lowest <= number <= self.maximum()))

    def _bare(self, text: str | None) -> str:
        """Take prefix and unit away."""
        bare = (text or "").strip().removeprefix(self.prefix().strip())
        return bare.removesuffix(self.suffix().strip()).strip()


class WholeNumberBox(NumberBox):
    """The same for whole numbers."""

    def __init__(self, low: int, high: int, *, suffix: str = "", word: str = "", below: int | None = None) -> None:
        super().__init__(low, high, decimals=0, suffix=suffix, word=word, below=below)

    def value(self) -> int:
        """Return the number."""
        return int(super().value())


def read_number(text: str) -> float | None:
    """Read a finite number, with a power of ten or without; anything else gives None."""
    sign, bare = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not ON_THE_WAY.fullmatch(bare):
        return None
    try:
        return sign * min(float(bare), sys.float_info.max)
    except ValueError:
        return None
