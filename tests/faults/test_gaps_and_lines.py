"""Defects that hide each other, or lie where neighbours are few: masked, and clean borders are left alone.

The row: a gap filled with a constant, and hot pixels in the same image, some beside the gap or in it. Other members: a
hot or a dead row or column along the border of an image or of planes of a stack, dead ones with read noise.
"""

from __future__ import annotations

import numpy as np
import pytest
from fault_scenes import FWHM, Scene, scene, seen
from scipy.ndimage import binary_dilation

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.spikes import spikes
from napari_deconvolve.job.defects import Defects, defects
from napari_deconvolve.job.prepare import prepare

OFFSET, GROUND, READ_NOISE = 100.0, 10.0, 3.0
SHAPES = {2: (96, 96), 3: (10, 48, 48)}


def counts(one: Scene, rng: np.random.Generator) -> np.ndarray:
    return np.round(rng.poisson(one.light + GROUND) + OFFSET + rng.normal(0, READ_NOISE, one.light.shape))


def drawn(kind: str, ndim: int, seed: int) -> tuple[Scene, np.random.Generator]:
    rng = np.random.default_rng([seed, ndim, *kind.encode()])
    return scene(kind, SHAPES[ndim], float(np.exp(rng.uniform(np.log(40), np.log(1500)))), seed), rng


