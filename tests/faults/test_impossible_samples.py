"""Samples that no light through the PSF makes: masked, and counted in a sentence.

The row: hot pixels and cosmic spikes. Other members: dead pixels, saturated samples, spikes of spectra and stacks;
and true points, also under the narrowest PSF that is sampled well.
"""

from __future__ import annotations

import re

import numpy as np
import pytest
from fault_scenes import Scene, scene

import napari_deconvolve as nd

OFFSET, GROUND = 100.0, 10.0
PEAK = 150.0


def counted(result: nd.Result) -> int:
    """Return how many samples a result says to have left out."""
    found = [re.match(r"(\d+) samples? (is|are) brighter or darker", word) for word in result.words]
    return sum(int(one.group(1)) for one in found if one)


def spoiled(one: Scene, many: int, kind: str, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = (one.photons(GROUND) + OFFSET).astype(float)
    places = rng.choice(image.size, many, replace=False)
    image.flat[places] = {
        "hot": lambda: image.flat[places] + PEAK * np.exp(rng.uniform(0.5, 3, many)),
        "dead": lambda: np.zeros(many),
        "saturated": lambda: np.full(many, 65535.0),
    }[kind]()
    return image


@pytest.mark.parametrize("kind", ["hot", "dead", "saturated"])
@pytest.mark.parametrize("share", [0.0005, 0.002, 0.005])
def test_spikes_of_an_image(kind, share):
    one = scene("discs", (96, 96), PEAK)
    many = round(share * 96**2)
    clean = nd.deconvolve((one.photons(GROUND) + OFFSET).astype(float), one.psf)
    result = nd.deconvolve(spoiled(one, many, kind), one.psf)
    assert 0.8 * many <= counted(result) <= 1.1 * many + 1
    assert one.error(result.estimate) < 1.15 * one.error(clean.estimate)


def test_spikes_of_a_stack():
    one = scene("discs", (10, 40, 40), PEAK)
    clean = nd.deconvolve((one.photons(GROUND) + OFFSET).astype(float), one.psf, nd.Recipe(iterations=15))
    result = nd.deconvolve(spoiled(one, 30, "hot"), one.psf, nd.Recipe(iterations=15))
    assert 24 <= counted(result) <= 33
    assert one.error(result.estimate) < 1.15 * one.error(clean.estimate)


def test_spikes_of_a_spectrum():
    one = scene("points", (400,), PEAK)
    clean = nd.deconvolve((one.photons(GROUND) + OFFSET).astype(float), one.psf, nd.Recipe(iterations=30))
    result = nd.deconvolve(spoiled(one, 4, "hot"), one.psf, nd.Recipe(iterations=30))
    assert 3 <= counted(result) <= 5
    assert one.error(result.estimate) < 1.2 * one.error(clean.estimate)


@pytest.mark.parametrize("peak", [2.0, 30.0, 1000.0])
@pytest.mark.parametrize("kind", ["points", "discs"])
@pytest.mark.parametrize("shape", [(96, 96), (10, 40, 40), (400,)], ids=str)
def test_light_through_the_psf_is_left(peak, kind, shape):
    one = scene(kind, shape, peak)
    image = one.photons(0.1 * peak) + OFFSET
    assert counted(nd.deconvolve(image, one.psf, nd.Recipe(iterations=2))) <= 1


@pytest.mark.parametrize("width", [2.0, 2.4, 3.0])
def test_points_under_a_narrow_psf_are_left(width):
    psf = nd.psf.gaussian(width, ndim=2)
    truth = scene("points", (96, 96), 1.0).truth
    light = np.maximum(nd.convolve(truth, psf, boundary="zero"), 0)
    image = np.random.default_rng(0).poisson(500 * light / light.max() + GROUND) + OFFSET
    assert counted(nd.deconvolve(image, psf, nd.Recipe(iterations=2))) == 0
