"""Priors: gradients, majorizers, positivity, units, and what they gain."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.priors import differences
from napari_deconvolve.core.priors.penalty import Penalty
from napari_deconvolve.core.priors.prior import MAX_STRENGTH, MIN_STRENGTH, PRIORS, make_prior
from napari_deconvolve.core.transforms.boundary import BOUNDARIES
from napari_deconvolve.job.iteration import operator, richardson_lucy
from napari_deconvolve.job.prepare import prepare

SHAPES = [(23,), (9, 12), (6, 7, 8)]
F64 = np.dtype("float64")


def penalty(name, shape, *, strength=1.0, boundary="periodic", spacing=None, inverse=None, mean=1.0):
    """Give a prior at work over a small domain, in double precision."""
    blur = Blur(np.ones((3,) * len(shape)) / 3 ** len(shape), shape, boundary, F64)
    inverse = blur.inverse_sensitivity() if inverse is None else inverse
    return Penalty(PRIORS[name](strength), blur, inverse, mean, spacing), blur


def gradient(found):
    """Give strength * dR/du from what the last `prepare` left, for a sensitivity of one."""
    if found.prior.name == "good":
        return found._trust * (1 - (found._wish / found.point) ** 2)
    return found._trust * (found.point - found._wish)


def at(found, point):
    """Prepare, and remember where."""
    value = found.prepare(point)
    found.point = point
    return value


@pytest.fixture(params=sorted(PRIORS))
def name(request):
    return request.param


@pytest.fixture(params=SHAPES, ids=["1D", "2D", "3D"])
def shape(request):
    return request.param


@pytest.mark.parametrize("boundary", ["periodic", "reflect"])
def test_the_gradient_is_that_of_the_value(name, shape, boundary):
    rng = np.random.default_rng(0)
    spacing = (2.0, 1.0, 1.5)[: len(shape)]
    found, _ = penalty(name, shape, boundary=boundary, spacing=spacing, inverse=np.ones(shape), strength=0.7)
    point = rng.random(shape) + 0.2
    at(found, point)
    along = rng.normal(size=shape)
    step = 1e-5
    rise = (found.value(point + step * along) - found.value(point - step * along)) / (2 * step)
    assert np.sum(gradient(found) * along) == pytest.approx(rise, rel=1e-6)


def test_value_and_preparation_agree(name, shape):
    found, _ = penalty(name, shape)
    point = np.random.default_rng(1).random(shape)
    assert found.prepare(point) == pytest.approx(found.value(point), rel=1e-12)


def test_the_majorizer_lies_above_and_touches(name, shape):
    """R(v) <= R(u) + sum of what the majorizers rise from u to v, for any v."""
    rng = np.random.default_rng(2)
    found, _ = penalty(name, shape, inverse=np.ones(shape))
    for _ in range(20):
        point = rng.random(shape) ** 3 + 1e-3
        value = at(found, point)
        other = point * rng.lognormal(0, rng.choice([0.01, 0.3, 2.0]), shape)
        assert found.value(other) <= value + np.sum(risen(found, other)) + 1e-9 * value


def risen(found, other):
    """Give by how much each sample's majorizer is higher at `other` than where it was made."""
    if found.prior.name == "good":
        return found._trust * (other + found._wish**2 / other - found.point - found._wish**2 / found.point)
    return found._trust / 2 * ((other - found._wish) ** 2 - (found.point - found._wish) ** 2)


def test_the_step_is_at_the_minimum_of_both_majorizers(name, shape):
    """Between RL's result E and the prior's wish: n - E/u + the majorizer's slope is zero there."""
    rng = np.random.default_rng(3)
    found, blur = penalty(name, shape, inverse=np.ones(shape), strength=0.3)
    found.prepare(rng.random(shape) + 0.1)
    corrected = rng.random(shape) * 2 + 0.01
    result = corrected.copy()
    found.balance((slice(None),), blur.rows(result))
    slope = (
        found._trust * (1 - (found._wish / result) ** 2) if name == "good" else found._trust * (result - found._wish)
    )
    np.testing.assert_allclose(1 - corrected / result + slope, 0, atol=1e-7)


def test_values_by_hand():
    """A step of height 3 on a line of spacing 2, in units of its own spacing: one difference of 3."""
    line = np.array([1.0, 1, 1, 4, 4, 4])
    values = {}
    for name in PRIORS:
        found, _ = penalty(name, (6,), boundary="reflect", spacing=(2.0,), mean=2.0)
        values[name] = found.value(line)
    edge = 0.02 * 2.0
    assert values["tikhonov"] == pytest.approx(9 / (2 * 2.0))
    assert values["tv"] == pytest.approx(np.hypot(3, edge) - edge)
    assert values["good"] == pytest.approx(9 / 5)
    assert values["hessian"] == pytest.approx(2 * (np.hypot(3, edge) - edge))


