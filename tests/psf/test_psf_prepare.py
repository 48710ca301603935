"""From arrays to PSFs: centring, pedestals, other spacings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.psf.prepare import core_centroid


def spot(shape, center, width=4.0):
    """Give a Gaussian anywhere between the samples."""
    sigma = width / np.sqrt(8 * np.log(2))
    axes = [np.exp(-((np.arange(n) - c) ** 2) / (2 * sigma**2)) for n, c in zip(shape, center, strict=True)]
    result = np.ones(())
    for values in axes:
        result = np.multiply.outer(result, values)
    return result


def middle(psf):
    return tuple(length // 2 for length in psf.shape)


@pytest.mark.parametrize(
    ("shape", "center"),
    [
        ((31,), (15,)),
        ((32,), (15.5,)),
        ((40,), (17.3,)),
        ((24, 31), (11.5, 15)),
        ((24, 25), (10.2, 13.8)),
        ((20, 24, 25), (9.5, 12.25, 11)),
    ],
)
def test_auto_brings_the_core_to_the_middle(shape, center):
    psf = nd.psf.from_array(spot(shape, center), background=0)
    assert all(length % 2 for length in psf.shape)
    assert core_centroid(psf.data.astype(float)) == pytest.approx(middle(psf), abs=0.01)
    assert np.allclose(psf.data, psf.data[(slice(None, None, -1),) * psf.ndim], atol=5e-3 * psf.data.max())


def test_no_move_is_said_to_be_less_than_nothing():
    psf = nd.psf.from_array(spot((24, 25), (12.0, 13.8)), background=0)
    (said,) = [note for note in psf.notes if "centred" in note]
    assert "-0.00" not in said
    assert "-1.80" in said or "+1.80" in said


@pytest.mark.parametrize("shape", [(8,), (9,), (8, 9), (6, 8, 7)])
def test_middle_takes_the_sample_n_over_2(shape):
    values = np.zeros(shape)
    values[tuple(length // 2 for length in shape)] = 1
    psf = nd.psf.from_array(values, center="middle")
    assert psf.data[middle(psf)] == 1
    assert not any("centred" in note for note in psf.notes)


def test_peak_takes_the_highest_sample():
    values = spot((21, 21), (8, 8))
    values[3, 15] = 5
    psf = nd.psf.from_array(values, center="peak", background=0)
    assert psf.data.max() == psf.data[middle(psf)]


def test_an_index_between_samples_shifts_by_the_rest():
    values = spot((41,), (20.4,))
    psf = nd.psf.from_array(values, center=20.4, background=0)
    assert core_centroid(psf.data.astype(float)) == pytest.approx(middle(psf), abs=0.01)
    off = nd.psf.from_array(values, center=19.4, background=0)
    assert core_centroid(off.data.astype(float)) == pytest.approx((middle(off)[0] + 1,), abs=0.02)


def test_even_data_keep_all_their_samples():
    values = np.arange(1.0, 9.0)
    psf = nd.psf.from_array(values, center="middle", background=0)
    assert psf.shape == (9,)
    assert psf.data[:8] * 36 == pytest.approx(values)


@given(
    st.lists(st.integers(3, 9), min_size=1, max_size=3),
    st.sampled_from(["uint8", "uint16", "int16", "float32", "float64", "bool"]),
    st.sampled_from(["auto", "middle", "peak"]),
    st.integers(0, 2**32 - 1),
)
def test_any_array_becomes_a_psf(shape, dtype, center, seed):
    values = np.random.default_rng(seed).integers(0, 2, shape).astype(dtype)
    values[tuple(length // 2 for length in shape)] = 1
    values[(0,) * len(shape)] = 0
    psf = nd.psf.from_array(values, 0.1, center=center, background=0)
    assert all(length % 2 for length in psf.shape)
    assert psf.data.min() >= 0
    assert np.isfinite(psf.data).all()
    assert psf.data.sum(dtype=np.float64) == pytest.approx(1, abs=1e-5)


def test_what_was_done_is_told():
    values = spot((30, 31), (13, 15.4)) + 0.2
    psf = nd.psf.from_array(values, (0.2, 0.1), unit="nm")
    assert any("pedestal 0.2 taken off" in note for note in psf.notes)
    assert any("moved by +2.00, -0.40 samples" in note for note in psf.notes)
    assert psf.unit == "nm"
    negative = nd.psf.from_array([0.0, -1.0, 5.0, -1.0, 0.0], background=0)
    assert any("2 negative samples" in note for note in negative.notes)


def test_a_given_pedestal_is_taken_off():
    psf = nd.psf.from_array(np.array([10.0, 11, 14, 11, 10]), background=10, center="middle")
    assert psf.data == pytest.approx(np.array([0, 1, 4, 1, 0]) / 6)


@pytest.mark.parametrize(
    ("values", "keywords", "words"),
    [
        (np.zeros((5, 5)), {}, "zero everywhere"),
        (np.full((5, 5), np.nan), {}, "NaN"),
        (np.ones((2, 2, 2, 2)), {}, "1 to 3 axes"),
        (np.ones((5, 5)), {"center": "top"}, "auto, middle or peak"),
        (np.ones((5, 5)), {"center": (1, 2, 3)}, "one index per axis"),
        (np.ones((5, 5)), {"center": np.nan}, "one index per axis"),
        (np.ones((5, 5)), {"center": (2, 5)}, "outside"),
        (np.ones((5, 5)), {"background": "much"}, "number or 'auto'"),
        (np.ones((5, 5)), {"background": 2}, "zero everywhere"),
        (np.eye(5), {"spacing": 0}, "spacing"),
    ],
)
def test_what_cannot_be_prepared_is_refused_in_words(values, keywords, words):
    with pytest.raises(nd.PSFError, match=words):
        nd.psf.from_array(values, **keywords)


@pytest.mark.parametrize("make", [nd.psf.gaussian, nd.psf.lorentzian])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_coarser_is_what_it_would_have_been_made_at(make, ndim):
    fine = make(1.2, 0.1, ndim=ndim, shape=(63,) * ndim)  # as wide as 21 samples of 0.3
    coarse = nd.psf.resample(fine, 0.3)
    wanted = make(1.2, 0.3, ndim=ndim, shape=(21,) * ndim)
    cut = tuple(slice((n - 21) // 2, (n - 21) // 2 + 21) for n in coarse.shape)
    found = coarse.data[cut].astype(float)
    assert np.abs(found - wanted.data).max() < 0.01 * wanted.data.max()
    assert coarse.spacing == (0.3,) * ndim


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_finer_is_what_it_would_have_been_made_at(ndim):
    coarse = nd.psf.gaussian(0.8, 0.2, ndim=ndim, shape=(15,) * ndim)
    fine = nd.psf.resample(coarse, 0.1)
    wanted = nd.psf.gaussian(0.8, 0.1, ndim=ndim, shape=fine.shape)
    assert np.abs(fine.data - wanted.data).max() < 0.01 * wanted.data.max()


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
    st.floats(0.3, 4),
    st.integers(0, 2**32 - 1),
)
def test_resampling_keeps_light_centre_and_odd_lengths(halves, ratio, seed):
    values = np.random.default_rng(seed).random([2 * half + 1 for half in halves])
    values = values + values[(slice(None, None, -1),) * values.ndim]
    psf = nd.psf.resample(nd.PSF(values, 1.0), ratio)
    assert all(length % 2 for length in psf.shape)
    assert psf.data.sum(dtype=np.float64) == pytest.approx(1, abs=1e-5)
    assert np.allclose(psf.data, psf.data[(slice(None, None, -1),) * psf.ndim], atol=1e-5)


def test_resampling_keeps_the_second_moment():
    psf = nd.psf.gaussian((2.0, 1.0), (0.3, 0.1))
    again = nd.psf.resample(psf, (0.2, 0.15))
    for axis in range(2):
        place = [(np.arange(p.shape[axis]) - p.shape[axis] // 2) * p.spacing[axis] for p in (psf, again)]
        planes = [p.data.sum(axis=1 - axis, dtype=np.float64) for p in (psf, again)]
        before, after = (
            float((x**2 * v).sum() - p.spacing[axis] ** 2 / 12)
            for x, v, p in zip(place, planes, (psf, again), strict=True)
        )
        assert after == pytest.approx(before, rel=0.01)


def test_the_same_spacing_changes_nothing_another_is_told():
    psf = nd.psf.gaussian((0.6, 0.25), (0.3, 0.1))
    assert nd.psf.resample(psf, (0.3, 0.1)) is psf
    again = nd.psf.resample(psf, (0.15, 0.1))
    assert again.notes[-1] == "resampled from 0.3 × 0.1 to 0.15 × 0.1 um"
    assert dict(again.info) == dict(psf.info)


@pytest.mark.parametrize("spacing", [0, -0.1, np.nan, (0.1, 0.1, 0.1)])
def test_a_spacing_that_is_none_is_refused(spacing):
    with pytest.raises(nd.PSFError, match="spacing"):
        nd.psf.resample(nd.psf.gaussian(1.0, ndim=2), spacing)
