"""The darkest parts of an image, of which a large one is not looked at everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.likelihood.background_map import find_surface
from napari_deconvolve.core.likelihood.empty_parts import MOST_PLACES, Field
from napari_deconvolve.core.likelihood.maps import Surface, on_grid


def tilted(shape, seed=0):
    """Give counts on a ground that rises to the right, and the ground."""
    rng = np.random.default_rng(seed)
    ground = np.broadcast_to(np.linspace(20, 60, shape[-1]), shape)
    return rng.poisson(ground).astype(np.float32), ground


def test_places_reach_from_end_to_end():
    surface = Surface((5.0, 1.0, -2.0, 0.5, 0.0, 0.0), (901, 1301))
    grid, whole = on_grid(surface, (10, 14)), surface.values((901, 1301))
    np.testing.assert_allclose(grid, whole[::100, ::100])


@pytest.mark.parametrize("shape", [(600, 40), (3, 300, 700)])
def test_a_large_image_is_looked_at_in_places(shape):
    counts, _ = tilted(shape)
    counts[..., 0] = np.nan
    field = Field.of(counts, 1.0, 0.0)
    assert field.lengths == shape[-2:]
    assert field.grid == tuple(min(length, MOST_PLACES) for length in shape[-2:])
    assert not field.finite[:, 0].any()
    assert field.finite[:, 1:].all()
    assert field.samples_at_a_place == pytest.approx(np.prod(shape[-2:]) / np.prod(field.grid))


@pytest.mark.parametrize("shape", [(200, 250), (900, 1100)])
def test_the_ground_under_a_large_image_is_as_right_as_under_a_small_one(shape):
    counts, ground = tilted(shape)
    found = find_surface(counts, 1.0)
    away = found.surface.values(shape) - ground
    assert np.sqrt(np.mean(away**2)) < 0.02 * ground.mean()
