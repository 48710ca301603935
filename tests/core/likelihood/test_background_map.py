"""A background that is not flat is found through the empty parts of an image, and none under what fills the field."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import blurred
from scipy.ndimage import gaussian_filter

from napari_deconvolve.core.likelihood.background_map import Ground, find_surface
from napari_deconvolve.core.likelihood.maps import Knots, Surface

SHAPE = (160, 160)
Y, X = np.meshgrid(*[np.linspace(-1, 1, n) for n in SHAPE], indexing="ij")
GROUNDS = {
    "tilted": 1 + 0.5 * X + 0.3 * Y,
    "vignetted": 1.2 * (1 - 0.25 * (X**2 + Y**2)),
    "two steps": 1 + 0.5 * np.tanh((X + 0.2) / 0.2),
}


def counts(light: np.ndarray, ground: np.ndarray, gain: float = 1.0, seed: int = 1) -> np.ndarray:
    return (gain * np.random.default_rng(seed).poisson(light + ground)).astype(np.float32)


def away(found: Ground, truth: np.ndarray) -> float:
    """Return the error of a surface, root mean square over the mean."""
    assert found.surface is not None
    values = found.surface.values(truth.shape)
    return float(np.sqrt(np.mean((values - truth) ** 2)) / np.mean(truth))


def texture(sigma: float, seed: int) -> np.ndarray:
    smooth = gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), sigma, mode="wrap")
    return (smooth - smooth.mean()) / smooth.std()


@pytest.mark.parametrize("gain", [1.0, 30.0])
@pytest.mark.parametrize("photons", [50, 200])
@pytest.mark.parametrize("kind", ["discs", "filaments"])
@pytest.mark.parametrize("name", GROUNDS)
def test_a_background_under_sparse_objects_is_found(name, kind, photons, gain):
    ground = 30 * GROUNDS[name]
    found = find_surface(counts(photons * blurred(kind, SHAPE), ground, gain), gain)
    assert away(found, gain * ground) < 0.1
    assert not found.bright
    assert not found.filled


@pytest.mark.parametrize("photons", [0, 50, 500])
@pytest.mark.parametrize("kind", ["discs", "filaments"])
def test_a_flat_background_is_left_to_a_constant(kind, photons):
    found = find_surface(counts(photons * blurred(kind, SHAPE), np.full(SHAPE, 30.0)), 1.0)
    assert found == Ground(None)


def test_a_smooth_form_is_a_polynomial_and_a_step_bends_more():
    light = 100 * blurred("discs", SHAPE)
    assert isinstance(find_surface(counts(light, 30 * GROUNDS["tilted"]), 1.0).surface, Surface)
    assert isinstance(find_surface(counts(light, 30 * GROUNDS["two steps"]), 1.0).surface, Knots)


def test_planes_of_a_stack_share_one_surface():
    light = 100 * blurred("discs", (8, 96, 96))
    ground = np.broadcast_to(20 * (1 + 0.6 * np.linspace(-1, 1, 96)), light.shape)
    assert away(find_surface(counts(light, ground), 1.0), ground) < 0.1


def test_an_object_that_fills_the_field_is_named():
    full = np.clip(1 + 0.35 * texture(7, 0) + 0.2 * texture(2, 1), 0.3, None) * (1 + np.clip(texture(3, 2), 0, None))
    image = counts(200 * full, np.full(SHAPE, 20.0))
    found = find_surface(image, 1.0)
    assert found.filled
    assert not found.bright
    assert found.surface is not None
    low = np.quantile(gaussian_filter(image, 2.0), 0.05)
    assert 0 < np.mean(found.surface.values(SHAPE)) < 1.1 * low


@pytest.mark.parametrize(("kind", "depth"), [("discs", 1.2), ("filaments", 2.0)])
def test_dark_details_in_a_bright_field_have_no_background(kind, depth):
    """What lies in the bright field is light of the object: a surface there would take it all."""
    shade = np.clip(depth * blurred(kind, SHAPE), 0, 1)
    found = find_surface(counts(200 * (1 - 0.9 * shade), np.full(SHAPE, 20.0)), 1.0)
    assert found == Ground(None, bright=True)


def test_samples_that_are_not_finite_are_left_out():
    ground = 30 * GROUNDS["tilted"]
    image = counts(100 * blurred("discs", SHAPE), ground)
    image[20:50, 90:140] = np.nan
    image[::11, ::7] = np.inf
    assert away(find_surface(image, 1.0), ground) < 0.1
    assert find_surface(np.full(SHAPE, np.nan, np.float32), 1.0) == Ground(None)


@pytest.mark.parametrize("times", [1e-30, 0.01, 1000.0, 1e30])
@pytest.mark.parametrize("name", GROUNDS)
def test_counts_in_other_units_give_the_surface_in_them(name, times):
    image = counts(100 * blurred("discs", SHAPE), 30 * GROUNDS[name])
    before, after = find_surface(image, 1.0).surface, find_surface(image * np.float32(times), times).surface
    assert type(before) is type(after)
    np.testing.assert_allclose(after.values(SHAPE), times * before.values(SHAPE), rtol=1e-3)


@pytest.mark.parametrize("shape", [(6, 6), (10, 200), (200, 12), (3, 15, 40)])
def test_a_small_image_keeps_a_constant(shape):
    ramp = np.broadcast_to(np.linspace(10, 60, shape[-1]), shape)
    assert find_surface(counts(np.zeros(shape), ramp), 1.0) == Ground(None)


def test_an_image_of_one_value_keeps_a_constant():
    for value in (0.0, 5.0):
        found = find_surface(np.full(SHAPE, value, np.float32), 1.0)
        assert found.surface is None
