"""Matrices that make samples of light that is known elsewhere: at radii, or at places just dense enough for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.microscope.quadrature import Values, legendre

Indices = NDArray[np.intp]

LAGRANGE_POINTS = 10  # of the Lagrange interpolation, even
WEIGHTS_AT_ONCE = 1 << 20  # interpolation weights that are held at once
MOST_NODES = 32  # per pixel and axis
OVERSAMPLING = 1.75  # than Nyquist's spacing: what is left of the band is where the window's own spectrum falls off
KAISER_REACH = 10  # places to either side that count; with the shape below errors stay under a millionth
KAISER_SHAPE = 13.0  # of the Kaiser window


def interpolation(radii: Values, weights: Values, step: float, count: int) -> Any:
    """Return the sparse matrix (rows, count) of weighted means of an even function, known at 0, step, 2 step, ...

    Each row takes its values at its `radii` (rows, nodes), and `weights` (nodes,) says how much each counts; `count`
    goes at least LAGRANGE_POINTS/2 beyond the largest radius.
    """
    from scipy.sparse import csr_array, vstack

    rows = max(1, WEIGHTS_AT_ONCE // (radii.shape[1] * LAGRANGE_POINTS))
    blocks = []
    for start in range(0, len(radii), rows):
        data, first = _bands(radii[start : start + rows] / step, weights)
        length, width = data.shape
        columns = (first[:, None] + np.arange(width)).ravel()
        np.minimum(columns, count - 1, out=columns)  # only weights of zero lie beyond
        pointers = np.arange(0, length * width + 1, width)
        blocks.append(csr_array((data.ravel(), columns, pointers), shape=(length, count)))
    return blocks[0] if len(blocks) == 1 else vstack(blocks, format="csr")


def _bands(places: Values, weights: Values) -> tuple[Values, Indices]:
    """Return the summed interpolation weights of all nodes, row by row, with the column where each row begins."""
    below = np.floor(places).astype(np.intp)
    # An even function is the same on both sides of 0.
    columns = np.abs(below + (np.arange(LAGRANGE_POINTS, dtype=np.intp) - (LAGRANGE_POINTS // 2 - 1))[:, None, None])
    first: Indices = np.asarray(columns.min(axis=(0, 2)), np.intp)
    columns -= first[:, None]
    width = int(columns.max()) + 1
    columns += (np.arange(len(places)) * width)[:, None]
    amounts = _lagrange(places - below, weights)
    summed = np.bincount(columns.ravel(), amounts.ravel(), minlength=len(places) * width)
    data: Values = np.asarray(summed, np.float64)
    return data.reshape(len(places), width), first


def _lagrange(fraction: Values, factor: Values) -> Values:
    """Return the weights, times a factor, of the samples around a place a fraction beyond the middle pair's first."""
    nodes = np.arange(LAGRANGE_POINTS) - (LAGRANGE_POINTS // 2 - 1)
    scale = [float(np.prod([n - other for other in nodes if other != n])) for n in nodes]
    weights = np.empty((LAGRANGE_POINTS, *fraction.shape))
    ahead = np.broadcast_to(factor, fraction.shape).copy()
    for index, node in enumerate(nodes):  # products of all differences before ...
        np.multiply(ahead, 1 / scale[index], out=weights[index])
        ahead *= fraction - node
    behind = np.ones(fraction.shape)
    for index in range(LAGRANGE_POINTS - 1, -1, -1):  # ... and behind: nothing is divided by zero
        weights[index] *= behind
        behind *= fraction - nodes[index]
    return weights


@dataclass(frozen=True, slots=True)
class Grid:
    """The samples of one plane: those of a quadrant or octant are reckoned, the others are their mirror images."""

    radii: Values  # (rows, nodes per sample)
    weights: Values
    rows: Indices  # of each sample of the quadrant

    def spread(self, values: Values) -> NDArray[np.float32]:
        """Bring (rows, planes) to (planes, y, x), and what interpolation took below zero to zero."""
        light = np.empty(values.shape[::-1], np.float32)
        np.divide(values.T, values.max(), out=light, dtype=np.float64, casting="same_kind")
        quadrant = np.take(np.maximum(light, 0, out=light), self.rows, axis=1)
        high, wide = (length - 1 for length in self.rows.shape)
        plane = np.empty((len(quadrant), 2 * high + 1, 2 * wide + 1), np.float32)  # half the memory to fill
        plane[:, high:, wide:] = quadrant
        plane[:, high:, :wide] = quadrant[:, :, :0:-1]
        plane[:, :high] = plane[:, :high:-1]
        return plane


def grid(shape: tuple[int, ...], spacing: tuple[float, ...], nodes: int) -> Grid:
    """Lay the samples of a plane (odd lengths), each with nodes x nodes places over its area (1: its middle)."""
    high, wide = (length // 2 + 1 for length in shape)
    if spacing[0] == spacing[1]:
        y, x = np.triu_indices(max(high, wide))
        y, x = (index[y < min(high, wide)] for index in (y, x))
        lower = np.minimum.outer(np.arange(high), np.arange(wide))
        upper = np.maximum.outer(np.arange(high), np.arange(wide))
        rows = lower * max(high, wide) - lower * (lower - 1) // 2 + upper - lower
    else:
        y, x = (index.ravel() for index in np.indices((high, wide)))
        rows = np.arange(high * wide).reshape(high, wide)
    places, weights = (part / 2 for part in legendre(nodes))
    ys = (y[:, None] + places) * spacing[0]
    xs = (x[:, None] + places) * spacing[1]
    radii = np.sqrt(ys[:, :, None] ** 2 + xs[:, None, :] ** 2).reshape(len(y), -1)
    return Grid(radii, np.outer(weights, weights).ravel(), rows)


def pixel_nodes(spacing: float, frequency: float) -> int:
    """Return how many Gauss nodes integrate a pixel, for light that has no frequency above the given (per um)."""
    # Errors stay under a millionth of the light: a third node is not enough for pixels at Nyquist's distance.
    return min(MOST_NODES, 2 + int(np.ceil(0.65 * np.pi * frequency * spacing)))


def pinhole(radius: float, frequency: float, step: float, count: int, source: int) -> Any:
    """Return the sparse matrix that averages a function of the radius over a disc around each radius.

    `count` radii are asked for, `source` are known, `step` apart; the light has no higher spatial frequency.
    """
    distances, weights = disc(radius, frequency)
    places = np.arange(count)[:, None] * step
    angle = distances[1]
    radii = np.sqrt(np.maximum(places**2 + distances[0] ** 2 - 2 * places * distances[0] * np.cos(angle), 0))
    return interpolation(radii, weights, step, source)


@lru_cache(maxsize=8)
def disc(radius: float, frequency: float) -> tuple[Values, Values]:
    """Return (radius, angle) of nodes over half a disc, and weights of sum 1: Gauss in area, even in angle."""
    turns = 2 * np.pi * frequency * radius
    x, w = legendre(5 + int(np.ceil(turns / 3)))
    angles = 8 + int(np.ceil(turns * 0.75))
    rings = radius * np.sqrt((x + 1) / 2)
    angle = (np.arange(angles) + 0.5) * np.pi / angles
    nodes = np.stack([np.repeat(rings, angles), np.tile(angle, len(rings))])
    return nodes, np.repeat(w / 2, angles) / angles


def places(samples: Values, nodes: int, step: float, frequency: float) -> tuple[Values, Values]:
    """Return places along one axis, and the matrix (samples, places) that makes samples of the values there.

    The places are the nodes themselves, or an even grid that is just fine enough for light of that highest spatial
    frequency, whichever are fewer; the same to either side of 0, as `samples` are.

    Of `nodes` per sample, one takes the value in its middle, and more take the mean over its width, `step`.
    """
    fine = 1 / (2 * frequency * OVERSAMPLING)
    half = int(np.ceil((np.abs(samples).max() + (step / 2 if nodes > 1 else 0)) / fine)) + KAISER_REACH
    if 2 * half + 1 >= len(samples) * nodes:
        offsets, weights = _over_a_sample(nodes)
        own: Values = (samples[:, None] + offsets * step).ravel()
        return own, np.asarray(np.kron(np.eye(len(samples)), weights), np.float64)
    grid: Values = np.arange(-half, half + 1, dtype=np.float64) * fine
    # The kernel turns more often than the light, so its mean over a sample takes more nodes.
    offsets, weights = _over_a_sample(1 if nodes == 1 else 8 + int(np.ceil(3 * step / fine)))
    distances = (samples[:, None] + offsets * step)[:, None, :] - grid[:, None]
    matrix = _kernel(distances / fine) @ weights
    return grid, np.asarray(matrix / matrix.sum(axis=1, keepdims=True), np.float64)


def _over_a_sample(nodes: int) -> tuple[Values, Values]:
    offsets, weights = legendre(nodes)
    return np.asarray(offsets / 2, np.float64), np.asarray(weights / 2, np.float64)


def _kernel(distance: Values) -> Values:
    """Return the weight of a place so many places away: a sinc under a Kaiser window."""
    from scipy.special import i0

    weight: Values = np.zeros(distance.shape)
    near = np.abs(distance) < KAISER_REACH
    chosen = distance[near]
    weight[near] = np.sinc(chosen) * i0(KAISER_SHAPE * np.sqrt(1 - (chosen / KAISER_REACH) ** 2)) / i0(KAISER_SHAPE)
    return weight
