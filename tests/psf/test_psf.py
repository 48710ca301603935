"""The PSF value and the calculated shapes."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import napari_deconvolve as nd

ODD_SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4).map(
    lambda shape: tuple(2 * half + 1 for half in shape)
)
DTYPES = st.sampled_from(["uint8", "uint16", "int32", "float32", "float64"])


@st.composite
def arrays(draw):
    shape, dtype = draw(ODD_SHAPES), draw(DTYPES)
    values = draw(hnp.arrays(dtype, shape, elements=st.integers(0, 200).map(np.dtype(dtype).type)))
    values[tuple(length // 2 for length in shape)] += 1
    return values


@given(arrays())
def test_a_psf_has_sum_1_is_float32_and_cannot_be_written_to(values):
    psf = nd.PSF(values, 0.1)
    assert psf.data.dtype == np.float32
    assert psf.shape == values.shape
    assert psf.data.sum(dtype=np.float64) == pytest.approx(1, abs=1e-5)
    assert np.allclose(psf.data * values.sum(dtype=np.float64), values, rtol=1e-5)
    with pytest.raises(ValueError, match="read-only"):
        psf.data[...] = 0


@pytest.mark.parametrize("factor", [1e-300, 1e-30, 49.95, 1e30, 1e300])
def test_its_scale_does_not_matter(factor):
    values = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]], float)
    assert nd.PSF(values * factor, 1).data == pytest.approx(nd.PSF(values, 1).data, rel=1e-6)


def test_a_psf_is_frozen_and_keeps_nothing_of_its_source():
    values = np.ones((3, 3))
    info = {"source": "array"}
    psf = nd.PSF(values, 0.1, info=info)
    values[0, 0] = 9
    info["source"] = "elsewhere"
    assert psf.data[0, 0] == pytest.approx(1 / 9)
    assert psf.info["source"] == "array"
    with pytest.raises(dataclasses.FrozenInstanceError):
        psf.unit = "nm"
    with pytest.raises(TypeError):
        psf.info["source"] = "x"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.ones((4, 5)), "odd lengths"),
        (np.zeros((3, 3)), "zero everywhere"),
        (np.array([1, np.nan, 1]), "NaN"),
        (np.array([1, np.inf, 1]), "infinite"),
        (np.array([-1.0, 3, 1]), "not negative"),
        (np.ones((3, 3, 3, 3)), "1 to 3 axes"),
        (np.float64(1), "1 to 3 axes"),
        (np.ones((0, 3)), "samples in it"),
        (np.ones(3, complex), "real numbers"),
        (np.array(["a", "b", "c"]), "real numbers"),
    ],
    ids=["even", "zero", "NaN", "inf", "negative", "4D", "0D", "empty", "complex", "text"],
)
def test_what_is_no_psf_is_refused_in_words(data, words):
    with pytest.raises(nd.PSFError, match=words):
        nd.PSF(data, 1)


@pytest.mark.parametrize("spacing", [0, -1, np.nan, np.inf, (1, 2, 3), (0.1, 0)])
def test_a_spacing_that_is_none_is_refused(spacing):
    with pytest.raises(nd.PSFError, match="spacing"):
        nd.PSF(np.ones((3, 3)), spacing)


def gaussian_fwhm(width, step):
    """Give the FWHM of a Gaussian integrated over samples: its variance and a box's add up."""
    sigma = width / np.sqrt(8 * np.log(2))
    return np.sqrt(8 * np.log(2)) * np.sqrt(sigma**2 + step**2 / 12)


@pytest.mark.parametrize("widths", [(0.5,), (0.5, 0.4), (1.2, 0.5, 0.4)], ids=["1D", "2D", "3D"])
def test_a_gaussian_has_its_fwhm_along_each_axis(widths):
    steps = (0.2, 0.1, 0.08)[-len(widths) :]
    psf = nd.psf.gaussian(widths, steps)
    expected = [gaussian_fwhm(width, step) for width, step in zip(widths, steps, strict=True)]
    assert psf.fwhm == pytest.approx(expected, rel=0.01)
    assert psf.spacing == steps


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_a_lorentzian_has_its_fwhm_along_each_axis(ndim):
    psf = nd.psf.lorentzian(1.0, 0.05 if ndim < 3 else 0.1, ndim=ndim)
    assert psf.fwhm == pytest.approx([1.0] * ndim, rel=0.02)


