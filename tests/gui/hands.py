"""What hands do to a field: keys that Qt hears, no values that are set."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt


def type_into(qtbot: Any, field: Any, text: str) -> None:
    """Replace what a field for a line or a number says, and leave it by Enter."""
    line = field.lineEdit() if hasattr(field, "lineEdit") else field
    qtbot.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(line, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def choose_by_keys(qtbot: Any, box: Any, text: str) -> None:
    """Go down in a box of words to one of them."""
    place = box.findText(text)
    assert place >= 0, [box.itemText(one) for one in range(box.count())]
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(place):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == text
