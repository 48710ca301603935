"""A choice of few words, all in sight: buttons side by side, of which one is pressed."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from napari_deconvolve._napari.kit.buttons import take_out
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.sheet import part


class Segments(QWidget):  # type: ignore[misc]
    """Behaves like a box of words: `currentText`, `setCurrentText`, `currentTextChanged`.

    Signals
    -------
    currentTextChanged(text)
        Another word is chosen.
    """

    currentTextChanged = Signal(str)  # noqa: N815 - as Qt's boxes have it

    def __init__(self, name: str, label: str, tip: str, words: Sequence[str] = ()) -> None:
        super().__init__()
        identify(self, name, label, tip)
        part(self, "plain")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._group = QButtonGroup(self)
        self._words: tuple[str, ...] = ()
        self._chosen = ""
        self.offer(words)

    def offer(self, words: Sequence[str]) -> None:
        """Offer these words; the first one is chosen, or the one that was if it is among them."""
        if tuple(words) == self._words:
            return
        self._words = tuple(words)
        for button in self._group.buttons():
            self._group.removeButton(button)
            take_out(button)
        for place, word in enumerate(words):
            self._layout.addWidget(self._button(place, word))
        if words:
            self._press(self._chosen if self._chosen in words else words[0])

    def count(self) -> int:
        """Return how many words there are."""
        return len(self._words)

    def itemText(self, place: int) -> str:  # noqa: N802 - as Qt's boxes have it
        """Return a word."""
        return self._words[place]

    def findText(self, text: str) -> int:  # noqa: N802 - as Qt's boxes have it
        """Return the place of a word, or -1."""
        return self._words.index(text) if text in self._words else -1

    def currentText(self) -> str:  # noqa: N802 - as Qt's boxes have it
        """Return the word that is chosen."""
        return self._chosen

    def setCurrentText(self, text: str) -> None:  # noqa: N802 - as Qt's boxes have it
        """Choose a word that is offered; any other changes nothing."""
        if text in self._words and text != self._chosen:
            self._press(text)
            self.currentTextChanged.emit(text)

    def show_text(self, text: str) -> None:
        """Show a word as chosen without telling anybody."""
        if text in self._words and text != self._chosen:
            self._press(text)

    def _button(self, place: int, word: str) -> QPushButton:
        button: QPushButton = part(QPushButton(word[:1].upper() + word[1:]), "choice")
        identify(button, f"{self.objectName()}_{place}", f"{self.accessibleName()}: {word}", self.toolTip())
        button.setCheckable(True)
        button.setMinimumWidth(20)
        button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _checked=False: self.setCurrentText(word))
        self._group.addButton(button, place)
        return button

    def _press(self, text: str) -> None:
        self._chosen = text
        self._group.button(self._words.index(text)).setChecked(True)
