"""Counts from which more was subtracted than the background: the level is found, and may be negative.

The row: Poisson(B + 20) less s, s from 22 to 1000. Other members: stacks, spectra, cubes, films, a camera that writes
int16 around an offset below 0, a sky that was subtracted from shares of the largest, read noise around 0.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from fault_scenes import Scene, mean_of, scene

import napari_deconvolve as nd

GROUND = 20.0
CLOSE = 1.15  # times the error of what nothing was subtracted from
DISCS = scene("discs", (96, 96), 100.0)


@cache
def usual_error(one: Scene) -> float:
    """Return the error of the default where nothing was subtracted."""
    return one.error(nd.deconvolve(one.photons(GROUND).astype(float), one.psf).estimate)


def ratios(one: Scene, subtracted: float) -> tuple[float, nd.Result]:
    result = nd.deconvolve(one.photons(GROUND) - subtracted, one.psf)
    return one.error(result.estimate) / usual_error(one), result


@pytest.mark.parametrize("subtracted", [22.0, 40.0, 137.0, 1000.0])
@pytest.mark.parametrize("peak", [20.0, 100.0, 1000.0])
def test_an_image_from_which_too_much_was_subtracted(subtracted, peak):
    one = scene("discs", (96, 96), peak)
    ratio, result = ratios(one, subtracted)
    assert ratio < CLOSE
    assert result.background == pytest.approx(GROUND - subtracted, abs=2)
    assert result.recipe.offset < GROUND - subtracted


def test_the_recipe_holds_the_negative_level_and_repeats_the_result():
    counts = DISCS.photons(GROUND) - 40.0
    result = nd.deconvolve(counts, DISCS.psf)
    assert result.recipe.offset < -20
    again = nd.deconvolve(counts, DISCS.psf, nd.Recipe.from_json(result.recipe.to_json()))
    np.testing.assert_array_equal(again.estimate, result.estimate)


@pytest.mark.parametrize("subtracted", [30.0, 400.0])
def test_a_stack(subtracted):
    one = scene("discs", (12, 48, 48), 100.0)
    assert ratios(one, subtracted)[0] < CLOSE


@pytest.mark.parametrize("subtracted", [22.0, 75.0, 1000.0])
def test_spectra(subtracted):
    found = []
    for seed in range(4):
        one = scene("points", (256,), 300.0, seed)
        found.append(ratios(one, subtracted)[0])
    assert mean_of(found) < CLOSE


@pytest.mark.parametrize("subtracted", [33.0, 500.0])
def test_spectra_of_a_cube(subtracted):
    line = scene("points", (192,), 200.0)
    share = np.random.default_rng(0).uniform(0.2, 1, (4, 5, 1))
    cube = Scene(line.truth * share, line.psf, line.light * share)
    ratio, result = ratios(cube, subtracted)
    assert ratio < CLOSE
    assert result.background == pytest.approx(GROUND - subtracted, abs=1)


def test_a_film():
    frames = [scene("discs", (64, 64), 90.0, seed) for seed in range(3)]
    film = Scene(np.stack([one.truth for one in frames]), DISCS.psf, np.stack([one.light for one in frames]))
    ratio, result = ratios(film, 50.0)
    assert ratio < CLOSE
    assert result.background == pytest.approx((GROUND - 50,) * 3, abs=2)


def test_a_camera_that_writes_int16_around_an_offset_below_zero():
    rng = np.random.default_rng(4)
    gain, read = 30.0, 40.0  # as in two-photon microscopes
    counts = gain * DISCS.photons(2.0) + rng.normal(0, read, DISCS.truth.shape)
    low, high = ((counts + offset).round().astype(np.int16) for offset in (-37, 200))
    found = [DISCS.error(nd.deconvolve(image, DISCS.psf).estimate, gain) for image in (low, high)]
    assert found[0] < CLOSE * found[1]


def test_shares_of_the_largest_less_their_sky():
    sky = DISCS.photons(GROUND) / 120.0
    plain, less = (nd.deconvolve(sky - level, DISCS.psf) for level in (0.0, 0.21))
    assert DISCS.error(less.estimate, 1 / 120) < CLOSE * DISCS.error(plain.estimate, 1 / 120)
    assert less.background == pytest.approx(GROUND / 120 - 0.21, abs=0.02)


@pytest.mark.parametrize("function", [nd.richardson_lucy, nd.deconvolve], ids=["function", "recipe"])
def test_a_negative_background_may_be_given(function):
    counts = DISCS.photons(GROUND).astype(float)
    if function is nd.richardson_lucy:
        found = nd.richardson_lucy(counts - 50, DISCS.psf, 8, background=-30.0)
    else:
        found = nd.deconvolve(counts - 50, DISCS.psf, nd.Recipe(background=-30.0, iterations=8)).estimate
    assert np.isfinite(found).all()
    known = nd.richardson_lucy(counts, DISCS.psf, 8, background=GROUND)
    assert DISCS.error(found) < CLOSE * DISCS.error(known)


PINNED = "pinned at zero"
AS_IT_IS = {"offset": 0.0, "background": 0.0}


@pytest.mark.parametrize("settings", [AS_IT_IS, {"background": 0.0}, {**AS_IT_IS, "stop": "risk"}], ids=str)
@pytest.mark.parametrize(("shape", "subtracted"), [((64, 64), 32.0), ((6, 32, 32), 45.0), ((256,), 60.0)], ids=str)
def test_what_is_given_too_high_is_said_to_pin_the_estimate_at_zero(shape, subtracted, settings):
    one = scene("discs", shape, 80.0, 6)
    result = nd.deconvolve(one.photons(GROUND) - subtracted, one.psf, nd.Recipe(**settings))
    assert np.isfinite(result.estimate).all()
    assert any(PINNED in word for word in result.words)
    assert not any("dim" in word for word in result.words)  # that is not the cause


def test_a_background_far_too_high_is_said_too():
    one = scene("points", (96, 96), 60.0, 2)
    result = nd.deconvolve(one.photons(GROUND), one.psf, nd.Recipe(background=GROUND + 15, iterations=10))
    assert any(PINNED in word for word in result.words)


@pytest.mark.parametrize("peak", [2.0, 50.0, 2000.0])
@pytest.mark.parametrize("settings", [{}, {"background": 0.1}], ids=["auto", "given"])
def test_the_right_background_pins_nothing(peak, settings):
    for kind, shape in (("discs", (64, 64)), ("points", (64, 64)), ("discs", (256,))):
        one = scene(kind, shape, peak, 3)
        given = {name: share * peak for name, share in settings.items()}
        result = nd.deconvolve(one.photons(0.1 * peak), one.psf, nd.Recipe(iterations=3, **given))
        assert not any(PINNED in word for word in result.words)


@pytest.mark.parametrize("method", ["rl", "rl-gc", "wiener", "blind"])
@pytest.mark.parametrize("subtracted", [25.0, 60.0, 500.0])
def test_negative_data_taken_as_they_are_stay_finite(method, subtracted):
    one = scene("discs", (48, 48), 100.0, 7)
    iterations = {} if method in ("wiener", "blind") else {"iterations": 100}
    recipe = nd.Recipe(method=method, **AS_IT_IS, **iterations)
    result = nd.deconvolve(one.photons(GROUND) - subtracted, one.psf, recipe)
    assert np.isfinite(result.estimate).all()
    assert result.words
