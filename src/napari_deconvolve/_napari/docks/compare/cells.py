"""The estimates of a sweep side by side: one layer each, in napari's grid, with the same contrast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.docks.compare.places import grid_of, said, same
from napari_deconvolve._napari.layers.psf_layers import KEY
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

    def order(self) -> None:
        """Let the first estimate come first: which sign does that depends on napari's version."""
        layers, canvas = self._viewer().layers, grid_of(self._viewer())
        canvas.stride = 1
        if len(self._cells) > 1:
            first, last = (canvas.position(layers.index(self._cells[end][1]), layers) for end in (0, -1))
            canvas.stride = 1 if first < last else -1

    def forget(self, layer: Any) -> None:
        """Hear that a layer was removed."""
        self._cells = [(row, one) for row, one in self._cells if one is not layer]
        self._hidden = [(one, visible) for one, visible in self._hidden if one is not layer]

    def _add(self, row: Row, like: Any) -> Any:
        layer = self._viewer().add_image(
            self._estimate(row),
            name=said(row),
            contrast_limits=like.contrast_limits,
            colormap=like.colormap.name,
            gamma=like.gamma,
            metadata={KEY: {"preview": True}},
            **self._place(),
        )
        layer.contrast_limits_range = like.contrast_limits_range
        overlay = getattr(layer, "name_overlay", None)
        if overlay is not None:
            overlay.visible = True
        return layer


def _unlink(layers: list[Any]) -> None:
    from napari.layers.utils._link_layers import unlink_layers

    if len(layers) > 1:
        unlink_layers(layers)
