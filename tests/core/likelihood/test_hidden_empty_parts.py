"""Empty parts that the blur, a step or haze hides are found; an object that fills the field has none."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.background_map import Ground, find_surface
from napari_deconvolve.core.likelihood.empty_parts import Field
from napari_deconvolve.core.likelihood.sharpened import sharpened

SHAPE, STACK, MARGIN = (128, 128), (16, 64, 64), 15
LEVEL, PHOTONS = 100.0, 1000.0


@cache
def lens(modality: str, ndim: int) -> nd.PSF:
    return nd.psf.microscope(modality, numerical_aperture=1.2, immersion_index=1.33, emission_um=0.52,
                             spacing=(0.25, 0.1, 0.1)[-ndim:], shape=(13, 31, 31)[-ndim:])  # fmt: skip


# -- planes ------------------------------------------------------------------------------------------------------------


def mesh(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw walls between cells at random places."""
    side = grid.shape[0]
    near = cKDTree(rng.uniform(-8, side + 8, ((side + 16) ** 2 // 121, 2))).query(grid, k=2)[0]
    return np.exp(-(((near[..., 1] - near[..., 0]) / 1.5) ** 2))


def lattice(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a square net, a little turned, of threads ten samples apart."""
    y, x = grid[..., 0] + 0.13 * grid[..., 1], grid[..., 1] - 0.13 * grid[..., 0]
    return np.maximum(*(np.exp(-(((one % 10 - 5) / 0.9) ** 2)) for one in (y, x)))


def rings(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw rings side by side, one over another now and then."""
    centres = np.stack(np.meshgrid(*2 * [np.arange(0, grid.shape[0], 11.0)], indexing="ij"), -1).reshape(-1, 2)
    distance = cKDTree(centres + rng.normal(size=centres.shape)).query(grid)[0]
    return np.exp(-(((distance - 5) / 0.8) ** 2))


def stripes(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw threads side by side, of unequal light."""
    place = grid[..., 1] + 3 * np.sin(grid[..., 0] / 15)
    return np.exp(-(((place % 9 - 4.5) / 0.9) ** 2)) * (1 + 0.3 * np.sin(place / 23))


def tissue(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a texture that is nowhere dark."""
    return 1 + 0.3 * np.tanh(gaussian_filter(rng.normal(size=grid.shape[:2]), 4) * 14)


def packed(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw cells of unequal light without gaps."""
    side = grid.shape[0]
    cells = rng.uniform(-8, side + 8, ((side + 16) ** 2 // 200, 2))
    return rng.uniform(0.35, 1, len(cells))[cKDTree(cells).query(grid)[1]]


def hazy(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw threads over a layer that varies."""
    layer = 1 + 0.3 * np.tanh(gaussian_filter(rng.normal(size=grid.shape[:2]), 3) * 10)
    return layer + stripes(grid, rng)


@cache
def plane(kind: str, seed: int) -> np.ndarray:
    """Return an object as the lens shows it, its brightest sample 1."""
    kinds = {one.__name__: one for one in (mesh, lattice, rings, stripes, tissue, packed, hazy)}
    grid = np.stack(np.meshgrid(*[np.arange(n + 2.0 * MARGIN) for n in SHAPE], indexing="ij"), -1)
    truth = kinds[kind](grid, np.random.default_rng(seed))
    light = nd.convolve(truth, lens("widefield", 2), boundary="zero")[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return np.maximum(light, 0) / light.max()


def grounds(shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape[-2:]], indexing="ij")
    maps = {
        "flat": np.ones_like(x),
        "tilted": 1 + 0.5 * x,
        "vignetted": 1.2 * (1 - 0.25 * (x**2 + y**2)),
        "two steps": 1 + 0.5 * np.tanh((x + 0.2) / 0.1),
    }
    return {name: LEVEL * values for name, values in maps.items()}


def away(found: Ground, counts: np.ndarray, truth: np.ndarray) -> float:
    """Return the error of a surface, or of the darkest part where it is flat: root mean square over the mean."""
    flat = found.surface is None
    values = Field.of(counts, 1.0, 0.0).smooth.min() if flat else found.surface.values(truth.shape)
    return float(np.sqrt(np.mean((values - truth) ** 2)) / np.mean(truth))


def recorded(light: np.ndarray, ground: np.ndarray, photons: float = PHOTONS, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).poisson(photons * light + ground).astype(np.float32)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("ground", grounds(SHAPE))
@pytest.mark.parametrize("kind", ["mesh", "lattice", "rings", "stripes"])
def test_holes_that_the_blur_fills_are_empty_parts(kind, ground, seed):
    truth = grounds(SHAPE)[ground]
    counts = recorded(plane(kind, seed), truth, seed=seed)
    found = find_surface(counts, 1.0, lens("widefield", 2).data)
    assert not found.filled
    assert not found.bright
    assert away(found, counts, truth) < 0.45


@pytest.mark.parametrize("photons", [100, 1000])
@pytest.mark.parametrize("ground", ["flat", "two steps"])
@pytest.mark.parametrize("kind", ["tissue", "packed", "hazy"])
def test_what_fills_the_field_has_no_holes(kind, ground, photons):
    counts = recorded(plane(kind, 3), photons / PHOTONS * grounds(SHAPE)[ground], photons)
    found = find_surface(counts, 1.0, lens("widefield", 2).data)
    assert found.filled or found.bright


def test_a_sharp_image_has_the_noise_it_says():
    light = np.zeros(SHAPE)
    light[:32] = 4  # enough that noise matters little
    counts = recorded(light, np.full(SHAPE, 400.0))
    field = Field.of(counts, 1.0, 400.0)
    sharp = sharpened(field, lens("widefield", 2).data)
    assert sharp is not None
    assert np.std(sharp.smooth[64:-20, 20:-20]) == pytest.approx(20 / sharp.kept, rel=0.05)
    assert sharp.kept < field.kept


def test_a_dim_image_is_not_sharpened():
    counts = recorded(plane("mesh", 1), np.full(SHAPE, 5.0), 5)
    assert sharpened(Field.of(counts, 1.0, 5.0), lens("widefield", 2).data) is None


# -- stacks ------------------------------------------------------------------------------------------------------------


@cache
def stack(kind: str, modality: str) -> np.ndarray:
    """Return beads, tubes, shells or spots as the lens shows them."""
    rng = np.random.default_rng(5)
    shape = tuple(n + 2 * m for n, m in zip(STACK, (6, 15, 15), strict=True))
    truth = np.zeros(shape)
    z, y, x = np.ogrid[tuple(slice(0, n) for n in shape)]
    for _ in range(12):
        place = [rng.uniform(0.2 * n, 0.8 * n) for n in shape]
        radius = np.sqrt((2.5 * (z - place[0])) ** 2 + (y - place[1]) ** 2 + (x - place[2]) ** 2)
        if kind == "balls":
            truth += radius < 3
        elif kind == "shells":
            truth += np.exp(-(((radius - 7) / 1.2) ** 2))
        elif kind == "tubes":
            slope = rng.uniform(-1, 1)
            truth += np.exp(-((2.5 * (z - place[0])) ** 2 + (y - place[1] - slope * (x - place[2])) ** 2) / 2)
        else:
            truth += rng.uniform(0.2, 1) * np.exp(-(radius**2) / 2)
    light = np.maximum(nd.convolve(truth, lens(modality, 3), boundary="zero")[6:-6, 15:-15, 15:-15], 0)
    return light / light.max()


@pytest.mark.parametrize("kind", ["balls", "tubes", "shells", "spots"])
@pytest.mark.parametrize("modality", ["confocal", "widefield"])
def test_steps_under_a_stack_are_no_bright_field(modality, kind):
    truth = grounds(STACK)["two steps"]
    counts = recorded(stack(kind, modality), truth)
    found = find_surface(counts, 1.0, lens(modality, 3).data)
    assert not found.bright
    hidden = (modality, kind) == ("widefield", "tubes")  # by threads through the whole field, in haze
    assert away(found, counts, truth) < (0.35 if hidden else 0.25)


@pytest.mark.parametrize("ground", ["tilted", "vignetted"])
@pytest.mark.parametrize("kind", ["balls", "tubes", "shells", "spots"])
def test_haze_of_few_objects_hides_no_background(kind, ground):
    truth = grounds(STACK)[ground]
    counts = recorded(stack(kind, "widefield"), truth)
    found = find_surface(counts, 1.0, lens("widefield", 3).data)
    assert not found.filled
    assert away(found, counts, truth) < 0.3


@cache
def nuclei(seed: int) -> np.ndarray:
    """Return textured ellipsoids that leave a third of a stack empty, as a wide field shows them."""
    rng = np.random.default_rng(seed)
    shape = tuple(n + 2 * m for n, m in zip(STACK, (6, 15, 15), strict=True))
    z, y, x = np.ogrid[tuple(slice(0, n) for n in shape)]
    soft = gaussian_filter(rng.normal(size=shape), (0.8, 2, 2))
    inside = np.zeros(shape)
    for _ in range(20):
        place, (high, wide) = [rng.uniform(0, n) for n in shape], rng.uniform(7, 15, 2)
        squares = (2.5 * (z - place[0]) / 6) ** 2 + ((y - place[1]) / high) ** 2 + ((x - place[2]) / wide) ** 2
        inside = np.maximum(inside, rng.uniform(0.4, 1) * np.clip((1 - np.sqrt(squares)) * (high + wide) / 2, 0, 1))
    truth = inside * np.clip(1 + 0.4 * soft / soft.std(), 0.1, None)
    light = np.maximum(nd.convolve(truth, lens("widefield", 3), boundary="zero")[6:-6, 15:-15, 15:-15], 0)
    return light / light.max()


@pytest.mark.parametrize("seed", [3, 5])
@pytest.mark.parametrize("ground", ["flat", "tilted", "vignetted"])
def test_dim_cells_in_haze_are_no_object_that_fills_the_stack(ground, seed):
    """A surface through empty tiles begins too high there, and a guess would take most of the background for cells."""
    truth = 0.075 * grounds(STACK)[ground]
    counts = recorded(nuclei(seed), truth, 20, seed)
    found = find_surface(counts, 1.0, lens("widefield", 3).data)
    assert not found.filled
    assert away(found, counts, truth) < 0.12


# -- objects that fill a stack -----------------------------------------------------------------------------------------


def cells(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances to the nearest three of some places, and their numbers; planes lie 2.5 samples apart."""
    sides = np.array(shape) * (2.5, 1, 1)
    places = rng.uniform(-8, sides + 8, (round(np.prod(sides + 16) / 11**3), 3))
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1) * (2.5, 1, 1)
    return cKDTree(places).query(grid, k=3)


def filling(kind: str, seed: int) -> np.ndarray:
    """Return an object that fills a stack, as a confocal microscope shows it: two have open holes, three have none."""
    rng = np.random.default_rng(seed)
    shape = tuple(n + 2 * m for n, m in zip(STACK, (6, 15, 15), strict=True))
    soft = gaussian_filter(rng.normal(size=shape), (1.6, 4, 4), mode="wrap")
    soft /= soft.std()
    if kind == "sponge":
        truth = np.clip(soft + 0.3, 0, 1)
    elif kind == "tissue":
        truth = np.exp(0.5 * soft)
    else:
        near, number = cells(shape, rng)
        truth = {
            "tubes": np.exp(-(((near[..., 2] - near[..., 0]) / 1.5) ** 2)),
            "foam": np.exp(-(((near[..., 1] - near[..., 0]) / 1.5) ** 2)),
            "packed": rng.uniform(0.4, 1, 10_000)[number[..., 0]],
        }[kind]
    light = np.maximum(nd.convolve(truth, lens("confocal", 3), boundary="zero")[6:-6, 15:-15, 15:-15], 0)
    return light / light.max()


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("ground", ["flat", "tilted", "vignetted"])
@pytest.mark.parametrize("kind", ["tubes", "sponge"])
def test_holes_of_a_stack_lie_on_one_surface_in_most_columns(kind, ground, seed):
    """The blur leaves no part of any plane empty: without them half of the level is taken for the object."""
    truth = grounds(STACK)[ground]
    counts = recorded(filling(kind, seed), truth, seed=seed)
    found = find_surface(counts, 1.0, lens("confocal", 3).data)
    assert not found.filled
    assert away(found, counts, truth) < 0.2


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("ground", ["flat", "tilted"])
@pytest.mark.parametrize("kind", ["packed", "tissue", "foam"])
def test_a_stack_without_open_holes_is_filled(kind, ground, seed):
    counts = recorded(filling(kind, seed), grounds(STACK)[ground], seed=seed)
    assert find_surface(counts, 1.0, lens("confocal", 3).data).filled
