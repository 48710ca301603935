"""Fields beside each other in one row of a form."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QLabel, QWidget

PAIR_SHARES = (5, 3)  # of the width, of two fields in one row


class Pair(QWidget):  # type: ignore[misc]
    """Fields beside each other, and their label: both go when all of the fields are hidden."""

    def __init__(self, head: QLabel, *fields: tuple[QWidget, int]) -> None:
        super().__init__()
        self.setProperty("part", "plain")
        self.setStyleSheet("QDoubleSpinBox { min-width: 38px; }")  # napari's own would not fit
        self._head, self._fields = head, tuple(field for field, _ in fields)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for field, share in fields:
            layout.addWidget(field, share)

    def follow(self) -> None:
        """Hide or show the row, as its fields are."""
        seen = any(not field.isHidden() for field in self._fields)
        self.setVisible(seen)
        self._head.setVisible(seen)
