"""The files of a batch as rows: a sign, a name, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from qtpy.QtGui import QBrush, QColor, QKeyEvent, QPainter, QPaintEvent, QPalette
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.remarks import Level

SIGN, NAME, STATE = range(3)  # columns
FEWEST, MOST = 4, 8  # rows that are seen at once
ROW_HEIGHT, SIGN_WIDTH = 24, 24  # pixels
STATE_SHARE = 0.45  # of the width, at most
EMPTY = "Add files or a folder, or drop them here."
COLOURS: Mapping[Level, str] = {"info": "muted", "success": "success", "warning": "warning", "error": "error"}


@dataclass(frozen=True, slots=True)
class FileState:
    """Where a file stands.

    Attributes
    ----------
    sign, words : str
        "✓", "⚠", "▶", "✕" or "○", and what it means.
    level : str
        How serious it is; what is running is "info", and is written in plain text.
    why : str
        The reason and the remedy, in sentences; empty where there is nothing to say.
    """

    sign: str
    words: str
    level: Level = "info"
    why: str = ""


class _Painter(QStyledItemDelegate):  # type: ignore[misc]
    """Keeps the colours of a chosen row, and cuts its words at their end."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: N802 - Qt's name
        """Fill in what is drawn."""
        super().initStyleOption(option, index)
        colour = index.data(Qt.ItemDataRole.ForegroundRole)
        if colour is not None:
            option.palette.setBrush(QPalette.ColorRole.HighlightedText, colour)
        if index.column() == STATE:
            option.textElideMode = Qt.TextElideMode.ElideRight


class FileList(QTreeWidget):  # type: ignore[misc]
    """Shows files and where each stands.

    Signals
    -------
    asked(file)
        Somebody wants to know more about a file: by a click, or by the arrow keys.
    unwanted()
        The key Delete was pressed.
    """

    asked = Signal(str)
    unwanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        identify(self, "files", "Files", "Files of the batch; a click on ⚠ or ✕ says why.")
        self.setToolTip("")  # each row has one
        self._colors: Palette | None = None
        self._states: dict[str, FileState] = {}
        self.setColumnCount(3)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIndentation(0)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_Painter(self))
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(SIGN_WIDTH)
        for column, mode in ((SIGN, "Fixed"), (NAME, "Stretch"), (STATE, "Fixed")):
            header.setSectionResizeMode(column, getattr(QHeaderView.ResizeMode, mode))
        header.resizeSection(SIGN, SIGN_WIDTH)
        self.itemClicked.connect(self._ask)
        self.currentItemChanged.connect(self._ask)
        self._fit_height()

    @property
    def files(self) -> tuple[str, ...]:
        """All files, in order."""
        return tuple(self._file(self.topLevelItem(place)) for place in range(self.topLevelItemCount()))

    @property
    def chosen(self) -> tuple[str, ...]:
        """The selected files."""
        return tuple(self._file(item) for item in self.selectedItems())

    def show_files(self, files: Sequence[str], states: Mapping[str, FileState]) -> None:
        """Show these files; only what has changed is drawn."""
        if tuple(files) != self.files:
            self._states = {}
            self.clear()
            self.addTopLevelItems([self._item(file) for file in files])
            self._fit_height()
        for place, file in enumerate(files):
            if self._states.get(file) != states[file]:
                self._states[file] = states[file]
                self._show(self.topLevelItem(place), states[file])
        self._fit_state()

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._colors = colors
        self.setStyleSheet(
            f"QTreeWidget {{ background: transparent; border: none; }} "
            f"QTreeWidget::item {{ height: {ROW_HEIGHT}px; border: none; }} "
            f"QTreeWidget::item:selected {{ background: {colors.line}; }}"
        )
        for place, file in enumerate(self.files):
            self._show(self.topLevelItem(place), self._states[file])

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the least width: names are elided."""
        return QSize(200, self.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Take files out by Delete; Enter is the dock's."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.unwanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Say what to do where there are no files."""
        super().paintEvent(event)
        if self.topLevelItemCount() or self._colors is None:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QColor(self._colors.muted))
        room: QRect = self.viewport().rect()
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), EMPTY)
        painter.end()

    def resizeEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Share the width between names and states."""
        super().resizeEvent(event)
        self._fit_state()

    def _item(self, file: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(["", Path(file).name, ""])
        item.setData(NAME, Qt.ItemDataRole.UserRole, file)
        item.setTextAlignment(SIGN, int(Qt.AlignmentFlag.AlignCenter))
        item.setTextAlignment(STATE, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
        return item

    def _show(self, item: QTreeWidgetItem, state: FileState) -> None:
        file = self._file(item)
        item.setText(SIGN, state.sign)
        item.setText(STATE, state.words)
        item.setData(SIGN, Qt.ItemDataRole.AccessibleTextRole, state.words)
        for column in range(3):
            item.setToolTip(column, "\n".join((file, *([state.why] if state.why else [state.words]))))
        if self._colors is not None:
            running = state.sign == "▶"
            colour = self._colors.foreground if running else getattr(self._colors, COLOURS[state.level])
            for column in (SIGN, STATE):
                item.setForeground(column, QBrush(QColor(colour)))
            item.setForeground(NAME, QBrush(QColor(self._colors.foreground)))

    def _fit_state(self) -> None:
        widest = max((self.fontMetrics().horizontalAdvance(state.words) for state in self._states.values()), default=0)
        self.header().resizeSection(STATE, min(widest + 14, round(STATE_SHARE * self.viewport().width())))

    def _fit_height(self) -> None:
        rows = min(MOST, max(FEWEST, self.topLevelItemCount()))
        self.setFixedHeight(rows * ROW_HEIGHT + 2)

    def _file(self, item: QTreeWidgetItem) -> str:
        return str(item.data(NAME, Qt.ItemDataRole.UserRole))

    def _ask(self, item: QTreeWidgetItem | None, *_: object) -> None:
        if item is not None:
            self.asked.emit(self._file(item))
