"""The gain that diagnostics and RL-GC measure: of the data, whatever a method does not read."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd

PSF = nd.psf.gaussian(4.0, ndim=2)
GAIN = 2.2


def counts(seed: int = 0) -> np.ndarray:
    """Give what a camera counts of points: no whole photons, so that their size has to be measured."""
    rng, truth = np.random.default_rng(seed), np.zeros((64, 64))
    truth[tuple(rng.integers(5, 59, (2, 20)))] = rng.uniform(2000, 6000, 20)
    light = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    return 100 + GAIN * (rng.poisson(light + 10) + 1.6 * rng.normal(size=truth.shape))


def test_consensus_does_not_ask_for_an_acceleration_that_it_has_not():
    first, *others = (
        nd.deconvolve(counts(), PSF, nd.Recipe(method="rl-gc", acceleration=acceleration))
        for acceleration in ("biggs-andrews", "nesterov", None)
    )
    for other in others:
        assert other.iterations == first.iterations
        np.testing.assert_array_equal(other.estimate, first.estimate)


@pytest.mark.parametrize("ignored", [{"acceleration": None}, {"acceleration": "nesterov"}, {"stop": "risk"}], ids=str)
@pytest.mark.parametrize("method", ["rl-gc", "wiener"])
def test_a_residual_is_judged_alike_whatever_its_method_ignores(method, ignored):
    estimate = nd.deconvolve(counts(), PSF, nd.Recipe(iterations=10)).estimate
    one, other = (
        nd.residual(counts(), PSF, estimate, nd.Recipe(method=method, **changes)).misfit for changes in ({}, ignored)
    )
    assert one == other


@pytest.mark.parametrize("slow", [{"acceleration": None}, {"prior": "tv", "strength": 0.3}], ids=str)
def test_light_that_slow_iterations_leave_is_no_noise(slow):
    estimate = nd.deconvolve(counts(), PSF, nd.Recipe(iterations=30)).estimate
    one, other = (nd.residual(counts(), PSF, estimate, nd.Recipe(iterations=30, **how)).misfit for how in ({}, slow))
    assert other == pytest.approx(one, rel=0.02)
