"""What a window may draw while settings are being looked for."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.methods.base import with_background
from napari_deconvolve.tuning.search import Search
from napari_deconvolve.tuning.sight import MOST_SAMPLES, sight, surroundings

PSF = nd.psf.gaussian(4.0, ndim=2)
BACKGROUND = 10.0


def scene(shape=(220, 240)):
    """Give a truth of discs in one corner, and counts of it."""
    rng = np.random.default_rng(0)
    rows, columns = np.indices(shape)
    truth = np.zeros(shape)
    for _ in range(20):
        row, column, radius = rng.uniform(10, shape[0] / 2), rng.uniform(10, shape[1] / 2), rng.uniform(3, 9)
        truth += 200.0 * (np.hypot(rows - row, columns - column) < radius)
    blurred = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    return truth, rng.poisson(blurred + BACKGROUND).astype(np.float32)


def searched(image, psf=PSF, steps=12):
    """Do some steps of a search."""
    search = Search(with_background(prepare(image, psf, nd.Recipe(background=BACKGROUND, gain=1.0))))
    work = search.work()
    for _ in range(steps):
        next(work)
    work.close()
    return search


def test_the_part_that_is_looked_at_is_sharp_and_the_rest_as_it_was_measured():
    truth, counts = scene()
    search = searched(counts)
    seen = sight(search, surroundings(search))
    assert seen.shape == counts.shape
    rest = np.ones(counts.shape, bool)
    rest[search.region] = False
    assert rest.any(), "the image is larger than what is looked at"
    np.testing.assert_allclose(seen[rest], np.maximum(counts - BACKGROUND, 0)[rest])
    part, inside = seen[search.region], truth[search.region]
    as_measured = np.maximum(counts - BACKGROUND, 0)[search.region]
    assert part.sum() == pytest.approx(inside.sum(), rel=0.1), "both halves have all of the light"
    assert np.linalg.norm(part - inside) < 0.9 * np.linalg.norm(as_measured - inside)


def test_later_steps_are_shown_and_former_pictures_stay():
    _, counts = scene()
    search = searched(counts, steps=2)
    around = surroundings(search)
    first = sight(search, around)
    kept = first.copy()
    later = sight(searched(counts, steps=12), around)
    assert np.array_equal(first, kept)
    assert not np.array_equal(first, later)


def test_there_is_nothing_to_see_before_the_first_step():
    _, counts = scene((60, 60))
    search = Search(with_background(prepare(counts, PSF, nd.Recipe(background=BACKGROUND, gain=1.0))))
    assert sight(search, surroundings(search)) is None


def test_axes_lie_as_in_the_image():
    _, counts = scene((70, 60))
    stack = np.stack([counts, counts, counts])
    psf = nd.psf.gaussian((2.0, 4.0, 4.0))
    upright = nd.SampledArray(np.moveaxis(stack, 0, -1), "YXZ")
    search = searched(upright, psf, steps=3)
    assert sight(search, surroundings(search)).shape == upright.data.shape


def test_dark_where_nothing_is_known():
    _, counts = scene((60, 60))
    counts[5:9, 5:9] = np.nan
    around = surroundings(searched(counts, steps=1))
    assert (around[5:9, 5:9] == 0).all()
    assert np.isfinite(around).all()


def test_series_and_large_images_are_not_copied(monkeypatch):
    _, counts = scene((60, 60))
    assert surroundings(searched(np.stack([counts, counts]), steps=1)) is None
    search = searched(counts, steps=1)
    monkeypatch.setattr("napari_deconvolve.tuning.sight.MOST_SAMPLES", counts.size - 1)
    assert surroundings(search) is None
    assert max(32 * 128 * 128, 1024**2) <= MOST_SAMPLES, "the sample cell, and a usual image"
