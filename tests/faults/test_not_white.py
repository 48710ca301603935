"""Data whose noise was smoothed: it is said, and the noise that is left calibrates the run.

The row: interpolated, JPEG, smoothed, binned and averaged data. Other members: a rotation, a median filter, a zoom, a
moving average along one axis, stacks of each; square roots, logarithms and gammas; and what has the noise of counts
still (binning, averaging, a shift by a sample).
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from fault_scenes import Scene, mean_of, scene
from scipy.ndimage import gaussian_filter, median_filter, shift, uniform_filter

import napari_deconvolve as nd

SAID = "The noise is not that of counts"


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    picture = pytest.importorskip("PIL.Image")
    largest, stream = image.max(), BytesIO()
    eight = np.rint(image / largest * 255).astype(np.uint8)
    picture.fromarray(eight).save(stream, "JPEG", quality=quality)
    return np.asarray(picture.open(stream)).astype(float) * largest / 255


SMOOTHED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gaussian .6": lambda image: gaussian_filter(image, 0.6),
    "gaussian 1.2": lambda image: gaussian_filter(image, 1.2),
    "half a sample, linear": lambda image: shift(image, 0.5, order=1, mode="nearest"),
    "a third, cubic": lambda image: shift(image, 0.35, order=3, mode="nearest"),
    "mean of 3": lambda image: uniform_filter(image, 3),
    "median of 3": lambda image: median_filter(image, 3),
}
PICTURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"jpeg 70": lambda image: jpeg(image, 70)}


def excess(name: str, one: Scene, image: np.ndarray, ground: float) -> float:
    result = nd.deconvolve(image, one.psf)
    assert any(word.startswith(SAID) for word in result.words), name
    return one.error(result.estimate) / one.least_error(image, ground)


@pytest.mark.parametrize("name", [*SMOOTHED, *PICTURES])
def test_smoothed_images_are_said_and_near_the_best(name):
    change = {**SMOOTHED, **PICTURES}[name]
    ratios = []
    for kind, peak in (("discs", 60.0), ("discs", 400.0), ("points", 200.0)):
        one = scene(kind, (96, 96), peak)
        ratios.append(excess(name, one, change(one.photons(0.1 * peak).astype(float)), 0.1 * peak))
    assert mean_of(ratios) < 1.2
    assert max(ratios[:2]) < 1.3  # points differ more, whatever their noise is


@pytest.mark.parametrize("name", ["gaussian .6", "half a sample, linear", "mean of 3"])
def test_smoothed_stacks_are_said_and_near_the_best(name):
    one = scene("discs", (12, 40, 40), 100.0)
    assert excess(name, one, SMOOTHED[name](one.photons(10).astype(float)), 10.0) < 1.2


@pytest.mark.parametrize("gain", [0.2, 7.0])
def test_the_camera_does_not_matter(gain):
    one = scene("discs", (96, 96), 100.0)
    image = 100 + gain * gaussian_filter(one.photons(10).astype(float), 0.7)
    result = nd.deconvolve(image, one.psf)
    best = one.least_error(image, 100 + 10 * gain, gain)
    assert one.error(result.estimate, gain) < 1.25 * best
    assert any(word.startswith(SAID) for word in result.words)


def test_the_gain_is_about_that_of_the_raw_counts():
    for peak in (30.0, 300.0):
        one = scene("discs", (96, 96), peak)
        raw = one.photons(0.1 * peak).astype(float)
        half = nd.deconvolve(SMOOTHED["half a sample, linear"](raw), one.psf)
        assert half.gain == pytest.approx(nd.deconvolve(raw, one.psf).gain, rel=0.5)


@pytest.mark.parametrize("kind", ["binned", "averaged", "shifted by a sample", "16 bit"])
def test_white_noise_is_not_said_to_be_another(kind):
    one = scene("discs", (128, 128), 100.0)
    raw = one.photons(10).astype(float)
    image = {
        "binned": lambda: raw.reshape(64, 2, 64, 2).mean(axis=(1, 3)),
        "averaged": lambda: np.mean([one.photons(10, seed) for seed in range(5)], axis=0),
        "shifted by a sample": lambda: shift(raw, 1, order=1, mode="nearest"),
        "16 bit": lambda: np.rint(100 + 2.2 * raw).astype(np.uint16),
    }[kind]()
    psf = nd.psf.gaussian(2.0, ndim=2) if kind == "binned" else one.psf
    assert not any(word.startswith(SAID) for word in nd.deconvolve(image, psf).words)


@pytest.mark.parametrize("frames", [4, 16])
def test_averaged_frames_are_as_good_as_their_sum(frames):
    one = scene("discs", (96, 96), 30.0)
    mean = np.mean([one.photons(3, seed) for seed in range(frames)], axis=0)
    assert one.excess(mean, 3.0) < 1.2


GROWS_NOT = "The noise does not grow with light"
CHANGED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "square root": np.sqrt,
    "Anscombe": lambda image: 2 * np.sqrt(image + 0.375),
    "logarithm": lambda image: np.log(image + 1),
    "a display's gamma": lambda image: np.rint(255 * (image / image.max()) ** (1 / 2.2)).astype(np.uint8),
}
KEPT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "raw": lambda image: image,
    "on an offset": lambda image: 100 + 2.2 * image,
    "shares of the largest": lambda image: (image / image.max()).astype(np.float32),
    "8 bit": lambda image: np.rint(255 * image / image.max()).astype(np.uint8),
    "binned": lambda image: image.reshape(48, 2, 48, 2).sum(axis=(1, 3)),
}


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("shape", [(96, 96), (128, 128), (10, 40, 40)], ids=str)
def test_counts_that_a_curve_has_changed_are_mostly_said(name, shape):
    said = []
    for seed in range(50, 55):
        one = scene("discs", shape, 150.0, seed)
        image = CHANGED[name](one.photons(15.0, seed).astype(float))
        words = nd.deconvolve(image, one.psf, nd.Recipe(iterations=3)).words
        said.append(any(word.startswith(GROWS_NOT) for word in words))
    assert sum(said) >= 3


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("peak", [3.0, 30.0, 300.0])
def test_the_noise_of_counts_is_said_to_grow(name, peak):
    for kind in ("discs", "points"):
        one = scene(kind, (96, 96), peak, 42)
        for ground in (0.1, 3.0):
            image = KEPT[name](one.photons(ground * peak).astype(float))
            words = nd.deconvolve(image, one.psf, nd.Recipe(iterations=2)).words
            assert not any(word.startswith(GROWS_NOT) for word in words)


def test_nor_does_reading_noise_hide_it():
    one = scene("discs", (96, 96), 100.0, 43)
    for read in (3.0, 12.0, 40.0):
        image = one.photons(10) + np.random.default_rng(4).normal(0, read, (96, 96))
        words = nd.deconvolve(image, one.psf, nd.Recipe(iterations=2)).words
        assert not any(word.startswith(GROWS_NOT) for word in words)
