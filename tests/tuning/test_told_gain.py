"""The gain that photons are split by: what tells it, and how well."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.job.data import ground
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.tuning.gain import told_gain

PSF = nd.psf.gaussian(4.0, ndim=2)


def discs(gain, offset=100.0, peak=300.0, shape=(220, 230)):
    """Give discs as a camera records them."""
    rng = np.random.default_rng(0)
    rows, columns = np.indices(shape)
    truth = np.zeros(shape)
    for _ in range(25):
        row, column, radius = rng.uniform(0, shape[0]), rng.uniform(0, shape[1]), rng.uniform(3, 14)
        truth += np.hypot(rows - row, columns - column) < radius
    blurred = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    return offset + gain * rng.poisson(blurred * peak / blurred.max() + 10).astype(np.float64)


@pytest.mark.parametrize("gain", [0.5, 2.2])
def test_the_line_of_variance_over_mean_tells_the_gain(gain):
    job = prepare(discs(gain), PSF)
    assert told_gain(job, 0) is None  # nobody has looked yet
    ground(job, 0)
    assert told_gain(job, 0) == pytest.approx(gain, rel=0.1)


def test_a_line_that_is_not_certain_tells_nothing():
    job = prepare(discs(2.0, peak=1.0, shape=(50, 50)), PSF)
    ground(job, 0)
    assert told_gain(job, 0) is None


def test_the_search_takes_it():
    counts = discs(2.2)
    choice = nd.deconvolve(counts, PSF).choices[0]
    assert choice.gain == pytest.approx(2.2, rel=0.1)
    measured = nd.deconvolve(counts, PSF, nd.Recipe(offset=100.0, read_noise=0.0)).choices[0]
    assert measured.gain == pytest.approx(choice.gain, rel=0.1)
