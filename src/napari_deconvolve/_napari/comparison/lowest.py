"""Which layers hide the canvas beneath them: additive ones turn white on a white canvas.

napari lets the lowest visible layer hide the canvas, and no other. A line, a rectangle or a smaller picture below a
result takes that place and leaves the result to the canvas; so the lowest of our layers that nothing fills from below
takes it too. napari takes it back whenever layers change: it is given before each frame.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from napari_deconvolve._napari.comparison.canvas import Canvas, canvas_of, grid_of
from napari_deconvolve._napari.layers.covered import ADDING
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve._napari.layers.world import box_of
from napari_deconvolve._napari.work.per_viewer import unwrapped

Sides = tuple[Sequence[Any], ...]


class Lowest:
    """Lets layers of a viewer hide the canvas; one for each viewer, see `of_viewer`."""

    def __init__(self, viewer: Any) -> None:
        self._reference = weakref.ref(unwrapped(viewer))
        self._sides: Sides = ()
        self._kept = False
        self._canvas: Canvas | None = None  # while it is followed
        self._given: list[Any] = []

    def keep(self) -> None:
        """Look before each frame from now on."""
        self._kept = True
        self._follow()

    def divide(self, *sides: Sequence[Any]) -> None:
        """Look at layers by the side of the canvas on which they are drawn; without sides, as before."""
        self._sides = sides
        if sides:
            self._follow()
        elif not self._kept:
            self._unfollow()
        self.look()

    def look(self, event: Any = None) -> None:
        """Let those hide the canvas that have to now, and no others."""
        viewer, canvas = self._reference(), self._canvas
        if viewer is None or canvas is None or not canvas.alive:
            return
        lowest, wanted = [], []
        for layers in _views(viewer):
            shown = [layer for layer in layers if layer.visible]
            lowest += shown[:1]
            wanted += self._unfilled(viewer, shown)
        for layer in self._given:
            if not _in(layer, wanted) and not _in(layer, lowest):
                canvas.blend_as_first(layer, False)
        for layer in wanted:
            canvas.blend_as_first(layer, True)
        self._given = wanted

    def _follow(self) -> None:
        viewer = self._reference()
        if self._canvas is None and viewer is not None:
            self._canvas = canvas_of(viewer)
            if self._canvas is not None:
                self._canvas.follow(self.look, self.look)

    def _unfollow(self) -> None:
        canvas = self._canvas
        if canvas is not None and canvas.alive:
            canvas.unfollow(self.look, self.look)
            self._sides, given = (), self._given
            viewer = self._reference()
            lowest = [] if viewer is None else [one for view in _views(viewer) for one in _first(view)]
            for layer in given:
                canvas.blend_as_first(layer, _in(layer, lowest))
        self._canvas, self._given = None, []

    def _unfilled(self, viewer: Any, shown: Sequence[Any]) -> list[Any]:
        """Return the layers of ours, of those in sight from below, that lie on the bare canvas and add to it."""
        from napari.layers import Image

        ground: list[Any] = []
        found = []
        for place, layer in enumerate(shown):
            if not isinstance(layer, Image):
                continue
            side = self._side(layer)
            filled = any(
                (side is None or self._side(one) in (None, side)) and _fills(viewer, one, layer) for one in ground
            )
            if str(layer.blending) in ADDING and place > 0 and not filled:
                if side is None and not our_metadata(layer):
                    continue
                found.append(layer)
            ground.append(layer)
        return found

    def _side(self, layer: Any) -> int | None:
        return next((number for number, side in enumerate(self._sides) if _in(layer, side)), None)


def _views(viewer: Any) -> Iterator[list[Any]]:
    """Return the layers of each view of the grid, from below; of all the canvas where there is none."""
    layers, grid = [unwrapped(layer) for layer in viewer.layers], grid_of(viewer)
    if grid.enabled and hasattr(grid, "iter_viewboxes"):
        for _, places in grid.iter_viewboxes(viewer.layers):
            yield [layers[place] for place in places]
    else:
        yield layers


def _first(layers: Sequence[Any]) -> list[Any]:
    return [layer for layer in layers if layer.visible][:1]


def _fills(viewer: Any, below: Any, above: Any) -> bool:
    """Return whether a layer is drawn wherever another one is."""
    (low, high, step), (inner_low, inner_high, _) = box_of(viewer, below), box_of(viewer, above)
    shown = set(viewer.dims.displayed)
    for axis, place in enumerate(viewer.dims.point):
        inside = (inner_low[axis], inner_high[axis]) if axis in shown else (place, place)
        if inside[0] < low[axis] - step[axis] or inside[1] > high[axis] + step[axis]:
            return False
    return True


def _in(layer: Any, layers: Sequence[Any]) -> bool:
    return any(one is layer for one in layers)
