"""A prior's strength found from the image: close to the best, kept where it is given, repeated by the recipe."""

from __future__ import annotations

import numpy as np
import pytest
from following import followed

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.recipe.recipe import parameter
from napari_deconvolve.tuning.search import TRIED_STRENGTHS, Search

PSF = nd.psf.gaussian(4.0, ndim=2)
STEPS = 60


def discs(seed=0, shape=(80, 84), peak=100.0, background=10.0):
    """Give flat discs, which total variation is made for: the truth, and counts."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    truth = np.zeros(shape)
    for _ in range(7):
        middle, radius = rng.uniform(8, min(shape) - 8, 2), rng.uniform(3, 10)
        truth = np.maximum(truth, rng.uniform(0.4, 1) * (np.hypot(rows - middle[0], columns - middle[1]) < radius))
    blurred = nd.convolve(truth, PSF, boundary="zero")
    scale = peak / blurred.max()
    return truth * scale, rng.poisson(blurred * scale + background).astype(np.float64)


def error(estimate, truth):
    return float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth))


def least(counts, truth, **settings):
    recipe = nd.Recipe(iterations=STEPS, background=10.0, **settings)
    kept = nd.deconvolve(counts, PSF, recipe, keep_every=1).snapshots
    return min(error(state.estimate, truth) for state in kept)


@pytest.mark.parametrize(("seed", "peak"), [(0, 30.0), (1, 300.0), (2, 3000.0)])
def test_a_prior_that_fits_is_better_than_none_at_its_very_best(seed, peak):
    truth, counts = discs(seed, peak=peak)
    found = nd.deconvolve(counts, PSF, nd.Recipe(prior="tv", target_fwhm=0.0, background=10.0))
    assert error(found.estimate, truth) < 0.95 * least(counts, truth)
    assert found.choices[0].strength == found.recipe.strength in TRIED_STRENGTHS


def test_the_strength_is_close_to_the_best():
    truth, counts = discs(1, peak=300.0)
    found = nd.deconvolve(counts, PSF, nd.Recipe(prior="tv", target_fwhm=0.0, background=10.0))
    best = min(least(counts, truth, prior="tv", strength=strength) for strength in TRIED_STRENGTHS[6:11])
    assert error(found.estimate, truth) < 1.1 * best


def test_a_prior_that_does_not_fit_does_little_harm():
    rng = np.random.default_rng(12)
    points = np.zeros((80, 84))
    points[tuple(rng.integers(6, 74, (2, 12)))] = 4000.0
    counts = rng.poisson(nd.convolve(points, PSF, boundary="zero") + 10).astype(np.float64)
    found = nd.deconvolve(counts, PSF, nd.Recipe(prior="tikhonov", target_fwhm=0.0, background=10.0))
    assert found.choices[0].strength <= 1e-4
    assert error(found.estimate, points) < 1.1 * least(counts, points)


def test_curves_tell_what_was_tried():
    _, counts = discs(3)
    choice = nd.deconvolve(counts, PSF, nd.Recipe(prior="good")).choices[0]
    tried = [(curve.sieve, curve.strength) for curve in choice.curves]
    assert len(set(tried)) == len(tried)
    assert tried[0] == (0.0, 0.0)  # without prior: what all are compared with
    lowest = min(choice.curves[1:], key=lambda curve: min(curve.scores))
    assert (lowest.sieve, lowest.strength) == (choice.sieve, choice.strength)
    at = lowest.iterations[int(np.argmin(lowest.scores))]
    assert at == choice.iterations


def test_the_recipe_repeats_the_run_without_searching():
    _, counts = discs(4)
    first = nd.deconvolve(counts, PSF, nd.Recipe(prior="hessian"))
    recipe = nd.Recipe.from_json(first.recipe.to_json())
    assert isinstance(recipe.strength, float)
    again = nd.deconvolve(counts, PSF, recipe)
    np.testing.assert_array_equal(again.estimate, first.estimate)
    assert again.choices == ()


def test_a_strength_by_hand_is_kept():
    _, counts = discs(5)
    found = nd.deconvolve(counts, PSF, nd.Recipe(prior="tv", strength=0.02, target_fwhm=0.0))
    assert found.recipe.strength == found.choices[0].strength == 0.02
    assert [curve.strength for curve in found.choices[0].curves] == [0.0, 0.02]


def test_a_number_by_hand_is_kept_while_the_strength_is_found():
    truth, counts = discs(6)
    recipe = nd.Recipe(prior="tv", iterations=50, background=10.0)
    found = nd.deconvolve(counts, PSF, recipe)
    assert found.iterations == 50
    assert isinstance(found.recipe.strength, float)
    without = nd.deconvolve(counts, PSF, nd.Recipe(iterations=50, background=10.0))
    assert error(found.estimate, truth) < 0.8 * error(without.estimate, truth)


@pytest.mark.parametrize("stop", ["risk", "thinning", "discrepancy", "change"])
def test_other_rules_stop_with_a_strength_that_was_found(stop):
    _, counts = discs(7)
    found = nd.deconvolve(counts, PSF, nd.Recipe(prior="tv", stop=stop))
    assert 2 <= found.iterations <= MAX_SEARCH_ITERATIONS  # a strong prior may never come down to the noise
    assert found.recipe.strength == found.choices[0].strength > 0
    assert np.isfinite(found.estimate).all()


def test_without_looking_ahead_a_prior_comes_as_far():
    _, counts = discs(8)
    fast = nd.deconvolve(counts, PSF, nd.Recipe(prior="tv", background=10.0))
    plain = nd.deconvolve(counts, PSF, nd.Recipe(prior="tv", background=10.0, acceleration=None))
    assert plain.choices[0].strength == fast.choices[0].strength
    assert error(plain.estimate, fast.estimate) < 0.1


def test_without_prior_no_strength_is_looked_for():
    _, counts = discs(9)
    found = nd.deconvolve(counts, PSF, nd.Recipe(iterations=5))
    assert found.choices == ()
    assert nd.deconvolve(counts, PSF).choices[0].strength == 0


def test_the_stream_of_iterates_takes_a_usual_strength():
    _, counts = discs(10)
    one = next(nd.iterate(counts, PSF, nd.Recipe(prior="tv")))
    other = next(nd.iterate(counts, PSF, nd.Recipe(prior="tv", strength=nd.Recipe().usual_strength)))
    np.testing.assert_array_equal(one.estimate, other.estimate)


def test_auto_is_the_default_and_other_words_are_refused():
    assert parameter("strength").default == nd.Recipe().strength == "auto"
    with pytest.raises(nd.ParameterError, match="'most'"):
        nd.Recipe(strength="most")


def test_the_search_says_what_it_tries():
    _, counts = discs(11)
    steps, _ = followed(Search(prepare(counts, PSF, nd.Recipe(prior="tv"))).work())
    words = [step.stage for step in steps]
    assert any("strength" in word for word in words)
    assert any("sieve" in word for word in words)