def test_mixed_second_differences_count_twice():
    """Along u = x y only the mixed difference is not zero, and it is one everywhere."""
    plane = np.multiply.outer(np.arange(5.0), np.arange(7.0))
    found, _ = penalty("hessian", plane.shape, boundary="reflect", mean=1e-9)
    assert found.value(plane) == pytest.approx(np.sqrt(2) * 4 * 6, rel=1e-6)


def test_flat_costs_nothing_and_stays(name, shape):
    found, blur = penalty(name, shape)
    assert abs(found.prepare(np.full(shape, 3.0))) < 1e-12
    kept = np.full(shape, 3.0)
    found.balance((slice(None),), blur.rows(kept))
    np.testing.assert_allclose(kept, 3.0, rtol=1e-12)


def test_proportional_to_brightness(name, shape):
    """R(7 u) = 7 R(u) when the mean grows too: a strength is a pure number."""
    point = np.random.default_rng(4).random(shape)
    one, _ = penalty(name, shape, mean=1.3)
    seven, _ = penalty(name, shape, mean=7 * 1.3)
    assert seven.value(7 * point) == pytest.approx(7 * one.value(point), rel=1e-10)


def test_the_unit_of_length_does_not_matter(name):
    point = np.random.default_rng(5).random((6, 7, 8))
    metres, _ = penalty(name, point.shape, spacing=(0.3e-6, 0.1e-6, 0.1e-6))
    samples, _ = penalty(name, point.shape, spacing=(3.0, 1.0, 1.0))
    assert metres.value(point) == pytest.approx(samples.value(point), rel=1e-9)


def test_wider_spacing_counts_less(name):
    ramp = np.random.default_rng(6).random((8, 1, 1)) * np.ones((8, 6, 7))
    near, _ = penalty(name, ramp.shape, spacing=(1, 1, 1))
    far, _ = penalty(name, ramp.shape, spacing=(4, 1, 1))
    assert far.value(ramp) < 0.3 * near.value(ramp)


def test_unknown_samples_pull_nobody(name, shape):
    """What lies in samples that take no part changes neither wishes nor value, and they stay zero."""
    rng = np.random.default_rng(7)
    inverse = (rng.random(shape) > 0.3).astype(float)
    found, blur = penalty(name, shape, inverse=inverse)
    point = (rng.random(shape) + 0.1) * inverse
    value = found.prepare(point)
    trust, wish = found._trust.copy(), found._wish.copy()
    other = np.where(inverse > 0, point, 100.0)
    assert found.prepare(other) == pytest.approx(value)
    known = inverse > 0
    np.testing.assert_allclose(found._trust[known], trust[known])
    np.testing.assert_allclose(found._wish[known], wish[known])
    result = point.copy()
    found.balance((slice(None),), blur.rows(result))
    assert not result[~known].any()


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_blocks_and_threads_do_not_show(name, boundary, monkeypatch):
    point = np.random.default_rng(8).random((30, 31, 33))
    shape = (24, 24, 25)
    results = []
    for samples, workers in ((1 << 20, 1), (500, 3)):
        monkeypatch.setattr(differences, "BLOCK_VOXELS", samples)
        blur = Blur(np.ones((5, 5, 5)) / 125, shape, boundary, F64, workers=workers)
        volume = point[tuple(slice(0, n) for n in blur.domain)].copy()
        found = Penalty(PRIORS[name](0.1), blur, blur.inverse_sensitivity(), 1.0)
        value = found.prepare(volume)
        results.append((value, found._trust.copy(), found._wish.copy(), found.value(volume)))
        blur.close()
    for whole, cut in zip(*results, strict=True):
        np.testing.assert_allclose(cut, whole, rtol=1e-9, atol=1e-12)


