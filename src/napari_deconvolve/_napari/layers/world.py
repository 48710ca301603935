"""Places in napari's world, and where they are in a layer's samples, whatever units the layers have.

napari draws and slices all layers in one world, in the smallest of their units, but a layer's own `world_to_data` and
`data_to_world` speak of the layer's units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def to_data(viewer: Any, layer: Any, place: ArrayLike) -> NDArray[np.float64]:
    """Return where a place in the world is in a layer's samples.

    Without a viewer, the world is in the layer's units. The place is given along the world's last axes; where the layer
    has more, it is at 0 there.
    """
    return np.asarray(layer.world_to_data(in_units_of(viewer, layer, place)), np.float64)


def in_units_of(viewer: Any, layer: Any, place: ArrayLike) -> NDArray[np.float64]:
    """Return a place in the world in a layer's units, along its axes."""
    return _fitted(place, layer.ndim) / _factors(viewer, layer)


def from_data(viewer: Any, layer: Any, place: ArrayLike) -> NDArray[np.float64]:
    """Return where in the world a place in a layer's samples is, along the layer's axes."""
    return np.asarray(layer.data_to_world(place), np.float64) * _factors(viewer, layer)


def box_of(viewer: Any, layer: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return where a layer begins and ends in the world, and half of its steps; it has no end along axes it lacks."""
    count, extent, factors = viewer.dims.ndim, layer.extent, _factors(viewer, layer)
    low, high, half = np.full(count, -np.inf), np.full(count, np.inf), np.zeros(count)
    own = slice(count - layer.ndim, None)
    low[own], high[own] = np.asarray(extent.world) * factors
    half[own] = np.abs(np.asarray(extent.step)) * factors / 2
    return low, high, half


def bring_into_view(viewer: Any, layer: Any) -> None:
    """Move sliders to the nearest place at which a layer is seen."""
    low, high, half = box_of(viewer, layer)
    for axis in set(range(viewer.dims.ndim)) - set(viewer.dims.displayed):
        place = viewer.dims.point[axis]
        if place < low[axis] - half[axis] or place > high[axis] + half[axis]:
            viewer.dims.set_point(axis, float(np.clip(place, low[axis], high[axis])))


def _fitted(place: ArrayLike, ndim: int) -> NDArray[np.float64]:
    """Return a place along the last `ndim` axes, with 0 along those in front that it lacks."""
    given = np.asarray(place, np.float64)
    count = min(len(given), ndim)
    return np.concatenate([np.zeros(ndim - count), given[len(given) - count :]])


def _factors(viewer: Any, layer: Any) -> NDArray[np.float64]:
    """Return what a layer's world coordinates are multiplied by when napari draws it."""
    units = _units(viewer)
    if units is None or len(units) < layer.ndim:  # less when the layer was just removed
        return np.ones(layer.ndim)
    return np.array([_size(own) / _size(unit) for own, unit in zip(layer.units, units[-layer.ndim :], strict=True)])


def _units(viewer: Any) -> Sequence[Any] | None:
    """Return the units of the world; None where napari uses none: unlike kinds, or a napari that knows of none."""
    return None if viewer is None else getattr(viewer.layers.extent, "units", None)


def _size(unit: Any) -> float:
    """Return how large a unit is, by the same table as napari, so that both agree to the last digit."""
    import pint

    return float(pint.application_registry.get_base_units(unit)[0])
