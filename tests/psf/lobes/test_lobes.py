"""Side lobes: found where they are, as high as they are, and refused where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

import napari_deconvolve as nd
from napari_deconvolve.phantoms import (
    FOUR_PI_FWHM,
    FOUR_PI_SPACING,
    LOBE_DISTANCE,
    LOBE_HEIGHT,
    four_pi,
    four_pi_psf,
)
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.psf.lobes.lobes import Lobes

BACKGROUND = 5.0


def points_with_lobes(heights=(0.6, 0.6), distance=0.27, peak=400.0, seed=0, shape=(64, 60, 60)):
    """Simulate nine points that stand apart; give counts and places in samples."""
    rng = np.random.default_rng(seed)
    places = np.array([(shape[0] / 2, 10 + 20 * row, 10 + 20 * column) for row in range(3) for column in range(3)])
    places += rng.uniform(-1, 1, places.shape) * (5, 0.5, 0.5)

    def line(axis, place):
        sigma = FOUR_PI_FWHM[axis] / FOUR_PI_SPACING[axis] / 2.3548
        return np.exp(-0.5 * ((np.arange(shape[axis]) - place) / sigma) ** 2)

    image = np.zeros(shape)
    shift = distance / FOUR_PI_SPACING[0]
    for z, y, x in places:
        along = line(0, z) + heights[0] * line(0, z - shift) + heights[1] * line(0, z + shift)
        image += along[:, None, None] * line(1, y)[:, None] * line(2, x)
    return rng.poisson(peak * image + BACKGROUND).astype(np.float64), places


def left(estimate, places, distance=0.27):
    """Give the light at the lobes' places over that at the main peaks', both sides."""
    offsets = np.array((-1, 0, 1)) * distance / FOUR_PI_SPACING[0]
    light = sum(
        map_coordinates(np.asarray(estimate[:, round(y), round(x)], float), [z + offsets], order=3)
        for z, y, x in places
    )
    return np.abs(light[[0, 2]] / light[1])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("peak", [40.0, 400.0])
def test_distance_and_heights_are_found_in_a_simulated_4pi_image(seed, peak):
    one = four_pi(seed, peak)
    found = nd.psf.find_lobes(one.counts, one.spacing)
    assert found.distance == pytest.approx(LOBE_DISTANCE, abs=0.002)
    assert found.heights == pytest.approx((LOBE_HEIGHT, LOBE_HEIGHT), abs=0.07 if peak < 100 else 0.025)
    assert 0 < found.distance_error < 0.01
    assert all(0 < error < 0.06 for error in found.height_errors)
    assert found.points > 20


@pytest.mark.parametrize("heights", [(0.6, 0.3), (0.15, 0.4)])
def test_the_two_sides_are_told_apart(heights):
    counts, _ = points_with_lobes(heights)
    assert nd.psf.find_lobes(counts, FOUR_PI_SPACING).heights == pytest.approx(heights, abs=0.03)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_any_axis_can_hold_them(axis):
    counts, _ = points_with_lobes()
    turned = np.moveaxis(counts, 0, axis)
    spacing = np.insert(FOUR_PI_SPACING[1:], axis % 3, FOUR_PI_SPACING[0])
    found = nd.psf.find_lobes(turned, spacing, axis)
    assert found.axis == axis % 3
    assert found.distance == pytest.approx(0.27, abs=0.002)


def test_a_pedestal_a_gain_and_missing_samples_change_nothing():
    counts, _ = points_with_lobes()
    plain = nd.psf.find_lobes(counts, FOUR_PI_SPACING)
    scaled = nd.psf.find_lobes(3 * counts + 700, FOUR_PI_SPACING)
    assert scaled.heights == pytest.approx(plain.heights, abs=1e-6)
    counts[3, 4, 5] = np.nan
    assert nd.psf.find_lobes(counts, FOUR_PI_SPACING).heights == pytest.approx(plain.heights, abs=0.01)


def test_a_line_of_points_is_enough():
    line = np.zeros(400)
    line[[40, 110, 170, 240, 300, 355]] = (100, 80, 90, 70, 100, 60)
    lobes = line + 0.5 * np.roll(line, 9) + 0.3 * np.roll(line, -9)
    found = nd.psf.find_lobes(lobes, 0.1, unit="nm", distance=0.9)
    assert found.distance == pytest.approx(0.9, abs=0.01)
    assert found.heights == pytest.approx((0.3, 0.5), abs=0.01)
    assert found.unit == "nm"


@pytest.mark.parametrize("seed", range(3))
def test_an_image_without_lobes_is_refused(seed):
    counts, _ = points_with_lobes((0, 0), seed=seed)
    with pytest.raises(nd.ParameterError, match="No side lobes are found along this axis: beside 9 bright points"):
        nd.psf.find_lobes(counts, FOUR_PI_SPACING)


def test_the_axis_across_is_refused():
    one = four_pi()
    with pytest.raises(nd.ParameterError, match="choose another axis"):
        nd.psf.find_lobes(one.counts, one.spacing, axis=2)


@pytest.mark.parametrize(
    ("image", "more", "words"),
    [
        (np.ones((30, 9, 9)), {}, "0 bright points that stand apart"),
        (np.random.default_rng(0).poisson(5, (40, 40, 40)), {}, "bright points"),
        (np.ones((6, 20, 20)), {}, "6 samples along this axis, too few"),
        (np.ones((2, 3, 20, 20)), {}, "has 4 axes"),
        (np.ones((30, 9), complex), {}, "holds complex128"),
        (np.full((30, 9), np.nan), {}, "no finite number"),
        (np.ones((30, 9)), {"axis": 2}, "The axis is 2"),
        (np.ones((30, 9)), {"distance": -1}, "distance is -1"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(image, more, words):
    with pytest.raises(nd.ParameterError, match=words):
        nd.psf.find_lobes(image, 0.1, **more)


def test_what_was_found_makes_a_kernel_and_a_sentence():
    found = Lobes(0.3, (0.5, 0.4), 0.001, (0.01, 0.02), 12, 0, (0.1, 0.2), "um")
    psf = found.psf()
    assert psf.shape == (7, 1)
    np.testing.assert_allclose(psf.data[:, 0] * 1.9, [0.5, 0, 0, 1, 0, 0, 0.4], atol=1e-6)
    assert found.text == (
        "Lobes at ±0.3 ± 0.001 um, 0.500 ± 0.01 and 0.400 ± 0.02 of the main peak, found from 12 bright points."
    )


@pytest.mark.parametrize("distance", [0.27, 0.26, 0.2625, 0.25])
def test_points_that_are_blurred_alike_have_one_variance(distance):
    offsets = [(-distance, 0), (0, 0), (distance, 0)]
    psf = nd.psf.points(offsets, [0.6, 1, 0.5], (0.05, 0.1), alike=True)
    line, places = psf.data[:, 0].astype(float), (np.arange(psf.shape[0]) - psf.shape[0] // 2) * 0.05
    variances = []
    for middle, weight in ((-distance, 0.6), (0, 1), (distance, 0.5)):
        near = np.abs(places - middle) < 0.11
        light = line[near] / line[near].sum()
        assert line[near].sum() == pytest.approx(weight / 2.1, abs=1e-6)
        assert light @ places[near] == pytest.approx(middle, abs=1e-6)
        variances.append(light @ (places[near] - middle) ** 2)
    np.testing.assert_allclose(variances, variances[0], atol=1e-9)
    np.testing.assert_array_equal(rebuild(describe(psf)).data, psf.data)


def test_the_simulated_psf_has_lobes_where_they_were_wanted():
    line = four_pi_psf(0.25, 0.6).data.sum((1, 2))
    middle = len(line) // 2
    np.testing.assert_allclose(line[[middle - 5, middle + 5]] / line[middle], 0.6, atol=0.005)


@pytest.mark.parametrize("known", [True, False])
def test_lobes_are_taken_away_by_rl_and_by_the_linear_filter(known):
    counts, places = points_with_lobes(peak=2000.0, seed=1)
    found = nd.psf.find_lobes(counts, FOUR_PI_SPACING)
    offsets = [(-0.27, 0, 0), (0, 0, 0), (0.27, 0, 0)]
    kernel = nd.psf.points(offsets, (0.6, 1, 0.6), FOUR_PI_SPACING, alike=True) if known else found.psf()
    assert left(counts - BACKGROUND, places).min() > 0.55
    sharp = nd.richardson_lucy(counts, kernel, 60, background=BACKGROUND, acceleration="biggs-andrews")
    assert left(sharp, places).max() < 0.03
    linear = nd.wiener(counts - BACKGROUND, kernel, 1e-4)
    assert left(linear, places).max() < 0.08
