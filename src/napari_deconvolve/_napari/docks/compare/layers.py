"""The layers of a sweep: one with sliders for iterations and settings, or one per estimate side by side."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.comparison.slider import number_slider
from napari_deconvolve._napari.docks.compare.cells import Cells
from napari_deconvolve._napari.docks.compare.places import said, same
from napari_deconvolve._napari.docks.compare.session import SweepSession
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import Axis, contrast_of, fit_contrast, leading, moved, unused_name
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import about_making
from napari_deconvolve.run.sweep.table import Row, best_of

BESIDE = ("input", "truth")


class SweepLayers:
    """The layers of one session; `moved` is called when another estimate comes into view."""

    def __init__(self, viewer: Any, session: SweepSession, moved: Callable[[], None]) -> None:
        self._reference, self.session, self._moved = weakref.ref(viewer), session, moved
        self.stack: Any = None
        self.cells = Cells(lambda: self._viewer, self._estimate, lambda: self._place_of_estimates)
        self.removed = False
        self._beside: tuple[str, ...] = BESIDE
        self._grid = False  # is wanted
        self._known = 0
        viewer.dims.events.current_step.connect(self._stepped)
        viewer.layers.selection.events.active.connect(self._stepped)

    @property
    def _viewer(self) -> Any:
        viewer = self._reference()
        assert viewer is not None, "a sweep ends with its viewer"
        return viewer

    # ---- following the sweep

    def update(self, best: Row | None) -> None:
        """Show the rows that are finished; the layer is made when the first is."""
        rows = self.session.rows
        if self.removed or not rows or self.session.data is None:
            return
        fresh = len(rows) != self._known
        if fresh:
            follow = self.stack is None or self._is_last(rows)
            self._known = len(rows)
            self._show(rows, follow)
        self.cells.mark(best)
        for layer in (self.stack, self.cells.first):
            if layer is not None:
                fit_contrast(layer, self._estimate(best or rows[-1]))

    def finish(self, best: Row | None) -> None:
        """Cut off what was never computed, tell the metadata, and show the best unless something else was looked at."""
        rows = self.session.rows
        if self.stack is None or not rows:
            return
        shown = self.shown()
        follow = shown is None or same(shown, rows[-1])
        if not self.session.done:
            self._shorten(rows)
        self.stack.metadata = {
            KEY: {"sweep": [dict(row) for row in rows], **about_making(self.session.made), **origin(self._source)}
        }
        self.stack.name = self._free_name("RL sweep", own=self.stack.name)
        self.go_to((best if follow else shown) or rows[-1])

    def shown(self) -> Row | None:
        """Return the row that is in view: where the sliders stand, or the selected cell of the grid."""
        if self._grid:
            return self.cells.row_of(self._viewer.layers.selection.active)
        if self.stack is None or self.stack not in self._viewer.layers:
            return None
        place = self._place()
        return next((row for row in self.session.rows if self.session.place(row) == place), None)

    def go_to(self, row: Row) -> None:
        """Move the sliders to a row, or select its cell."""
        if self._grid:
            layer = self.cells.layer_of(row)
            if layer is not None:
                self._viewer.layers.selection = {layer}
        elif self.stack is not None:
            first = self._viewer.dims.ndim - self.stack.ndim
            setting, count = self.session.place(row)
            for axis, index in enumerate((setting, count) if self._both else (count,)):
                _, step, start = self._axes()[axis]
                self._viewer.dims.set_point(first + axis, start + step * index)
        self._moved()

    # ---- slider and grid

    def show_grid(self, grid: bool) -> None:
        """Show the estimates side by side, or again as one layer with sliders."""
        if grid == self._grid or self.stack is None:
            self._grid = grid
            return
        shown = self.shown()
        if grid:
            self._open_grid()
        else:
            self._close_grid()
        if shown is not None:
            self.go_to(shown)

    def show_beside(self, names: Sequence[str]) -> None:
        """Show input and truth in the grid, or not."""
        self._beside = tuple(names)
        if self._grid and self.stack is not None:
            self.cells.show_beside(self._around(), self._source.covering)

    def _around(self) -> dict[str, NDArray[Any]]:
        """Return what stands beside the estimates in the grid: the part that was deconvolved, and its truth."""
        plan = self.session.plan
        sources = {"input": plan.base.source, "truth": plan.truth}
        crop = plan.base.crop
        where = tuple(slice(start, start + n) for start, n in zip(crop.offset, crop.shape, strict=True))
        return {
            name: np.asarray(source.data[where])
            for name, source in sources.items()
            if name in self._beside and source is not None
        }

    def _open_grid(self) -> None:
        self._grid = True
        # A line per setting, as long as there are several.
        self.cells.show(self.session.rows, self.stack, len(self.session.plan.counts) if self._both else -1)
        self.cells.show_beside(self._around(), self._source.covering)
        self.cells.mark(best_of(self.session.rows))

    def _close_grid(self) -> None:
        self._grid = False
        self.cells.close()

    # ---- one result

    def keep(self, row: Row, recipe: Recipe) -> Any:
        """Add a row's estimate as an ordinary result."""
        if self._grid:
            self.show_grid(False)
        viewer, plan = self._viewer, self.session.plan.base
        data = np.array(self._estimate(row))
        ours = {
            "recipe": json.loads(recipe.to_json()),
            "iterations": row.iterations,
            "deviance": [row.deviance],
            "backgrounds": [recipe.background] if isinstance(recipe.background, float) else [],
            "region": {"name": plan.region, "start": list(plan.crop.offset), "shape": list(plan.crop.shape)},
            **origin(plan.source),
            "sweep": dict(row),
            **about_making(self.session.made),
        }
        layer = viewer.add_image(
            data,
            name=self._free_name(said(row)),
            contrast_limits=contrast_of(data),
            metadata={KEY: ours},
            **self._source.looks,
            **self._place_of_estimates,
        )
        viewer.layers.selection = {layer}
        return layer

    def forget(self, layer: Any) -> bool:
        """Hear that a layer was removed; say whether it was the one with the sliders."""
        self.cells.forget(layer)
        if layer is not self.stack:
            return False
        self.removed = True
        self.leave()
        return True

    def leave(self) -> None:
        """Take no part in the viewer any more; what is shown stays, but for the grid."""
        viewer = self._reference()
        if viewer is None:
            return
        if self._grid:
            self._close_grid()
        self.stack = None
        viewer.dims.events.current_step.disconnect(self._stepped)
        viewer.layers.selection.events.active.disconnect(self._stepped)

    def withdraw(self) -> None:
        """Take the layers of the sweep away; what was kept of them stays."""
        viewer, made = self._reference(), self.stack
        self.leave()
        if viewer is not None and made is not None and made in viewer.layers:
            viewer.layers.remove(made)

    # ---- inside

    @property
    def _source(self) -> Any:
        return self.session.plan.base.source

    @property
    def _place_of_estimates(self) -> dict[str, Any]:
        return moved(self._source, self.session.plan.base.crop.offset)

    @property
    def _both(self) -> bool:
        return len(self.session.plan.settings) > 1

    def _axes(self) -> list[Axis]:
        """Return the leading axes; iterations at equal steps are coordinates, others are counted from 0."""
        counts = self.session.plan.counts
        steps = set(np.diff(counts).tolist())
        iterations = ("iteration", float(steps.pop()), float(counts[0])) if len(steps) == 1 else ("iteration", 1.0, 0.0)
        settings = self.session.plan.settings
        alike = len({one.sieve for one in settings}) == 1 and len({one.prior for one in settings if one.prior}) == 1
        return [("strength" if alike else "setting", 1.0, 0.0), iterations] if self._both else [iterations]

    def _data(self) -> NDArray[np.floating]:
        data = self.session.data
        assert data is not None
        whole: NDArray[np.floating] = data if self._both else data[0]
        return whole

    def _estimate(self, row: Row) -> NDArray[np.floating]:
        data = self.session.data
        assert data is not None
        estimate: NDArray[np.floating] = data[self.session.place(row)]
        return estimate

    def _show(self, rows: tuple[Row, ...], follow: bool) -> None:
        if self.stack is None:
            self._add_stack()
        elif self._grid:
            self.cells.add(rows, self.stack)
            self.cells.order()
            self.stack.visible = False
        elif not follow:
            self.stack.refresh(extent=False, thumbnail=False)
        if follow and not self._grid:
            self.go_to(rows[-1])  # moving the slider draws the layer anyway

    def _add_stack(self) -> None:
        limits = contrast_of(self._estimate(self.session.rows[-1]))
        grid, self._grid = self._grid, False
        self.stack = self._viewer.add_image(
            self._data(),
            name=self._free_name("RL sweep"),
            contrast_limits=limits,
            metadata={KEY: {"preview": True, **origin(self._source)}},
            **self._source.covering,
            **leading(self._place_of_estimates, self._axes()),
        )
        self._viewer.layers.selection = {self.stack}
        number_slider(self._viewer, self.stack, self._count_at, int(self._both))
        if grid:
            self._open_grid()

    def _shorten(self, rows: tuple[Row, ...]) -> None:
        places = [self.session.place(row) for row in rows]
        settings, counts = (max(place[axis] for place in places) + 1 for axis in (0, 1))
        self.stack.data = self._data()[:settings, :counts] if self._both else self._data()[:counts]

    def _place(self) -> tuple[int, int]:
        first = self._viewer.dims.ndim - self.stack.ndim
        found = [
            round((self._viewer.dims.point[first + axis] - start) / step)
            for axis, (_, step, start) in enumerate(self._axes())
        ]
        return (found[0], found[1]) if self._both else (0, found[0])

    def _is_last(self, rows: tuple[Row, ...]) -> bool:
        shown = self.shown()
        return shown is None or (self._known > 0 and same(shown, rows[self._known - 1]))

    def _free_name(self, ending: str, own: str = "") -> str:
        taken = {layer.name for layer in self._viewer.layers} - {own}
        return unused_name(self._source.name, ending, taken)

    def _stepped(self, event: Any = None) -> None:
        if self.stack is not None:
            self._moved()

    def _count_at(self, place: float) -> int:
        """Return the number of iterations at a place on their axis."""
        counts, (_, step, start) = self.session.plan.counts, self._axes()[-1]
        return counts[min(max(round((place - start) / step), 0), len(counts) - 1)]
