"""What an image's file says of its camera, where the image contradicts it."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.run.diagnostics.given import words_on_given

SAID = "The image's file says that the camera's offset is"
GAIN, OFFSET = 2.0, 100.0
PSF = nd.psf.gaussian(4.0, ndim=2)


def said(told: float, recipe: nd.Recipe) -> list[str]:
    rng = np.random.default_rng(8)
    truth = np.zeros((96, 96))
    truth[20:40, 30:60], truth[60:75, 50:58] = 80, 200
    light = np.maximum(nd.convolve(truth, PSF), 0)
    counts = OFFSET + GAIN * rng.poisson(light + 20)
    return list(words_on_given(prepare(counts, PSF, recipe, offsets=(told,)), 0, recipe))


@pytest.mark.parametrize("told", [20.0, 150.0, 1000.0])
def test_an_offset_of_the_file_that_the_image_contradicts_is_said(told):
    (word,) = said(told, nd.Recipe())
    assert word.startswith(f"{SAID} {told:.4g} counts, but by the image ")
    assert word.endswith("Give the offset if you know it.")


@pytest.mark.parametrize(
    ("told", "recipe"), [(100.0, nd.Recipe()), (101.0, nd.Recipe()), (20.0, nd.Recipe(offset=100.0))]
)
def test_nothing_is_said_where_it_may_be_right_or_another_was_given(told, recipe):
    assert said(told, recipe) == []
