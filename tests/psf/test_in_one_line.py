"""Values print themselves in one line, and as a picture in notebooks."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.image.shown import thumbnail
from napari_deconvolve.tuning.results import FoundPSF

PSF = nd.psf.gaussian(3, ndim=2)


def values():
    image = np.random.default_rng(0).poisson(nd.convolve(50 * np.eye(32), PSF) + 5).astype(np.float32)
    optics = {"numerical_aperture": 1.2, "immersion_index": 1.33, "sample_index": 1.38, "emission_um": 0.52}
    yield PSF
    yield nd.psf.gaussian(3, ndim=1)
    yield nd.psf.microscope_strata("widefield", depths_um=(0, 9), spacing=(0.4, 0.2, 0.2), shape=(7, 9, 9), **optics)
    yield nd.psf.ChannelPSFs([PSF, PSF])
    yield nd.deconvolve(image, PSF, nd.Recipe(iterations=2, background=5.0))
    yield FoundPSF(PSF, "width", 0.9, 0.02, "")
    yield nd.Recipe(iterations=7, psf={"source": "gaussian"}, background=np.ones((50, 50)))
    yield nd.Simulation(photons=100)
    yield nd.sweep(image, PSF, [1, 2], background=5.0)


def test_all_print_in_one_short_line_and_as_html():
    for value in values():
        line = repr(value)
        assert "\n" not in line
        assert len(line) < 200, line
        assert line.startswith(type(value).__name__)
        assert "<code>" in value._repr_html_()
    assert repr(PSF) == "PSF(13 × 13, gaussian, FWHM 3.09 × 3.09 um, spacing 1 × 1)"
    assert repr(nd.Recipe(iterations=7)) == "Recipe(iterations=7)"


@pytest.mark.parametrize("shape", [(9,), (9, 12), (3, 200, 150), (2, 3, 7, 7)])
def test_a_thumbnail_is_a_small_picture(shape):
    values = np.random.default_rng(0).normal(size=shape)
    values.flat[0] = np.nan
    code = thumbnail(values).split("base64,")[1].split('"')[0]
    picture = base64.b64decode(code)
    assert picture.startswith(b"\x89PNG")
    wide, high = struct.unpack(">II", picture[16:24])
    assert max(wide, high) <= 64
    length = struct.unpack(">I", picture[33:37])[0]
    rows = np.frombuffer(zlib.decompress(picture[41 : 41 + length]), np.uint8).reshape(high, wide + 1)
    assert rows[:, 0].max() == 0
    assert rows[:, 1:].max() == 255
