"""The layer of the estimates that a run keeps on its way, with a slider that shows their iterations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from napari_deconvolve._napari.comparison.slider import number_slider
from napari_deconvolve._napari.layers.covered import ADDING, cover, uncover
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import leading, moved
from napari_deconvolve._napari.work.session import Session


class Snapshots:
    """Follows the history of one session; `name` finds a free name for a layer by its ending.

    Attributes
    ----------
    layer : Image or None
        Below the result while the run goes on, above it from then on; it hides a result to which it would add.
    """

    def __init__(self, session: Session, name: Callable[[str], str]) -> None:
        self._session, self._name = session, name
        self.layer: Any = None
        self._shown = 0  # of them; negative once somebody has removed the layer

    def show(self, viewer: Any, result: Any) -> None:
        """Show what has come to the history; the layer is made for the first."""
        history = self._session.history
        if history is None or history.count == self._shown or self._shown < 0:
            return
        if self.layer is None:
            self.layer = self._add(viewer, result)
        elif self.layer.data is not history.data:
            self.layer.data = history.data
        else:
            self.layer.refresh(extent=False, thumbnail=False)
        self._shown = history.count
        self.layer.contrast_limits_range = result.contrast_limits_range
        self.layer.contrast_limits = result.contrast_limits
        self._go_to(viewer, history.count * history.every)

    def finish(self, viewer: Any, result: Any, metadata: Mapping[str, Any]) -> None:
        """Cut off what was never computed, and bring the layer to the top, where its slider shows something."""
        history = self._session.history
        if self.layer is None or history is None:
            return
        self.layer.data = history.filled()
        self.layer.metadata = {KEY: {**metadata, "keep_every": history.every}}
        viewer.layers.move(viewer.layers.index(self.layer), len(viewer.layers))
        self.show_at(viewer, result, history.count * history.every)

    def show_at(self, viewer: Any, result: Any, iteration: int) -> None:
        """Show the estimate of an iteration, over all others."""
        if self.layer is not None and self.layer in viewer.layers:
            self.layer.visible = True
            if result is not None:
                cover(result, self.layer)
            self._go_to(viewer, iteration)

    def forget(self, layer: Any, result: Any) -> None:
        """Hear that a layer was removed: without this one its result is seen again."""
        if layer is self.layer:
            self.layer, self._shown = None, -1
            if result is not None:
                uncover(result)

    def _go_to(self, viewer: Any, iteration: int) -> None:
        viewer.dims.set_point(viewer.dims.ndim - self.layer.ndim, iteration)

    def _add(self, viewer: Any, result: Any) -> Any:
        history, plan = self._session.history, self._session.plan
        assert history is not None
        selected = set(viewer.layers.selection)
        layer = viewer.add_image(
            history.data,
            name=self._name(plan.name("iterations")),
            visible=str(result.blending) not in ADDING,  # while the run goes on its result is seen
            contrast_limits=result.contrast_limits,
            metadata={KEY: {"preview": True, **origin(plan.source)}},
            **plan.source.looks,
            **leading(moved(plan.source, plan.crop.offset), [("iteration", history.every, history.every)]),
        )
        viewer.layers.move(viewer.layers.index(layer), viewer.layers.index(result))
        viewer.layers.selection = selected
        number_slider(viewer, layer, round)  # its places are iterations
        return layer