def gap(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return a wedge in a corner, a rectangle, or a stripe."""
    y, x = np.indices(shape)[-2:]
    size, (top, left) = shape[-1], rng.integers(0, shape[-1] - 12, 2)
    high, wide = rng.integers(5, size // 3, 2)
    return [
        np.asarray(x + y < rng.integers(size // 6, size // 2)),
        np.asarray((y >= top) & (y < top + high) & (x >= left) & (x < left + wide)),
        np.asarray((y >= top) & (y < top + rng.integers(2, 8))),
    ][rng.integers(3)]


def hot_ones(area: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return samples anywhere outside an area, and more of them beside it."""
    beside = binary_dilation(area, iterations=2)
    return ~area & (rng.random(area.shape) < np.where(beside, 5 * share, share))


def known(image: np.ndarray, one: Scene) -> tuple[Defects, np.ndarray]:
    found = defects(prepare(image, one.psf, nd.Recipe()), 0)
    return found, np.zeros(image.shape, bool) if found.found is None else found.found


@pytest.mark.parametrize(("ndim", "share"), [(2, 0.0005), (2, 0.002), (2, 0.01), (3, 0.0005), (3, 0.002)])
@pytest.mark.parametrize("kind", ["discs", "points"])
def test_hot_pixels_hide_no_gap(ndim, kind, share):
    hot_count = found_count = 0
    for seed in range(6):
        one, rng = drawn(kind, ndim, seed)
        image, area = counts(one, rng), gap(SHAPES[ndim], rng)
        hot = hot_ones(area, share, rng)
        image[hot] += one.light.max() * np.exp(rng.uniform(0, 3, np.count_nonzero(hot)))
        image[area] = rng.choice([0, 0, 37, 65535])
        image = np.clip(image, 0, 65535).astype(rng.choice(["uint16", "float32"]))
        found, taken = known(image, one)
        assert found.missing == np.count_nonzero(area), (seed, found.constants)
        assert np.count_nonzero(taken & ~hot & ~area) <= 0.02 * np.count_nonzero(hot) + 1
        hot_count, found_count = hot_count + np.count_nonzero(hot), found_count + np.count_nonzero(taken & hot)
    assert found_count >= 0.85 * hot_count


def test_hot_pixels_in_the_midst_of_a_gap_are_left_out_too():
    one, rng = drawn("discs", 2, 0)
    image, area = counts(one, rng), np.zeros(SHAPES[2], bool)
    area[20:50, 30:60] = True
    image[area] = 0
    hot = np.zeros(SHAPES[2], bool)
    hot[[25, 33, 34, 40, 70], [40, 50, 50, 35, 20]] = True
    image[hot] = 3000
    found, taken = known(image, one)
    assert found.hot == 5
    np.testing.assert_array_equal(taken, area | hot)


def test_the_error_beside_a_gap_is_that_of_a_clean_image():
    for seed in range(2):
        one, rng = drawn("discs", 2, seed)
        image, area = counts(one, rng), gap(SHAPES[2], rng)
        hot = hot_ones(area, 0.005, rng)
        faulty = np.where(hot, image + one.light.max() * rng.uniform(1, 20, image.shape), image)
        faulty[area] = 0
        right, masked = (nd.deconvolve(data, one.psf, nd.Recipe(iterations=15)).estimate for data in (image, faulty))
        far = ~binary_dilation(area, iterations=3)
        wrong, least = (np.linalg.norm((estimate - one.truth)[far]) for estimate in (masked, right))
        assert wrong < 1.2 * least


# ---- lines along a border


def line(shape: tuple[int, ...], depth: int, rng: np.random.Generator) -> np.ndarray:
    """Return a row or a column so many lines from a border, in one plane or in all."""
    where = np.zeros(shape, bool)
    place = [slice(None)] * len(shape)
    place[int(rng.choice([-1, -2]))] = (
        slice(depth, depth + 1) if rng.random() < 0.5 else slice(-1 - depth, -depth or None)
    )
    if len(shape) == 3 and rng.random() < 0.5:
        place[0] = slice(rng.integers(shape[0]), None)
        place[0] = slice(place[0].start, place[0].start + 1)
    where[tuple(place)] = True
    return where


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize(("ndim", "kind"), [(2, "discs"), (2, "points"), (3, "discs")])
def test_hot_and_dead_lines_along_a_border_are_found(ndim, kind, depth):
    for seed in range(6):
        one, rng = drawn(kind, ndim, 100 * depth + seed)
        clean, where = counts(one.brighter(1.0), rng), line(SHAPES[ndim], depth, rng)
        light = np.median(clean) - OFFSET + 15 * np.sqrt(np.median(one.light) + GROUND + READ_NOISE**2)
        image = np.where(where, clean + light * rng.uniform(1, 20), clean)
        _, taken = known(image.astype(np.uint16), one)
        assert np.count_nonzero(taken & where) >= 0.9 * np.count_nonzero(where), seed
        assert np.count_nonzero(taken & ~where) <= 3
        bright = np.where(where, OFFSET + rng.normal(0, READ_NOISE, clean.shape), clean + rng.poisson(300, clean.shape))
        _, taken = known(np.round(bright).astype(np.uint16), one)
        assert np.count_nonzero(taken & where) >= 0.9 * np.count_nonzero(where), seed
        assert np.count_nonzero(taken & ~where) <= 3


def test_two_hot_columns_along_a_border_are_found():
    for seed in range(4):
        rng = np.random.default_rng(seed)
        one = scene("points", SHAPES[2], 100.0, seed)
        image = counts(one, rng)
        image[:, -2:] += 700
        _, taken = known(image.astype(np.uint16), one)
        assert taken[:, -2:].all()
        assert np.count_nonzero(taken[:, :-2]) <= 1


@pytest.mark.parametrize("boundary", ["zero", "periodic", "reflect"])
@pytest.mark.parametrize("kind", ["discs", "points"])
@pytest.mark.parametrize("ndim", [2, 3])
def test_clean_borders_are_left_alone(ndim, kind, boundary):
    for seed in range(4):
        one, rng = drawn(kind, ndim, seed)
        _, taken = known(counts(seen(one.truth, boundary), rng), one)
        assert np.count_nonzero(taken) <= 1


@pytest.mark.parametrize("inside", [-3, -2, -1, 0, 1, 2])
def test_an_edge_of_light_along_a_border_is_left_alone(inside):
    for bright in (1.0, 0.0):
        truth = np.full((120, 120), 1.0 - bright)
        truth[: 12 + inside] = bright
        light = np.maximum(nd.convolve(400 * truth, nd.psf.gaussian(FWHM, ndim=2)), 0)[12:-12, 12:-12]
        image = np.random.default_rng(inside + 9).poisson(light + 20) + OFFSET
        assert spikes(image, np.asarray(nd.psf.gaussian(FWHM, ndim=2).data)) is None


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("fwhm", [2.0, 3.3, 5.0])
def test_bars_along_a_border_are_left_alone(fwhm, width):
    """Bright ones on the dark, and dark ones in a bright field, across the border and inside."""
    psf = nd.psf.gaussian(fwhm, ndim=2)
    for place in range(-2, 8):
        bar = np.zeros((100, 104))
        bar[16 + place : 16 + place + width] = 1
        for truth in (bar, 1 - bar):
            light = np.maximum(nd.convolve(truth, psf), 0)[16:-16, 16:-16]
            image = np.random.default_rng(place + 9).poisson(600 * light / light.max() + 5) + OFFSET
            assert spikes(image, np.asarray(psf.data)) is None, place
