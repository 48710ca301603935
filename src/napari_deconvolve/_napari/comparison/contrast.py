"""One contrast for inputs and results, as long as they are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.comparison.pairs import Pair, inputs_of
from napari_deconvolve._napari.layers.source import BRIGHTEST, CONTRAST_SAMPLES, DARKEST

DIM = 1.0  # percentile that is shown black
OTHER_SCALE = 5.0  # a result so many times brighter or darker than its input counts in something else
FAINT = 10.0  # percentile above which light is compared

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Before:
    """A layer's contrast before, and what was set."""

    layer: Any
    limits: tuple[float, float]
    bounds: tuple[float, float]  # of napari's slider
    given: tuple[float, float]


class SharedContrast:
    """Common contrast limits of layers, until `restore`."""

    def __init__(self) -> None:
        self._before: list[_Before] = []

    def apply(self, pairs: Sequence[Pair]) -> None:
        """Set the limits of each input and of its results by the values of all of them.

        Limits of a result that counts in something else, as photons or parts of its maximum, are scaled by its light.
        Layers of colour pictures have no contrast, and are left out.
        """
        pairs = [pair for pair in pairs if not (pair.input.rgb or pair.result.rgb)]
        for source in inputs_of(pairs):
            results = [pair.result for pair in pairs if pair.input is source]
            for layer, limits in zip([source, *results], common_limits(source, results), strict=True):
                self._set(layer, limits)

    def restore(self) -> None:
        """Put back the limits of before, where nobody else has changed them since."""
        before, self._before = self._before, []
        for one in reversed(before):
            if _pair_of(one.layer.contrast_limits) == one.given:
                one.layer.contrast_limits = one.limits
                one.layer.contrast_limits_range = one.bounds

    def _set(self, layer: Any, limits: tuple[float, float]) -> None:
        before, bounds = _pair_of(layer.contrast_limits), _pair_of(layer.contrast_limits_range)
        layer.contrast_limits_range = (min(bounds[0], limits[0]), max(bounds[1], limits[1]))
        layer.contrast_limits = limits
        self._before.append(_Before(layer, before, bounds, _pair_of(layer.contrast_limits)))


def common_limits(source: Any, results: Sequence[Any]) -> list[tuple[float, float]]:
    """Return contrast limits of an input and of each of its results."""
    pool, factors = [], [1.0]
    for result in results:
        before, after = _common_samples(source, result)
        factors.append(_scale(before, after))
        pool += [before, after / factors[-1]]
    values = np.concatenate(pool)
    if not values.size:
        return [_pair_of(layer.contrast_limits) for layer in (source, *results)]
    low, high = (float(value) for value in np.percentile(values, (DIM, BRIGHTEST)))
    high = max(high, low + DARKEST * (float(values.max()) - low))
    if high <= low:
        high = low + 1.0
    return [(factor * low, factor * high) for factor in factors]


def _scale(before: Samples, after: Samples) -> float:
    """Return how many times brighter a result is than its input, if that is far from 1; else 1."""
    if not (before.size and after.size):
        return 1.0
    light, other = (float(np.mean(values - np.percentile(values, FAINT))) for values in (before, after))
    if light <= 0 or other <= 0:
        return 1.0
    return other / light if abs(np.log(other / light)) > np.log(OTHER_SCALE) else 1.0


def _common_samples(source: Any, result: Any) -> tuple[Samples, Samples]:
    """Return some finite values of an input and of its result: where the result is, if that can be read at once."""
    if all(isinstance(layer.data, np.ndarray) for layer in (source, result)) and source.ndim == result.ndim:
        places = _grid(result.data.shape)
        inside = np.round(_mapped(result, source, places)).astype(np.int64)
        there = np.all((inside >= 0) & (inside < np.asarray(source.data.shape)), axis=1)
        if there.any():
            return _finite(source.data[tuple(inside[there].T)]), _finite(result.data[tuple(places.T)])
    return _finite(_coarse(source)), _finite(_coarse(result))


def _grid(shape: Sequence[int]) -> NDArray[np.int64]:
    """Return indices of some samples all over an array, shape (samples, axes)."""
    step = max(1, ceil((np.prod(shape, dtype=np.float64) / CONTRAST_SAMPLES) ** (1 / len(shape))))
    axes = np.meshgrid(*(np.arange(0, length, step) for length in shape), indexing="ij")
    return np.stack([axis.ravel() for axis in axes], axis=1)


def _mapped(one: Any, other: Any, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return where samples of a layer are among another's; layers of one image are in the same units."""
    unit = np.eye(one.ndim)
    start = np.asarray(other.world_to_data(one.data_to_world(np.zeros(one.ndim))), np.float64)
    matrix = np.array([np.asarray(other.world_to_data(one.data_to_world(axis))) - start for axis in unit])
    found: NDArray[np.float64] = places @ matrix + start
    return found


def _coarse(layer: Any) -> NDArray[Any]:
    """Return some samples of a layer: of its coarsest level, or of the plane in the middle of what lies in a file."""
    data = layer.data[-1] if layer.multiscale else layer.data
    if not isinstance(data, np.ndarray) and data.ndim > 2:
        data = data[tuple(length // 2 for length in data.shape[:-2])]
    step = max(1, ceil((np.prod(data.shape, dtype=np.float64) / CONTRAST_SAMPLES) ** (1 / data.ndim)))
    return np.asarray(data[(slice(None, None, step),) * data.ndim])


def _finite(values: NDArray[Any]) -> Samples:
    numbers = np.asarray(values, np.float64).ravel()
    return numbers[np.isfinite(numbers)]


def _pair_of(limits: Sequence[float]) -> tuple[float, float]:
    return float(limits[0]), float(limits[1])
