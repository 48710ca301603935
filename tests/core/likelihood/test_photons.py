"""The step of counts in any unit, photons made whole, and draws of half of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.likelihood.photons import halved, in_steps, photon_step, whole_photons

COUNTS = np.random.default_rng(0).poisson(60.0, (40, 50)).astype(np.float64)
UNITS = (1e-30, 1e-10, 1 / 4095, 1 / 3, 1.0, 7.3, 1e15, 1e30)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("unit", UNITS)
def test_counts_in_any_unit_are_whole_again(unit, dtype):
    image = (COUNTS * unit).astype(dtype)
    step = photon_step(image)
    assert step == pytest.approx(unit, rel=1e-7)
    data, divided = in_steps(image, step)
    np.testing.assert_array_equal(data * (1.0 if divided != 1 else 1 / unit), COUNTS)


@pytest.mark.parametrize("unit", UNITS)
def test_the_noise_model_is_the_same_in_any_unit(unit):
    usual, other = (
        poisson_data(COUNTS * one, background=10 * one, dtype=np.dtype("float32"), level=-2.5 * one)
        for one in (1.0, unit)
    )
    np.testing.assert_array_equal(other.data, usual.data)
    assert (other.background, other.step, other.over_scale(2.2 * unit)) == pytest.approx(
        (usual.background, usual.step, usual.over_scale(2.2)), rel=0, abs=0
    )
    assert other.scale == pytest.approx(usual.scale * unit, rel=1e-12)


@pytest.mark.parametrize(
    "image",
    [
        COUNTS + 0.37,
        np.random.default_rng(0).normal(50, 5, (40, 50)),
        np.random.default_rng(0).normal(50, 5, (40, 50)).astype(np.float32),
        (COUNTS * 1e5 + np.arange(COUNTS.size).reshape(COUNTS.shape)).astype(np.float32),
        np.zeros((5, 5)),
        np.full((5, 5), np.nan),
        np.array([1.0, 5e-324]),
    ],
)
def test_other_data_have_no_step(image):
    assert photon_step(image) is None
    assert in_steps(image, None) == (image, 1.0)


def test_the_step_of_a_flat_image_is_its_value():
    assert photon_step(np.full((5, 5), 3.5)) == 3.5


def test_data_are_not_moved_to_steps_that_are_not_theirs():
    image = np.array([3.0, 6.0, 9.0, 10.0])
    assert in_steps(image, 3.0) == (image, 1.0)


def test_samples_that_say_nothing_do_not_matter():
    image = np.array([0.3, np.nan, -0.6, np.inf, 0.9, 0.0])
    step = photon_step(image)
    assert step == pytest.approx(0.3)
    np.testing.assert_array_equal(in_steps(image, step)[0], [1, np.nan, -2, np.inf, 3, 0])


@pytest.mark.parametrize("photons", [0, 1, 5, 63, 64, 65, 300, 10_000])
def test_halves_are_thinned_counts(photons):
    first = halved(np.full(200_000, photons), np.random.default_rng(0), sure=False)
    assert first.min() >= 0
    assert first.max() <= photons
    assert first.mean() == pytest.approx(photons / 2, abs=4 * np.sqrt(photons / 4 / 200_000))
    assert first.var() == pytest.approx(photons / 4, rel=0.02)


@given(st.integers(0, 2000), st.integers(0, 2**32))
def test_one_photon_more_moves_its_own_voxel_by_one_at_most(photons, seed):
    fewer = np.full(9, photons)
    more = fewer + (np.arange(9) == 4)
    one, other = (halved(some, np.random.default_rng(seed), sure=False) for some in (fewer, more))
    np.testing.assert_array_equal(np.delete(one, 4), np.delete(other, 4))
    assert photons == 64 or 0 <= other[4] - one[4] <= 1


def test_half_photons_do_not_hang_on_the_last_bit():
    data = np.array([2.5, 3.5, 2.4, 2.6, -1.0])
    for factor in (1 - 1e-12, 1.0, 1 + 1e-12):
        np.testing.assert_array_equal(whole_photons(data * factor, 1.0), [2, 4, 2, 3, 0])


@pytest.mark.parametrize("step", [1.0, 0.37, 1 / 65535, 3e-9])
def test_a_step_is_found_however_many_values_there_are(step):
    whole = np.random.default_rng(5).integers(0, 3000, 5000)
    assert photon_step((whole * step).astype(np.float32)) == pytest.approx(step, rel=1e-6)


def test_numbers_of_any_size_between_have_no_step():
    assert photon_step(np.random.default_rng(6).gamma(3.0, 50.0, 5000).astype(np.float32)) is None
