"""The live preview of the Wiener filter: one layer that follows the slider of the smoothing."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.docks.deconvolve.filtering import Filtered, Ready
from napari_deconvolve._napari.layers import region as regions
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import contrast_of, moved, shape_text, unused_name
from napari_deconvolve._napari.work.live_layer import LiveLayer
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve.errors import Cancelled, DeconvolutionError

REST_SECONDS = 0.03  # from a change of the slider to the computation of its strength
MAX_LIVE_SAMPLES = 1 << 24  # of a region that is followed live; more would lag behind the slider
ENDING = "Wiener preview"


class LivePreview(LiveLayer):
    """Keeps one layer up to date with the strength that is chosen; its transforms are made once.

    While one strength is being computed only the newest of the next waits. An answer for another image, PSF or region
    than the present one comes too late, and is dropped.

    Signals
    -------
    found(strength)
        What was shown just now, and by which strength.
    """

    found = Signal(float)

    def __init__(self, viewer: Any, plan: Callable[[], Plan | str], parent: QObject | None = None) -> None:
        super().__init__(viewer, plan, REST_SECONDS, parent)
        self._ready: Ready | None = None
        self._shown: Plan | None = None
        self._waiting = False

    def touch(self, *_: Any) -> None:
        """Hear that another strength was chosen: show what comes of it."""
        self._rest.begin()  # not put off while the slider moves on and on

    def follow(self, *_: Any) -> None:
        """Hear that anything else has changed: show it if there is a preview."""
        if self.layer is not None or self._task.busy:
            self.touch()

    def _drop(self) -> None:
        super()._drop()
        self._waiting = False
        if self._ready is not None:
            self._ready.end()
        self._ready = self._shown = None

    def _begin(self) -> None:
        plan = self._plan()
        if isinstance(plan, str):
            self._drop()
            self.said.emit(plan, "info")
            return
        ready = self._ready
        if ready is None or not ready.fits(plan):
            self._drop()
            ready = self._ready = Ready(plan)
        elif self._task.busy:
            self._waiting = True
            return
        if self._shown is not None and self._shown.recipe == plan.recipe and self.layer is not None:
            return
        self._task.ask(ready, lambda: ready.filtered(plan))

    def _answered(self, tag: object, found: Any) -> None:
        if tag is not self._ready:
            return
        again, self._waiting = self._waiting, False
        if isinstance(found, Filtered):
            self._shown = found.plan
            self._show(found)
            self.found.emit(found.strength)
        elif isinstance(found, DeconvolutionError) and not isinstance(found, Cancelled):
            self.said.emit(str(found), "error")
        if again:
            self._begin()

    def _show(self, found: Filtered) -> None:
        plan, data, layer = found.plan, found.estimate, self.layer
        place = moved(plan.source, plan.crop.offset)
        low, high = contrast_of(data)
        if layer is not None and layer.ndim == data.ndim and _is_at(layer, place):
            layer.data = data
            if high > layer.contrast_limits_range[1]:
                layer.contrast_limits_range = (low, 2 * high)
            layer.contrast_limits = (low, high)
            return
        if layer is not None:
            self._viewer.layers.remove(layer)
        selected = set(self._viewer.layers.selection)
        name = unused_name(plan.source.name, ENDING, [one.name for one in self._viewer.layers])
        ours = {"recipe": plan.recipe.to_dict(), "preview": True, **origin(plan.source)}
        layer = self._viewer.add_image(
            data, name=name, contrast_limits=(low, high), metadata={KEY: ours}, **plan.source.covering, **place
        )
        self._viewer.layers.selection = selected  # what was looked at stays chosen
        self._layer = weakref.ref(layer)


def at_sliders(viewer: Any, image: Any, plan: Plan, halo: tuple[int, ...]) -> Plan | str:
    """Return the plan for what a preview shows: of an image with time points, the one that is seen."""
    if plan.region == regions.REGIONS[0]:
        bounds = regions.here(viewer, image, plan.axes)
        plan = replace(plan, crop=regions.crop(bounds, plan.source.shape, halo, plan.axes))
    if int(np.prod(plan.crop.outer_shape, dtype=np.int64)) > MAX_LIVE_SAMPLES:
        shape = shape_text(plan.crop.shape)
        return f"{shape} samples are too many for a live preview; choose “what I see” or a rectangle as the region."
    return plan


def _is_at(layer: Any, place: dict[str, Any]) -> bool:
    """Return whether a layer lies at a place already."""
    names = ("scale", "translate")
    return all(np.array_equal(np.asarray(getattr(layer, name)), np.asarray(place[name])) for name in names)
