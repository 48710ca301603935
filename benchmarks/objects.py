"""Objects for `scenes`: what a camera looks at, in two and three dimensions, bright to any scale.

Each is drawn on a grid whose z samples are `Z_STEP` times as long as those of y and x; lengths are in samples of y.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

Values = NDArray[np.float64]
Shape = tuple[int, ...]

Z_STEP = 2.5


def discs(shape: Shape, rng: np.random.Generator) -> Values:
    """Draw discs or balls of radius 1.5 to 6 samples, one over another, each evenly bright."""
    out = np.zeros(shape)
    for _ in range(round(_field(shape) / 550)):
        distance = np.sqrt(sum(one**2 for one in _from(_somewhere(shape, rng), shape)))
        out += rng.uniform(0.3, 1) * np.clip(rng.uniform(1.5, 6) - distance + 0.5, 0, 1)
    return out


def nuclei(shape: Shape, rng: np.random.Generator) -> Values:
    """Draw ellipses with a texture, spots and a soft edge; about a third of the field is empty."""
    texture = _texture(shape, rng, 1.5) + _texture(shape, rng, 4.0)
    inside = np.zeros(shape)
    for _ in range(round(_field(shape) / 1100)):
        places = _from(_somewhere(shape, rng), shape)
        angle, axes = rng.uniform(0, np.pi), rng.uniform(7, 15, 2)
        y, x = places[-2], places[-1]
        first, second = np.cos(angle) * y + np.sin(angle) * x, np.cos(angle) * x - np.sin(angle) * y
        radius = np.sqrt((first / axes[0]) ** 2 + (second / axes[1]) ** 2 + sum((z / 6) ** 2 for z in places[:-2]))
        inside = np.maximum(inside, rng.uniform(0.4, 1) * np.clip((1 - radius) * axes.mean(), 0, 1))
    return inside * np.clip(0.6 + 0.3 * texture, 0.1, None)


def filaments(shape: Shape, rng: np.random.Generator) -> Values:
    """Draw microtubules that bend, and branch now and then."""
    out = np.zeros(shape)
    for _ in range(round(_field(shape) / 2500)):
        ends = [(_somewhere(shape, rng), rng.normal(size=len(shape)))]
        for _ in range(4):
            place, heading = ends.pop(0)
            places, headings = _thread(place, heading, rng, steps=250)
            splat(out, places)
            forks = rng.choice(len(places), 2, replace=False)
            ends += [(places[one], headings[one] + rng.normal(size=len(shape)) * 0.5) for one in forks]
    return gaussian_filter(out, 0.5)


def points(shape: Shape, rng: np.random.Generator) -> Values:
    """Draw stars or puncta of unequal light on a weak diffuse ground."""
    out = np.zeros(shape)
    for _ in range(round(_field(shape) / 200)):
        splat(out, _somewhere(shape, rng)[np.newaxis], 0.1 * rng.uniform(0.1, 1) ** -1)
    # The blur adds up the ground along z as well, and leaves less of a star: so it stays at a few percent of the peak.
    ground = 0.002 if len(shape) == 2 else 0.0003
    return gaussian_filter(out, 0.5) + ground * np.clip(1 + 0.5 * _texture(shape, rng, 12.0), 0.1, None)


def mesh(shape: Shape, rng: np.random.Generator) -> Values:
    """Draw a network of tubes that fills the field, with meshes of some ten samples, and sheets where they meet."""
    stretched = np.array(_scale(shape))
    sides = np.array(shape) * stretched
    cells = rng.uniform(-8, sides + 8, (round(np.prod(sides + 16) / 11.0 ** len(shape)), len(shape)))
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1) * stretched
    distances = cKDTree(cells).query(grid, k=3)[0]
    # Walls of cells lie where two are as near: in 2D these are the tubes, in 3D those where three meet.
    tubes = np.exp(-(((distances[..., len(shape) - 1] - distances[..., 0]) / 1.5) ** 2))
    return tubes * (1 + 0.3 * np.clip(_texture(shape, rng, 6.0), -2, 2))


def dense(shape: Shape, rng: np.random.Generator) -> Values:
    """Draw tissue without an empty part: bundles of fibres over a ground that is nowhere dark."""
    out = np.zeros(shape)
    for _ in range(round(_field(shape) / 350)):
        splat(out, _thread(_somewhere(shape, rng), rng.normal(size=len(shape)), rng, steps=400)[0], rng.uniform(0.2, 1))
    fibres = gaussian_filter(out, 0.6)
    fibres *= 2.5 / np.quantile(fibres, 0.98)
    ground = np.clip(1 + 0.35 * _texture(shape, rng, 7.0) + 0.2 * _texture(shape, rng, 2.0), 0.3, None)
    return ground * (1 + fibres)


def beads(shape: Shape, rng: np.random.Generator) -> Values:
    """Draw a few points of equal light, with nothing between."""
    out = np.zeros(shape)
    splat(out, np.array([_somewhere(shape, rng) for _ in range(round(_field(shape) / 900))]))
    return gaussian_filter(out, 0.5)


KINDS: dict[str, Callable[[Shape, np.random.Generator], Values]] = {
    one.__name__: one for one in (discs, nuclei, filaments, points, mesh, dense, beads)
}
FULL = ("dense",)  # without any empty part


def _scale(shape: Shape) -> tuple[float, ...]:
    """Return the length of a sample along each axis, over one in y and x."""
    return (Z_STEP, 1.0, 1.0)[-len(shape) :]


def _field(shape: Shape) -> float:
    """Return a measure of how much fits in: the area, and in 3D as many areas as are seen apart."""
    return float(np.prod(shape[-2:])) * (1 if len(shape) == 2 else shape[0] * Z_STEP / 30)


def _somewhere(shape: Shape, rng: np.random.Generator) -> Values:
    return np.array([rng.uniform(0, n - 1) for n in shape])


def _from(place: Values, shape: Shape) -> list[Values]:
    """Return the distance from a place along each axis, in samples of y and x, ready to be broadcast."""
    grids = np.ogrid[tuple(slice(0, n) for n in shape)]
    return [(grid - at) * step for grid, at, step in zip(grids, place, _scale(shape), strict=True)]


def _texture(shape: Shape, rng: np.random.Generator, sigma: float) -> Values:
    """Return smooth random numbers of mean 0 and standard deviation 1."""
    smooth = gaussian_filter(rng.normal(size=shape), [sigma / step for step in _scale(shape)], mode="wrap")
    return np.asarray((smooth - smooth.mean()) / smooth.std())


def _thread(place: Values, heading: Values, rng: np.random.Generator, steps: int) -> tuple[Values, Values]:
    """Return places along a thread that bends at random, half a sample apart, and its headings."""
    headings = np.empty((steps, len(place)))
    for step in range(steps):
        heading = heading / np.linalg.norm(heading) + rng.normal(size=len(place)) * 0.07
        headings[step] = heading / np.linalg.norm(heading)
    flat = 1 / np.array(_scale(place.shape * len(place)))
    return place + np.cumsum(0.5 * headings * flat, axis=0), headings


def splat(out: Values, places: Values, light: float = 1.0) -> None:
    """Share out an amount of light at each place over the samples around it."""
    low = np.floor(places).astype(int)
    part = places - low
    for corner in np.ndindex(*(2,) * out.ndim):
        share = light * np.prod(np.where(corner, part, 1 - part), axis=1)
        index = low + corner
        held = np.all((index >= 0) & (index < out.shape), axis=1)
        np.add.at(out, tuple(index[held].T), share[held])
