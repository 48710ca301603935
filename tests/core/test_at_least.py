"""The larger of samples and a number is NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.at_least import MOST_SAMPLES, at_least


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 7), (9, 12), (2, 3, 5), (1, MOST_SAMPLES + 1)])
def test_it_is_the_maximum_in_place(shape: tuple[int, ...], dtype: str) -> None:
    values = np.random.default_rng(3).normal(size=shape).astype(dtype)
    values[0, ..., 1] = np.nan
    for least in (0.0, -0.5, 0.25):
        given = values.copy()
        assert at_least(given, least) is given
        np.testing.assert_array_equal(given, np.maximum(values, np.asarray(least, dtype)))
    part = np.repeat(values, 2, axis=-1)[..., ::2]
    np.testing.assert_array_equal(at_least(part, 0.25), np.maximum(values, np.asarray(0.25, dtype)))
