"""Partial deconvolution: to a target resolution, by a sieve or by smoothing afterwards."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.operators.sieve import Sieve

PSF = nd.psf.gaussian((0.7, 0.6), 0.1, ndim=2)
TARGET = (0.5, 0.4)
PLAIN = nd.Recipe(iterations=40, acceleration="none", background=5.0, target_fwhm=TARGET)


@pytest.fixture(scope="module")
def image():
    truth = np.zeros((48, 56))
    truth[20, 15], truth[30, 40], truth[31, 42] = 9e4, 6e4, 6e4
    truth[10:14, 20:50] = 300
    return truth, np.random.default_rng(1).poisson(nd.convolve(truth, PSF) + 5.0).astype(np.float32)


def test_smoothing_is_the_plain_estimate_smoothed(image):
    _, counts = image
    found = nd.deconvolve(counts, PSF, PLAIN.replace(target_by="smoothing", boundary="periodic"))
    plain = nd.deconvolve(counts, PSF, PLAIN.replace(target_fwhm=0, boundary="periodic"))
    sieve = Sieve(tuple(width / 0.1 for width in TARGET))
    np.testing.assert_allclose(found.estimate, sieve.smooth(plain.estimate, "periodic"), rtol=1e-4, atol=1e-3)
    assert found.trace == plain.trace


@pytest.mark.parametrize("by", ["sieve", "smoothing"])
@pytest.mark.parametrize("boundary", ["extended", "reflect"])
def test_no_detail_is_finer_than_the_target(image, by, boundary):
    _, counts = image
    found = nd.deconvolve(counts, PSF, PLAIN.replace(target_by=by, boundary=boundary, iterations=200)).estimate
    for axis, width in enumerate(TARGET):
        line = found[(20, slice(None)) if axis else (slice(None), 15)]
        peak = 15 if axis else 20
        fine = np.linspace(peak - 8, peak + 8, 3201)
        above = fine[np.interp(fine, np.arange(len(line)), line) > line[peak] / 2]
        assert (above[-1] - above[0]) * 0.1 >= 0.9 * width
    assert found.sum() == pytest.approx((counts - 5).sum(), rel=0.05)


def test_smoothing_is_nearer_to_the_truth_at_that_resolution(image):
    truth, counts = image
    wanted = Sieve(tuple(width / 0.1 for width in TARGET)).smooth(truth, "edge")

    def error(by):
        recipe = PLAIN.replace(target_by=by, acceleration="biggs-andrews", iterations=60)
        found = nd.deconvolve(counts, PSF, recipe).estimate
        return np.linalg.norm(found - wanted) / np.linalg.norm(wanted)

    assert error("smoothing") < 0.9 * error("sieve")


@pytest.mark.parametrize("method", ["rl", "rl-gc", "wiener"])
def test_every_method_knows_both_ways(image, method):
    _, counts = image
    recipe = nd.Recipe(method=method, iterations=5, regularization=1e-2, background=5.0, target_fwhm=0.3)
    ways = [nd.deconvolve(counts, PSF, recipe.replace(target_by=by)).estimate for by in ("sieve", "smoothing")]
    assert all(np.isfinite(one).all() for one in ways)
    assert not np.allclose(*ways)


def test_the_number_is_found_with_smoothing_too(image):
    _, counts = image
    found = nd.deconvolve(counts, PSF, nd.Recipe(background=5.0, target_fwhm=0.3, target_by="smoothing"))
    assert found.iterations >= 1
    assert found.recipe.target_by == "smoothing"
    again = nd.deconvolve(counts, PSF, found.recipe)
    np.testing.assert_array_equal(again.estimate, found.estimate)


def test_a_smoothed_result_goes_on_exactly(image):
    _, counts = image
    recipe = PLAIN.replace(target_by="smoothing", iterations=6)
    first = nd.deconvolve(counts, PSF, recipe, resumable=True)
    straight = nd.deconvolve(counts, PSF, recipe.replace(iterations=12))
    np.testing.assert_array_equal(nd.resume(first, counts, PSF, 6).estimate, straight.estimate)


def test_other_ways_are_refused():
    with pytest.raises(nd.ParameterError, match="sieve, smoothing"):
        nd.Recipe(target_by="magic")
