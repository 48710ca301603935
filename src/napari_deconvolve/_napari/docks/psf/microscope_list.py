"""The list of the user's microscopes: a click fills the form, and what is in the form can be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QListWidget,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from napari_deconvolve._napari.docks.psf.microscopes import (
    MAX_NAME,
    Microscope,
    Microscopes,
    Value,
    export,
    load,
    read_microscopes,
    write_microscopes,
)
from napari_deconvolve._napari.kit.button_menu import ButtonMenu
from napari_deconvolve._napari.kit.buttons import push_button, stack
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve.errors import FileError

FILES = "Microscopes (*.json)"
ROWS = 5  # that the list shows at least
CHOOSE = "Choose a microscope in the list first."


class MicroscopeList(QWidget):  # type: ignore[misc]
    """Names, a button that keeps the form's values under a name, and a menu.

    Signals
    -------
    chosen(microscope)
        A click on a name.
    said(text)
        What came of a button, or what is wrong with the file.
    """

    chosen = Signal(object)
    said = Signal(str)

    def __init__(self, values: Callable[[], Mapping[str, Value]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = values
        self.list = QListWidget()
        tip = "Microscopes by name: a click fills the form. They are kept between sessions."
        identify(self.list, "microscopes", "My microscopes", tip)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setTabKeyNavigation(False)
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.list.itemClicked.connect(lambda item: self.choose(item.text()))
        self.list.itemActivated.connect(lambda item: self.choose(item.text()))
        self._make_buttons()
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.save, 1)
        row.addWidget(self.menu)
        stack(self, self.list, row, spacing=6)
        self.kept = read_microscopes()
        self._show()

    def _make_buttons(self) -> None:
        self.save = push_button("Save as…", "save_microscope", "Keep what the form is set to under a name.")
        self.save.clicked.connect(lambda _checked=False: self._save())
        self.menu = ButtonMenu("⋯ ▾", "microscope_menu", "More for microscopes", "Rename, duplicate, export, delete.")
        entries = (
            ("Rename…", "rename_microscope", "Give the chosen microscope another name.", self._rename),
            ("Duplicate", "duplicate_microscope", "Keep a copy of the chosen microscope.", self._duplicate),
            ("Export…", "export_microscopes", "Write all microscopes to a file, for another computer.", self._export),
            ("Import…", "import_microscopes", "Add the microscopes of a file.", self._import),
            ("Delete", "delete_microscope", "Take the chosen microscope off the list.", self._delete),
        )
        for text, name, tip, slot in entries:
            entry: QPushButton = identify(QPushButton(text), name, text.rstrip("…"), tip)
            entry.clicked.connect(lambda _checked=False, slot=slot: slot())
            self.menu.add(entry)

    @property
    def name(self) -> str:
        """The microscope that is chosen; empty when none is."""
        item = self.list.currentItem()
        return item.text() if item is not None and item.isSelected() else ""

    def choose(self, name: str) -> None:
        """Choose a microscope, and have the form filled."""
        found = self.kept.get(name)
        if found is not None:
            self.chosen.emit(found)
            self.mark(name)  # while the form is filled, it holds none

    def mark(self, name: str) -> None:
        """Show which microscope the form holds; an empty name means none."""
        self.list.clearSelection()
        for item in self.list.findItems(name, Qt.MatchFlag.MatchExactly) if name else ():
            self.list.setCurrentItem(item)
            item.setSelected(True)

    def note_used(self) -> None:
        """Remember that the PSF of the chosen microscope is used: it is chosen in the next session."""
        if self.name and self.name != self.kept.last and not self.kept.problem:
            self._keep(Microscopes(self.kept.items, self.name), self.name)

    def _show(self, name: str = "") -> None:
        self.list.clear()
        for one in self.kept.items:
            self.list.addItem(one.name)
            self.list.item(self.list.count() - 1).setToolTip(one.name)
        self.list.setMinimumHeight(ROWS * max(18, self.list.sizeHintForRow(0)) + 6)
        self.mark(name)

    def _save(self) -> None:
        name = self._ask("Save the microscope", self.name)
        if name:
            words = "Saved" if self.kept.get(name) is None else "Replaced"
            self._keep(self.kept.with_one(Microscope(name, dict(self._values()))), name, f"{words} “{name}”.")

    def _rename(self) -> None:
        old = self.name
        new = self._ask("Rename the microscope", old) if self._has_one() else ""
        if new and new != old:
            if self.kept.get(new) is not None:
                self.said.emit(f"There is another “{new}”; give a name that none has.")
                return
            self._keep(self.kept.renamed(old, new), new, f"“{old}” is “{new}” now.")

    def _duplicate(self) -> None:
        one = self.kept.get(self.name) if self._has_one() else None
        if one is not None:
            name = self.kept.unused(one.name)
            self._keep(self.kept.with_one(Microscope(name, one.values)), name, f"Saved “{name}”.")

    def _delete(self) -> None:
        if self._has_one():
            name = self.name
            self._keep(self.kept.without(name), "", f"Deleted “{name}”.")

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export microscopes", "microscopes.json", FILES)
        if path:
            self._try(lambda: export(self.kept, path), f"Exported to {path}.")

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import microscopes", "", FILES)
        if not path:
            return
        try:
            found = load(path)
        except FileError as error:
            self.said.emit(str(error))
            return
        kept = self.kept
        for one in found.items:
            kept = kept.with_one(Microscope(kept.unused(one.name), one.values))
        count = len(found.items)
        self._keep(kept, self.name, f"Added {count} microscope{'' if count == 1 else 's'}.")

    def _keep(self, kept: Microscopes, name: str, words: str = "") -> None:
        if self._try(lambda: write_microscopes(kept), words):
            self.kept = Microscopes(kept.items, kept.last)
            self._show(name)

    def _try(self, act: Callable[[], None], words: str) -> bool:
        try:
            act()
        except FileError as error:
            self.said.emit(str(error))
            return False
        if words:
            self.said.emit(words)
        return True

    def _has_one(self) -> bool:
        if not self.name:
            self.said.emit(CHOOSE)
        return bool(self.name)

    def _ask(self, title: str, name: str) -> str:
        text, good = QInputDialog.getText(self, title, "Name", text=name)
        return str(text).strip()[:MAX_NAME] if good else ""