def test_an_extended_object_does_not_go_around():
    """Its two ends lie side by side in the box; what is bright at one must not be smoothed into the other."""
    blur = Blur(np.ones(5) / 5, (20,), "extended", F64)  # a box of 24, of which each sample is seen
    assert blur.domain == (24,)
    assert blur.inverse_sensitivity().all()
    found = Penalty(make_prior("tikhonov", 1.0), blur, blur.inverse_sensitivity(), 1.0)
    line = np.zeros(24)
    line[:22], line[22:] = 5.0, 5.0
    line[22] = 9.0  # the outermost sample, before the frame: neighbour in the box of the outermost behind it
    found.prepare(line)
    assert found._wish[21] == pytest.approx(5.0)


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=9),
        elements=st.floats(0, 1e5),
    ),
    st.sampled_from(sorted(PRIORS)),
    st.floats(-6, 3),
    st.sampled_from(BOUNDARIES),
    st.sampled_from([None, *ACCELERATIONS]),
    st.sampled_from(["float32", "float64"]),
)
@settings(max_examples=150)
def test_positive_and_finite_at_every_strength(image, name, power, boundary, acceleration, dtype):
    recipe = nd.Recipe(
        prior=name,
        strength=float(np.clip(10**power, MIN_STRENGTH, MAX_STRENGTH)),
        boundary=boundary,
        background=0.0,
        acceleration=acceleration,
        dtype=dtype,
    )
    with np.errstate(all="raise", under="ignore"):
        for state in islice(nd.iterate(image, nd.psf.gaussian(2.0, ndim=image.ndim), recipe), 12):
            assert np.isfinite(state.estimate).all()
            assert state.estimate.min() >= 0


@dataclass
class Scene:
    """Points on a dark ground, blurred and counted."""

    truth: np.ndarray
    counts: np.ndarray
    psf: nd.PSF


def scene(shape=(64, 64), seed=0, peak=100.0):
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(8):
        truth[tuple(rng.integers(3, n - 3) for n in shape)] = 1
    psf = nd.psf.gaussian(4.7, ndim=len(shape))
    blurred = nd.convolve(truth, psf, boundary="zero")
    scale = peak / blurred.max()
    return Scene(truth * scale, rng.poisson(blurred * scale + 10.0).astype(np.float64), psf)


@pytest.mark.parametrize("strength", [1e-6, 1e-3, 1.0, 1e3])
@pytest.mark.parametrize("acceleration", [None, *ACCELERATIONS])
@pytest.mark.parametrize("boundary", ["extended", "zero"])
def test_the_objective_never_rises(name, strength, acceleration, boundary):
    one = scene()
    blur = Blur(one.psf.data, one.counts.shape, boundary, F64)
    iteration = RichardsonLucy(
        blur,
        poisson_data(one.counts, background=10.0, dtype=F64),
        acceleration=acceleration,
        prior=make_prior(name, strength),
    )
    trace = [iteration.objective]
    for _ in range(40):
        iteration.step()
        trace.append(iteration.objective)
    # The guard of looking ahead bears a rise by a millionth of the counts; without it there is none.
    assert np.diff(trace).max() <= (2e-6 if acceleration else 1e-12) * one.counts.sum()
    assert trace[-1] < trace[0]


def test_the_objective_is_deviance_and_twice_the_penalty(name):
    one = scene()
    job = prepare(
        one.counts, one.psf, nd.Recipe(prior=name, strength=0.02, background=10.0, boundary="zero", dtype="float64")
    )
    iteration = richardson_lucy(job, 0)
    for _ in range(7):
        iteration.step()
    found = Penalty(
        iteration._penalty.prior, operator(job, 0), np.ones(one.counts.shape), iteration.noise.mean_signal()
    )
    value = found.value(iteration._estimate) * iteration.noise.scale
    assert iteration.objective == pytest.approx(iteration.deviance + 2 * value, rel=1e-9)


def test_a_minimum_has_no_slope_left():
    """After many steps, gradient of divergence and of penalty cancel wherever there is light."""
    one = scene((40,), peak=1000)
    blur = Blur(one.psf.data, one.counts.shape, "periodic", F64)
    noise = poisson_data(one.counts, background=10.0, dtype=F64)
    iteration = RichardsonLucy(blur, noise, prior=make_prior("tikhonov", 1e-3))
    for _ in range(4000):
        iteration.step()
    point = iteration._estimate[0].copy()
    other = Blur(one.psf.data, one.counts.shape, "periodic", F64)
    model = other.forward(point) + noise.background
    slope = 1 - other.adjoint(noise.data / model)
    found = Penalty(make_prior("tikhonov", 1e-3), other, np.ones(40), noise.mean_signal())
    at(found, point)
    lit = point > 1e-3 * point.max()
    total = slope + gradient(found)
    assert np.abs(total[lit]).max() < 1e-6
    assert total[~lit].min(initial=0) > -1e-6
    assert np.abs(slope[lit]).max() > 1e-3  # the data alone would go elsewhere


