"""The one place of a warning: a sentence, a button with its remedy, and a link that hides it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qtpy.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette


@dataclass(frozen=True, slots=True, eq=False)
class Warned:
    """A warning.

    Attributes
    ----------
    text : str
        The sentence.
    remedy : str
        What the button says; empty without one.
    act : callable or None
        What the button does.
    """

    text: str
    remedy: str = ""
    act: Callable[[], None] | None = None


class Notice(QFrame):  # type: ignore[misc]
    """Shows the worst of some warnings at a time; what is ignored stays away until there are others.

    What forbids a run is not `ignorable`.
    """

    def __init__(self, name: str, parent: QWidget | None = None, *, ignorable: bool = True) -> None:
        super().__init__(parent)
        part(self, "notice")
        self.line = Remarks(name)
        self.remedy = part(identify(QPushButton(""), f"{name}_remedy", "Remedy", "Does what helps."), "cure")
        self.ignore = part(identify(QPushButton("Ignore"), f"{name}_ignore", "Ignore", "Hides this warning."), "link")
        self._all: tuple[Warned, ...] = ()
        self._ignored: set[str] = set()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.remedy)
        row.addWidget(self.ignore)
        self.ignore.setVisible(ignorable)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        layout.addWidget(self.line)
        layout.addLayout(row)
        self.remedy.clicked.connect(lambda _checked=False: self._act())
        self.ignore.clicked.connect(lambda _checked=False: self._ignore())
        self._show()

    @property
    def shown(self) -> Warned | None:
        """The warning that is seen."""
        left = [one for one in self._all if one.text not in self._ignored]
        return left[0] if left else None

    def show_all(self, found: Sequence[Warned]) -> None:
        """Show warnings, the worst first; the same ones again change nothing."""
        if [one.text for one in found] != [one.text for one in self._all]:
            self._ignored &= {one.text for one in found}
            self._all = tuple(found)
            self._show()

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.line.restyle(colors)

    def _show(self) -> None:
        one = self.shown
        self.setVisible(one is not None)
        if one is None:
            self.line.say("")
            return
        left = sum(other.text not in self._ignored for other in self._all) - 1
        self.line.say(f"{one.text} ({left} more)" if left else one.text, "warning")
        self.remedy.setText(one.remedy)
        self.remedy.setVisible(bool(one.remedy))

    def _act(self) -> None:
        one = self.shown
        if one is not None and one.act is not None:
            one.act()

    def _ignore(self) -> None:
        one = self.shown
        if one is not None:
            self._ignored.add(one.text)
            self._show()
