"""RL by consensus of two halves of the photons: the halves, the agreement, and the end."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.gradient_consensus import DIVERGENCE_WINDOW, GradientConsensus
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.operators.blur import Blur

F64 = np.dtype("float64")


def counts(seed=0, peak=100.0, shape=(48, 48)):
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(3):
        truth[tuple(np.linspace(rng.uniform(4, n - 4), rng.uniform(4, n - 4), 200).astype(int) for n in shape)] = 1
    blurred = nd.convolve(truth, nd.psf.gaussian(4.0, ndim=len(shape)), boundary="zero")
    scale = peak / blurred.max()
    return truth * scale, rng.poisson(blurred * scale + 10).astype(np.float64)


def live(image, **how):
    blur = Blur(nd.psf.gaussian(4.0, ndim=image.ndim).data, image.shape, "extended", F64)
    return GradientConsensus(blur, poisson_data(image, background=10.0, dtype=F64), **how)


def test_halves_add_up_and_are_whole_photons():
    _, image = counts()
    first, second = live(image)._split()
    scale = live(image).noise.scale
    np.testing.assert_allclose((first + second) * scale, image, rtol=1e-12)
    np.testing.assert_array_equal(first * scale, np.round(first * scale))
    assert first.sum() / (first + second).sum() == pytest.approx(0.5, abs=0.02)
    # Two halves of Poisson counts know nothing of each other: their variances add, their covariance is nil.
    flat = np.random.default_rng(0).poisson(50, (200, 200)).astype(np.float64)
    one, other = live(flat)._split()
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.02


@given(hnp.arrays(np.float64, st.tuples(st.integers(3, 12), st.integers(3, 12)), elements=st.floats(-5, 1e4)))
@settings(max_examples=25)
def test_positive_and_finite_whatever_the_counts(image):
    iteration = live(image)
    for _ in range(8):
        iteration.step()
        assert np.isfinite(iteration.snapshot()).all()
        assert iteration.snapshot().min() >= 0
        assert np.isfinite(iteration.deviance)


def test_samples_move_only_where_both_halves_agree():
    _, image = counts()
    iteration = live(image, seed=3)
    for _ in range(10):
        iteration.step()
    before = iteration._estimate.copy()
    twin = np.random.default_rng()
    twin.bit_generator.state = iteration._random.bit_generator.state
    iteration.step()
    moved = iteration._estimate != before
    share = np.count_nonzero(moved) / np.count_nonzero(iteration._inverse)
    assert 0.1 < share < 0.95
    assert share == pytest.approx(iteration.moving, abs=0.02)


def test_where_halves_are_equal_it_is_plain_rl(monkeypatch):
    """Without noise between the halves everything agrees: then each step is Richardson-Lucy's."""
    _, image = counts()
    iteration = live(image)
    monkeypatch.setattr(iteration, "_split", lambda: (iteration.noise.data / 2, iteration.noise.data / 2))
    for _ in range(10):
        iteration.step()
    plain = nd.richardson_lucy(image, nd.psf.gaussian(4.0), 10, background=10.0, dtype="float64")
    np.testing.assert_allclose(iteration.snapshot(), plain, rtol=1e-6)


def test_it_stops_by_itself_near_its_best():
    truth, image = counts()
    recipe = nd.Recipe(method="rl-gc", iterations=600, background=10.0)
    errors = [
        float(np.linalg.norm(state.estimate - truth))
        for state in islice(nd.iterate(image, nd.psf.gaussian(4.0), recipe), 300)
    ]
    found = nd.deconvolve(image, nd.psf.gaussian(4.0), recipe)
    assert 2 * DIVERGENCE_WINDOW <= found.iterations < 600
    assert np.linalg.norm(found.estimate - truth) < 1.1 * min(errors)


def test_it_cannot_go_too_far_where_light_is_low():
    truth, image = counts(peak=20.0)
    recipe = nd.Recipe(method="rl-gc", iterations=300, background=10.0)
    found = nd.deconvolve(image, nd.psf.gaussian(4.0), recipe).estimate
    many = nd.deconvolve(image, nd.psf.gaussian(4.0), nd.Recipe(iterations=300, background=10.0)).estimate
    assert np.linalg.norm(found - truth) < 0.8 * np.linalg.norm(many - truth)


def test_a_finished_iteration_rests():
    _, image = counts()
    iteration = live(image)
    last = list(islice(iteration.states(), 600))[-1]
    assert last.finished
    before, number = iteration.snapshot(), iteration.iteration
    iteration.step()
    assert iteration.iteration == number
    np.testing.assert_array_equal(iteration.snapshot(), before)


def test_runs_repeat_exactly():
    _, image = counts()
    recipe = nd.Recipe(method="rl-gc", iterations=15, background=10.0)
    first, second = (nd.deconvolve(image, nd.psf.gaussian(4.0), recipe) for _ in range(2))
    np.testing.assert_array_equal(first.estimate, second.estimate)
    assert nd.Recipe.from_json(first.recipe.to_json()).method == "rl-gc"


def test_items_that_end_earlier_wait_for_the_others():
    stack = np.stack([counts(seed)[1] for seed in (0, 1)])
    recipe = nd.Recipe(method="rl-gc", iterations=400, background=10.0)
    found = nd.deconvolve(stack, nd.psf.gaussian(4.0), recipe, keep_every=50)
    single = [nd.deconvolve(item, nd.psf.gaussian(4.0), recipe) for item in stack]
    assert len(found.trace) == max(len(one.trace) for one in single)
    for item, one in zip(found.estimate, single, strict=True):
        np.testing.assert_array_equal(item, one.estimate)


def test_the_deviance_is_that_of_the_estimate_itself():
    _, image = counts()
    iteration = live(image)
    for _ in range(5):
        iteration.step()
    blur = Blur(nd.psf.gaussian(4.0).data, image.shape, "extended", F64)
    model = blur.forward(iteration._estimate * iteration.noise.scale) + 10
    expected = 2 * (image * np.log(np.where(image > 0, image, 1) / model) - image + model).sum()
    assert iteration.deviance == pytest.approx(expected, rel=1e-9)


def test_holes_and_saturation_leave_finite_numbers():
    _, image = counts()
    image[5, 5] = np.nan
    found = nd.deconvolve(image, nd.psf.gaussian(4.0), nd.Recipe(method="rl-gc", iterations=20, background=10.0))
    assert np.isfinite(found.estimate).all()
    clipped = np.minimum(image, 90)
    clipped[np.isnan(clipped)] = 0
    bright = nd.deconvolve(
        (clipped * 255 / 90).astype(np.uint8), nd.psf.gaussian(4.0), nd.Recipe(method="rl-gc", iterations=20)
    )
    assert np.isfinite(bright.estimate).all()


def test_it_takes_no_prior():
    with pytest.raises(nd.ParameterError, match="no prior"):
        nd.Recipe(method="rl-gc", prior="tv")
