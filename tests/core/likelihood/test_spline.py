"""A surface that bends, through samples with noise."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.likelihood.spline import _fitted, _solved, spline_basis, spline_knots

PLACES = np.linspace(-1, 1, 60), np.linspace(-1, 1, 70)
SURFACE = 10 + np.sin(3 * PLACES[0])[:, np.newaxis] * np.cos(2 * PLACES[1])


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    weights = random.uniform(0.5, 2, SURFACE.shape)
    return SURFACE + random.normal(size=SURFACE.shape) / np.sqrt(weights), weights


def test_it_comes_near_to_what_lies_under_the_noise() -> None:
    bases = spline_basis(PLACES[0]), spline_basis(PLACES[1])
    found = spline_knots(*drawn(1), *bases)
    assert np.std(bases[0] @ found.knots @ bases[1].T - SURFACE) < 0.15  # noise of 1, a sixth of the samples in a knot


def test_the_strength_of_a_fit_begins_the_next() -> None:
    bases = spline_basis(PLACES[0]), spline_basis(PLACES[1])
    first = spline_knots(*drawn(2), *bases)
    again = spline_knots(*drawn(2), *bases, first.strength)
    assert again.strength == pytest.approx(first.strength, rel=0.1)
    np.testing.assert_allclose(again.knots, first.knots, atol=0.05 * np.std(first.knots))


@pytest.mark.parametrize("positive", [True, False])
def test_equations_are_solved_and_their_free_numbers_counted(positive: bool) -> None:
    random = np.random.default_rng(3)
    normal, penalty = (one @ one.T for one in random.normal(size=(2, 12, 12)))
    held = normal + penalty if positive else normal - 0.9 * penalty
    wanted = random.normal(size=12)
    knots, freedom = _fitted(normal, held, wanted)
    assert freedom == pytest.approx(np.trace(np.linalg.solve(held, normal)))
    np.testing.assert_allclose(held @ knots, wanted, atol=1e-8)
    np.testing.assert_allclose(held @ _solved(held, wanted), wanted, atol=1e-8)
