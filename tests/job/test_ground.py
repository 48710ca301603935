"""Level, gain and background of a job, found from its image: small cases of benchmarks/cameras.py."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.job.data import background, camera_level, found_by, level
from napari_deconvolve.job.prepare import prepare

OFFSET, GAIN, READ = 100.0, 2.2, 1.6
LEVEL = OFFSET - GAIN * READ**2
SHAPES = {2: (128, 128), 3: (8, 64, 64)}
PSFS = {ndim: nd.psf.gaussian(4.0, ndim=ndim) for ndim in SHAPES}
ACROSS = {ndim: np.broadcast_to(np.linspace(-1, 1, shape[-1]), shape) for ndim, shape in SHAPES.items()}
FORMS = {
    "flat": lambda x: np.ones_like(x),
    "tilted": lambda x: 1 + 0.5 * x,
    "vignetted": lambda x: 1.1 - 0.3 * x**2,
    "two-step": lambda x: 1 + 0.5 * np.tanh((x + 0.2) / 0.15),
}


def light(kind: str, ndim: int, peak: float) -> np.ndarray:
    """Return the blurred image of a few balls, or of points."""
    shape, rng = SHAPES[ndim], np.random.default_rng(ndim)
    truth = np.zeros(shape)
    for _ in range({"balls": 14, "points": 40}[kind]):
        place = [rng.uniform(0, length) for length in shape]
        distance = np.sqrt(sum((axis - at) ** 2 for axis, at in zip(np.indices(shape), place, strict=True)))
        truth += np.clip({"balls": 4.0, "points": 0.5}[kind] - distance + 0.5, 0, 1)
    blurred = np.maximum(nd.convolve(truth, PSFS[ndim], boundary="zero"), 0)
    return peak * blurred / blurred.max()


def counts(kind: str, ndim: int, peak: float, form: str = "flat", seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return what a camera records, and the right background in counts, the offset in it."""
    rng, ground = np.random.default_rng(seed), max(5.0, 0.1 * peak) * FORMS[form](ACROSS[ndim])
    photons = rng.poisson(light(kind, ndim, peak) + ground) + READ * rng.normal(size=ground.shape)
    return OFFSET + GAIN * photons, OFFSET + GAIN * ground


@pytest.mark.parametrize("ndim", SHAPES)
@pytest.mark.parametrize("kind", ["balls", "points"])
@pytest.mark.parametrize("peak", [20, 100])
def test_offset_and_gain_are_those_of_the_camera(kind, ndim, peak):
    jobs = [prepare(counts(kind, ndim, peak, seed=seed)[0], PSFS[ndim], nd.Recipe()) for seed in range(5)]
    for job in jobs:
        assert level(job, 0) == pytest.approx(LEVEL, abs=0.1 * OFFSET + 2)
    assert np.median([camera_level(job, 0).gain for job in jobs]) == pytest.approx(GAIN, rel=0.25)


@pytest.mark.parametrize("ndim", SHAPES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("peak", [20, 1000])
def test_the_background_is_near_the_right_one(form, ndim, peak):
    image, right = counts("balls", ndim, peak, form)
    job = prepare(image, PSFS[ndim], nd.Recipe())
    away = np.broadcast_to(background(job, 0), right.shape) - right
    share = 0.15 if (form, ndim) == ("two-step", 3) else 0.1  # a step is some samples wide
    assert np.sqrt(np.mean(np.square(away))) < share * np.mean(right - OFFSET)
    assert not found_by(job, 0).filled


@pytest.mark.parametrize("more", [-140.0, -100.0, -60.0, 200.0, 900.0])
@pytest.mark.parametrize(("kind", "form"), [("balls", "two-step"), ("points", "flat"), ("points", "tilted")])
def test_a_constant_changes_nothing_but_level_and_background(kind, form, more):
    image, _ = counts(kind, 2, 20, form)
    before, after = (prepare(one, PSFS[2], nd.Recipe()) for one in (image, image + more))
    assert level(after, 0) == pytest.approx(level(before, 0) + more, abs=1e-3)
    np.testing.assert_allclose(background(after, 0), np.asarray(background(before, 0)) + more, atol=0.02)
    assert camera_level(after, 0).gain == pytest.approx(camera_level(before, 0).gain, rel=1e-5)


def test_a_given_gain_is_that_of_the_background_too():
    image, right = counts("balls", 2, 100, "tilted")
    job = prepare(image, PSFS[2], nd.Recipe(offset=OFFSET, read_noise=READ, gain=GAIN))
    assert level(job, 0) == pytest.approx(LEVEL)
    assert np.sqrt(np.mean(np.square(background(job, 0) - right))) < 0.05 * np.mean(right - OFFSET)
