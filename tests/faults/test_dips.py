"""Dips in a bright level: no background is taken where nothing is dark.

The row: absorption lines, stars, bright field, tissue that fills the frame, photographs. Other members: cubes of
absorption spectra, spectra of a tilted continuum, bands, stacks, a few dark spots that a surface could bend into; and
emission lines and dark corners, which keep their background.
"""

from __future__ import annotations

import numpy as np
import pytest
from fault_scenes import Scene, discs, mean_of, scene, seen

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.dark_plateau import has_dark_plateau

SAID = "The image is bright with dark details"


def absorption(level: float, depth: float, seed: int, tilt: float = 0.0, samples: int = 256) -> Scene:
    rng = np.random.default_rng(seed)
    x = np.arange(samples)
    truth = level * (1 + tilt * (x / samples - 0.5))
    for centre in rng.uniform(10, samples - 10, 8):
        truth = truth * (1 - depth * rng.uniform(0.4, 1) * np.exp(-0.5 * ((x - centre) / 1.5) ** 2))
    return seen(truth, boundary="edge")


@pytest.mark.parametrize(("level", "depth"), [(5000.0, 0.5), (5000.0, 0.1), (500.0, 0.7), (200.0, 0.9)])
@pytest.mark.parametrize("tilt", [0.0, 0.8])
def test_absorption_lines(level, depth, tilt):
    ratios = []
    for seed in range(3):
        one = absorption(level, depth, seed, tilt)
        result = nd.deconvolve(one.photons(), one.psf)
        assert result.background == 0
        assert any(word.startswith(SAID) for word in result.words)
        ratios.append(one.error(result.estimate) / one.least_error(one.photons()))
    assert mean_of(ratios) < 1.35


def test_absorption_in_the_spectra_of_a_cube():
    lines = [absorption(2000.0 * (1 + seed), 0.6, seed, samples=128) for seed in range(6)]
    cube = Scene(np.stack([one.truth for one in lines]), lines[0].psf, np.stack([one.light for one in lines]))
    result = nd.deconvolve(cube.photons(), cube.psf)
    assert result.background == 0
    assert cube.error(result.estimate) < 0.1


def test_bands_without_a_dark_part():
    x = np.arange(300) / 300
    one = seen(3000 * (1.2 + np.sin(19 * x) + 0.5 * np.sin(47 * x + 1)) + 500, boundary="edge")
    result = nd.deconvolve(one.photons(), one.psf)
    assert result.background == 0
    assert one.error(result.estimate) < 0.05


@pytest.mark.parametrize("peak", [5.0, 100.0, 3000.0])
@pytest.mark.parametrize("ground", [0.0, 0.1, 1.0])
def test_emission_lines_keep_their_background(peak, ground):
    for seed in range(3):
        one = scene("points", (256,), peak, seed)
        counts = one.photons(ground * peak, seed).astype(float)
        assert has_dark_plateau(counts, estimate_background(counts))
        if peak > 50:
            assert nd.deconvolve(counts, one.psf).background == pytest.approx(ground * peak, rel=0.1, abs=1)


def test_noise_alone_is_no_dip():
    for seed in range(8):
        counts = np.random.default_rng(seed).poisson(50.0, 300).astype(float)
        assert has_dark_plateau(counts, estimate_background(counts))
    assert has_dark_plateau(np.full((3, 40), 7.0), 7.0)
    assert has_dark_plateau(np.full(40, np.nan), 0.0)


@pytest.mark.parametrize(("level", "depth"), [(200.0, 0.8), (2000.0, 0.3), (2000.0, 0.9)])
def test_a_bright_field_without_offset(level, depth):
    dark = np.clip(discs((96, 96), np.random.default_rng(2)), 0, 1)
    one = seen(level * (1 - depth * dark), boundary="edge")
    result = nd.deconvolve(one.photons(), one.psf)
    (told,) = (word for word in result.words if word.startswith(SAID))
    assert f"between the camera's offset ({result.camera[0].offset.value:.4g} counts) and the darkest part (" in told
    assert one.error(result.estimate) < 1.2 * one.least_error(one.photons())


@pytest.mark.parametrize("level", [50.0, 300.0, 1000.0])
@pytest.mark.parametrize("depth", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(("shape", "seed"), [((72, 72), 23), ((96, 96), 5), ((128, 128), 8)], ids=str)
def test_no_surface_bends_into_a_few_dark_details(level, depth, shape, seed):
    dark = np.clip(discs(shape, np.random.default_rng(seed)), 0, 1)
    one = seen(level * (1 - depth * dark), boundary="edge")
    result = nd.deconvolve(one.photons(), one.psf, nd.Recipe(iterations=4))
    assert np.all(np.asarray(result.background) == 0)
    assert any(word.startswith(SAID) for word in result.words)
    assert one.error(result.estimate) < 0.2


@pytest.mark.parametrize("fall", [2, 4])
def test_dark_corners_are_no_details(fall):
    one = scene("points", (128, 128), 60.0, 12)
    y, x = np.mgrid[-1:1:128j, -1:1:128j]
    ground = 40 * (1 - 0.3 * np.hypot(y, x) ** fall / 2 ** (fall / 2 - 1))
    result = nd.deconvolve(one.photons(ground), one.psf, nd.Recipe(iterations=4))
    assert result.background == pytest.approx(ground.mean(), rel=0.05)


@pytest.mark.parametrize("shape", [(96, 96), (10, 40, 40)], ids=str)
def test_tissue_that_fills_the_frame_is_said_to(shape):
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(1)
    texture = sum(gaussian_filter(rng.normal(size=shape), sigma) * sigma ** (len(shape) / 2) for sigma in (1.5, 3.0))
    one = seen(300 * np.clip(1 + 0.5 * texture / texture.std(), 0.1, None), boundary="reflect")
    result = nd.deconvolve(one.photons(), one.psf)
    assert any(word.startswith(("No part of the image is empty", SAID)) for word in result.words)
    known = nd.deconvolve(one.photons(), one.psf, nd.Recipe(background=0.0))
    assert one.error(known.estimate) < 1.15 * one.least_error(one.photons())
    assert not any("empty" in word for word in known.words)
