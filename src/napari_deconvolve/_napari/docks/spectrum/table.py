"""The list of spectra in the dock: a dot that says whether there is a result, the name, and how many points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtGui import QColor, QKeyEvent, QPainter
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableWidget, QTableWidgetItem, QWidget

from napari_deconvolve._napari.docks.spectrum.rows import Row
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.theme import Palette

DOT, NAME, POINTS = range(3)
ROW_HEIGHT = 23  # pixels
MOST = 4  # rows that are seen without scrolling
EMPTY = 2  # rows for a hint, while there are none
HINT = "Open files, or drop them here."
TIP = (
    "The spectra, of files, of columns of a table and of points of an image. The chosen one is shown and run. Delete "
    "takes it off the list. Files can be dropped here."
)


class RowsTable(QTableWidget):  # type: ignore[misc]
    """Shows the rows that hold data; the data themselves are kept elsewhere.

    Signals
    -------
    picked(place)
        Another row is chosen.
    unwanted(places)
        Rows are to leave the list.
    """

    picked = Signal(int)
    unwanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        identify(self, "spectra", "Spectra", TIP)
        self._colors: Palette | None = None
        self._shown: list[tuple[str, str, str, str]] = []
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setMinimumWidth(60)
        header = self.horizontalHeader()
        header.hide()
        header.setMinimumSectionSize(10)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(POINTS, QHeaderView.ResizeMode.ResizeToContents)
        self.setColumnWidth(DOT, 22)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask)
        self.itemSelectionChanged.connect(self._picked)
        self._fit()

    def show_rows(self, rows: Sequence[Row], chosen: int) -> None:
        """Show rows, one of them as chosen; -1 for none."""
        words = [_words(row) for row in rows]
        with QSignalBlocker(self):
            if words != self._shown:
                self._shown = words
                self.setRowCount(len(rows))
                for place, texts in enumerate(words):
                    for column, text in enumerate(texts[:3]):
                        self.setItem(place, column, self._item(column, text, texts[3]))
                self._color()
                self._fit()
            if chosen < 0:
                self.clearSelection()
            elif self.currentRow() != chosen or not self.selectedItems():
                self.selectRow(chosen)

    def paintEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Write a hint while the list is empty."""
        super().paintEvent(event)
        if not self.rowCount() and self._colors is not None:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(self._colors.muted))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, HINT)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Take the chosen row off the list at Delete."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.currentRow() >= 0:
            self.unwanted.emit([self.currentRow()])
        else:
            super().keyPressEvent(event)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._colors = colors
        self.setStyleSheet(
            f"QTableWidget {{ background: {colors.background}; color: {colors.foreground}; border: none;"
            f" border-radius: 4px; selection-background-color: {colors.line}; selection-color: {colors.foreground}; }}"
            "QTableWidget::item { padding: 0px 3px; border: none; }"
        )
        self._color()

    @staticmethod
    def _item(column: int, text: str, tip: str) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setToolTip(tip)
        if column == DOT:
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
        elif column == POINTS:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _color(self) -> None:
        if self._colors is None:
            return
        colors = {"●": self._colors.first, "○": self._colors.muted, "!": self._colors.warning}
        for place in range(self.rowCount()):
            item = self.item(place, DOT)
            if item is not None:
                item.setForeground(QColor(colors[item.text()]))

    def _fit(self) -> None:
        """Take the height of the rows, within limits."""
        self.setFixedHeight(ROW_HEIGHT * min(MOST, self.rowCount() or EMPTY) + 4)

    def _picked(self) -> None:
        if self.currentRow() >= 0:
            self.picked.emit(self.currentRow())

    def _ask(self, place: object) -> None:
        """Offer what can be done with a row."""
        if self.currentRow() < 0:
            return
        menu = QMenu(self)
        one, every = menu.addAction("Take off the list"), menu.addAction("Clear the list")
        chosen = menu.exec(self.viewport().mapToGlobal(place))
        if chosen is one:
            self.unwanted.emit([self.currentRow()])
        elif chosen is every:
            self.unwanted.emit(list(range(self.rowCount())))


def _words(row: Row) -> tuple[str, str, str, str]:
    """Return sign, name, number of points, and all that there is to say."""
    if row.problem:
        return "!", row.name, "", row.problem
    count = 0 if row.spectrum is None else len(row.spectrum)
    own = row.found is not None and row.found.spectrum is row.spectrum and row.found.session.latest is not None
    state = "has a result" if own else "not run yet"
    return "●" if own else "○", row.name, f"{count} points", f"{row.name}: {count} points, {state}"
