"""The sieve: exact widths, kept light, and an estimate that holds no finer detail."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.sieve import FWHM_PER_SIGMA, Sieve
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.recipe.resolution import relative_fwhm, sieve_for


def counts(shape=(40, 44), seed=0):
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(6):
        truth[tuple(rng.integers(8, n - 8) for n in shape)] = 4000
    blurred = nd.convolve(truth, nd.psf.gaussian(4.0, ndim=len(shape)), boundary="zero")
    return rng.poisson(blurred + 5).astype(np.float64)


@given(st.floats(0, 12))
def test_the_kernel_has_the_width_that_was_asked_for(fwhm):
    kernel = Sieve((fwhm,)).kernel(0)
    lags = np.arange(len(kernel)) - len(kernel) // 2
    assert len(kernel) % 2 == 1
    assert kernel.min() >= 0
    assert kernel.sum() == pytest.approx(1)
    assert np.sum(kernel * lags) == pytest.approx(0, abs=1e-12)
    assert np.sum(kernel * lags**2) == pytest.approx((fwhm / FWHM_PER_SIGMA) ** 2, rel=0.01, abs=1e-12)


def test_a_wider_psf_has_the_sum_of_the_variances():
    psf = nd.psf.gaussian((4.0, 3.0)).data
    sieve = Sieve((2.0, 0.0))
    wide = sieve.widen(psf)
    assert wide.shape == sieve.grown(psf.shape)
    assert wide.shape[1] == psf.shape[1]
    assert wide.sum() == pytest.approx(1, rel=1e-6)

    def variance(data):
        profile = data.sum(axis=1).astype(np.float64)
        return np.sum(profile * (np.arange(len(profile)) - len(profile) // 2) ** 2)

    assert variance(wide) == pytest.approx(variance(psf) + (2.0 / FWHM_PER_SIGMA) ** 2, rel=2e-3)


@pytest.mark.parametrize("boundary", ["extended", "periodic", "reflect"])
def test_light_is_kept(boundary):
    domain = np.random.default_rng(0).random((17, 20))
    shown = Sieve((3.0, 1.5)).smooth(domain, boundary)
    assert shown.sum() == pytest.approx(domain.sum(), rel=1e-9)


@pytest.mark.parametrize("boundary", ["periodic", "reflect"])
def test_blurring_what_is_shown_is_what_the_wider_psf_does(boundary):
    """H (g * v) = (h * g) v: the estimate shown is the one whose deviance is told."""
    psf, sieve = nd.psf.gaussian(3.0).data.astype(np.float64), Sieve((2.0, 1.0))
    domain = np.random.default_rng(1).random((40, 41))
    direct = Blur(psf, domain.shape, boundary, np.float64).forward(sieve.smooth(domain, boundary))
    wide = Blur(sieve.widen(psf), domain.shape, boundary, np.float64).forward(domain)
    np.testing.assert_allclose(wide, direct, rtol=1e-6)


def test_no_width_is_the_plain_run():
    image, psf = counts(), nd.psf.gaussian(4.0)
    recipe = nd.Recipe(iterations=12, background=5.0)
    plain = nd.deconvolve(image, psf, recipe)
    none = nd.deconvolve(image, psf, recipe.replace(target_fwhm=(0.0, 0)))
    np.testing.assert_array_equal(plain.estimate, none.estimate)
    assert prepare(image, psf, recipe).sieve is None


def test_nothing_finer_than_the_target_is_shown():
    """A point comes out as a Gaussian of the target's width, where the plain run makes a spike."""
    psf = nd.psf.gaussian(6.0, ndim=2)
    truth = np.zeros((41, 41))
    truth[20, 20] = 1e5
    image = nd.convolve(truth, psf, boundary="zero") + 1
    recipe = nd.Recipe(iterations=120, background=1.0)
    plain = nd.deconvolve(image, psf, recipe).estimate
    shown = nd.deconvolve(image, psf, recipe.replace(target_fwhm=3.0)).estimate
    assert shown.sum() == pytest.approx(plain.sum(), rel=0.02)
    assert nd.psf.from_array(shown, background=0).fwhm[0] == pytest.approx(3.0, rel=0.2)
    assert nd.psf.from_array(plain, background=0).fwhm[0] < 2.5


