"""The prior "auto": taken where it is clearly better, and plain iteration everywhere else."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.references import CLEAR
from napari_deconvolve.core.priors.prior import PRIORS

PSF = nd.psf.gaussian(4.0, ndim=2)
AUTO = nd.Recipe(prior="auto", background=10.0)


def blurred(truth, peak, seed):
    """Give a truth and its counts on a background of 10."""
    seen = nd.convolve(truth, PSF, boundary="zero")
    scale = peak / seen.max()
    return truth * scale, np.random.default_rng(seed).poisson(np.maximum(seen, 0) * scale + 10).astype(np.float64)


def discs(seed=0, shape=(96, 100), peak=1000.0):
    """Give flat discs, which total variation is made for."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    truth = np.zeros(shape)
    for _ in range(12):
        middle, radius = rng.uniform(0, shape), rng.uniform(3, 9)
        truth = np.maximum(truth, rng.uniform(0.4, 1) * (np.hypot(rows - middle[0], columns - middle[1]) < radius))
    return blurred(truth, peak, seed + 50)


def points(seed=0, shape=(96, 100), peak=1000.0):
    """Give points of unequal light, on which every prior loses."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    truth[tuple(rng.integers(0, length, 40) for length in shape)] = rng.uniform(0.2, 1, 40)
    return blurred(truth, peak, seed + 50)


def error(found, truth):
    return float(np.linalg.norm(found.estimate - truth) / np.linalg.norm(truth))


@pytest.mark.parametrize("seed", [2, 3])
def test_flat_objects_take_a_prior_and_gain_by_it(seed):
    truth, counts = discs(seed)
    plain, found = nd.deconvolve(counts, PSF, nd.Recipe(background=10.0)), nd.deconvolve(counts, PSF, AUTO)
    choice = found.choices[0]
    assert choice.prior is not None
    assert choice.lead > CLEAR
    assert error(found, truth) < 0.9 * error(plain, truth)
    assert (found.recipe.prior, found.recipe.strength) == (choice.prior, choice.strength)


@pytest.mark.parametrize(("seed", "peak"), [(1, 1000.0), (2, 50.0)])
def test_points_stay_plain(seed, peak):
    _, counts = points(seed, peak=peak)
    plain, found = nd.deconvolve(counts, PSF, nd.Recipe(background=10.0)), nd.deconvolve(counts, PSF, AUTO)
    assert found.choices[0].prior is found.recipe.prior is None
    assert found.choices[0].lead <= CLEAR
    np.testing.assert_array_equal(found.estimate, plain.estimate)


def test_all_that_competed_is_told_on_one_scale():
    _, counts = discs(3)
    choice = nd.deconvolve(counts, PSF, AUTO).choices[0]
    competing = {name for name, prior in PRIORS.items() if prior.competes}
    assert {curve.prior for curve in choice.curves} == {None, *competing}
    assert len({curve.setting for curve in choice.curves}) == len(choice.curves)
    lowest = min(choice.curves, key=lambda curve: min(curve.scores))
    assert lowest.setting == choice.setting
    plain = nd.deconvolve(counts, PSF, nd.Recipe(background=10.0)).choices[0]
    assert np.isnan(plain.lead)


def test_the_recipe_repeats_the_run():
    _, counts = discs(4)
    first = nd.deconvolve(counts, PSF, AUTO)
    again = nd.deconvolve(counts, PSF, nd.Recipe.from_json(first.recipe.to_json()))
    np.testing.assert_array_equal(again.estimate, first.estimate)
    assert again.choices == ()


def test_strength_and_number_by_hand_are_kept():
    _, counts = discs(5)
    found = nd.deconvolve(counts, PSF, AUTO.replace(strength=0.01, iterations=30))
    assert found.iterations == 30
    assert {curve.strength for curve in found.choices[0].curves} == {0.0, 0.01}


@pytest.mark.parametrize("stop", ["risk", "discrepancy"])
def test_other_rules_find_the_number_for_what_was_chosen(stop):
    _, counts = discs(3)
    found = nd.deconvolve(counts, PSF, AUTO.replace(stop=stop))
    assert found.recipe.prior == found.choices[0].prior is not None
    assert found.iterations >= 2


def test_each_channel_has_its_own():
    counts = np.stack([discs(7)[1], points(7)[1]])
    psf = [nd.psf.gaussian(4.0, ndim=2), nd.psf.gaussian(4.0, ndim=2)]
    found = nd.deconvolve(counts, psf, AUTO, channel_axis=0)
    assert [choice.prior is None for choice in found.choices] == [False, True]
    assert found.recipe.prior == "auto"  # one recipe holds one prior: it is found again


@pytest.mark.parametrize("unit", [1e-12, 3.7])
def test_the_choice_does_not_depend_on_the_unit(unit):
    _, counts = discs(8)
    one = nd.deconvolve(counts, PSF, AUTO)
    other = nd.deconvolve(counts * unit, PSF, AUTO.replace(background=10.0 * unit))
    assert other.choices[0].setting == one.choices[0].setting
    assert other.iterations == one.iterations
    np.testing.assert_allclose(other.estimate / unit, one.estimate, rtol=1e-3, atol=1e-3 * one.estimate.max())


def test_spectra_can_be_left_open_too():
    truth = np.zeros(300)
    truth[80:120], truth[200:210] = 1, 2
    line = nd.psf.gaussian(6.0, ndim=1)
    seen = nd.convolve(truth, line) * 2000 + 10
    counts = np.random.default_rng(9).poisson(seen).astype(np.float64)
    found = nd.deconvolve(counts, line, AUTO)
    assert found.recipe.prior in (None, "tv", "hessian")
    assert np.isfinite(found.estimate).all()


def test_a_stream_of_iterates_takes_none():
    _, counts = discs(10)
    one, other = (next(nd.iterate(counts, PSF, nd.Recipe(prior=prior))) for prior in ("auto", None))
    np.testing.assert_array_equal(one.estimate, other.estimate)


def test_methods_without_priors_refuse_it():
    with pytest.raises(nd.ParameterError, match="takes no prior"):
        nd.Recipe(method="wiener", prior="auto")
    assert nd.Recipe().prior is None  # the default pipeline is plain
