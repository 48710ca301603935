"""Spectra of a camera: offset, gain and a baseline that is no constant are found, and absorption lines have none.

The row: a background that is not flat, and levels below zero, of spectra. Members: emission lines, bands and wide
lines; a tilted and a curved baseline; an offset, and a level that was taken off; a gap; a tilted continuum that is
dark in places.
"""

from __future__ import annotations

import numpy as np
import pytest
from fault_scenes import Scene, mean_of

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.level import find_level

SAMPLES, BEYOND = 360, 40
GAIN, READ_NOISE, OFFSET = 1.7, 1.3, 140.0
PSF = nd.psf.gaussian(4.0, ndim=1)
X = np.linspace(-1, 1, SAMPLES)
BASELINES = {"tilted": 1 + 0.7 * X, "curved": 1.3 - 0.9 * X**2}


def spectrum(kind: str, peak: float, seed: int) -> Scene:
    rng = np.random.default_rng(seed)
    whole, x = np.zeros(SAMPLES + 2 * BEYOND), np.arange(SAMPLES + 2 * BEYOND)
    if kind == "lines":
        np.add.at(whole, rng.integers(BEYOND, SAMPLES + BEYOND, 14), rng.uniform(0.3, 1, 14))
    elif kind == "bands":
        for centre in rng.uniform(BEYOND, SAMPLES + BEYOND, 5):
            whole += rng.uniform(0.3, 1) * (np.abs(x - centre) < rng.uniform(5, 14))
    else:
        for centre in rng.uniform(BEYOND, SAMPLES + BEYOND, 8):
            whole += rng.uniform(0.3, 1) / (1 + ((x - centre) / rng.uniform(1.2, 3)) ** 2)
    light, part = np.maximum(nd.convolve(whole, PSF), 0), slice(BEYOND, -BEYOND)
    return Scene(whole[part], PSF, light[part]).brighter(peak / light[part].max())


def recorded(one: Scene, ground: np.ndarray | float, seed: int, offset: float = OFFSET) -> np.ndarray:
    rng = np.random.default_rng(100 + seed)
    return offset + GAIN * (rng.poisson(one.light + ground) + READ_NOISE * rng.normal(size=SAMPLES))


def excess(one: Scene, counts: np.ndarray, ground: np.ndarray | float, offset: float = OFFSET) -> float:
    """Return the error of the default over that of the best iteration by somebody who knows baseline and camera."""
    photons = (counts - offset) / GAIN + READ_NOISE**2
    known = nd.Recipe(background=ground + READ_NOISE**2, offset=0.0, read_noise=0.0, defects="keep", target_fwhm=0.0)
    states = (state for _, state in zip(range(200), nd.iterate(photons, PSF, known), strict=False))
    return one.error(nd.deconvolve(counts, PSF).estimate, GAIN) / min(one.error(state.estimate) for state in states)


@pytest.mark.parametrize("peak", [300.0, 5000.0])
@pytest.mark.parametrize("shape", BASELINES)
@pytest.mark.parametrize("kind", ["lines", "bands", "wide lines"])
def test_a_baseline_that_is_no_constant(kind, shape, peak):
    ground, ratios = 0.1 * peak * BASELINES[shape], []
    for seed in range(3):
        one = spectrum(kind, peak, seed)
        counts = recorded(one, ground, seed)
        found = nd.background_map(counts, PSF)
        assert np.sqrt(np.mean(np.square(found - OFFSET - GAIN * ground))) < 0.4 * GAIN * np.mean(ground)
        ratios.append(excess(one, counts, ground))
    assert mean_of(ratios) < 1.5


@pytest.mark.parametrize("kind", ["lines", "bands", "wide lines"])
def test_an_even_baseline_stays_a_number(kind):
    for seed in range(4):
        found = nd.background_map(recorded(spectrum(kind, 300.0, seed), 30.0, seed), PSF)
        assert np.ptp(found) == 0


@pytest.mark.parametrize("tilt", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("depth", [0.1, 0.4, 0.9])
def test_a_continuum_with_dark_lines_is_no_baseline(depth, tilt):
    for seed in range(3):
        rng, truth = np.random.default_rng(seed), 3000 * (1 + tilt * X)
        for centre in rng.uniform(-0.9, 0.9, 8):
            truth = truth * (1 - depth * rng.uniform(0.4, 1) * np.exp(-0.5 * ((X - centre) * SAMPLES / 3) ** 2))
        counts = rng.poisson(np.maximum(nd.convolve(truth, PSF, boundary="edge"), 0))
        assert np.ptp(nd.background_map(counts, PSF)) == 0
        assert nd.deconvolve(counts, PSF).background == 0


@pytest.mark.parametrize("peak", [30.0, 300.0])
@pytest.mark.parametrize("kind", ["bands", "wide lines"])
def test_offset_and_gain_of_a_spectrum(kind, peak):
    levels, gains = [], []
    for seed in range(16):
        found = find_level(recorded(spectrum(kind, peak, seed), 0.1 * peak, seed), PSF.data)
        assert found.white
        levels.append(found.counts)
        gains.append(found.transfer.gain)
    assert np.median(levels) == pytest.approx(OFFSET - GAIN * READ_NOISE**2, abs=3 + 0.1 * peak)
    assert np.median(gains) == pytest.approx(GAIN, rel=0.3)


@pytest.mark.parametrize("taken", [0.0, 60.0, 100.0, 400.0])
@pytest.mark.parametrize("kind", ["lines", "bands"])
def test_a_level_that_was_taken_off_changes_nothing(kind, taken):
    for seed in range(4):
        one = spectrum(kind, 300.0, seed)
        counts = recorded(one, 30.0, seed, offset=40.0)
        recipe = nd.Recipe(iterations=20)
        errors = [one.error(nd.deconvolve(image, PSF, recipe).estimate, GAIN) for image in (counts - taken, counts)]
        assert errors[0] < 1.15 * errors[1]


def test_a_baseline_comes_back_with_its_recipe_and_fits_parts():
    ground = 30.0 * BASELINES["tilted"]
    counts = recorded(spectrum("lines", 300.0, 1), ground, 1)
    counts[100:130] = np.nan
    result = nd.deconvolve(counts, PSF, nd.Recipe(iterations=9))
    again = nd.deconvolve(counts, PSF, nd.Recipe.from_json(result.recipe.to_json()))
    assert np.array_equal(again.estimate, result.estimate)
    with pytest.raises(nd.ParameterError, match="was found under an image of"):
        nd.deconvolve(np.ones((60, 60)), nd.psf.gaussian(4.0, ndim=2), result.recipe, as_found=True)
    other = np.random.default_rng(0).poisson(50.0, (60, 60))
    assert any(
        "chosen again" in word for word in nd.deconvolve(other, nd.psf.gaussian(4.0, ndim=2), result.recipe).words
    )


@pytest.mark.parametrize("shape", ["even", "tilted"])
def test_the_model_of_a_spectrum_lies_on_its_counts(shape):
    ground = 30.0 * (BASELINES["tilted"] if shape == "tilted" else np.ones(SAMPLES))
    counts = recorded(spectrum("bands", 300.0, 2), ground, 2)
    result = nd.deconvolve(counts, PSF)
    model = nd.residual(counts, PSF, result.estimate, result.recipe).model
    assert abs(float(np.mean(counts - model))) < 3
    assert np.std(counts - model) < 1.2 * GAIN * np.sqrt(np.mean(spectrum("bands", 300.0, 2).light + ground))
