"""Looks behind a result: the residual is noise where all is right, and trust is what repeated images would show."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from following import followed

import napari_deconvolve as nd
from napari_deconvolve.core.transforms.boundary import BOUNDARIES
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.phantoms import gap_spectrum
from napari_deconvolve.run.diagnostics.residual import residual_of
from napari_deconvolve.run.diagnostics.uncertainty import uncertainty_of
from napari_deconvolve.work import finish

PSF = nd.psf.gaussian(4.0, ndim=2)
RECIPE = nd.Recipe(iterations=25, background=10.0, gain=1.0)


def scene(seed=0, shape=(72, 76), peak=300.0):
    """Give what would be counted without noise: rings and points that go on beyond the frame."""
    rng = np.random.default_rng(seed)
    margin = 12
    truth = np.zeros(tuple(length + 2 * margin for length in shape))
    rows, columns = np.indices(truth.shape)
    for _ in range(7):
        middle, radius = [rng.uniform(0, length) for length in truth.shape], rng.uniform(5, 14)
        truth += np.exp(-((np.hypot(rows - middle[0], columns - middle[1]) - radius) ** 2) / 2)
    truth[tuple(rng.integers(0, length, 12) for length in truth.shape)] += 8
    blurred = np.maximum(nd.convolve(truth, PSF, boundary="zero")[margin:-margin, margin:-margin], 0)
    return blurred / blurred.max() * peak + 10


def counted(seed=0, **how):
    return np.random.default_rng(seed + 100).poisson(scene(seed, **how)).astype(np.float64)


def test_the_residual_of_a_good_estimate_is_noise():
    counts = counted()
    made = nd.deconvolve(counts, PSF, RECIPE)
    found = nd.residual(counts, PSF, made.estimate, made.recipe)
    assert found.values.shape == counts.shape
    assert found.misfit == pytest.approx(0.95, abs=0.08)
    assert found.whiteness == pytest.approx(0, abs=0.05)
    assert found.words == ()


def test_the_border_is_as_good_as_the_inside():
    counts = counted(1)
    made = nd.deconvolve(counts, PSF, RECIPE)
    values = nd.residual(counts, PSF, made.estimate, made.recipe).values
    inside = values[8:-8, 8:-8]
    border = np.concatenate([values[:8].ravel(), values[-8:].ravel(), values[8:-8, :8].ravel()])
    assert np.mean(border**2) < 1.25 * np.mean(inside**2)


def test_the_residual_agrees_with_the_runs_own_model():
    counts = counted(2)
    job = prepare(counts, PSF, RECIPE.replace(target_fwhm=0.0))
    live = richardson_lucy(job, 0, keep_model=True)
    for _ in range(25):
        live.step()
    model = live.model * live.noise.scale
    own = (counts - model) / np.sqrt(model)
    live.blur.close()
    found = finish(residual_of(job, live.snapshot())).values
    assert np.corrcoef(own.ravel(), found.ravel())[0, 1] > 0.98
    np.testing.assert_allclose(found[12:-12, 12:-12], own[12:-12, 12:-12], atol=0.02)


@pytest.mark.parametrize("boundary", [name for name in BOUNDARIES if name != "extended"])
def test_other_boundaries_need_nothing_beyond_the_frame(boundary):
    counts = counted(3)
    recipe = RECIPE.replace(boundary=boundary, target_fwhm=0.0)
    job = prepare(counts, PSF, recipe)
    live = richardson_lucy(job, 0, keep_model=True)
    for _ in range(25):
        live.step()
    model = live.model * live.noise.scale
    live.blur.close()
    found = finish(residual_of(job, live.snapshot())).values
    np.testing.assert_allclose(found, (counts - model) / np.sqrt(model), atol=2e-2)


def test_fitted_noise_is_no_structure():
    """A smooth spectrum needs few iterations, and even these follow some of its noise."""
    one = gap_spectrum()
    made = nd.deconvolve(one.counts, one.psf, nd.Recipe(background=0.0))
    found = nd.residual(one.counts, one.psf, made.estimate, made.recipe)
    assert found.whiteness < -0.05
    assert found.words == ()


@pytest.mark.parametrize("target", [0.0, 1.5])
def test_a_sieve_is_part_of_what_is_shown(target):
    counts = counted(4)
    made = nd.deconvolve(counts, PSF, RECIPE.replace(target_fwhm=target))
    assert nd.residual(counts, PSF, made.estimate, made.recipe).words == ()


def test_a_wrong_psf_and_a_wrong_background_are_told():
    counts = counted(5, peak=1000.0)
    wide = nd.psf.gaussian(6.0, ndim=2)
    made = nd.deconvolve(counts, wide, RECIPE)
    assert any("PSF" in word for word in nd.residual(counts, wide, made.estimate, made.recipe).words)
    made = nd.deconvolve(counts, PSF, RECIPE)
    changed = nd.residual(counts, PSF, made.estimate, made.recipe.replace(background=25.0))
    assert any("background" in word for word in changed.words)
    assert changed.misfit > 1.2


def test_the_gain_is_measured_when_nobody_gives_it():
    counts = counted(6) * 4
    made = nd.deconvolve(counts, PSF, nd.Recipe(iterations=25, background=40.0))
    found = nd.residual(counts, PSF, made.estimate, made.recipe)
    assert found.gain == pytest.approx(4, rel=0.1)
    assert found.misfit == pytest.approx(0.95, abs=0.12)


def test_samples_that_say_nothing_are_nan_and_stacks_keep_their_axes():
    counts = np.stack([counted(7), counted(8)], axis=-1)
    counts[5, 6, 0] = np.nan
    made = nd.deconvolve(counts, PSF, RECIPE, axes=(0, 1))
    found = nd.residual(counts, PSF, made.estimate, made.recipe, axes=(0, 1))
    assert found.values.shape == counts.shape
    assert np.argwhere(np.isnan(found.values)).tolist() == [[5, 6, 0]]
    assert found.words == ()


def test_an_estimate_of_another_shape_is_refused():
    with pytest.raises(nd.ParameterError, match="estimate"):
        nd.residual(counted(), PSF, np.ones((5, 5)), RECIPE)


@pytest.mark.parametrize("prior", [None, "tv"])
def test_trust_is_what_repeated_images_show(prior):
    mean = scene(9)
    recipe = RECIPE.replace(iterations=15, prior=prior, strength=1e-3, target_fwhm=0.0)
    draw = np.random.default_rng(3).poisson
    repeated = np.array([nd.deconvolve(draw(mean).astype(float), PSF, recipe).estimate for _ in range(16)])
    spread, bright = repeated.std(0, ddof=1), repeated.mean(0) > 0.2 * repeated.mean(0).max()
    found = nd.uncertainty_map(draw(mean).astype(float), PSF, recipe, draws=6)
    ratio = np.sqrt(np.mean(found.noise[bright] ** 2) / np.mean(spread[bright] ** 2))
    assert ratio == pytest.approx(1, abs=0.25)
    assert found.iterations == (15,)
    assert np.isfinite(found.relative).all()


def test_more_light_is_trusted_more():
    recipe = nd.Recipe(iterations=20, background=10.0)
    relative = []
    for peak in (50.0, 5000.0):
        mean = scene(10, peak=peak)
        counts = np.random.default_rng(0).poisson(mean).astype(float)
        found = nd.uncertainty_map(counts, PSF, recipe)
        relative.append(float(np.median(found.relative[mean > 0.3 * mean.max()])))
    assert relative[1] < 0.3 * relative[0]


def test_trust_follows_the_unit_of_the_counts():
    counts = counted(11)
    one = nd.uncertainty_map(counts, PSF, RECIPE)
    other = nd.uncertainty_map(counts * 4, PSF, RECIPE.replace(background=40.0, gain=4.0))
    np.testing.assert_allclose(other.deviation / 4, one.deviation, rtol=0.02, atol=0.02 * one.deviation.max())


def test_settings_that_are_open_are_found_first():
    found = nd.uncertainty_map(counted(12, shape=(50, 50)), PSF, draws=1)
    assert 2 <= found.iterations[0] < 200


def test_consensus_runs_to_its_own_end():
    found = nd.uncertainty_map(
        counted(13, shape=(40, 40)), PSF, nd.Recipe(method="rl-gc", iterations=20, gain=1.0), draws=1
    )
    assert 1 <= found.iterations[0] <= 20
    assert found.deviation.max() > 0


def test_both_tell_how_far_they_are_and_can_be_cancelled():
    counts = counted(14, shape=(40, 40))
    made = nd.deconvolve(counts, PSF, RECIPE)
    for look in (
        residual_of(prepare(counts, PSF, RECIPE), made.estimate),
        uncertainty_of(prepare(counts, PSF, RECIPE)),
    ):
        steps, _ = followed(look)
        assert steps[-1].done == steps[-1].total
        assert all(one.done <= two.done for one, two in pairwise(steps))
    calls = []

    def cancelled():
        calls.append(1)
        return len(calls) > 20

    with pytest.raises(nd.Cancelled):
        nd.uncertainty_map(counts, PSF, RECIPE, cancelled=cancelled)
    with pytest.raises(nd.Cancelled):
        nd.residual(counts, PSF, made.estimate, RECIPE, cancelled=cancelled)


@pytest.mark.parametrize("draws", [0, 101, 2.5, True])
def test_a_number_of_draws_out_of_range_is_refused(draws):
    with pytest.raises(nd.ParameterError, match="draws"):
        nd.uncertainty_map(counted(), PSF, RECIPE, draws=draws)
