"""The dock "Batch" as tests meet it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import LIMIT
from docks import AnyDock
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QAbstractButton

from napari_deconvolve._napari.docks.batch.runs import BatchRuns
from napari_deconvolve._napari.kit.file_list import NAME, SIGN, STATE
from napari_deconvolve._napari.work.per_viewer import of_viewer


class BatchDock(AnyDock):
    title = "Batch"

    def wait(self, condition: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=LIMIT)

    @property
    def runs(self) -> BatchRuns:
        return of_viewer(self.viewer, BatchRuns)

    def recipe(self, path: Path) -> None:
        self.choose("recipe", "A recipe file…")
        self["recipe_file"].setText(str(path))
        self.choose("psf", "From files…")
        self["psf_file"].setText(str(path.with_name("psf.ome.tif")))

    def drop(self, *paths: Path) -> None:
        """Drop files and folders on the dock, as a file manager does."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place, left, none = QPointF(5, 5), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        entered = QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, data, left, none)
        self.widget.dragEnterEvent(entered)
        assert entered.isAccepted()
        self.widget.dropEvent(QDropEvent(place, Qt.DropAction.CopyAction, data, left, none))

    def looked(self) -> None:
        """Wait until all files were looked at."""
        self.wait(lambda: len(self.widget._review.looked) == len(self.runs.files))

    def rows(self) -> dict[str, tuple[str, str]]:
        """Return sign and words of each file, as they are seen."""
        items = [self["files"].topLevelItem(place) for place in range(self["files"].topLevelItemCount())]
        return {item.text(NAME): (item.text(SIGN), item.text(STATE)) for item in items}

    def click_file(self, name: str) -> None:
        (item,) = self["files"].findItems(name, Qt.MatchFlag.MatchExactly, NAME)
        place = self["files"].visualItemRect(item).center()
        self.qtbot.mouseClick(self["files"].viewport(), Qt.MouseButton.LeftButton, pos=place)

    def ended(self) -> None:
        self.wait(lambda: not self.runs.busy)

    def stage(self) -> set[str]:
        """Return the names of the buttons in the foot that are shown."""
        shown = (one for one in self.widget._footer.findChildren(QAbstractButton) if not one.isHidden())
        return {one.objectName() for one in shown} - {"actions", "reset"}
