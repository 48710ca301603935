"""A dock as tests meet it: made by napari through the manifest, its controls found by Qt name."""

from __future__ import annotations

from typing import Any, ClassVar

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget


class AnyDock:
    """A dock of a viewer, with what tests do to it."""

    title: ClassVar[str]

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.dock, self.widget = viewer.window.add_plugin_dock_widget("napari-deconvolve", self.title)

    def __getitem__(self, name: str) -> Any:
        found = self.widget.findChild(QWidget, name)
        assert found is not None, f"the dock has no {name!r}"
        return found

    def choose(self, name: str, text: str) -> None:
        box = self[name]
        assert box.findText(text) >= 0, [box.itemText(index) for index in range(box.count())]
        box.setCurrentText(text)

    def click(self, name: str) -> None:
        assert self[name].isEnabled(), (name, self[name].toolTip())
        self.qtbot.mouseClick(self[name], Qt.MouseButton.LeftButton)
