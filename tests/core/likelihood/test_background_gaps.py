"""Between large flat objects, as cells and shells are, the dark gaps are background, and their insides are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.background_gaps import gradual_share
from napari_deconvolve.core.likelihood.background_map import find_surface
from napari_deconvolve.core.likelihood.maps import Knots, Surface, on_grid

SHAPE, BORDER = (128, 128), 16
PSF = nd.psf.gaussian(4.0, ndim=2)
KERNEL = PSF.data


def objects(kind: str, covered: float, seed: int) -> np.ndarray:
    """Return flat objects of many levels that cover a share of an image, blurred, their brightest sample 1."""
    rng = np.random.default_rng(seed)
    whole = tuple(length + 2 * BORDER for length in SHAPE)
    inside = tuple(slice(BORDER, -BORDER) for _ in SHAPE)
    y, x = np.indices(whole)
    light = np.zeros(whole)
    while np.mean(light[inside] > 0.01) < covered:
        down, across, radius = rng.uniform(0, whole[0]), rng.uniform(0, whole[1]), rng.uniform(8, 26)
        away = np.hypot(y - down, (x - across) / rng.uniform(0.6, 1))
        level = rng.uniform(0.1, 1)
        if kind == "cells":
            light = np.where(away < radius, level, light)
        else:
            light += level * (np.exp(-(((away - radius) / 1.2) ** 2)) + 0.25 * (away < radius))
    blurred = gaussian_filter(light, 4.0 / 2.355)[inside]
    return blurred / blurred.max()


def level_of(image: np.ndarray) -> float:
    """Return the mean background that is found; a constant is that of the darkest part."""
    ground = find_surface(image, 1.0, KERNEL)
    assert not ground.bright
    return estimate_background(image) if ground.surface is None else float(np.mean(on_grid(ground.surface, SHAPE)))


@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("photons", [100, 1000, 10_000])
@pytest.mark.parametrize(("kind", "covered"), [("cells", 0.6), ("cells", 0.75), ("shells", 0.5), ("shells", 0.7)])
def test_gaps_between_flat_objects_tell_the_background(kind, covered, photons, seed):
    """An inside that is flat is no background, however bright, and few gaps suffice."""
    level = 0.1 * photons
    counts = np.random.default_rng(seed).poisson(photons * objects(kind, covered, seed) + level)
    assert level_of(counts.astype(np.float32)) == pytest.approx(level, abs=0.012 * photons)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_step_under_flat_objects_is_still_found(seed):
    """A background of two levels is as flat as cells are, but a polynomial holds most of it."""
    step = 1 + 0.5 * np.tanh((np.linspace(-1, 1, SHAPE[1]) + 0.2) / 0.1)
    light = 300 * objects("cells", 0.15, seed) + 60 * step
    ground = find_surface(np.random.default_rng(seed).poisson(light).astype(np.float32), 1.0, KERNEL)
    assert ground.surface is not None
    away = np.abs(on_grid(ground.surface, SHAPE) / (60 * step) - 1)
    assert np.mean(away < 0.2) > 0.75  # of a constant less than half


def test_the_default_run_over_cells_is_as_good_as_with_the_true_background():
    light = 800 * objects("cells", 0.65, 21)
    counts = np.random.default_rng(21).poisson(light + 40).astype(np.float32)
    found, given = (nd.deconvolve(counts, PSF, nd.Recipe(background=one)) for one in ("auto", 40.0))
    away = np.linalg.norm(found.estimate - given.estimate) / np.linalg.norm(given.estimate)
    assert away < 0.05


def test_polynomials_of_third_order_are_gradual_and_bumps_are_not():
    edge = np.linspace(-1, 1, 17)
    y, x = np.meshgrid(edge, edge, indexing="ij")
    cubic, bumps = 5 + y**3 - x * y + x**2 * y, 5 + np.sin(9 * y) * np.cos(8 * x)
    shares = [gradual_share(Knots(tuple(map(tuple, rows.tolist())), SHAPE)) for rows in (cubic, bumps)]
    assert shares[0] > 0.99
    assert shares[1] < 0.3
    assert gradual_share(Surface((5.0, 0.0, 0.0, 0.0, 0.0, 0.0), SHAPE)) == 1


@pytest.mark.parametrize("seed", [31, 32])
@pytest.mark.parametrize("photons", [100, 1000])
def test_a_vignetted_background_between_flat_cells_is_found(photons, seed):
    """A surface that bends would take flat cells too; a polynomial lies more clearly in the gaps."""
    y, x = np.meshgrid(*[np.linspace(-1, 1, length) for length in SHAPE], indexing="ij")
    level = 0.1 * photons * (1.2 - 0.3 * (y**2 + x**2))
    rng = np.random.default_rng(seed)
    dots = gaussian_filter((rng.random(SHAPE) < 0.004) * 30.0, 1.7)
    light = photons * (0.25 * objects("cells", 0.5, seed) + 0.5 * dots)
    ground = find_surface(rng.poisson(light + level).astype(np.float32), 1.0, KERNEL)
    assert ground.surface is not None
    assert not ground.bright
    assert np.std(on_grid(ground.surface, SHAPE) - level) < 0.06 * np.mean(level)
