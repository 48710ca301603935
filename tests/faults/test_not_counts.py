"""Data that are no counts: lifted by a constant, or said in a sentence; finite with every method.

The row: CT in Hounsfield units, and bipolar data (a sine, a derivative, z-scores). Other members: stacks of CT, their
noise correlated by reconstruction; a signed spectrum; a background-subtracted logarithm; the negative of an image; a
constant below 0.
"""

from __future__ import annotations

import numpy as np
import pytest
from fault_scenes import seen
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd

AIR, TISSUE = -1000.0, 40.0
METHODS = (
    {},
    {"stop": "risk"},
    {"stop": "discrepancy"},
    {"acceleration": None, "iterations": 20},
    {"background": 0.0, "iterations": 40},
    {"background": 0.0, "offset": 0.0, "read_noise": 0.0, "iterations": 40},
    {"prior": "tv", "iterations": 20},
    {"method": "rl-gc"},
    {"method": "wiener"},
    {"method": "blind", "iterations": 3},
    {"method": "blind", "blind": "alternate", "iterations": 3},
)


def head(shape: tuple[int, ...], noise: float, correlated: float = 0.0) -> tuple[np.ndarray, np.ndarray, nd.PSF]:
    """Return attenuation above air, its image in Hounsfield units, and the PSF."""
    grid = np.mgrid[tuple(slice(-1, 1, 1j * n) for n in shape[-2:])]
    radius = np.hypot(grid[0] / 0.8, grid[1] / 0.7)
    inside = (radius < 1).astype(float) + 0.8 * ((radius < 1) & (radius > 0.9))
    inside -= 0.9 * (np.hypot(grid[0] - 0.2, grid[1] + 0.2) < 0.12)
    inside += 0.3 * (np.hypot(grid[0] + 0.3, grid[1]) < 0.2)
    one = seen(np.broadcast_to(inside, shape) * (TISSUE - AIR), boundary="edge")
    drawn = np.random.default_rng(1).normal(size=shape)
    drawn = gaussian_filter(drawn, correlated) if correlated else drawn
    return one.truth, one.light + AIR + noise * drawn / drawn.std(), one.psf


def error(estimate: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth))


@pytest.mark.parametrize("shape", [(96, 96), (8, 48, 48)], ids=str)
@pytest.mark.parametrize(("noise", "correlated"), [(0.0, 0.0), (20.0, 0.0), (60.0, 0.0), (30.0, 1.0)])
def test_hounsfield_units_are_lifted(shape, noise, correlated):
    truth, image, psf = head(shape, noise, correlated)
    result, lifted = (nd.deconvolve(np.rint(image - low).astype(np.int16), psf) for low in (0, AIR))
    assert error(result.estimate, truth) < 1.15 * error(lifted.estimate, truth)
    assert not blamed(result)


def blamed(result: nd.Result) -> list[str]:
    """Return the sentences that blame photons or the PSF."""
    return [word for word in result.words if "PSF may be" in word or "PSF wrong" in word or "dim" in word]


def bipolar() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    waves = np.sin(np.linspace(0, 18, 64))
    counts = rng.poisson(90 * gaussian_filter(rng.random((64, 64)) > 0.98, 1.7) * 18 + 10).astype(float)
    return {
        "sine": 100 * waves * waves[:, np.newaxis] + rng.normal(size=(64, 64)),
        "sine of int16": (100 * waves * waves[:, np.newaxis]).astype(np.int16),
        "derivative": np.gradient(counts)[0],
        "z-scores": (counts - counts.mean()) / counts.std(),
        "logarithm": np.log((counts + 1) / (counts.mean() + 1)),
        "negative": -counts,
        "constant": np.full((40, 40), -5.0),
        "spectrum": 50 * np.sin(np.linspace(0, 40, 256)) + rng.normal(size=256),
        "stack": np.broadcast_to(waves, (8, 24, 64)) + rng.normal(0, 0.05, (8, 24, 64)),
    }


BIPOLAR = bipolar()


@pytest.mark.parametrize("settings", METHODS, ids=str)
@pytest.mark.parametrize("name", [name for name in BIPOLAR if name not in ("stack", "logarithm")])
def test_every_method_stays_finite_and_within_bounds(name, settings):
    image = BIPOLAR[name]
    result = nd.deconvolve(image, nd.psf.gaussian(4.0, ndim=image.ndim), nd.Recipe(**settings))
    assert np.isfinite(result.estimate).all()
    assert np.abs(result.estimate).max() <= 40 * (np.ptp(image) + np.abs(image).max())
    assert result.estimate.min() >= 0 or settings.get("method") == "wiener"


@pytest.mark.parametrize("name", BIPOLAR)
def test_the_textbook_function_stays_finite(name):
    image = BIPOLAR[name]
    found = nd.richardson_lucy(image, nd.psf.gaussian(4.0, ndim=image.ndim), 50)
    assert np.isfinite(found).all()
    assert 0 <= found.min() <= found.max() <= 40 * np.abs(image).max()


@pytest.mark.parametrize("name", ["sine", "sine of int16", "spectrum", "stack"])
def test_it_is_said_that_they_are_no_counts(name):
    image = BIPOLAR[name]
    result = nd.deconvolve(image, nd.psf.gaussian(4.0, ndim=image.ndim))
    share = f"{100 * np.mean(image < 0):.2g} % of the samples are negative"
    assert any(word.startswith(share) and "no counts" in word for word in result.words)
    assert not blamed(result)


@pytest.mark.parametrize("name", ["sine", "spectrum", "stack"])
def test_waves_are_found_again_above_their_lowest_point(name):
    image = BIPOLAR[name]
    result = nd.deconvolve(image, nd.psf.gaussian(4.0, ndim=image.ndim))
    again = result.estimate + np.mean(result.background)
    assert np.corrcoef(again.ravel(), image.ravel())[0, 1] > 0.95


def test_z_scores_are_counts_in_another_unit():
    rng = np.random.default_rng(6)
    one = seen(100.0 * (rng.random((96, 96)) > 0.985))
    counts = rng.poisson(one.light + 20).astype(float)
    raw, scored = (nd.deconvolve(image, one.psf) for image in (counts, (counts - counts.mean()) / counts.std()))
    assert one.error(scored.estimate * counts.std()) < 1.15 * one.error(raw.estimate)
    assert not blamed(scored)
