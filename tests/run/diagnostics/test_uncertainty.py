"""The uncertainty map is as large as the error: noise that differs when imaged again, and blur that does not."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd

PSF = nd.psf.microscope("widefield", numerical_aperture=1.3, immersion_index=1.515, emission_um=0.52, spacing=0.09,
                        shape=(31, 31))  # fmt: skip
SHAPE = (88, 92)


def cells(seed, peak, background=5.0):
    """Give discs and threads of unequal light that go on beyond the frame: the truth, and counts."""
    rng = np.random.default_rng(seed)
    margin = 16
    whole = np.zeros(tuple(length + 2 * margin for length in SHAPE))
    rows, columns = np.indices(whole.shape)
    for _ in range(14):
        middle, radius = [rng.uniform(0, length) for length in whole.shape], rng.uniform(2, 8)
        distance = np.hypot(rows - middle[0], columns - middle[1])
        shape = np.clip(radius - distance + 0.5, 0, 1) if rng.random() < 0.5 else np.exp(-((distance - radius) ** 2))
        whole += rng.uniform(0.3, 1) * shape
    inside = (slice(margin, -margin),) * 2
    seen = np.maximum(nd.convolve(whole, PSF, boundary="zero")[inside], 0)
    scale = peak / seen.max()
    return whole[inside] * scale, rng.poisson(seen * scale + background).astype(np.float64)


def within(error, deviation, where):
    """Return the share of samples within one and within two standard deviations."""
    return tuple(float(np.mean((error <= times * deviation)[where])) for times in (1, 2))


@pytest.fixture(scope="module")
def judged():
    """Give errors, maps and bright parts of fresh images from few to many photons."""
    rows = []
    for seed, peak in ((31, 30.0), (32, 150.0), (33, 1000.0)):
        truth, counts = cells(seed, peak)
        made = nd.deconvolve(counts, PSF, nd.Recipe(background=5.0))
        known = nd.uncertainty_map(counts, PSF, made.recipe, draws=2)
        bright = made.estimate > 0.1 * np.quantile(made.estimate, 0.999)
        rows.append((np.abs(made.estimate - truth), known, bright))
    return rows


def test_errors_are_within_one_and_two_deviations_as_often_as_they_should(judged):
    shares = [within(error, known.deviation, bright) for error, known, bright in judged]
    assert all(0.55 < one < 0.92 and two > 0.85 for one, two in shares)
    one, two = np.mean(shares, axis=0)
    assert 0.62 < one < 0.85
    assert 0.9 < two < 0.99


def test_noise_alone_would_promise_too_much(judged):
    for error, known, bright in judged:
        assert within(error, known.noise, bright)[1] < 0.86
        np.testing.assert_allclose(known.deviation, np.hypot(known.noise, known.blur), rtol=1e-5)


def test_blur_is_what_more_iterations_would_take_away():
    _, counts = cells(34, 1000.0)
    few, more = (nd.uncertainty_map(counts, PSF, nd.Recipe(iterations=n, background=5.0), draws=2) for n in (4, 25))
    assert few.typical[1] > 1.5 * more.typical[1]
    assert few.typical[0] < 0.6 * more.typical[0]  # and they raise noise


def test_blur_does_not_go_away_with_more_light_at_equal_iterations():
    recipe = nd.Recipe(iterations=8, background=5.0)
    dim, light = (nd.uncertainty_map(cells(35, peak)[1], PSF, recipe, draws=2) for peak in (100.0, 10_000.0))
    assert light.typical[0] < 0.3 * dim.typical[0]
    assert light.typical[1] > 0.3 * dim.typical[1]


@pytest.mark.parametrize("unit", [1e-15, 7.3])
def test_all_parts_follow_the_unit(unit):
    _, counts = cells(36, 200.0)
    one = nd.uncertainty_map(counts, PSF, nd.Recipe(iterations=10, background=5.0), draws=1)
    recipe = nd.Recipe(iterations=10, background=5.0 * unit)
    other = nd.uncertainty_map(counts * unit, PSF, recipe, draws=1)
    for name in ("deviation", "noise", "blur"):
        given, wanted = getattr(other, name) / unit, getattr(one, name)
        np.testing.assert_allclose(given, wanted, rtol=1e-3, atol=1e-3 * wanted.max())
    np.testing.assert_allclose(other.relative, one.relative, rtol=1e-3, atol=1e-3 * one.relative.max())
    assert other.typical == pytest.approx(one.typical, rel=1e-3)


@pytest.mark.parametrize("recipe", [
    nd.Recipe(method="wiener", background=5.0),
    nd.Recipe(iterations=15, prior="tv", strength=0.01, background=5.0),
    nd.Recipe(iterations=10, target_fwhm=0.2, background=5.0),
    nd.Recipe(iterations=30, acceleration=None, background=5.0),
])  # fmt: skip
def test_every_method_has_both_parts(recipe):
    truth, counts = cells(37, 300.0)
    known = nd.uncertainty_map(counts, PSF, recipe, draws=2)
    made = nd.deconvolve(counts, PSF, recipe)
    bright = made.estimate > 0.1 * np.quantile(made.estimate, 0.999)
    one, two = within(np.abs(made.estimate - truth), known.deviation, bright)
    assert 0.45 < one < 0.95
    assert two > 0.8


def test_samples_that_hold_nothing_do_not_spoil_the_rest():
    _, counts = cells(38, 300.0)
    recipe = nd.Recipe(iterations=8, background=5.0, gain=1.0)
    whole = nd.uncertainty_map(counts, PSF, recipe, draws=1)
    counts[40:44, 40:44] = np.nan
    found = nd.uncertainty_map(counts, PSF, recipe, draws=1)
    assert np.isfinite(found.deviation).all()
    far = np.hypot(*(np.indices(SHAPE) - 42)) > 25
    assert np.median(found.deviation[far] / whole.deviation[far]) == pytest.approx(1, abs=0.15)


def test_channels_and_frames_have_their_own():
    counts = np.stack([cells(39, 50.0)[1], cells(39, 500.0)[1]])
    found = nd.uncertainty_map(counts, PSF, nd.Recipe(iterations=6, background=5.0), draws=1)
    assert found.noise.shape == found.blur.shape == found.deviation.shape == counts.shape
    assert found.noise[0].mean() < found.noise[1].mean()  # in counts
    assert found.iterations == (6, 6)


def test_it_says_what_it_holds_and_what_not():
    _, counts = cells(40, 100.0)
    found = nd.uncertainty_map(counts, PSF, nd.Recipe(iterations=6, background=5.0), draws=1)
    said = str(found)
    for word in ("noise", "blur", "PSF", "background", "does not hold"):
        assert word in said
    assert f"{found.typical[2]:.2g}" in said
