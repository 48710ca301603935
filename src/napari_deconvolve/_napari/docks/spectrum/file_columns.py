"""Which columns of a file hold the data and their positions."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QObject, QSignalBlocker, Signal
from qtpy.QtWidgets import QComboBox

from napari_deconvolve._napari.kit.forms import choice_box, identify

FOUND = "found by itself"
FEWEST = 2  # columns, among which there is a choice


class FileColumns(QObject):  # type: ignore[misc]
    """A box for the data and one for the axis; `changed` says that another column was chosen.

    What is remembered are places in the boxes, as headings may be equal.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.data: QComboBox = identify(choice_box([]), "column", "Column", "Which column of the file holds the data.")
        self.axis: QComboBox = identify(
            choice_box([]),
            "axis_column",
            "Axis column",
            "Which column of the file holds the positions, where another one is taken for them.",
        )
        self._numbers: tuple[int, ...] = ()  # of the columns of data that are offered, among all of the file
        self._chosen = [0, 0]  # places in both boxes
        self.data.currentIndexChanged.connect(lambda index: self._choose(0, index))  # not its words, which may be equal
        self.axis.currentIndexChanged.connect(lambda index: self._choose(1, index))

    @property
    def number(self) -> int:
        """The number of the column of data among all, from 1; 0 for the first that may be data."""
        return self._numbers[self.data.currentIndex()] if self.data.count() else 0

    @property
    def axis_number(self) -> int:
        """The number of the column of positions, from 1; 0 for the one that is found by itself."""
        return max(0, int(self.axis.currentIndex()))

    def show_axes(self, names: Sequence[str]) -> None:
        """Offer all columns as positions."""
        _offer(self.axis, [FOUND, *names] if len(names) >= FEWEST else [], self._chosen[1])

    def show_data(self, names: Sequence[str], numbers: Sequence[int]) -> None:
        """Offer columns of data, if there are several; after restoring, the one that was chosen is chosen again."""
        self._numbers = tuple(numbers)
        _offer(self.data, list(names) if len(names) >= FEWEST else [], self._chosen[0])

    def forget(self) -> None:
        """Offer nothing: the file is another one."""
        for box in (self.data, self.axis):
            with QSignalBlocker(box):
                box.clear()
        self._chosen = [0, 0]

    def values(self) -> dict[str, int]:
        """Return what is remembered."""
        return {"column": self._chosen[0], "axis_column": self._chosen[1]}

    def set_values(self, values: dict[str, int]) -> None:
        """Set what was remembered."""
        self._chosen = [int(values.get("column", 0)), int(values.get("axis_column", 0))]

    def _choose(self, box: int, index: int) -> None:
        self._chosen[box] = max(0, index)
        if box == 1:
            self._chosen[0] = 0  # other columns are left for data
            with QSignalBlocker(self.data):
                self.data.clear()
        self.changed.emit()


def _offer(box: QComboBox, wanted: list[str], chosen: int) -> None:
    known = [box.itemText(index) for index in range(box.count())]
    if known != wanted:
        with QSignalBlocker(box):
            box.clear()
            box.addItems(wanted)
            box.setCurrentIndex(chosen if chosen < len(wanted) else 0)
