"""Digests tell images apart, whether they lie in memory or in a file."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.job import digest
from napari_deconvolve.job.digest import EDGE, PLACES, digest_of, is_of, spread_place


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 4000, (7, 30, 20), np.uint16)


def test_one_sample_makes_another_image(image):
    other = image.copy()
    other[3, 4, 5] += 1
    assert digest_of(other) != digest_of(image) == digest_of(image.copy())


def test_shape_and_type_count(image):
    known = digest_of(image)
    assert known.startswith("7x30x20 uint16 ")
    assert known != digest_of(image.reshape(7, 20, 30))
    assert not is_of(known, image.astype(np.int16))
    assert is_of(known, image)


def test_order_of_bytes_and_of_memory_do_not_count(image):
    assert digest_of(image) == digest_of(image.astype(">u2")) == digest_of(np.asfortranarray(image))


def test_what_a_mask_hides_is_missing(image):
    mask = np.ones(image.shape, bool)
    mask[2:4, 5:9, 3] = False
    missing = np.where(mask, image, np.float32(np.nan))
    assert digest_of(image, mask) == digest_of(missing) != digest_of(image)
    assert is_of(digest_of(missing), image, mask)
    other = image.copy()
    other[~mask] += 1
    assert digest_of(other, mask) == digest_of(image, mask)


class Read:
    """An array that notes how much of it was read."""

    def __init__(self, data):
        self.data, self.shape, self.dtype, self.samples = data, data.shape, data.dtype, 0

    def __getitem__(self, region):
        self.samples += self.data[region].size
        return self.data[region]


def test_an_image_of_another_shape_is_not_read(image):
    lazy = Read(image)
    assert not is_of(digest_of(image[:5]), lazy)
    assert lazy.samples == 0
    assert is_of(digest_of(image), lazy)
    assert lazy.samples == image.size


def test_an_image_that_cannot_be_read_is_another(image):
    class Damaged(Read):
        def __getitem__(self, region):
            raise ValueError("a chunk is damaged")

    assert not is_of(digest_of(image), Damaged(image))


def test_of_a_large_image_small_parts_are_read(image, monkeypatch):
    monkeypatch.setattr(digest, "WHOLE", 1000)
    large = Read(np.tile(image, (3, 4, 5)))
    known = digest_of(large)
    assert large.samples == PLACES * EDGE**3
    assert known == digest_of(large.data)
    other = large.data.copy()
    other[-1, -1, -1] += 1  # both ends are looked at
    assert known != digest_of(other)


def test_parts_lie_within_and_at_both_ends():
    shape = (3, 40, 500)
    places = [spread_place(shape, number) for number in range(PLACES)]
    assert all(0 <= one.start < one.stop <= length for part in places for one, length in zip(part, shape, strict=True))
    assert [one.start for one in places[0]] == [0, 0, 0]
    assert [one.stop for one in places[1]] == list(shape)
