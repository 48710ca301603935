"""What the last run has made: its sessions and layers, one of each for a channel."""

from __future__ import annotations

import weakref
from typing import Any

from napari_deconvolve._napari.layers.results import ResultLayers
from napari_deconvolve._napari.work.session import Session


class Made:
    """Answers what there is of the last run."""

    layers: ResultLayers | None
    looked_at: int  # which channel's run is shown
    _batch: list[ResultLayers]  # of all channels of the last run, in their order
    _viewer: weakref.ref[Any]

    @property
    def sessions(self) -> list[Session]:
        """The runs of the channels, in their order."""
        return [one.session for one in self._batch]

    @property
    def made(self) -> list[tuple[Session, Any]]:
        """The runs of the channels, each with the layer that it began with, if that is still there."""
        return [(one.session, one.image) for one in self._batch]

    def result_layer(self) -> Any:
        """Return the layer of the last result, if it is still there."""
        return None if self.layers is None else self.layers.result

    def show_kept(self, iteration: int) -> None:
        """Show the estimate that was kept at an iteration of the run that is looked at."""
        if self._batch:
            self._batch[min(self.looked_at, len(self._batch) - 1)].show_kept(iteration)

    def made_layers(self) -> list[Any]:
        """Return the layers of the last run that are still there."""
        made = [layer for one in self._batch for layer in (one.snapshots.layer, one.result)]
        return [layer for layer in made if layer is not None]

    def results(self) -> list[Any]:
        """Return the results of the last run that are still there, one per channel."""
        return [one.result for one in self._batch if one.result is not None]

    def pairs(self) -> list[tuple[Any, Any]]:
        """Return inputs and results of the last run that are still there, by channel."""
        there = self.inputs()
        return [(one.image, one.result) for one in self._batch if one.result is not None and one.image in there]

    def inputs(self) -> list[Any]:
        """Return the layers that the last run began with and that are still there."""
        viewer, found = self._viewer(), [one.image for one in self._batch]
        return [layer for layer in found if layer is not None and viewer is not None and layer in viewer.layers]
