"""Looking ahead by momentum."""

from __future__ import annotations

import itertools
from contextlib import closing
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.nesterov import factor, look_ahead
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.lines import available_lines

LIGHT = st.floats(0, 2.0**40, width=32)
PAIRS = hnp.arrays(np.float32, (2, 9), elements=LIGHT)


def ahead(x, last, a):
    return look_ahead(x, last, a)


@given(PAIRS, st.floats(0, 0.999))
def test_no_sample_turns_negative_and_zero_stays_zero(pair, a):
    x, last = pair
    found = ahead(x, last, a)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert not found[x == 0].any()


@given(hnp.arrays(np.float64, 9, elements=st.floats(1, 1e6)), st.floats(0.01, 0.99))
def test_samples_go_on_the_way_they_went(x, a):
    last = x * np.linspace(0.5, 2, 9)
    found = ahead(x, last, a)
    assert (np.sign(np.round(found / x - 1, 12)) == np.sign(np.round(1 - last / x, 12))).all()


def test_a_small_step_is_the_power_of_the_ratio():
    x, last = np.full(5, 3.0), 3.0 * np.linspace(0.99, 1.01, 5)
    np.testing.assert_allclose(ahead(x, last, 0.7), x * (x / last) ** 0.7, rtol=1e-4)


@given(hnp.arrays(np.float64, 9, elements=st.floats(1, 1e6)), st.floats(0.1, 0.9))
def test_what_rises_goes_between_a_line_and_a_proportion_and_what_falls_in_proportion(x, a):
    rising, falling = x / np.linspace(1.1, 2, 9), x * np.linspace(1.1, 2, 9)

    def proportion(last):
        return x * (x + last + a * (x - last)) / (x + last - a * (x - last))

    assert (ahead(x, rising, a) > x + a * (x - rising)).all()
    assert (ahead(x, rising, a) < proportion(rising)).all()
    np.testing.assert_allclose(ahead(x, falling, a), proportion(falling), rtol=1e-9)


def test_nothing_is_looked_ahead_at_first_and_nearly_all_at_last():
    assert factor(0.0) == 0
    assert factor(1.0) == pytest.approx(1 / 3)
    assert factor(1000.0) == pytest.approx(1, abs=0.005)


@given(hnp.arrays(np.float64, (2, 9), elements=st.floats(0.01, 100)), st.sampled_from([1e-25, 1e25]))
def test_the_unit_of_the_counts_does_not_matter(pair, unit):
    x, last = pair
    np.testing.assert_allclose(ahead(x * unit, last * unit, 0.6), ahead(x, last, 0.6) * unit, rtol=1e-12)


def points_in(shape):
    """Return counts of 30 points on a background of 20, and their PSF."""
    rng, truth = np.random.default_rng(1), np.zeros(shape)
    truth[tuple(rng.integers(0, length, 30) for length in shape)] = rng.exponential(3000, 30)
    psf = nd.psf.gaussian(4.0, ndim=len(shape))
    return rng.poisson(np.maximum(nd.convolve(truth, psf), 0) + 20), psf


@pytest.mark.parametrize("shape", [(100,), (64, 60), (75, 49), (12, 30, 30)], ids=str)
def test_other_precisions_take_the_same_steps(shape):
    counts, psf = points_in(shape)
    single, double = (
        nd.deconvolve(
            counts, psf, nd.Recipe(iterations=40, acceleration="nesterov", background=20.0, dtype=dtype)
        ).estimate
        for dtype in ("float32", "float64")
    )
    assert np.abs(single - double).max() < 1e-4 * double.max()


@pytest.mark.parametrize("shape", [(2000,), (300, 280), (191, 410), (24, 70, 72)], ids=str)
def test_other_libraries_and_threads_take_the_same_steps(shape):
    counts, psf = points_in(shape)

    def after_40(dtype, library, workers):
        noise = poisson_data(counts, background=20.0, dtype=np.dtype(dtype))
        blur = Blur(psf.data, shape, dtype=np.dtype(dtype), workers=workers, lines=available_lines(library))
        run = RichardsonLucy(blur, noise, acceleration="nesterov")
        with closing(blur):
            assert workers == blur.fft.workers or len(shape) == 1
            for _ in range(40):
                run.step()
        return run.snapshot()

    libraries = ["scipy", *(["ducc0"] if find_spec("ducc0") is not None else [])]
    double = after_40("float64", "scipy", 1)
    for dtype, library, workers in itertools.product(("float32", "float64"), libraries, (1, 2)):
        other = after_40(dtype, library, workers)
        assert np.abs(other - double).max() < 1e-4 * double.max(), (dtype, library, workers)