@pytest.mark.parametrize("factor", [3.7, 0.3, 1e-9])
def test_the_unit_of_brightness_does_not_matter(name, factor):
    one = scene()
    recipe = nd.Recipe(prior=name, strength=0.03, background=10.0, iterations=15, dtype="float64")
    plain = nd.deconvolve(one.counts, one.psf, recipe).estimate
    scaled = nd.deconvolve(one.counts * factor, one.psf, recipe.replace(background=10.0 * factor)).estimate
    np.testing.assert_allclose(scaled / factor, plain, rtol=1e-4, atol=1e-6 * plain.max())


def test_more_strength_is_smoother(name):
    one = scene()
    roughness = []
    for strength in (1e-4, 1e-2, 1.0):
        found = nd.deconvolve(
            one.counts, one.psf, nd.Recipe(iterations=20, prior=name, strength=strength, background=10.0)
        ).estimate
        roughness.append(float(np.abs(np.diff(found, axis=0)).sum()))
    assert roughness[0] > roughness[1] > roughness[2]


def balls(seed, peak, radius=2.5, shape=(64, 64)):
    """Draw balls of a few samples' width, blurred and counted."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    grids = np.ogrid[: shape[0], : shape[1]]
    for _ in range(8):
        places = [rng.uniform(6, n - 6) for n in shape]
        truth += np.clip(radius + 0.5 - np.hypot(grids[0] - places[0], grids[1] - places[1]), 0, 1)
    psf = nd.psf.gaussian(4.7, ndim=2)
    blurred = nd.convolve(truth, psf, boundary="zero")
    scale = peak / blurred.max()
    return Scene(truth * scale, rng.poisson(blurred * scale + 10.0).astype(np.float64), psf)


@pytest.mark.parametrize(("peak", "gain"), [(20, 1.0), (100, 0.9), (1000, 0.8)])
def test_total_variation_finds_beads_better_than_no_prior(peak, gain):
    """The least error of any iteration, with a prior and without: beads that are a few samples wide."""
    one = balls(seed=0, peak=peak)

    def least(prior, strength=1e-2):
        recipe = nd.Recipe(iterations=40, background=10.0, prior=prior, strength=strength)
        states = islice(nd.iterate(one.counts, one.psf, recipe), 40)
        return min(np.linalg.norm(state.estimate - one.truth) / np.linalg.norm(one.truth) for state in states)

    assert min(least("tv", strength) for strength in (3e-3, 1e-2)) < gain * least(None)


def test_functions_and_recipes_mean_the_same():
    one = scene()
    kinds = {"tv": nd.TotalVariation, "tikhonov": nd.Tikhonov, "good": nd.GoodsRoughness, "hessian": nd.Hessian}
    for name, kind in kinds.items():
        direct = nd.richardson_lucy(one.counts, one.psf, 5, prior=kind(0.05), background=10)
        recipe = nd.Recipe(
            iterations=5, acceleration=None, background=10.0, prior=name, strength=0.05, boundary="extended"
        )
        np.testing.assert_array_equal(direct, nd.deconvolve(one.counts, one.psf, recipe).estimate)
        assert nd.Recipe.from_json(recipe.to_json()) == recipe
        assert make_prior(name, 0.05) == kind(0.05)
    assert make_prior("none", 0.05) is None


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(nd.ParameterError, match="'lasso'; choose one of none, tv, tikhonov, good, hessian"):
        make_prior("lasso", 1.0)


@pytest.mark.parametrize("strength", [0, -1, 1e4, float("nan"), float("inf"), "1", True, None])
def test_strengths_are_checked(strength):
    with pytest.raises(nd.ParameterError, match="strength"):
        nd.TotalVariation(strength)
    with pytest.raises(nd.ParameterError, match="strength"):
        nd.Recipe(strength=strength)


def test_a_stranger_is_no_prior():
    with pytest.raises(nd.ParameterError, match="TotalVariation"):
        nd.richardson_lucy(np.ones((8, 8)), nd.psf.gaussian(2.0), 2, prior=SimpleNamespace(strength=1.0))


def test_looped_axes_have_their_own_prior_each():
    stack = np.stack([scene(seed=0).counts, 5 * scene(seed=1).counts])
    psf = nd.psf.gaussian(4.7)
    found = nd.richardson_lucy(stack, psf, 6, prior=nd.TotalVariation(0.02))
    for item, whole in zip(stack, found, strict=True):
        np.testing.assert_array_equal(nd.richardson_lucy(item, psf, 6, prior=nd.TotalVariation(0.02)), whole)


def test_memory_counts_the_prior():
    plain = nd.estimate_cost((64, 64), (9, 9))
    assert nd.estimate_cost((64, 64), (9, 9), prior="tv").bytes > plain.bytes
    assert nd.estimate_cost((64, 64), (9, 9), prior="tv").seconds > plain.seconds
