"""1/sensitivity of large objects, kept once for places that are alike."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.operators import repeated
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.repeated import Repeated, Whole, inverse_of
from napari_deconvolve.core.operators.strata_blur import StrataBlur

FRAMES = {2: (44, 60), 3: (20, 31, 40)}


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated, "LARGE", 1)
    monkeypatch.setattr(repeated, "MOST_KEPT", 0.9)


def kernel(axes: int) -> np.ndarray:
    psf = nd.psf.gaussian((3.0,) * axes, shape=(7, 9, 11)[3 - axes :]).data.astype(np.float64)
    psf *= np.linspace(0.5, 1.5, psf.shape[-1])  # light falls to one side more
    return psf / psf.sum()


@pytest.mark.parametrize("boundary", ["extended", "zero", "periodic"])
@pytest.mark.parametrize("axes", [2, 3])
def test_it_is_the_same_at_each_place(axes: int, boundary: str) -> None:
    blur = Blur(kernel(axes), FRAMES[axes], boundary, np.dtype("float64"))
    whole, found = blur.inverse_sensitivity(), inverse_of(blur, None)
    assert isinstance(found, Repeated)
    rows = (slice(5, 6), slice(2, 17))[: axes - 1]  # the last axis comes whole
    for index in ((slice(0, len(whole)),), (slice(3, 9),), rows):
        values = np.random.default_rng(1).normal(size=whole[index].shape)
        expected = values * whole[index]
        found.scale(index, values)
        np.testing.assert_allclose(values, expected, atol=1e-6 * np.abs(whole).max())
    estimate = np.ones_like(whole)
    found.clear(estimate)
    np.testing.assert_array_equal(estimate, whole != 0)


def test_every_place_has_its_number_where_it_may_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    blur, valid = Blur(kernel(2), FRAMES[2]), np.ones(FRAMES[2], bool)
    valid[10, 20] = False
    assert isinstance(inverse_of(blur, valid), Whole)
    assert isinstance(inverse_of(Blur(kernel(2), FRAMES[2], "reflect"), None), Whole)
    strata = StrataBlur([kernel(3), kernel(3)[::-1]], [0.0, 19.0], FRAMES[3])
    assert isinstance(inverse_of(strata, None), Whole)
    monkeypatch.setattr(repeated, "LARGE", 1 << 20)
    small = inverse_of(blur, None)
    assert isinstance(small, Whole)
    np.testing.assert_array_equal(small.rows, blur.inverse_sensitivity())


@pytest.mark.parametrize("acceleration", [None, "nesterov"])
def test_a_run_is_the_same(acceleration: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.random.default_rng(2).poisson(30.0, FRAMES[3]).astype(np.float32)
    psf = nd.psf.gaussian(3.0, ndim=3)
    found = nd.richardson_lucy(image, psf, 12, acceleration=acceleration)
    monkeypatch.setattr(repeated, "LARGE", 1 << 30)
    expected = nd.richardson_lucy(image, psf, 12, acceleration=acceleration)
    np.testing.assert_allclose(found, expected, atol=2e-5 * expected.max())
