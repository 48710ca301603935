"""What docks have in common: they follow the theme, all of them can be scrolled to, and keys run and stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QEvent, QSize, Qt, Signal
from qtpy.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from qtpy.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.plots import DockPlot
from napari_deconvolve._napari.kit.tabs import WIDTH, framed, lay_over_others, show_short_title
from napari_deconvolve._napari.kit.theme import Palette, follow_theme
from napari_deconvolve._napari.work.clock import Delay

NARROWEST = 274  # at which all can be seen beside a scroll bar


class Dock(QWidget):  # type: ignore[misc]
    """Takes the colours of the theme, until napari takes the dock out of its window.

    Subclasses give `restyle`, and extend `leave` by what else of the viewer they listen to.
    """

    gone = False  # from the window
    _titled = False
    _end_theme: Callable[[], None] | None = None

    def follow_theme(self, viewer: Any) -> None:
        """Take the colours of the viewer's theme now, and at each change."""
        self._end_theme = follow_theme(viewer, self.restyle)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        raise NotImplementedError

    def leave(self) -> None:
        """Leave the viewer alone: it would keep a closed dock alive, and go on calling it."""
        self.gone = True
        end, self._end_theme = self._end_theme, None
        if end is not None:
            end()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Take a short title: napari writes another whenever the dock is moved."""
        super().showEvent(event)
        frame = framed(self)
        if frame is not None and not self._titled:
            self._titled = True
            frame.topLevelChanged.connect(self._shorten_title)
            frame.dockLocationChanged.connect(self._shorten_title)
            self._shorten_title()

    def _shorten_title(self, *_: object) -> None:
        frame = framed(self)
        if frame is not None:
            show_short_title(frame)

    def changeEvent(self, event: QEvent | None) -> None:  # noqa: N802 - Qt's name
        """Leave when napari has taken the dock out of its window, as it does when the dock is closed."""
        super().changeEvent(event)
        taken_out = event is not None and event.type() == QEvent.Type.ParentChange and self.parent() is None
        if taken_out and not self.gone:
            self.leave()


class _Content(QWidget):  # type: ignore[misc]
    """What scrolls; it says when its parts take another room."""

    changed = Signal()

    def event(self, event: QEvent | None) -> bool:
        """Hear of parts that come, go and grow: called by Qt."""
        done = bool(super().event(event))
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.changed.emit()
        return done


class ScrollingDock(Dock):
    """Parts below each other in a scroll area, and a foot below it; Ctrl+Enter runs, Esc stops, Ctrl+S saves.

    Subclasses give `press_run`, `press_stop`, and `running`.
    """

    _placed = False  # among the other docks of the window
    _fitting_plots: Delay | None = None  # of docks that `lay_out` has laid out

    def lay_out(self, *parts: QWidget, footer: QWidget) -> None:
        """Put the parts below each other, and the foot where it never scrolls away."""
        self._content, self._footer = _Content(), footer
        self._fitting_plots = Delay(self, 0.0, self._fit_plots)
        self._content.changed.connect(self._fitting_plots.restart)
        inside = QVBoxLayout(self._content)
        inside.setContentsMargins(4, 4, 4, 6)
        inside.setSpacing(6)
        for part in parts:
            inside.addWidget(part)
        inside.addStretch(1)
        area = QScrollArea()
        area.setWidget(self._content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addWidget(footer)
        self._area = area
        self.setMinimumWidth(NARROWEST)

    @property
    def room(self) -> int:
        """How high the part is that scrolls, in pixels."""
        viewport = self._area.viewport()
        return 0 if viewport is None else int(viewport.height())

    def needed(self) -> int:
        """Return how high the part that scrolls has to be to show all that is in it now, in pixels."""
        holders = [self._content, *self._content.findChildren(QWidget)]
        layouts = [layout for layout in map(QWidget.layout, reversed(holders)) if layout is not None]
        for layout in layouts:  # the innermost first: Qt passes on only later what has changed there
            layout.activate()
        return int(layouts[-1].totalSizeHint().height())

    def _fit_plots(self) -> None:
        """Let plots be lower where not all would be seen without scrolling."""
        plots = [plot for plot in self._content.findChildren(DockPlot) if plot.isVisible()]
        layout = self._content.layout()
        if not plots or layout is None:
            return
        wide = layout.totalHeightForWidth(self._content.width()) if layout.hasHeightForWidth() else 0
        over = max(wide, layout.totalSizeHint().height()) + sum(plot.lowered for plot in plots) - self.room
        for plot in plots:
            plot.lower(over)
            over -= plot.lowered

    @property
    def running(self) -> bool:
        """Whether there is something to stop."""
        raise NotImplementedError

    def press_run(self) -> None:
        """Do what the button Run does."""
        raise NotImplementedError

    def press_stop(self) -> None:
        """Do what the button Stop does."""
        raise NotImplementedError

    def press_save(self) -> None:
        """Do what the button that saves does, where there is one."""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size at which all is seen without scrolling, where the screen allows."""
        content, foot = self._content.sizeHint(), self._footer.sizeHint()
        return QSize(max(WIDTH, content.width()), content.height() + foot.height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Fit the plots to the room there is."""
        super().resizeEvent(event)
        if self._fitting_plots is not None:
            self._fitting_plots.restart()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Stand over the other docks when it is seen for the first time."""
        super().showEvent(event)
        if not self._placed:
            self._placed = True
            Delay(self, 0.0, lambda: None if self.gone else lay_over_others(self)).begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Run at Ctrl+Enter, stop at Esc."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.press_run()
        elif event.key() == Qt.Key.Key_Escape and self.running:
            self.press_stop()
        elif event.matches(QKeySequence.StandardKey.Save):
            self.press_save()
        else:
            super().keyPressEvent(event)


def open_dock(viewer: Any, name: str) -> Any:
    """Show another dock of this package above others in its place, and return its widget."""
    dock, widget = viewer.window.add_plugin_dock_widget("napari-deconvolve", name, tabify=True)
    dock.show()
    dock.raise_()
    return widget
