"""Blind Richardson-Lucy: the step of the PSF is the exact one, and constraints hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.blind import BlindRichardsonLucy
from napari_deconvolve.core.algorithms.constraints import (
    BandLimit,
    Centred,
    Mirror,
    Rotation,
    apply_constraints,
    symmetry_constraints,
)
from napari_deconvolve.core.algorithms.line_search import LineSearch, lowest_point
from napari_deconvolve.core.likelihood.noise import poisson_data

FLOAT = np.dtype("float64")


def kernel(shape, seed=0):
    values = np.random.default_rng(seed).random(shape)
    return values / values.sum()


def alternation(image, psf, **how):
    noise = poisson_data(np.asarray(image, float), background=how.pop("background", 0.0), dtype=FLOAT)
    return BlindRichardsonLucy(noise, np.asarray(psf, float), **how)


@pytest.mark.parametrize("boundary", ["extended", "periodic", "reflect", "edge", "zero"])
def test_with_its_own_psf_and_object_nothing_changes(boundary):
    """A PSF that explains noiseless data is a fixed point of its step, under every boundary."""
    rng, psf = np.random.default_rng(0), kernel((5, 7))
    truth = rng.random((20, 24)) + 0.1
    image = nd.convolve(truth, nd.PSF(psf, 1.0), boundary="zero" if boundary == "extended" else boundary)
    live = alternation(image, psf, boundary=boundary)
    start = truth
    if boundary == "extended":
        start = np.zeros(live._blur(live.kernel, boundary).domain)
        start[:20, :24] = truth
    live._whole = start
    live._improve_psf()
    np.testing.assert_allclose(live.kernel, psf, rtol=2e-4, atol=1e-6)


def test_the_psf_step_finds_the_psf_when_the_object_is_known():
    rng = np.random.default_rng(1)
    truth = np.zeros((40, 44))
    truth[tuple(rng.integers(3, 37, 12) for _ in range(2))] = 1000
    psf = nd.psf.gaussian(3.0, ndim=2, shape=(11, 11))
    image = nd.convolve(truth, psf, boundary="zero")
    live = alternation(np.maximum(image, 0), np.full((11, 11), 1 / 121), boundary="zero", psf_steps=200)
    live._whole = truth
    live._improve_psf()
    assert np.abs(live.kernel - psf.data).max() < 0.02 * psf.data.max()


def test_masked_and_saturated_samples_do_not_pull_the_psf():
    rng = np.random.default_rng(2)
    psf = nd.psf.gaussian(3.0, ndim=2)
    image = rng.poisson(np.maximum(nd.convolve(np.pad([[5000.0]], 16), psf), 0) + 5).astype(float)
    spoilt = image.copy()
    spoilt[3, 3] = np.nan
    one, other = (alternation(data, nd.psf.gaussian(3.6, ndim=2).data, background=5.0) for data in (image, spoilt))
    for _ in range(2):
        one.step()
        other.step()
    assert np.isfinite(other.estimate).all()
    np.testing.assert_allclose(other.kernel, one.kernel, atol=0.02 * one.kernel.max())


def test_each_state_is_a_value_and_the_psf_stays_one():
    psf = nd.psf.gaussian(3.6, ndim=2)
    image = np.random.default_rng(3).poisson(np.full((24, 24), 20.0))
    live = alternation(image, psf.data, constraints=symmetry_constraints("mirror"))
    states = []
    for number in (1, 2):
        live.step()
        assert live.iteration == number
        assert live.kernel.sum() == pytest.approx(1)
        assert live.kernel.min() >= 0
        assert not live.estimate.flags.writeable
        states.append((live.estimate, live.kernel, live.kernel.copy()))
    (first, kernel, kept), (second, _, _) = states
    np.testing.assert_array_equal(kernel, kept)
    assert not np.array_equal(first, second)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([(7,), (7, 9), (5, 7, 7)]))
def test_constraints_hold_after_they_were_applied(seed, shape):
    values = kernel(shape, seed)
    mirrored = apply_constraints(values, [Mirror()])
    for axis in range(len(shape)):
        np.testing.assert_allclose(mirrored, np.flip(mirrored, axis), atol=1e-12)
    round_ = apply_constraints(values, [Rotation()])
    assert round_.sum() == pytest.approx(1)
    if len(shape) > 1 and shape[-1] == shape[-2]:
        np.testing.assert_allclose(round_, np.swapaxes(round_, -1, -2), atol=1e-12)


def test_a_centred_psf_has_its_light_in_the_middle():
    moved = np.roll(nd.psf.gaussian(3.0, ndim=2, shape=(21, 21)).data.astype(float), (1, -2), (0, 1))
    middle = apply_constraints(apply_constraints(moved, [Centred()]), [Centred()])
    for axis in (0, 1):
        places = middle.sum(axis=1 - axis) @ (np.arange(21) - 10)
        assert abs(places) < 0.02


def test_a_band_limit_leaves_nothing_beyond_it():
    limit = BandLimit(0.2)
    passed = limit(kernel((31, 31)))
    spectrum = np.abs(np.fft.fftn(np.pad(passed, 40)))
    rows, columns = np.meshgrid(*[np.fft.fftfreq(111)] * 2, indexing="ij")
    beyond = np.hypot(rows, columns) > 0.3  # its box cuts it, so the edge is not quite sharp
    assert spectrum[beyond].max() < 0.05 * spectrum.max()
    assert np.abs(np.fft.fftn(np.pad(kernel((31, 31)), 40)))[beyond].max() > 0.05
    with pytest.raises(nd.ParameterError, match="cut-off"):
        BandLimit(0.0)


def test_another_symmetry_is_refused():
    with pytest.raises(nd.ParameterError, match="symmetry"):
        symmetry_constraints("round")


@settings(max_examples=40, deadline=None)
@given(st.floats(0.65, 1.5), st.floats(0.2, 5.0))
def test_the_line_search_finds_the_lowest_point(place, steepness):
    points: dict[float, float] = {}
    search = LineSearch(points, 0.6, 1.6)
    while (wanted := search.wanted()) is not None:
        assert 0.6 <= wanted <= 1.6
        assert wanted not in points
        # steeper above than below, as scores of widths are
        off = np.log(wanted / place)
        points[wanted] = steepness * off**2 * (3 if off > 0 else 1)
    assert search.lowest == pytest.approx(place, rel=0.02)
    assert len(points) <= 22


def test_the_lowest_point_at_an_end_is_the_end():
    assert lowest_point({0.8: 1.0, 1.0: 2.0, 1.25: 3.0}) == 0.8
    assert lowest_point({1.0: 2.0}) == 1.0
    points = {width: -width for width in (0.8, 1.0, 1.25)}
    search = LineSearch(points, 0.6, 1.3)
    while (wanted := search.wanted()) is not None:
        points[wanted] = -wanted
    assert search.lowest == 1.3
