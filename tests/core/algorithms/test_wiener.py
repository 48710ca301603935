"""The Wiener filter: identities, missing samples, and rules for its strength."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.wiener import Response, WienerFilter
from napari_deconvolve.core.algorithms.wiener_rules import RULES, Balanced, CrossValidation, MostNegative
from napari_deconvolve.core.transforms.fill import fill_unknown
from napari_deconvolve.core.transforms.separable import domain_for

EVEN = np.array([[0.02, 0.08, 0.02], [0.08, 0.6, 0.08], [0.02, 0.08, 0.02]])  # its OTF has no zeros
ODD = np.array([[0.0, 0.1, 0.0], [0.05, 0.6, 0.15], [0.0, 0.05, 0.05]])


def scene(shape=(48, 56), seed=0):
    """Bright rings and points on nothing."""
    rng = np.random.default_rng(seed)
    out = np.zeros(shape)
    for _ in range(8):
        out[tuple(rng.integers(0, length) for length in shape)] = rng.uniform(500, 2000)
    grids = np.ogrid[tuple(slice(0, length) for length in shape)]
    away = np.sqrt(sum((grid - length / 2) ** 2 for grid, length in zip(grids, shape, strict=True)))
    return out + 200 * np.exp(-((away - min(shape) / 4) ** 2) / 2)


def counts(seed=0, light=1.0, background=20.0):
    psf = nd.psf.gaussian(4.0)
    truth = light * scene((72, 80), seed)
    noisy = np.random.default_rng(seed).poisson(nd.convolve(truth, psf) + background).astype(np.float32)
    return truth, noisy - np.float32(background), psf


def ready(data, psf, boundary="reflect", **flags):
    response = Response(psf.data, data.shape, boundary, np.dtype("float32"))
    return WienerFilter(response, data.astype(np.float32), **flags)


def error(estimate, truth):
    return np.linalg.norm(estimate - truth) / np.linalg.norm(truth)


@pytest.mark.parametrize(
    ("boundary", "psf"), [("periodic", EVEN), ("periodic", ODD), ("reflect", EVEN), ("reflect", EVEN[1])]
)
def test_without_noise_and_zeros_it_inverts(boundary, psf):
    truth = np.random.default_rng(1).normal(10, 3, (31, 40) if psf.ndim == 2 else (57,))
    blurred = nd.convolve(truth, psf, boundary=boundary)
    np.testing.assert_allclose(nd.wiener(blurred, psf, 1e-13, boundary=boundary), truth, atol=1e-9)


@pytest.mark.parametrize("boundary", ["reflect", "extended", "periodic", "edge", "zero"])
def test_of_great_strength_it_gives_nothing(boundary):
    image = np.random.default_rng(2).poisson(100, (20, 33))
    assert np.abs(nd.wiener(image, nd.psf.gaussian(3), 1e12, boundary=boundary)).max() < 1e-8


@given(strength=st.floats(1e-6, 10), seed=st.integers(0, 99))
def test_periodic_it_is_the_formula(strength, seed):
    rng = np.random.default_rng(seed)
    image, psf = rng.normal(size=(15, 18)), rng.random((5, 3))
    box = np.zeros(image.shape)
    box[:5, :3] = psf / psf.sum()
    otf = np.fft.fft2(np.roll(box, (-2, -1), (0, 1)))
    expected = np.fft.ifft2(np.conj(otf) * np.fft.fft2(image) / (np.abs(otf) ** 2 + strength)).real
    np.testing.assert_allclose(
        nd.wiener(image, psf, strength, boundary="periodic"), expected, atol=1e-5 * max(1, np.abs(expected).max())
    )


@pytest.mark.parametrize("boundary", ["reflect", "extended", "periodic", "edge"])
def test_it_is_linear_and_divides_large_things_by_one_plus_the_strength(boundary):
    psf, rng = nd.psf.gaussian(3.0), np.random.default_rng(3)
    first, second = rng.normal(size=(2, 30, 26))
    sum_of_both = nd.wiener(2 * first + second, psf, 0.01, boundary=boundary)
    parts = 2 * nd.wiener(first, psf, 0.01, boundary=boundary) + nd.wiener(second, psf, 0.01, boundary=boundary)
    np.testing.assert_allclose(sum_of_both, parts, atol=1e-10)
    flat = nd.wiener(np.full((30, 26), 10.0), psf, 0.25, boundary=boundary)
    np.testing.assert_allclose(flat, 8.0, rtol=2e-3 if boundary == "extended" else 1e-6)


@pytest.mark.parametrize("boundary", ["reflect", "extended", "periodic", "edge", "zero"])
@pytest.mark.parametrize("shape", [(40,), (31, 24), (9, 14, 17)])
def test_nothing_moves(shape, boundary):
    middle = tuple(length // 2 for length in shape)
    image = np.zeros(shape)
    image[middle] = 1000
    psf = nd.psf.gaussian(2.5, ndim=len(shape))
    estimate = nd.wiener(nd.convolve(image, psf), psf, 1e-3, boundary=boundary)
    assert np.unravel_index(np.argmax(estimate), shape) == middle
    grids = np.indices(shape).reshape(len(shape), -1)
    np.testing.assert_allclose((grids * estimate.ravel()).sum(1) / estimate.sum(), middle, atol=0.2)


def test_an_uneven_psf_is_not_turned_round():
    image = np.zeros((24, 24))
    image[12, 12] = 100
    blurred = nd.convolve(image, ODD)
    right, wrong = nd.wiener(blurred, ODD, 1e-4), nd.wiener(blurred, ODD[::-1, ::-1], 1e-4)
    assert error(right, image) < 0.02 < error(wrong, image)


def test_a_psf_larger_than_the_image_is_taken_whole():
    psf = nd.psf.gaussian(30.0, shape=(101, 101))
    image = np.random.default_rng(4).random((16, 20))
    blurred = nd.convolve(image, psf)
    assert np.isfinite(nd.wiener(blurred, psf, 1e-3)).all()
    domain = domain_for(psf.data, (16, 20), "reflect")
    assert domain.shape == (16, 20)
    assert domain.response(psf.data, np.dtype("float64")).flat[0] == pytest.approx(1)


def test_transforms_keep_sums_of_squares_and_go_back():
    for boundary, psf in (
        ("periodic", EVEN),
        ("reflect", EVEN),
        ("reflect", ODD),
        ("extended", ODD[:2].repeat(2, 0)[:3]),
    ):
        domain = domain_for(psf, (13, 16), boundary)
        data = np.random.default_rng(5).normal(size=domain.shape)
        found = domain.forward(data)
        np.testing.assert_allclose(domain.backward(found), data, atol=1e-12)
        np.testing.assert_allclose((domain.weights() * np.abs(found) ** 2).sum(), (data**2).sum())


def test_beyond_the_image_the_object_goes_on():
    """Light that comes from outside the frame rings less when what is there is guessed than when there is nothing."""
    psf = nd.psf.gaussian(5.0)
    whole = scene((100, 100), 6) + np.linspace(0, 300, 100)
    truth, blurred = whole[20:80, 20:80], nd.convolve(whole, psf)[20:80, 20:80]
    found = {
        name: error(nd.wiener(blurred, psf, 1e-3, boundary=name), truth) for name in ("extended", "reflect", "zero")
    }
    assert found["extended"] < found["zero"]
    assert found["reflect"] < found["zero"]


def test_missing_samples_do_not_spread():
    truth, noisy, psf = counts(7)
    whole = nd.wiener(noisy, psf, 0.02)
    holed = noisy.copy()
    holed[20, 30], holed[50:54, 40:43], holed[5, 5] = np.nan, np.inf, -np.inf
    found = nd.wiener(holed, psf, 0.02)
    assert np.isfinite(found).all()
    away = np.ones(truth.shape, bool)
    for place in (slice(10, 31), slice(20, 41)), (slice(40, 65), slice(30, 54)), (slice(0, 16), slice(0, 16)):
        away[place] = False
    scale = np.abs(whole).max()
    np.testing.assert_allclose(found[away], whole[away], atol=2e-3 * scale)
    assert error(found, truth) < 1.1 * error(whole, truth)


def test_a_mask_and_saturated_samples_are_heeded():
    truth, noisy, psf = counts(8, light=60.0)
    cut = np.clip(noisy + 20, 0, 4095).astype(np.uint16)
    assert (cut == 4095).sum() >= 4
    known = np.ones(cut.shape, bool)
    known[30:33, 30:33] = False
    cut[30:33, 30:33] = 0
    recipe = nd.Recipe(method="wiener", regularization=1e-3, background=20)
    found = nd.deconvolve(cut, psf, recipe, mask=known).estimate
    plain = nd.deconvolve(cut.astype(np.float32), psf, recipe).estimate
    assert error(found, truth) < 0.95 * error(plain, truth)


def test_unknown_samples_are_means_of_their_neighbours():
    rng = np.random.default_rng(9)
    data = np.add.outer(np.arange(30.0), np.arange(40.0))
    known = rng.random(data.shape) > 0.2
    known[10:14, 10:14] = False
    spoiled = np.where(known, data, 1e9)
    np.testing.assert_allclose(fill_unknown(spoiled, known), data, atol=3)
    assert np.all(fill_unknown(spoiled, np.zeros_like(known)) == 0)
    lonely = np.zeros_like(known)
    lonely[0, 0] = True
    np.testing.assert_allclose(fill_unknown(data + 7, lonely), 7)


@pytest.mark.parametrize("boundary", ["reflect", "extended", "periodic"])
@pytest.mark.parametrize("light", [0.3, 1.0, 10.0])
def test_the_automatic_strength_is_nearly_the_best(light, boundary):
    truth, noisy, psf = counts(10, light)
    made = ready(noisy, psf, boundary)
    best = min(error(made.estimate(strength), truth) for strength in np.logspace(-6, 0, 40))
    assert error(made.estimate(RULES["auto"](made)), truth) < 1.1 * best
    assert error(made.estimate(RULES["gcv"](made)), truth) < 1.25 * best


def test_the_most_negative_value_is_a_tenth_of_the_maximum():
    _, noisy, psf = counts(11, 3.0)
    made = ready(noisy, psf)
    strength = MostNegative()(made)
    assert 1e-10 < strength < 0.1
    estimate, weaker = made.estimate(strength), made.estimate(strength / 1.1)
    assert -estimate.min() <= 0.1 * estimate.max()
    assert -weaker.min() > 0.1 * weaker.max()


def test_noise_alone_is_smoothed_most_and_no_light_is_no_fault():
    noise = np.random.default_rng(12).normal(size=(64, 64))
    psf = nd.psf.gaussian(4.0)
    assert MostNegative()(ready(noise, psf)) == pytest.approx(0.1)
    for rule in RULES.values():
        made = ready(np.zeros((16, 16)), psf)
        assert np.all(made.estimate(rule(made)) == 0)


def test_noise_that_neighbours_share_does_not_mislead_the_automatic_strength():
    """Cross-validation believes each sample's noise its own; after resampling it is not."""
    from scipy.ndimage import gaussian_filter

    psf = nd.psf.gaussian(4.0)
    truth = scene((72, 80), 13)
    noise = gaussian_filter(np.random.default_rng(13).normal(0, 60, truth.shape), 1.0)
    made = ready(nd.convolve(truth, psf) + noise, psf)
    fooled, guarded = CrossValidation()(made), Balanced()(made)
    assert guarded > 3 * fooled
    assert error(made.estimate(guarded), truth) < 0.5 * error(made.estimate(fooled), truth)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "strong", None, True])
def test_a_strength_that_is_none_is_refused_in_words(value):
    with pytest.raises(nd.ParameterError, match=r"give a (finite )?number above 0, or one of auto, negative, gcv"):
        nd.wiener(np.ones((8, 8)), EVEN, value)
