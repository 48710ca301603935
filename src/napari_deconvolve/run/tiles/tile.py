"""One tile: read with its halo, run as a part of the whole, cut to what it writes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.iterate import Iteration
from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape
from napari_deconvolve.core.likelihood.maps import mean_of
from napari_deconvolve.core.likelihood.noise import MODEL_FLOOR, PoissonData, power_of_two
from napari_deconvolve.core.likelihood.photons import in_steps
from napari_deconvolve.core.likelihood.shared_scale import SharedScale
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.defects import Defects, defects
from napari_deconvolve.job.device import noted
from napari_deconvolve.job.items import alone
from napari_deconvolve.job.problem import Cut, Job, Workspace
from napari_deconvolve.methods.base import method_of
from napari_deconvolve.recipe.defects import KEEP, MASK
from napari_deconvolve.run.tiles.decide import Decided
from napari_deconvolve.run.tiles.part import tile_part, unread, within
from napari_deconvolve.run.tiles.plan import Tile
from napari_deconvolve.run.tiles.survey import ItemFacts, boxes
from napari_deconvolve.work import Progress, Work

DEFECT_PIECE = 1 << 21  # samples in which defects are looked for at a time


@dataclass(frozen=True, slots=True)
class TileFacts:
    """What is kept of a tile that is done, beside its samples; all but the time are of what it writes.

    Attributes
    ----------
    trace : tuple of float
        Deviance after each iteration.
    light, given : float
        Of the estimate and of the data above background, in counts, where there are data.
    samples : int
        With data.
    hot, dead, missing : int
        That were left out.
    seconds : float
        How long it took.
    words : tuple of str
        Sentences on where it was run.
    """

    trace: tuple[float, ...]
    light: float
    given: float
    samples: int
    hot: int = 0
    dead: int = 0
    missing: int = 0
    seconds: float = 0.0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TileDone:
    """A tile that is done.

    Attributes
    ----------
    estimate : ndarray
        Of what it writes, in the order of the PSF's axes.
    rims : dict
        By axis and side (0 for the low one), where the face is cut: the last plane that it writes, and the next one.
    facts : TileFacts
        See there.
    """

    estimate: FloatArray
    rims: dict[tuple[int, int], FloatArray]
    facts: TileFacts


def shared_scale(facts: ItemFacts, decided: Decided, dtype: np.dtype[Any]) -> SharedScale:
    """Return what all tiles of an item share, as the noise model of the whole would have it."""
    low, ground = mean_of(decided.recipe.offset), mean_of(decided.recipe.background)
    assert not isinstance(low, str)
    assert not isinstance(ground, str)
    mean, above = facts.mean - low, ground - low
    unit = in_steps(np.array([facts.mean]), decided.step)[1]
    largest = max(abs(facts.high - low), abs(facts.low - low))
    floor = max(MODEL_FLOOR * largest, float(np.finfo(np.float32).tiny) * 1e6 * unit)
    signal = max(mean - above, 1e-3 * abs(mean), floor)
    return SharedScale(decided.step, power_of_two((abs(mean) + above) / unit), signal, floor, facts.top(dtype))


def run_tile(job: Job, tile: Tile, decided: Decided, shared: SharedScale) -> Work[TileDone]:
    """Run a tile; progress counts its iterations."""
    begin = time.perf_counter()
    part, found = _without_defects(tile_part(job, tile.item, tile.outer, decided.recipe))
    inner = within(tile.inner, tile.outer)
    if not _has_data(part):
        return _nothing(tile, decided, begin)
    part = replace(part, cut=Cut(tile.padded(job.frame), shared, decided.steps))
    noise = noise_model(part, 0)
    bare = unread(part)
    iteration = method_of(part.recipe).iteration(bare, 0, noise)
    del part
    with closing(iteration.blur):
        trace = yield from _iterated(iteration, decided.recipe.expected_iterations)
    estimate = iteration.snapshot()
    used = True if noise.valid is None else noise.valid[inner]
    samples = estimate[inner].size if noise.valid is None else int(np.count_nonzero(used))
    share = samples / max(noise.samples, 1)
    facts = TileFacts(
        tuple(share * one for one in trace),
        float(np.sum(estimate[inner], dtype=np.float64, where=used)),
        _light(noise, inner),
        samples,
        *found,
        seconds=time.perf_counter() - begin,
        words=noted(bare),
    )
    return TileDone(np.ascontiguousarray(estimate[inner]), dict(_rims(estimate, tile)), facts)


def _iterated(iteration: Iteration, count: int) -> Work[list[float]]:
    trace: list[float] = []
    for number in range(1, count + 1):
        iteration.step()
        trace.append(iteration.deviance)
        yield Progress(number, count, trace[-1])
    return trace


def _rims(estimate: FloatArray, tile: Tile) -> Iterator[tuple[tuple[int, int], FloatArray]]:
    """Yield the last plane within and the first beyond each cut face."""
    inner = within(tile.inner, tile.outer)
    for axis, (cut, length) in enumerate(zip(inner, estimate.shape, strict=True)):
        for side, (last, beyond) in enumerate(((cut.start, cut.start - 1), (cut.stop - 1, cut.stop))):
            if 0 <= beyond < length:
                planes = [estimate[(*inner[:axis], place, *inner[axis + 1 :])] for place in (last, beyond)]
                yield (axis, side), np.stack(planes)


def _light(noise: PoissonData, inner: tuple[slice, ...]) -> float:
    """Return the light of the data above background within a region, in counts."""
    under = noise.background[inner] if isinstance(noise.background, np.ndarray) else noise.background
    used = True if noise.valid is None else noise.valid[inner]
    data = noise.data[inner]
    total = float(np.sum(data, dtype=np.float64, where=used))
    below = float(np.sum(np.broadcast_to(under, data.shape), dtype=np.float64, where=used))
    return noise.scale * (total - below)


def _without_defects(part: Job) -> tuple[Job, tuple[int, int, int]]:
    """Return the job with a mask of what no light has made, and how much that is; it is looked for piece by piece."""
    if part.recipe.defects != MASK:
        return part, (0, 0, 0)
    image, mask, known = part.items[0], np.ones(part.frame, bool), Defects()
    for region in boxes(part.frame, _piece(part.frame)):
        here = defects(replace(part, items=alone(image[region]), seen=Workspace()), 0)
        if here.found is not None:
            mask[region] = ~here.found
            known = known._replace(
                hot=known.hot + here.hot, dead=known.dead + here.dead, missing=known.missing + here.missing
            )
    kept = replace(part, recipe=part.recipe.replace(defects=KEEP))
    valid = None if mask.all() else mask[np.newaxis]
    return replace(kept, mask=valid), (known.hot, known.dead, known.missing)


def _piece(frame: Shape) -> Shape:
    lengths = list(frame)
    while math.prod(lengths) > DEFECT_PIECE:
        axis = int(np.argmax(lengths))
        lengths[axis] = -(-lengths[axis] // 2)
    return tuple(lengths)


def _has_data(part: Job) -> bool:
    image: NDArray[Any] = part.items[0]
    mask: BoolArray | bool = True if part.mask is None else part.mask[0]
    return bool(np.any(np.isfinite(image) & mask)) if image.dtype.kind == "f" else bool(np.any(mask))


def _nothing(tile: Tile, decided: Decided, begin: float) -> TileDone:
    """Return a dark tile: no sample of it counts."""
    shape = tuple(cut.stop - cut.start for cut in tile.inner)
    zeros = np.zeros(shape, decided.recipe.dtype)
    trace = (0.0,) * decided.recipe.expected_iterations
    return TileDone(zeros, {}, TileFacts(trace, 0.0, 0.0, 0, seconds=time.perf_counter() - begin))
