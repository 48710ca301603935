"""A real nucleus that is cut by the frame, where the data lie beside the project: see ``tests/test_real_data.py``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scenes import Camera, Scene

import napari_deconvolve as nd

NAME = "dapi"
FOLDER = Path(__file__).parents[2] / "shared" / "data" / "bbii_decon_dapi"
PART = (slice(230, 486), slice(130, 386))  # of the truth, that the crop shows
MIDDLE = (127, 127)  # of the PSF

Values = NDArray[np.float64]


def available() -> bool:
    """Return whether the data are there."""
    return FOLDER.is_dir()


@cache
def _read() -> tuple[Values, Values, nd.PSF]:
    """Return truth, blurred image whose brightest sample is 1, and PSF."""
    truth = tifffile.imread(FOLDER / "DAPI_GroundTruth.tif").astype(np.float64)[PART]
    expected = tifffile.imread(FOLDER / "derived_DAPI_crop_clean.tif").astype(np.float64)
    psf = nd.psf.from_array(tifffile.imread(FOLDER / "PSF.tif"), center=MIDDLE, background=0)
    return truth / expected.max(), np.maximum(expected / expected.max(), 0), psf


def draw(peak: float, seed: int, camera: Camera) -> Scene:
    """Record the nucleus without a background, as `scenes.draw` records an object."""
    truth, expected, psf = _read()
    rng = np.random.default_rng([seed, int(peak), *NAME.encode()])
    photons = rng.poisson(peak * expected) + camera.read_noise * rng.normal(size=expected.shape)
    counts = camera.offset + camera.gain * photons
    none = np.zeros(expected.shape)
    return Scene(peak * truth, peak * expected, none, counts, psf, camera, f"{NAME} {peak:g} #{seed}")
