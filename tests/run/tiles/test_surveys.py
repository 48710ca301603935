"""The survey tells what numpy tells of the whole, in whatever blocks it is read."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.job.items import alone
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.run.tiles import survey as surveys
from napari_deconvolve.run.tiles.places import brightest_place, darkest_lit_place
from napari_deconvolve.run.tiles.survey import Coarse, ItemLook, blocks_of, survey

PSF = nd.psf.gaussian((3.0, 3.0))


@settings(max_examples=40)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 2, 4])),
    st.integers(1, 400),
    st.booleans(),
)
def test_bins_are_means_of_what_is_finite(
    shape: tuple[int, int], bins: tuple[int, int], block: int, gaps: bool
) -> None:
    values = np.random.default_rng(0).normal(10, 3, shape)
    if gaps:
        values[np.random.default_rng(1).random(shape) < 0.3] = np.nan
    look = ItemLook(alone(values), 0, bins)
    for region in blocks_of(alone(values), 8 * block):
        look.take(region)
    found = look.coarse().means
    for place in np.ndindex(found.shape):
        here = values[tuple(slice(at * size, (at + 1) * size) for at, size in zip(place, bins, strict=True))]
        known = here[np.isfinite(here)]
        if known.size:
            assert found[place] == pytest.approx(known.mean(), rel=1e-5)
        else:
            assert np.isnan(found[place])
    facts, known = look.facts(), values[np.isfinite(values)]
    assert facts.samples == known.size
    if known.size:
        assert (facts.low, facts.high) == (known.min(), known.max())
        assert facts.total == pytest.approx(known.sum(), rel=1e-9)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int64", "float32", "bool"])
def test_sums_of_the_largest_numbers_do_not_overflow(dtype: str) -> None:
    kind = np.dtype(dtype)
    least, most = (0, 1) if kind.kind in "bf" else (np.iinfo(kind).min, np.iinfo(kind).max)
    cases = itertools.product((least, most), (((70, 33, 9), (32, 16, 4)), ((64, 64, 33), (64, 64, 32))))
    for value, (shape, bins) in cases:
        image = np.full(shape, value, kind)
        look = ItemLook(alone(image), 0, bins)
        for region in blocks_of(alone(image), 1 << 20):
            look.take(region)
        assert look.facts().total == pytest.approx(float(value) * image.size, rel=1e-9)
        assert np.allclose(look.coarse().means, value)


@pytest.mark.parametrize(
    ("values", "top"), [([65535, 3], 65535), ([4095] * 5, 4095), ([4095, 3], -1), ([4096] * 9, -1)]
)
def test_saturation_is_that_of_the_whole(values: list[int], top: int) -> None:
    image = np.resize(np.array(values, np.uint16), (6, 6))
    if len(values) == 2:
        image[:] = values[1]
        image[2, 3] = values[0]
    look = ItemLook(alone(image), 0, (1, 1))
    for region in blocks_of(alone(image), 16):
        look.take(region)
    assert look.facts().top(image.dtype) == top


def test_each_sample_is_read_once_and_little_at_a_time(monkeypatch: Any) -> None:
    monkeypatch.setattr(surveys, "COARSE_VOXELS", 200)
    read = np.zeros((64, 128), int)

    class Counted:
        shape, ndim, dtype, chunks = (64, 128), 2, np.dtype("uint16"), (16, 16)

        def __getitem__(self, index: Any) -> Any:
            read[index] += 1
            return np.ones(read[index].shape, np.uint16)

    found = nd.finish(survey(prepare(Counted(), PSF, nd.Recipe())))
    assert (read == 1).all()
    assert found.coarse[0].means.size <= 200
    assert found.items[0].mean == 1


def test_the_brightest_item_of_each_channel_is_kept() -> None:
    image = np.ones((3, 2, 40, 40))
    image[1, 0] = 5
    image[2, 1] = 7
    job = prepare(nd.SampledArray(image, "TCYX"), [PSF, PSF], nd.Recipe())
    found = nd.finish(survey(job))
    assert [one.item for one in found.coarse] == [2, 5]


def test_nothing_finite_is_refused() -> None:
    with pytest.raises(nd.ParameterError, match="finite"):
        nd.finish(survey(prepare(np.full((20, 20), np.nan), PSF, nd.Recipe())))


def test_bright_and_dark_places() -> None:
    means = np.zeros((32, 32), np.float32)
    means[4:8, 20:24] = 100
    means[24:28, 4:8] = 20
    coarse = Coarse(0, (4, 4), means)
    bright = brightest_place(coarse, (16, 16), (128, 128))
    assert bright == (slice(16, 32), slice(80, 96))
    assert darkest_lit_place(coarse, (16, 16), (128, 128), 0.0) == (slice(96, 112), slice(16, 32))
    assert darkest_lit_place(Coarse(0, (4, 4), np.ones((32, 32))), (128, 128), (128, 128), 0.0) is None
    assert darkest_lit_place(Coarse(0, (4, 4), np.ones((32, 32))), (16, 16), (128, 128), 1.0) is None