def test_counts_in_counts_out_with_a_sieve():
    image = counts()
    recipe = nd.Recipe(iterations=20, background=5.0)
    plain = nd.deconvolve(image, nd.psf.gaussian(4.0), recipe).estimate
    found = nd.deconvolve(image, nd.psf.gaussian(4.0), recipe.replace(target_fwhm=2.0)).estimate
    assert found.min() >= 0
    assert found.sum() == pytest.approx(plain.sum(), rel=0.02)


def test_widths_are_in_the_unit_of_the_psf():
    psf = nd.psf.gaussian((0.9, 0.4, 0.4), spacing=(0.3, 0.1, 0.1))
    np.testing.assert_allclose(sieve_for(psf, 0.3).fwhm, (1.0, 3.0, 3.0))
    np.testing.assert_allclose(sieve_for(psf, (0.6, 0.1, 0)).fwhm, (2.0, 1.0, 0.0))
    assert sieve_for(psf, 0) is None
    np.testing.assert_allclose(relative_fwhm(psf, 0.5), (0.45, 0.2, 0.2), rtol=0.05)


def test_a_psf_of_one_sample_has_no_width_to_take_a_part_of():
    psf = nd.PSF(np.ones((1, 5)) / 5, (1.0, 1.0), "pixel")
    assert relative_fwhm(psf, 0.4)[0] == 0


def test_every_state_is_shown_through_the_sieve():
    image, psf = counts(), nd.psf.gaussian(4.0)
    recipe = nd.Recipe(iterations=6, background=5.0, target_fwhm=2.0)
    states = list(islice(nd.iterate(image, psf, recipe), 6))
    np.testing.assert_array_equal(states[-1].estimate, nd.deconvolve(image, psf, recipe).estimate)
    job = prepare(image, psf, recipe)
    iteration = richardson_lucy(job, 0)
    iteration.step()
    raw = iteration._estimate[: image.shape[0], : image.shape[1]] * iteration.noise.scale
    assert np.abs(np.diff(raw, axis=0)).sum() > np.abs(np.diff(states[0].estimate, axis=0)).sum()


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "wide", (1, -2), (1, 2, 3, 4), (), True])
def test_widths_are_checked(bad):
    with pytest.raises(nd.ParameterError, match="target resolution"):
        nd.Recipe(target_fwhm=bad)


def test_as_many_widths_as_axes():
    with pytest.raises(nd.ParameterError, match="3 widths"):
        nd.deconvolve(counts(), nd.psf.gaussian(4.0), nd.Recipe(iterations=1, target_fwhm=(1, 1, 1)))


@pytest.mark.parametrize("fwhm", [(1.9, 1.2, 2.0), (0.0, 3.0, 0.4)])
@pytest.mark.parametrize("boundary", ["extended", "periodic", "reflect"])
def test_the_frame_of_a_domain_is_shown_as_it_is_in_the_whole(boundary, fwhm):
    domain = np.random.default_rng(0).random((24, 40, 45), np.float32)
    sieve = Sieve(fwhm)
    whole = sieve.smooth(domain, boundary)
    for frame in ((9, 16, 17), (20, 40, 38), (24, 40, 45)):
        inside = tuple(slice(0, length) for length in frame)
        np.testing.assert_array_equal(sieve.smooth(domain, boundary, frame), whole[inside])


@pytest.mark.parametrize("fwhm", [(1.9, 1.2), (0.0, 3.0), (0.0, 0.0)])
@pytest.mark.parametrize("boundary", ["extended", "periodic", "reflect"])
def test_in_single_precision_the_frame_is_the_same_but_for_rounding(boundary, fwhm):
    domain = np.random.default_rng(0).random((40, 45), np.float32)
    sieve = Sieve(fwhm)
    for frame in ((16, 17), (38, 38), (40, 45)):
        shown = sieve.roughly(domain, boundary, frame)
        np.testing.assert_allclose(shown, sieve.smooth(domain, boundary, frame), rtol=2e-6)
        assert not np.shares_memory(shown, domain)
