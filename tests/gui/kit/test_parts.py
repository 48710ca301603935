"""Widgets that come and go, and plots that make room."""

from __future__ import annotations

from qtpy.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.buttons import stack, take_out
from napari_deconvolve._napari.kit.dock import ScrollingDock
from napari_deconvolve._napari.kit.plots import LEAST_HEIGHT, PLOT_HEIGHT, DockPlot


def test_what_is_taken_out_at_once_stands_nowhere_on_the_desktop(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    layout = QVBoxLayout(holder)
    holder.show()
    qtbot.waitExposed(holder)
    label = QLabel("row")
    layout.addWidget(label)  # which shows it in the next turn
    take_out(label)
    seen = []
    for _ in range(3):
        QApplication.processEvents()
        seen += [one for one in QApplication.topLevelWidgets() if isinstance(one, QLabel) and one.isVisible()]
    assert not seen


def test_a_plot_is_lower_where_what_is_below_it_would_not_be_seen(qtbot):
    dock, below = ScrollingDock(), QLabel("a sentence that is wrapped, so that its height follows from its width")
    below.setWordWrap(True)
    below.setFixedHeight(100)
    parts, plot, foot = QWidget(), DockPlot(), QLabel("foot")
    stack(parts, plot, below)
    dock.lay_out(parts, footer=foot)
    qtbot.addWidget(dock)
    bar = dock._area.verticalScrollBar()
    for height, expected in ((600, range(PLOT_HEIGHT, PLOT_HEIGHT + 1)), (280, range(LEAST_HEIGHT, PLOT_HEIGHT))):
        dock.resize(300, height)
        dock.show()
        qtbot.waitUntil(lambda expected=expected: plot.height() in expected and not bar.isVisible())
        assert below.visibleRegion().boundingRect().height() == 100
