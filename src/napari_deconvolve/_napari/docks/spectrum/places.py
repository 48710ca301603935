"""Places in the viewer: where somebody clicks, and lines that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

STILL = 3.0  # canvas pixels that the mouse may move between press and release of a click


class Clicks:
    """Hears of clicks into the canvas that move nothing; calls `clicked` with the place in the world."""

    def __init__(self, viewer: Any, clicked: Callable[[Any], None]) -> None:
        self._viewer, self._clicked = viewer, clicked
        self._listening = False

    def listen(self, yes: bool) -> None:
        """Begin or end to listen."""
        callbacks = self._viewer.mouse_drag_callbacks
        if yes and not self._listening:
            callbacks.append(self._dragged)
        elif not yes and self._listening and self._dragged in callbacks:
            callbacks.remove(self._dragged)
        self._listening = yes

    def _dragged(self, viewer: Any, event: Any) -> Iterator[None]:
        start, place = np.asarray(event.pos, float), np.asarray(event.position, float)
        yield
        while event.type == "mouse_move":
            yield
        if np.abs(np.asarray(event.pos, float) - start).max() <= STILL:
            self._clicked(place)


def add_lines(viewer: Any, image: Any) -> Any:
    """Add a Shapes layer, ready to draw a line over an image."""
    # Units from the start: napari warns of a layer without beside others.
    place = {} if image is None else {"scale": image.scale[-2:], "units": image.units[-2:]}
    layer = viewer.add_shapes(name="Line", ndim=2, edge_width=1, **place)
    layer.mode = "add_line"
    return layer
