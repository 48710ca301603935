"""A result and what it was made of: one pair for each channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from napari_deconvolve._napari.layers.lineage import was_made_of
from napari_deconvolve._napari.work.per_viewer import unwrapped


class Pair(NamedTuple):
    """Two layers of one channel."""

    input: Any
    result: Any


Pairs = Sequence[Pair]


def pairs_of(given: Iterable[tuple[Any, Any]]) -> list[Pair]:
    """Return pairs of the layers themselves: plugins get proxies from napari."""
    return [Pair(unwrapped(source), unwrapped(result)) for source, result in given]


def inputs_of(pairs: Pairs) -> list[Any]:
    """Return the inputs, each once: one image may have several results."""
    return _once(pair.input for pair in pairs)


def results_of(pairs: Pairs) -> list[Any]:
    """Return the results, each once."""
    return _once(pair.result for pair in pairs)


def layers_of(pairs: Pairs) -> list[Any]:
    """Return all layers of some pairs: the inputs, then the results."""
    return _once([*inputs_of(pairs), *results_of(pairs)])


def present(viewer: Any, pairs: Pairs) -> list[Pair]:
    """Return the pairs both of whose layers are in the viewer."""
    there = {id(unwrapped(layer)) for layer in viewer.layers}
    return [pair for pair in pairs if id(pair.input) in there and id(pair.result) in there]


def shown(pairs: Pairs) -> list[Pair]:
    """Return the pairs of which a layer can be seen: who hides both hides the channel. All of them if none can."""
    return [pair for pair in pairs if pair.input.visible or pair.result.visible] or list(pairs)


def siblings(viewer: Any, pairs: Pairs) -> list[Any]:
    """Return what else was made of the inputs: earlier results, which would lie above both layers of a pair."""
    layers = [unwrapped(layer) for layer in viewer.layers]
    ours = layers_of(pairs)
    return [
        layer
        for layer in layers
        if not any(layer is one for one in ours)
        and any(was_made_of(layer, source, layers) for source in inputs_of(pairs))
    ]


def _once(layers: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for layer in layers:
        if not any(one is layer for one in found):
            found.append(layer)
    return found