def test_a_gaussian_is_light_collected_over_each_sample():
    fine = nd.psf.gaussian(1.0, 0.01, ndim=1, shape=901)
    coarse = nd.psf.gaussian(1.0, 0.9, ndim=1, shape=3)
    collected = fine.data[450 - 135 : 450 + 136].reshape(-1)
    middle = collected[90:181].sum() - (collected[90] + collected[180]) / 2
    whole = collected.sum() - (collected[0] + collected[-1]) / 2
    assert coarse.data[1] == pytest.approx(middle / whole, rel=1e-3)


def test_a_lorentzian_is_light_collected_over_each_sample():
    psf = nd.psf.lorentzian(1.0, 0.9, ndim=1, shape=5)
    edges = (np.arange(6) - 2.5) * 0.9
    exact = np.diff(np.arctan(2 * edges))
    assert psf.data == pytest.approx(exact / exact.sum(), rel=1e-3)


def test_a_lorentzian_is_what_its_formula_says():
    psf = nd.psf.lorentzian((1.0, 2.0), 0.02, shape=(5, 7))
    y, x = (np.arange(5) - 2) * 0.02, (np.arange(7) - 3) * 0.02
    exact = 1 / (1 + (2 * y[:, None]) ** 2 + (2 * x / 2) ** 2)
    assert psf.data == pytest.approx(exact / exact.sum(), rel=1e-4)


@given(st.integers(1, 3), st.floats(0.5, 8), st.sampled_from([nd.psf.gaussian, nd.psf.lorentzian]))
def test_calculated_shapes_are_symmetric_and_highest_in_the_middle(ndim, width, shape):
    psf = shape(width, 1.0, ndim=ndim, shape=(11,) * ndim)
    flipped = psf.data[(slice(None, None, -1),) * ndim]
    assert np.allclose(psf.data, flipped, rtol=1e-5, atol=1e-9)
    assert psf.data.max() == psf.data[(5,) * ndim]
    assert psf.data.sum(dtype=np.float64) == pytest.approx(1, abs=1e-5)


def test_the_default_size_holds_the_energy_of_a_gaussian():
    small, large = nd.psf.gaussian(1.0, 0.1, ndim=2), nd.psf.gaussian(1.0, 0.1, ndim=2, shape=(101, 101))
    outer = (101 - small.shape[0]) // 2
    inside = large.data[outer:-outer, outer:-outer].sum(dtype=np.float64)
    assert inside > 0.9999


def test_the_info_makes_it_again():
    psf = nd.psf.gaussian((0.6, 0.25, 0.25), (0.3, 0.1, 0.1), unit="nm")
    told = json.loads(json.dumps(dict(psf.info)))
    again = nd.psf.gaussian(told["fwhm"], told["spacing"], shape=told["shape"], unit=told["unit"])
    assert np.array_equal(psf.data, again.data)


@pytest.mark.parametrize("shape", [nd.psf.gaussian, nd.psf.lorentzian])
@pytest.mark.parametrize(
    ("arguments", "keywords", "words"),
    [
        ((0,), {}, "positive"),
        ((-1,), {}, "positive"),
        ((np.nan,), {}, "positive"),
        ((1, 0), {}, "spacing"),
        (((1, 1), (1, 1, 1)), {}, "differ"),
        ((1,), {"shape": (4, 5)}, "odd"),
        ((1,), {"ndim": 4}, "1 to 3"),
        ((1e6, 1e-3), {"ndim": 3}, "too large"),
    ],
    ids=["zero", "negative", "NaN", "no spacing", "axes", "even", "4D", "huge"],
)
def test_wrong_arguments_of_shapes_are_refused_in_words(shape, arguments, keywords, words):
    with pytest.raises(nd.PSFError, match=words):
        shape(*arguments, **keywords)


def test_an_array_is_copied_unless_it_is_handed_over():
    kept = np.full((3, 3), 2, np.float32)
    psf = nd.psf.PSF(kept, 1.0)
    assert kept.sum() == 18
    kept[:] = 0
    assert psf.data.sum() == pytest.approx(1)
    given = np.full((3, 3), 2, np.float32)
    assert np.shares_memory(nd.psf.PSF(given, 1.0, own=True).data, given)
    double = np.full((3, 3), 2.0)
    assert not np.shares_memory(nd.psf.PSF(double, 1.0, own=True).data, double)
    assert double.sum() == 18


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_single_precision_is_summed_in_double(scale):
    values = (np.random.default_rng(0).random((31, 61, 61)) * scale).astype(np.float32)
    single, double = nd.psf.PSF(values, 1.0), nd.psf.PSF(values.astype(np.float64), 1.0)
    np.testing.assert_allclose(single.data, double.data, rtol=2e-7)
    assert single.data.sum(dtype=np.float64) == pytest.approx(1, abs=1e-8)
