"""A polynomial over a grid, by sums over powers."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.likelihood.least_squares import polynomial_through
from napari_deconvolve.core.likelihood.maps import powers


def grid(height, width):
    y, x = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    return y, x, powers(np.repeat(y, width), np.tile(x, height)).reshape(6, height, width)


@pytest.mark.parametrize("terms", [1, 3, 6])
@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_what_least_squares_are(terms, weighted):
    rng = np.random.default_rng(2)
    y, x, design = grid(14, 9)
    values = rng.normal(0, 1, (14, 9)) + 5
    weights = rng.random((14, 9)) if weighted else rng.random((14, 9)) > 0.4
    root = np.sqrt(weights.astype(float)).ravel()
    want = np.linalg.lstsq((design[:terms].reshape(terms, -1) * root).T, values.ravel() * root, rcond=None)[0]
    np.testing.assert_allclose(polynomial_through(y, x, values, weights, terms), want, rtol=1e-10)


def test_samples_in_one_row_tell_the_least_coefficients():
    y, x, design = grid(7, 8)
    weights = np.zeros((7, 8), bool)
    weights[3] = True
    found = polynomial_through(y, x, 3 + 2 * design[2], weights)
    np.testing.assert_allclose(np.tensordot(found, design, 1)[3], 3 + 2 * x, atol=1e-9)
