"""The line of the curtain: widgets on the canvas that are dragged, and the words on both sides."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QPointF, QRect, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QLabel, QWidget

from napari_deconvolve._napari.kit.buttons import take_out

WIDTH = 12  # pixels that catch the mouse; the rest of the canvas stays napari's
HANDLE = 26  # pixels across
STEP = 10  # pixels by an arrow key; with Shift, one
MARGIN = 8  # pixels between words and the line, and the top of the canvas
LIGHT, DARK, FOCUS = "#ffffff", "#202124", "#56b4e9"
LABEL = (
    "QLabel { background: rgba(0, 0, 0, 130); color: white; border-radius: 4px; padding: 2px 6px; font-weight: 600 }"
)


class _Grip(QWidget):  # type: ignore[misc]
    """Something on the canvas that is dragged sideways.

    Signals
    -------
    dragged(x)
        Where in the canvas its middle is wanted, in pixels.
    doubled()
        It was clicked twice.
    """

    dragged = Signal(float)
    doubled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self._held: float | None = None  # pixels from the middle to the pointer

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Take hold."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position().x() - self.width() / 2

    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Follow the pointer."""
        if self._held is not None:
            self.dragged.emit(self.x() + event.position().x() - self._held)

    def mouseReleaseEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = None

    def mouseDoubleClickEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Ask for the middle."""
        self._held = None
        self.doubled.emit()


class _Handle(_Grip):
    """The round handle in the middle of the line."""

    def paintEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Draw a disc with two arrow heads."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(DARK), 1))
        painter.setBrush(QColor(LIGHT))
        painter.drawEllipse(QRectF(1, 1, HANDLE - 2, HANDLE - 2))
        painter.setPen(QPen(QColor(DARK), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        middle = HANDLE / 2
        for sign in (-1, 1):
            corners = [(sign * 3, -4), (sign * 7, 0), (sign * 3, 4)]
            painter.drawPolyline(QPolygonF([QPointF(middle + x, middle + y) for x, y in corners]))
        painter.end()


class CurtainLine(_Grip):
    """The line, its handle and its words; `remove` takes all away.

    Signals
    -------
    wanted(x)
        Where in the canvas the line is wanted, in pixels.
    middle_wanted()
        The line is wanted in the middle.
    """

    wanted = Signal(float)
    middle_wanted = Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setObjectName("curtain_line")
        self.setAccessibleName("Curtain between input and result")
        self.setToolTip("Input on the left, result on the right. Drag it, or use the arrow keys; double click: middle.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._handle = _Handle(canvas)
        self._handle.setObjectName("curtain_handle")
        self._handle.setToolTip(self.toolTip())
        self._handle.setFocusProxy(self)
        self._labels = [word_on(canvas, "Input"), word_on(canvas, "Result")]
        for grip in (self, self._handle):
            grip.dragged.connect(self.wanted)
            grip.doubled.connect(self.middle_wanted)

    @property
    def parts(self) -> list[QWidget]:
        """All widgets that lie on the canvas."""
        return [self, self._handle, *self._labels]

    def place(self, x: float, width: int, height: int) -> None:
        """Put the line at x of a canvas of this size, in pixels; it stays within reach at the edges."""
        left = round(min(max(x - WIDTH / 2, 0), max(0, width - WIDTH)))
        self.setGeometry(left, 0, WIDTH, height)
        self._handle.setGeometry(left + (WIDTH - HANDLE) // 2, (height - HANDLE) // 2, HANDLE, HANDLE)
        before, after = self._labels
        for label, start in ((before, left - MARGIN - before.width()), (after, left + WIDTH + MARGIN)):
            label.move(start, MARGIN)
            label.setVisible(0 <= start <= width - label.width() and not self.isHidden())

    def reveal(self, yes: bool) -> None:
        """Show or hide all parts."""
        for part in self.parts:
            part.setVisible(yes)
        if yes:
            self.raise_()
            self._handle.raise_()

    def remove(self) -> None:
        """Take all parts off the canvas."""
        for part in self.parts:
            take_out(part)

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Move by the arrow keys, to the edges by Home and End; all other keys are napari's."""
        step = 1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        middle, width = self.x() + self.width() / 2, self.parentWidget().width()
        places = {
            Qt.Key.Key_Left: middle - step,
            Qt.Key.Key_Right: middle + step,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: float(width),
        }
        if event.key() in places:
            self.wanted.emit(places[event.key()])
        else:
            event.ignore()

    def focusInEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Show that the keys are the line's."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Show that they are no more."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Draw a light line with dark edges, to be seen on any picture."""
        painter = QPainter(self)
        middle = WIDTH // 2
        painter.fillRect(QRect(middle - 2, 0, 4, self.height()), QColor(0, 0, 0, 110))
        painter.fillRect(QRect(middle - 1, 0, 2, self.height()), QColor(FOCUS if self.hasFocus() else LIGHT))
        painter.end()


def word_on(canvas: QWidget, text: str) -> QLabel:
    """Put a word on the canvas through which the mouse goes."""
    label = QLabel(text, canvas)
    label.setObjectName(f"comparison_{text.lower()}")
    label.setStyleSheet(LABEL)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    label.ensurePolished()
    label.adjustSize()
    return label
