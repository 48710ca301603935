"""The columns of the PSF editor: beside each other where it is wide, else below each other, in a scroll area."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, QPoint, Qt, Signal
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.psf.forms import PSFForm
from napari_deconvolve._napari.docks.psf.microscope_list import MicroscopeList
from napari_deconvolve._napari.docks.psf.source_links import MICROSCOPE, SourceLinks, page_of
from napari_deconvolve._napari.docks.psf.view import PSFView
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.clock import Delay

LIST_WIDTH, FORM_WIDTH = 176, 322  # pixels of the first two columns beside each other
BESIDE, WHOLE = 620, 1150  # pixels: from where on columns stand beside each other, and all of them need
UNBOUNDED = 16_777_215  # Qt's largest size
SETTLED_SECONDS = 0.05  # after which a form that has changed has its height


class Columns(QScrollArea):  # type: ignore[misc]
    """The list of microscopes with other sources, the form, and the view.

    Signals
    -------
    rearranged(wide)
        The columns stand beside each other from now on, or below each other.
    """

    rearranged = Signal(bool)

    def __init__(self, kept: MicroscopeList, form: PSFForm, view: PSFView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.wide: bool | None = None
        self._form, self._kept, self._view = form, kept, view
        self._links = SourceLinks()
        self._links.chosen.connect(lambda page: form.choose_source(page.sources[0]))
        self._list = _column(_heading("My microscopes"), kept, _heading("Other sources"), self._links)
        self._middle = self._form_column(form)
        self._parts = (self._list, _line(), self._middle, _line(), view)
        content: QWidget = part(QWidget(), "plain")
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, content)
        self._layout.setContentsMargins(10, 8, 10, 4)
        self._layout.setSpacing(12)
        for one in self._parts:
            self._layout.addWidget(one, 1 if one is view else 0)
        self.setWidget(content)
        self._content = content
        self.arrange(False)

    def _form_column(self, form: PSFForm) -> QWidget:
        self._title = _heading("Microscope")
        words = "Back to the microscope."
        self._back: QPushButton = part(identify(QPushButton("‹ Back"), "back", "Back to the microscope", words), "link")
        self._back.clicked.connect(lambda _checked=False: form.choose_source(MICROSCOPE))
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._back)
        self._fields = _Fields(form)
        return _column(head, self._fields)

    def bring(self, widget: QWidget) -> None:
        """Scroll the form until a widget of it is at the top."""
        self._fields.bring(widget)

    def show_source(self, source: str) -> None:
        """Show what the form is for, and the way back from a source that is none of a microscope."""
        page = page_of(source)
        self._title.setText(page.title)
        self._back.setVisible(page.name != MICROSCOPE)
        self._form.offer_sources(page.sources, page.field)

    def add_last(self, widget: QWidget) -> None:
        """Put a widget below the last column."""
        self._layout.addWidget(widget)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Put the columns where they fit."""
        super().resizeEvent(event)
        self.arrange(self.width() >= BESIDE)
        self._fit()

    def _fit(self) -> None:
        """Be as high as the area where columns stand beside each other, or as what they need at least."""
        if self.wide:  # texts that wrap would have Qt give all the height that they might need
            self._content.setFixedHeight(max(self.viewport().height(), self._layout.minimumSize().height()))
        else:
            self._content.setMinimumHeight(0)
            self._content.setMaximumHeight(UNBOUNDED)

    def arrange(self, wide: bool) -> None:
        """Put the columns beside each other, or below each other."""
        if wide == self.wide:
            return
        self.wide = wide
        ways = QBoxLayout.Direction
        self._layout.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self._content.setMinimumWidth(WHOLE if wide else 0)
        side = 10 if wide else 5
        self._layout.setContentsMargins(side, 8, side, 4)
        for one, width in ((self._list, LIST_WIDTH), (self._middle, FORM_WIDTH)):
            one.setMinimumWidth(width if wide else 0)
            one.setMaximumWidth(width if wide else UNBOUNDED)
        for line in (one for one in self._parts if isinstance(one, QFrame) and one.property("part") == "line"):
            line.setFixedSize(1 if wide else UNBOUNDED, UNBOUNDED if wide else 1)
            if wide:
                line.setMinimumHeight(0)
            else:
                line.setMinimumWidth(0)
        rows = self._kept.list
        rows.setMaximumHeight(UNBOUNDED if wide else rows.minimumHeight())
        self._view.arrange(wide)
        self._fields.scroll(wide)
        self._fit()
        self.rearranged.emit(wide)


class _Fields(QScrollArea):  # type: ignore[misc]
    """The form, which scrolls where it stands beside other columns, and takes its whole height below them."""

    def __init__(self, form: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scrolls = True
        self._holder: QWidget = part(QWidget(), "plain")
        layout = QVBoxLayout(self._holder)
        layout.setContentsMargins(0, 0, 2, 0)
        layout.addWidget(form)
        layout.addStretch(1)
        self.setWidget(self._holder)
        self._holder.installEventFilter(self)

    def scroll(self, yes: bool) -> None:
        """Scroll within, or take the whole height."""
        self._scrolls = yes
        as_needed, off = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(as_needed if yes else off)
        self._fit()

    def bring(self, widget: QWidget) -> None:
        """Scroll until a widget is at the top, as far as there is something to scroll."""
        place = widget.mapTo(self._holder, QPoint(0, 0)).y()
        Delay(self, SETTLED_SECONDS, lambda: self.verticalScrollBar().setValue(place)).begin()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """Fit when the form has changed: called by Qt."""
        if event is not None and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._fit()
        return False

    def _fit(self) -> None:
        layout = self._holder.layout()
        width = self.viewport().width()
        needed = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
        least = 0 if self._scrolls else max(needed, layout.totalMinimumSize().height())
        most = UNBOUNDED if self._scrolls else least
        if (self.minimumHeight(), self.maximumHeight()) != (least, most):
            self.setMinimumHeight(least)
            self.setMaximumHeight(most)


def _heading(text: str) -> QLabel:
    label: QLabel = part(QLabel(text), "title")
    return label


def _line() -> QFrame:
    line: QFrame = part(QFrame(), "line")
    return line


def _column(*parts: QWidget | QHBoxLayout) -> QWidget:
    holder: QWidget = part(QWidget(), "plain")
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    for one in parts:
        if isinstance(one, QHBoxLayout):
            layout.addLayout(one)
        else:
            layout.addWidget(one)
    return holder


def own_sheet(palette: Palette) -> str:
    """Return what the style sheet of all docks does not say of the editor."""
    return f"""
        QFrame[part="line"] {{ background: {palette.line}; border: none; }}
        QListWidget::item {{ padding: 3px 4px; border-radius: 2px; }}
        QListWidget::item:selected {{ background: {palette.first}; color: {palette.background}; }}
        QTableWidget {{ background: transparent; }}
        QHeaderView::section {{ font-size: 8pt; padding: 2px; }}
    """
