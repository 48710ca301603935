"""A viewer that many tests use one after the other: a new one costs more than most of them do.

After each test its docks go the way they go when a user closes them, its layers too, and its model takes napari's
defaults. Nobody sees its window, so it has no style sheet, which would be worked out for hundreds of controls in each
test: tests that measure what stands in it ask for `styled_viewer`, and those that show it for `unused_viewer`, which is
closed after them. Tests about the life of a viewer ask for `make_napari_viewer`, whose viewers are their own, and which
looks for what is left of them.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from napari_deconvolve._napari.work import per_viewer

MOST_TESTS = 25  # with one viewer: what napari keeps of closed docks grows


class SharedViewer:
    """Makes the viewer when it is asked for, and closes it when somebody needs to be the only one."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._viewer: Any = None
        self._tests = 0
        self._done = self._styled = False
        self._own: set[str] = set()  # docks of napari's
        self._plain: dict[str, Any] = {}  # what the viewer's fields were at first

    def get(self, *, styled: bool = False) -> Any:
        if self._done or styled != self._styled:
            self.close()
        if self._viewer is None:
            gc.collect()
            self._viewer = self._stack.enter_context(open_viewer(styled=styled))
            self._styled = styled
            self._own = set(self._viewer.window._wrapped_dock_widgets)
            self._plain = {name: getattr(self._viewer, name) for name in ("theme", "title", "help", "status")}
            gc.freeze()
        self._tests += 1
        return self._viewer

    def put_back(self) -> None:
        window = getattr(self._viewer.window, "_qt_window", None)
        shown = window is not None and window.isVisible()
        self._done = window is None or shown or self._tests >= MOST_TESTS
        if window is not None:  # else the test has closed it
            window.hide()
            self._empty()
            gc.freeze()  # napari collects garbage whenever a layer goes: what there is already need not be looked at
        assert self._styled or not shown, "tests that show the window ask for unused_viewer"

    def close(self) -> None:
        self._viewer, self._tests, self._done = None, 0, False
        gc.unfreeze()
        self._stack.close()

    def _empty(self) -> None:
        from qtpy.QtCore import QCoreApplication, QEvent
        from superqt.utils import WorkerBase

        viewer = self._viewer
        docks = viewer.window._wrapped_dock_widgets
        for name in set(docks) - self._own:
            dock = docks[name]
            inside = dock.inner_widget()
            viewer.window.remove_dock_widget(dock)
            inside.deleteLater()
        for worker in list(WorkerBase._worker_set):
            worker.quit()
        WorkerBase.await_workers(20_000)
        QCoreApplication.processEvents()
        viewer.layers.clear()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        for model in (viewer.dims, viewer.scene.camera, viewer.canvas, viewer.cursor):
            model.reset()
        for name, value in self._plain.items():
            setattr(viewer, name, value)
        per_viewer._OF.get(id(viewer), {}).clear()


@contextmanager
def open_viewer(*, styled: bool) -> Iterator[Any]:
    """Open a viewer in an application of its own, as `make_napari_viewer` does; find nothing left of it afterwards.

    Without styles, it also does not look at all events for the sake of its menu bar.
    """
    from app_model import Application
    from napari import Viewer
    from napari._app_model._app import NapariApplication, _napari_names
    from napari._qt._qapp_model.qactions import init_qactions
    from napari._qt.qt_viewer import QtViewer
    from napari.plugins import _initialize_plugins
    from napari.settings import get_settings
    from qtpy.QtWidgets import QApplication, QWidget

    def no_console(*_: Any) -> QWidget:
        widget = QWidget()
        widget._update_theme = lambda *_: None
        return widget

    def forget() -> None:
        _initialize_plugins.cache_clear()
        init_qactions.cache_clear()

    get_settings().reset()
    forget()
    application = NapariApplication("shared_app")
    application.injection_store.namespace = _napari_names
    with (
        patch.object(NapariApplication, "get_app_model", return_value=application),
        patch("napari._qt.threads.status_checker.StatusChecker.start", lambda *_: None),
        patch.object(QtViewer, "_get_console", no_console),
        contextlib.nullcontext() if styled else patch("napari._qt.qt_main_window.get_stylesheet", lambda *_, **__: ""),
    ):
        viewer = Viewer(show=False, show_welcome_screen=False)
        if not styled:
            QApplication.instance().removeEventFilter(viewer.window._qt_window)
        yield viewer
        if hasattr(viewer.window, "_qt_window"):
            with patch.object(viewer.window._qt_window, "_save_current_window_settings"):
                viewer.close()
        with contextlib.suppress(AttributeError):
            get_settings().reset()
        del viewer
        gc.collect()
        Application.destroy("shared_app")
        forget()
    left = len(QtViewer._instances)
    QtViewer._instances.clear()
    assert left == 0, "something keeps the closed viewer alive"
