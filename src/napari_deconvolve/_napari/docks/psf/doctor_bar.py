"""What was found of a PSF, in one line: the worst with its remedy, and how many checks are in order."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QBoxLayout, QFrame, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.psf.advice import others
from napari_deconvolve._napari.docks.psf.findings import FindingsPanel
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.notice import Notice, Warned
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette

POP_WIDTH, POP_HEIGHT = 560, 340  # pixels of the list of all checks; where there is room
BAR_HEIGHT = 34  # pixels that are kept for a warning, so that nothing moves when one comes


class DoctorBar(QWidget):  # type: ignore[misc]
    """A notice, and a link that opens the list of all checks.

    Attributes
    ----------
    doctor : FindingsPanel
        All checks, with their buttons.
    """

    def __init__(self, doctor: FindingsPanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.doctor = doctor
        self.notice = Notice("warnings")
        self.notice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        words = "All that was looked at in this PSF, with what was found."
        self.checks: QPushButton = part(identify(QPushButton(""), "checks", "All checks of the PSF", words), "link")
        self.checks.clicked.connect(lambda _checked=False: self._open())
        self._pop = QFrame(self, Qt.WindowType.Popup)
        self._pop.setObjectName("all_checks")
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(doctor)
        inside = QVBoxLayout(self._pop)
        inside.setContentsMargins(10, 8, 10, 8)
        inside.addWidget(self._area)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addWidget(self.notice, 1)
        self._layout.addWidget(self.checks)
        self._layout.addStretch(0)
        self.arrange(True)

    def arrange(self, wide: bool) -> None:
        """Put all beside each other, or below each other."""
        ways = QBoxLayout.Direction
        way = ways.LeftToRight if wide else ways.TopToBottom
        self._layout.setDirection(way)
        self.setMinimumHeight(BAR_HEIGHT if wide else 0)
        inside = self.notice.layout()
        if isinstance(inside, QBoxLayout):
            inside.setDirection(way)
            inside.setStretch(0, 1 if wide else 0)

    def show_warnings(self, warned: Sequence[Warned], examined: bool) -> None:
        """Show warnings, and how many checks found nothing to warn of."""
        self.notice.show_all(warned)
        text = others(self.doctor.findings) if examined else ""
        self.checks.setText(text)
        self.checks.setAccessibleName(f"All checks of the PSF: {text}")
        self.checks.setVisible(bool(text))

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.notice.restyle(palette)
        self._pop.setStyleSheet(
            f"QFrame#all_checks {{ border: 1px solid {palette.line}; background: {palette.background}; }}"
        )
        self.doctor.restyle(palette)

    def _open(self) -> None:
        """Open the list above the link."""
        self.doctor.well.unfold(True)
        self._pop.setFixedSize(min(POP_WIDTH, max(280, self.window().width() - 20)), POP_HEIGHT)
        corner = self.checks.mapToGlobal(QPoint(self.checks.width(), 0))
        self._pop.move(corner - QPoint(self._pop.width(), POP_HEIGHT + 2))
        self._pop.show()
