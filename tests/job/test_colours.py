"""Colours are channels: each is deconvolved by itself, and what says how opaque a pixel is decides nothing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import napari_deconvolve as nd

RNG = np.random.default_rng(8)
GREY = RNG.poisson(30, (40, 36)).astype(np.uint8)
RGB = np.stack([GREY, GREY + 20, 2 * GREY], -1)
ALPHA = RNG.integers(0, 255, (40, 36, 1)).astype(np.uint8)
RGBA = np.concatenate([RGB, ALPHA], -1)
NARROW, WIDE = nd.psf.gaussian(2.0, ndim=2), nd.psf.gaussian(3.0, ndim=2)
RECIPE = nd.Recipe(iterations=4, gain=1, background=0)


def alone(channel: int, psf=WIDE) -> np.ndarray:
    return nd.deconvolve(RGB[..., channel], psf, RECIPE).estimate


def test_colours_of_a_bare_picture_are_channels_and_it_is_said():
    with pytest.warns(nd.DeconvolutionWarning, match="3 samples and is taken for colours"):
        found = nd.deconvolve(RGB, WIDE, RECIPE).estimate
    for channel in range(3):
        np.testing.assert_allclose(found[..., channel], alone(channel), rtol=1e-5)


@pytest.mark.parametrize("where", [{}, {"channel_axis": -1}, {"channel_axis": 2}])
def test_opacity_stays_as_it_is(where):
    with pytest.warns(nd.DeconvolutionWarning, match="how opaque"):
        found = nd.deconvolve(RGBA, WIDE, RECIPE, **where).estimate
    np.testing.assert_array_equal(found[..., 3], RGBA[..., 3])
    np.testing.assert_allclose(found[..., 1], alone(1), rtol=1e-5)


def test_opacity_decides_nothing():
    other = RGBA.copy()
    other[..., 3] = 255 - other[..., 3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nd.DeconvolutionWarning)
        first, second = nd.deconvolve(RGBA, WIDE), nd.deconvolve(other, WIDE)
    np.testing.assert_array_equal(first.estimate[..., :3], second.estimate[..., :3])
    assert (first.iterations, first.background) == (second.iterations, second.background)


@pytest.mark.parametrize(
    ("axes", "order"),
    [(("rgba", "Y", "X"), (2, 0, 1)), (("Y", "X", "rgba"), (0, 1, 2)), (("Y", "rgba", "X"), (0, 2, 1))],
)
def test_a_named_axis_of_colours_lies_anywhere_and_has_a_psf_each(axes, order):
    image = nd.SampledArray(RGBA.transpose(order), axes)
    found = np.transpose(nd.deconvolve(image, [NARROW, WIDE, NARROW], RECIPE).estimate, np.argsort(order))
    np.testing.assert_array_equal(found[..., 3], RGBA[..., 3])
    np.testing.assert_allclose(found[..., 0], alone(0, NARROW), rtol=1e-5)
    np.testing.assert_allclose(found[..., 1], alone(1, WIDE), rtol=1e-5)


def test_every_way_to_run_keeps_opacity():
    image = nd.SampledArray(RGBA, ("Y", "X", "rgba"))
    last = RGBA[..., 3]
    made = {}
    made["wiener"] = nd.wiener(image, WIDE)
    made["convolve"] = nd.convolve(image, WIDE)
    made["simulate"] = nd.simulate(image, WIDE, photons=50).counts
    made["iterate"] = next(iter(nd.iterate(image, WIDE, RECIPE))).estimate
    made["start"] = nd.deconvolve(image, WIDE, RECIPE, start=np.ones(RGBA.shape)).estimate
    for name, found in made.items():
        np.testing.assert_array_equal(found[..., 3], last, err_msg=name)
    table = nd.sweep(image, WIDE, (2, 3))
    assert all(estimate.shape == RGBA.shape for estimate in table.estimates)


def test_a_mask_without_colours_is_for_all_of_them():
    mask = np.ones(GREY.shape, bool)
    mask[:6] = False
    image = nd.SampledArray(RGB, ("Y", "X", "rgb"))
    found = nd.deconvolve(image, WIDE, RECIPE, mask=mask).estimate
    one = nd.deconvolve(RGB[..., 2], WIDE, RECIPE, mask=mask).estimate
    np.testing.assert_allclose(found[..., 2], one, rtol=1e-5)


def test_four_channels_that_are_no_picture_all_count():
    image = RNG.poisson(30, (40, 36, 4)).astype(np.uint16)
    with pytest.warns(nd.DeconvolutionWarning, match="4 samples"):
        found = nd.deconvolve(image, WIDE, RECIPE).estimate
    assert not np.array_equal(found[..., 3], image[..., 3])


@pytest.mark.parametrize("shape", [(5, 30, 3), (30, 5, 4), (12, 30, 30), (30, 30, 5)])
def test_other_stacks_are_no_pictures(shape):
    with warnings.catch_warnings():
        warnings.simplefilter("error", nd.DeconvolutionWarning)
        nd.deconvolve(RNG.poisson(30, shape), nd.psf.gaussian(2.0, ndim=2), RECIPE)
