"""Images at the edge of what an image is: a run and a camera report answer, or refuse in a sentence.

Members: one value, all zeros, one sample, three samples, one row, bool, uint8, NaN in parts, complex, masked arrays,
and numbers that no precision holds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from fault_scenes import scene

import napari_deconvolve as nd

COUNTS = scene("discs", (40, 40), 60.0, 4).photons(5.0, 8).astype(float)
PSF = nd.psf.gaussian(3.0, ndim=2)
GAP = np.where(np.arange(40) < 7, np.nan, COUNTS)
ANSWERED = {
    "one value": np.full((24, 24), 7.0),
    "one value below 0": np.full((24, 24), -3.0),
    "all zeros": np.zeros((24, 24)),
    "all zeros, uint8": np.zeros((24, 24), np.uint8),
    "a large value": np.full((24, 24), 1 << 63, np.uint64),
    "one sample": np.ones((1, 1)),
    "three samples": np.array([[4.0, 9.0, 2.0]]),
    "one row": COUNTS[:1],
    "one column": COUNTS[:, :1],
    "bool": COUNTS > 20,
    "uint8": np.clip(COUNTS, 0, 255).astype(np.uint8),
    "float16": COUNTS.astype(np.float16),
    "NaN in parts": GAP,
    "one finite sample": np.where(np.arange(40) == 11, GAP, np.nan),
    "masked": np.ma.masked_greater(COUNTS, 40),
    "1e30": COUNTS * 1e30,
    "1e-30": COUNTS * 1e-30,
    "1e-300": COUNTS * 1e-300,
    "half of it very negative": np.where(np.arange(40) % 2, 1e20, -1e20) * np.ones((40, 1)),
}
REFUSED = {
    "complex": COUNTS + 1j,
    "texts": np.array([["a", "b"]]),
    "objects": COUNTS.astype(object),
    "no sample": np.zeros((0, 5)),
    "nothing finite": np.full((9, 9), np.nan),
    "1e300": COUNTS * 1e300,
    "1e306": COUNTS * 1e306,
}
NO_LIGHT = "The image holds no light above its background"
LOOKS: tuple[Callable[..., object], ...] = (nd.deconvolve, nd.camera_report, nd.background_map)


@pytest.mark.parametrize("name", ANSWERED)
def test_there_is_an_answer(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        result = nd.deconvolve(ANSWERED[name], PSF)
        report = nd.camera_report(ANSWERED[name], PSF)
        under = nd.background_map(ANSWERED[name], PSF)
    assert np.isfinite(result.estimate).all()
    assert result.estimate.min() >= 0
    assert not any("e+0" in word or "nan" in word for word in result.words)
    assert len(report.rows) == 1
    assert np.isfinite(under).all()


@pytest.mark.parametrize("name", ["one value", "one value below 0", "all zeros", "a large value", "one sample"])
def test_it_is_said_that_a_flat_image_holds_no_light(name):
    assert any(word.startswith(NO_LIGHT) for word in nd.deconvolve(ANSWERED[name], PSF).words)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_image_is_refused_in_a_sentence(name, look):
    with pytest.raises(nd.ParameterError) as refusal:
        look(REFUSED[name], PSF)
    assert str(refusal.value).endswith(".")


def test_double_precision_reaches_farther():
    usual = nd.deconvolve(COUNTS, PSF, nd.Recipe(dtype="float64"))
    large = nd.deconvolve(COUNTS * 1e100, PSF, nd.Recipe(dtype="float64"))
    assert np.isfinite(large.estimate).all()
    np.testing.assert_allclose(large.estimate / 1e100, usual.estimate, rtol=1e-3, atol=1e-3 * usual.estimate.max())
