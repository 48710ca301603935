"""Under an object that fills an image most of its dark parts is told from background, whatever the object is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.background_map import Ground, find_surface
from napari_deconvolve.core.likelihood.empty_parts import Tiles
from napari_deconvolve.core.likelihood.envelopes import envelope, less_chance
from napari_deconvolve.core.likelihood.maps import on_grid

SHAPE = (128, 128)
KERNEL = nd.psf.gaussian(4.0, ndim=2).data
OBJECTS = ("tissue", "texture", "floor", "fibres")


def soft(sigma: float, rng: np.random.Generator) -> np.ndarray:
    smooth = gaussian_filter(rng.normal(size=SHAPE), sigma, mode="wrap")
    return (smooth - smooth.mean()) / smooth.std()


def drawn(kind: str, seed: int) -> np.ndarray:
    """Return an object that is nowhere empty, blurred, its brightest sample 1."""
    rng = np.random.default_rng(seed)
    if kind == "tissue":
        light = np.exp(0.5 * soft(3, rng) + 0.35 * soft(10, rng))
    elif kind == "texture":
        light = np.clip(1 + 0.5 * soft(2, rng), 0.05, None)
    elif kind == "floor":
        light = np.exp(-((soft(4, rng) / 0.25) ** 2)) + 0.25 * np.clip(1 + 0.4 * soft(8, rng), 0.1, None)
    else:
        light = sum(np.exp(-((soft(5, rng) / 0.1) ** 2)) for _ in range(6))
    blurred = gaussian_filter(np.asarray(light), 4.0 / 2.355, mode="wrap")
    return blurred / blurred.max()


def found(light: np.ndarray, level: float | np.ndarray, seed: int) -> Ground:
    image = np.random.default_rng(seed).poisson(light + level).astype(np.float32)
    return find_surface(image, 1.0, KERNEL)


def level_of(ground: Ground) -> float:
    assert ground.surface is not None
    return float(np.mean(on_grid(ground.surface, SHAPE)))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("kind", OBJECTS)
def test_the_dark_light_of_an_object_is_its_own_for_the_most_part(kind, share, seed):
    """A guess is off by less than a fifteenth of the object's light, whatever share lies under it."""
    ground = found(300 * drawn(kind, seed), 300 * share, seed)
    assert ground.filled
    assert abs(level_of(ground) - 300 * share) < 0.06 * 300


@pytest.mark.parametrize("kind", OBJECTS)
def test_more_background_is_found_as_so_much_more(kind):
    light = 300 * drawn(kind, 3)
    low, high = (level_of(found(light, level, 3)) for level in (30.0, 90.0))
    assert high - low == pytest.approx(60, rel=0.15)


def test_no_background_is_lower_than_what_reading_adds():
    image = np.random.default_rng(1).poisson(80 * drawn("floor", 1) + 2.5).astype(np.float32)
    free, bound = (find_surface(image, 1.0, KERNEL, least=least) for least in (0.0, 2.0))
    assert free.filled
    assert bound.filled
    assert level_of(free) < 2 < level_of(bound)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["tissue", "texture", "fibres"])
def test_a_tilted_background_is_as_high_as_a_flat_one(kind, seed):
    """Its dark corner is not the object's darkest part, nor its bright one the object's light."""
    truth = 300 * 0.4 * (1 + 0.5 * np.linspace(-1, 1, SHAPE[1])) + np.zeros(SHAPE)
    ground = found(300 * drawn(kind, seed), truth, seed)
    assert ground.filled
    assert abs(level_of(ground) - truth.mean()) < 0.1 * 300
    plane = ground.surface.values(SHAPE)
    assert np.ptp(plane[:, [0, -1]].mean(0)) > 0.5 * np.ptp(truth)


@pytest.mark.parametrize("tilt", [0.0, 0.3])
def test_what_chance_makes_uneven_is_taken_off(tilt):
    """Of tiles that are dark by chance a polynomial holds a fifth, of a tilt all."""
    shares = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        y, x = (one.ravel() for one in np.meshgrid(*2 * [np.linspace(-0.8, 0.8, 5)], indexing="ij"))
        end = 100 * (1 + tilt * x + 0.05 * rng.normal(size=25))
        tiles = Tiles(y, x, end, np.full(25, 8.0), np.ones(25))
        laid = envelope(tiles, SHAPE)[0]
        less = less_chance(laid, tiles)
        assert less.mean == pytest.approx(laid.mean, rel=0.03)
        shares.append(np.std(less.values(SHAPE)) / np.std(laid.values(SHAPE)))
    assert np.median(shares) < 0.3 if tilt == 0 else np.min(shares) > 0.9
