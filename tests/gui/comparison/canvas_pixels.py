"""What a viewer's canvas shows, as numbers."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QApplication, QWidget

BESIDE = 20  # pixels from the line: beyond its handle


def show(viewer: Any) -> None:
    """Show the window: a canvas has no pixels before."""
    viewer.window._qt_window.resize(1000, 700)
    viewer.window._qt_window.show()
    QApplication.processEvents()


def shot(viewer: Any) -> np.ndarray:
    """Return the canvas without what lies on it, shape (height, width, 3)."""
    QApplication.processEvents()
    return viewer.screenshot(canvas_only=True, flash=False)[..., :3]


def beside_line(viewer: Any, position: float = 0.5) -> tuple[list[int], list[int]]:
    """Return the colours left and right of a curtain's line, half-way up the canvas."""
    picture = shot(viewer)
    height, width = picture.shape[:2]
    return tuple(picture[height // 2, round(position * width) + offset].tolist() for offset in (-BESIDE, BESIDE))


def gray_beside_line(viewer: Any, position: float = 0.5) -> tuple[int, int]:
    left, right = beside_line(viewer, position)
    return left[0], right[0]


def native(viewer: Any) -> QWidget:
    """Return the widget of the canvas."""
    return viewer.window._qt_viewer.canvas.native


def node(viewer: Any, layer: Any) -> Any:
    return viewer.window._qt_viewer.canvas.layer_to_visual[layer].node


def on_canvas(viewer: Any) -> list[QWidget]:
    """Return the widgets that lie on the canvas."""
    return native(viewer).findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)


def filters(viewer: Any, layer: Any) -> list[Any]:
    """Return what vispy applies to all that a layer draws."""
    return list(node(viewer, layer)._vshare.filters)


def widget(viewer: Any, name: str) -> QWidget:
    found = native(viewer).findChild(QWidget, name)
    assert found is not None, f"no {name!r} on the canvas"
    return found


def add_pair(
    viewer: Any, low: float = 0.2, high: float = 0.9, shape: tuple[int, ...] = (4, 64, 64), **more: Any
) -> Any:
    """Add an input that is dark all over and a result that is bright, by equal contrast."""
    name = more.pop("name", "cells")
    return tuple(
        viewer.add_image(np.full((4, 64, 64), value, np.float32), name=text, contrast_limits=(0, 1), **more)
        for value, text in ((low, name), (high, f"{name} · RL 5"))
    )


def callbacks(viewer: Any) -> dict[str, int]:
    """Return how many functions listen to what a viewer and its canvas emit."""
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.unfreeze()  # see `shared_viewer`
    gc.collect()  # docks of other tests may still be listed
    canvas = viewer.window._qt_viewer.canvas
    emitters = {
        "draw": canvas.events.draw,
        "resize": canvas.events.resize,
        "ndisplay": viewer.dims.events.ndisplay,
        "dims": viewer.dims.events,
        "grid": viewer.canvas.grid.events.enabled,
        "removed": viewer.layers.events.removed,
    }
    for layer in viewer.layers:
        emitters |= {f"{layer.name} {name}": getattr(layer.events, name) for name in ("visible", "data", "set_data")}
    return {name: sum(map(alive, emitter.callbacks)) for name, emitter in emitters.items()}


def alive(callback: Any) -> bool:
    """Return whether a listener is still there: emitters keep dead ones until they emit again."""
    return not (isinstance(callback, tuple) and callback[0]() is None)
