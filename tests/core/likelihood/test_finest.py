"""What lies beyond the frequencies of a lens."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.likelihood.finest import FINEST, _power, _squared_frequencies, finest_part


@pytest.mark.parametrize("shape", [(5, 6), (4, 4), (7, 9, 8), (33, 64)])
@pytest.mark.parametrize("passed", [0.33, FINEST])
def test_the_power_of_noise_is_the_sum_of_squared_cosines(shape, passed):
    beyond = _squared_frequencies(shape) > passed**2
    want = beyond.astype(float)
    for length in shape:  # the first axis goes to the end
        k, i = np.arange(length)[:, np.newaxis], np.arange(length)
        cosines = np.sqrt((2 - (k == 0)) / length) * np.cos(np.pi * k * (i + 0.5) / length)
        want = np.tensordot(want, cosines**2, (0, 0))
    np.testing.assert_allclose(_power(shape, passed)[1], want, atol=1e-12)


def test_squares_are_the_variance_of_white_noise_up_to_the_border():
    noise = np.random.default_rng(0).normal(0, 3, (60, 40, 50))
    found = finest_part(noise, None)
    for band in found.bands:
        squares = band.squares.reshape(noise.shape)
        assert np.mean(squares) == pytest.approx(9, rel=0.03)
        assert np.mean(squares[:, 0]) == pytest.approx(9, rel=0.15)
