"""What a result says of itself: alike for a run and its repetition, and nothing false of a right one."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd

PSF = nd.psf.gaussian(4.0, ndim=2)
FEW = "More than a few iterations do not help"


def counts(seed: int = 0, peak: float = 200.0) -> np.ndarray:
    """Give what a camera counts of discs and points."""
    rng, truth = np.random.default_rng(seed), np.zeros((64, 64))
    y, x = np.ogrid[:64, :64]
    for _ in range(5):
        middle, radius = rng.uniform(8, 56, 2), rng.uniform(2, 6)
        truth += (y - middle[0]) ** 2 + (x - middle[1]) ** 2 < radius**2
    truth[tuple(rng.integers(5, 59, (2, 5)))] += 8
    light = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    return 100 + 2.2 * (rng.poisson(light / light.max() * peak + 10) + 1.6 * rng.normal(size=light.shape))


@pytest.mark.parametrize(
    "recipe",
    [
        nd.Recipe(),
        nd.Recipe(stop="risk"),
        nd.Recipe(stop="discrepancy"),
        nd.Recipe(acceleration=None),
        nd.Recipe(prior="tv", iterations=12),
    ],
    ids=["halves", "risk", "discrepancy", "plain", "tv"],
)
def test_a_recipe_repeats_all_that_its_run_found(recipe):
    first = nd.deconvolve(counts(), PSF, recipe)
    again = nd.deconvolve(counts(), PSF, first.recipe)
    np.testing.assert_array_equal(again.estimate, first.estimate)
    assert again.misfit == pytest.approx(first.misfit, rel=1e-9)
    assert again.gain == pytest.approx(first.gain, rel=1e-9)
    assert again.words == first.words
    assert again.recipe == first.recipe


@pytest.mark.parametrize("gain", [0.7, 2.2, 9.0])
def test_the_misfit_is_over_the_noise_of_the_gain_of_the_result(gain):
    result = nd.deconvolve(counts(), PSF, nd.Recipe(iterations=15, gain=gain))
    assert result.gain == gain
    assert result.misfit == pytest.approx(result.trace[-1] / (64 * 64 * gain), rel=1e-3)


def test_a_gain_that_is_too_large_hides_no_misfit():
    wide = nd.psf.gaussian(8.0, ndim=2)
    found = [nd.deconvolve(counts(peak=2000.0), wide, nd.Recipe(iterations=15, gain=gain)) for gain in (2.2, 100.0)]
    assert all(any("times what noise explains" in word for word in one.words) for one in found)
    assert found[1].misfit < 1


@pytest.mark.parametrize("acceleration", ["biggs-andrews", None])
@pytest.mark.parametrize("peak", [30.0, 200.0, 2000.0])
def test_the_risk_does_not_say_that_iterations_do_not_help_where_they_do(peak, acceleration):
    result = nd.deconvolve(counts(peak=peak), PSF, nd.Recipe(stop="risk", acceleration=acceleration))
    assert result.iterations > 3
    assert not any(word.startswith((FEW, "The score was still falling")) for word in result.words)


@pytest.mark.parametrize("stop", ["halves", "risk"])
def test_it_is_said_where_iterations_do_not_help(stop):
    """Hardly any light above the background: the first iteration is the best."""
    image = np.random.default_rng(0).poisson(np.full((64, 64), 3.0) + 0.05 * np.arange(64) / 64)
    result = nd.deconvolve(image, PSF, nd.Recipe(stop=stop, background=1.0))
    assert result.iterations == 1
    assert any(word.startswith(FEW) for word in result.words)
