"""A viewer's canvas, and the nodes that draw its layers: the only file that reaches behind napari's public face.

napari offers no public way to cut what a layer draws. All that may be absent in another version is asked for here, and
its absence is an answer, not an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.compat import isalive

from napari_deconvolve._napari.work.per_viewer import unwrapped


class Canvas:
    """What vispy and Qt know of a viewer's canvas."""

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas
        self.native: Any = canvas.native
        self._visuals: Any = canvas.layer_to_visual
        self._events: Any = canvas._scene_canvas.events
        self._update: Callable[[], None] = canvas._scene_canvas.update

    @property
    def alive(self) -> bool:
        """Whether the window is still there."""
        return bool(isalive(self.native))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in the pixels of Qt."""
        return int(self.native.width()), int(self.native.height())

    def draws(self, layer: Any) -> bool:
        """Return whether something is known that draws a layer, and can be cut."""
        nodes = self.nodes(layer)
        return bool(nodes) and all(hasattr(node, "attach") and hasattr(node, "get_transform") for node in nodes)

    def nodes(self, layer: Any) -> list[Any]:
        """Return what draws a layer: one node, or the tiles of a large picture; nothing for a layer that is gone."""
        node = getattr(self._visuals.get(layer), "node", None)
        tiles = getattr(node, "adopted_children", None)
        return list(tiles) if tiles else [] if node is None else [node]

    def blend_as_first(self, layer: Any, yes: bool) -> None:
        """Let a layer hide the canvas beneath it, as napari lets the lowest visible layer; or no more."""
        visual = self._visuals.get(layer)
        if visual is not None and getattr(visual, "first_visible", yes) != yes:
            visual.first_visible = yes
            visual._on_blending_change()

    def follow(self, draw: Callable[[Any], None], resize: Callable[[Any], None]) -> None:
        """Call functions before the canvas is drawn, and when its size has changed."""
        self._events.draw.connect(draw)
        self._events.resize.connect(resize)

    def unfollow(self, draw: Callable[[Any], None], resize: Callable[[Any], None]) -> None:
        """Call them no more."""
        self._events.draw.disconnect(draw)
        self._events.resize.disconnect(resize)

    def redraw(self) -> None:
        """Draw all again, soon."""
        self._update()


def canvas_of(viewer: Any) -> Canvas | None:
    """Return a viewer's canvas; None where this napari has none of that kind, or the window is closed."""
    try:
        found = Canvas(unwrapped(viewer).window._qt_viewer.canvas)
        return found if found.alive and hasattr(found._visuals, "get") else None
    except (AttributeError, RuntimeError):
        return None


def slider_of(viewer: Any, axis: int) -> Any | None:
    """Return the slider of an axis, with the labels of its place and of its end; None where there is none such."""
    try:
        slider = unwrapped(viewer).window._qt_viewer.dims.slider_widgets[axis]
    except (AttributeError, IndexError, RuntimeError):
        return None
    labels = hasattr(slider, "curslice_label") and hasattr(slider, "totslice_label")
    return slider if labels and isalive(slider) else None


def is_bound(viewer: Any, key: str) -> bool:
    """Return whether a key does something in a viewer already: by napari, by a plugin or by its user."""
    model = unwrapped(viewer)
    maps = [model.keymap, *(getattr(kind, "class_keymap", {}) for kind in type(model).__mro__)]
    try:
        from napari.utils.key_bindings import _get_user_keymap

        maps.append(_get_user_keymap())
    except ImportError:
        pass
    return any(str(bound) == key for keymap in maps for bound in keymap)


def grid_of(viewer: Any) -> Any:
    """Return the grid: of the canvas since napari 0.9."""
    canvas = getattr(viewer, "canvas", None)
    return viewer.grid if canvas is None else canvas.grid


def camera_of(viewer: Any) -> Any:
    """Return the camera: of the scene since napari 0.9."""
    return getattr(viewer, "scene", viewer).camera
