"""Order and quantiles, as numpy tells them."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.quantiles import in_order, quantile_of_ordered


def draws(dtype):
    rng = np.random.default_rng(1)
    for count in (1, 2, 3, 10, 257):
        yield rng.normal(0, 3, count).astype(dtype)
        yield np.round(rng.normal(0, 3, count)).astype(dtype)  # many are equal, and some are -0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_order_keeps_equal_samples_as_they_come(dtype):
    for values in draws(dtype):
        np.testing.assert_array_equal(in_order(values), np.argsort(values, kind="stable"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.05, 0.5, 0.8, 1.0])
def test_quantiles_are_those_of_numpy(dtype, share):
    for values in draws(dtype):
        want = np.quantile(values, share)
        assert quantile_of_ordered(np.sort(values), share) == pytest.approx(float(want), rel=1e-6, abs=1e-7)
