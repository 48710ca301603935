"""The estimates of a sweep side by side: one layer each, in napari's grid, with the same contrast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.comparison.canvas import grid_of
from napari_deconvolve._napari.docks.compare.places import said, same
from napari_deconvolve._napari.kit.headed import STAR
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import contrast_of
from napari_deconvolve.run.sweep.table import Row

MAX_CELLS = 64  # of a grid: more are too small to compare
LINKED = ("contrast_limits", "contrast_limits_range", "gamma", "colormap")


class Cells:
    """The cells of a grid; while it is open, all other layers are hidden.

    The functions return the viewer, a row's estimate, and where estimates lie, as keywords for layers.
    """

    def __init__(
        self,
        viewer: Callable[[], Any],
        estimate: Callable[[Row], NDArray[np.floating]],
        place: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._viewer, self._estimate, self._place = viewer, estimate, place
        self._cells: list[tuple[Row, Any]] = []
        self._around: dict[str, Any] = {}  # layers that stand before and behind the estimates
        self._hidden: list[tuple[Any, bool]] = []
        self._before: tuple[bool, int, tuple[int, int]] | None = None

    @property
    def first(self) -> Any | None:
        """The layer of the first cell."""
        return self._cells[0][1] if self._cells else None

    def row_of(self, layer: Any) -> Row | None:
        """Return the row that a layer shows."""
        return next((row for row, one in self._cells if one is layer), None)

    def layer_of(self, row: Row) -> Any | None:
        """Return the layer that shows a row."""
        return next((layer for one, layer in self._cells if same(one, row)), None)

    def show(self, rows: Sequence[Row], like: Any, columns: int) -> None:
        """Open the grid of these rows, in the colours of a layer; -1 columns let napari choose."""
        viewer, canvas = self._viewer(), grid_of(self._viewer())
        self._hidden = [(layer, layer.visible) for layer in viewer.layers]
        self._before = (canvas.enabled, canvas.stride, canvas.shape)
        for layer in viewer.layers:
            layer.visible = False
        self.add(rows, like)
        canvas.shape = (-1, columns)
        canvas.enabled = True
        self.order()
        viewer.reset_view()

    def close(self) -> None:
        """Take the cells away, and show all that was hidden."""
        viewer, canvas = self._viewer(), grid_of(self._viewer())
        made, self._cells = [layer for _, layer in self._cells], []
        _unlink(made)
        made, self._around = [*made, *self._around.values()], {}
        if self._before is not None:
            canvas.enabled, canvas.stride, canvas.shape = self._before
        for layer in made:
            if layer in viewer.layers:
                viewer.layers.remove(layer)
        for layer, visible in self._hidden:
            layer.visible = visible
        self._hidden = []
        viewer.reset_view()

    def add(self, rows: Sequence[Row], like: Any) -> None:
        """Add cells for the rows that have none yet."""
        from napari.layers.utils._link_layers import link_layers

        for row in rows[:MAX_CELLS]:
            if self.layer_of(row) is None:
                self._cells.append((row, self._add(row, self.first or like)))
        layers = [layer for _, layer in self._cells]
        _unlink(layers)
        if len(layers) > 1:
            link_layers(layers, LINKED)

    def show_beside(self, around: Mapping[str, NDArray[Any]], looks: Mapping[str, Any]) -> None:
        """Show the input before the estimates, and the truth behind them, in these colours; those not given go."""
        layers = self._viewer().layers
        for name in [name for name in self._around if name not in around]:
            gone = self._around.pop(name)
            if gone in layers:
                layers.remove(gone)
        selected = layers.selection.active
        for name, data in around.items():
            if name not in self._around:
                self._around[name] = self._named(data, name, contrast_limits=contrast_of(data), **looks)
        if selected is not None and selected in layers:
            layers.selection = {selected}
        self.order()
        self._viewer().reset_view()

    def _move_around(self) -> None:
        """Bring the input before the first estimate, and the truth behind the last one."""
        layers = self._viewer().layers
        if self._cells and "input" in self._around:
            layers.move(layers.index(self._around["input"]), layers.index(self._cells[0][1]))
        if "truth" in self._around:
            layers.move(layers.index(self._around["truth"]), len(layers))

    def order(self) -> None:
        """Let the first estimate come first: which sign does that depends on napari's version."""
        layers, canvas = self._viewer().layers, grid_of(self._viewer())
        self._move_around()
        canvas.stride = 1
        if len(self._cells) > 1:
            first, last = (canvas.position(layers.index(self._cells[end][1]), layers) for end in (0, -1))
            canvas.stride = 1 if first < last else -1

    def mark(self, best: Row | None) -> None:
        """Write a star behind the name of the best estimate, and behind no other."""
        for row, layer in self._cells:
            name = f"{said(row)} {STAR}" if best is not None and same(row, best) else said(row)
            if layer.name != name:
                layer.name = name

    def forget(self, layer: Any) -> None:
        """Hear that a layer was removed."""
        self._cells = [(row, one) for row, one in self._cells if one is not layer]
        self._around = {name: one for name, one in self._around.items() if one is not layer}
        self._hidden = [(one, visible) for one, visible in self._hidden if one is not layer]

    def _add(self, row: Row, like: Any) -> Any:
        looks = {"contrast_limits": like.contrast_limits, "colormap": like.colormap, "gamma": like.gamma}
        layer = self._named(self._estimate(row), said(row), **looks)
        layer.contrast_limits_range = like.contrast_limits_range
        return layer

    def _named(self, data: NDArray[Any], name: str, **looks: Any) -> Any:
        """Add a cell with its name written on it."""
        layer = self._viewer().add_image(data, name=name, metadata={KEY: {"preview": True}}, **looks, **self._place())
        overlay = getattr(layer, "name_overlay", None)
        if overlay is not None:
            overlay.visible = True
        return layer


def _unlink(layers: list[Any]) -> None:
    from napari.layers.utils._link_layers import unlink_layers

    if len(layers) > 1:
        unlink_layers(layers)
