"""What is left out of a job's items, and in what words."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.job.defects import Defects, defects, sentences
from napari_deconvolve.job.prepare import prepare

PSF, STACK_PSF = nd.psf.gaussian(3.0, ndim=2), nd.psf.gaussian((3.0, 2.5, 2.5), ndim=3)


def counts(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """A few squares on a ground, in counts of 16 bits."""
    light = np.zeros(shape)
    light[..., 10:16, 10:18] = 100
    psf = STACK_PSF if len(shape) == 3 else PSF
    blurred = nd.convolve(light, psf)
    return (100 + 2 * np.random.default_rng(seed).poisson(np.maximum(blurred, 0) + 8)).astype(np.uint16)


def words(image: np.ndarray, psf: nd.PSF, **changes: object) -> list[str]:
    job = prepare(image, psf, nd.Recipe(**changes))
    return list(sentences([defects(job, item) for item in range(len(job))]))


def test_blank_frames_of_a_series_are_named():
    series = np.stack([counts((40, 40), seed) for seed in range(5)])
    series[1], series[3] = 0, 37
    assert words(series, PSF) == ["Frames 1 and 3 hold one value and no image."]
    series[3] = series[0]
    assert words(series, PSF) == ["Frame 1 holds one value and no image."]
    assert words(series, PSF, defects="keep") == []
    assert words(np.full((40, 40), 7, np.uint16), PSF) == []  # an only image holds what it holds


def test_blank_planes_of_a_stack_are_named():
    stack = counts((10, 32, 32))
    stack[[3, 7]] = 0
    (word,) = words(stack, STACK_PSF)
    assert word.startswith("20 % of the samples hold exactly 0 in connected areas and are left out, among them all of")
    assert "planes 3 and 7" in word


def test_saturated_samples_are_counted_but_for_hot_ones():
    image = np.minimum(300.0 * counts((48, 48)), 65535).astype(np.uint16)
    full = np.mean(image == 65535)
    image[40, 40] = 65535
    hot, word = words(image, PSF)
    assert full > 0.005
    assert hot.startswith("1 sample is brighter or darker")
    assert word == f"{100 * full:.2g} % of the samples are saturated and count as “at least so bright”."
    scaled = np.round(255 * (counts((48, 48)) / counts((48, 48)).max())).astype(np.uint8)
    assert words(scaled, PSF) == []  # its largest sample is the largest of the type


def test_hot_and_dead_ones_are_counted_apart():
    image = counts((48, 48))
    image[[30, 35], [30, 5]], image[20, 40] = 4000, 0
    (word,) = words(image, PSF)
    assert word == (
        "3 samples are brighter or darker than any light through the PSF (2 hot and 1 dead pixels, or cosmic rays) and "
        "left out; the parameter defects keeps them."
    )
    (word,) = sentences([Defects(None, dead=1, samples=9)])
    assert word.startswith("1 sample is brighter or darker than any light through the PSF (1 dead pixel) and left out")
    (word,) = sentences([Defects(None, sharp=7, samples=9)])
    assert "too wide" in word


def test_many_are_named_by_the_first_three():
    known = [Defects(None, samples=9, frames=(frame,)) for frame in range(6)]
    assert list(sentences(known)) == ["Frames 0, 1, 2 and 3 others hold one value and no image."]


@pytest.mark.parametrize("kind", ["int16", "uint8", "float32"])
def test_the_type_of_the_data_does_not_matter(kind):
    image = np.round(counts((48, 48)) / 2.0)
    image[30, 30], image[20, 40] = 120, 0
    image = image / 300 if kind == "float32" else image
    found = defects(prepare(image.astype(kind), PSF, nd.Recipe()), 0).found
    assert found is not None
    assert np.argwhere(found).tolist() == [[20, 40], [30, 30]]
