"""TIFF files as people have them: read rightly, or refused in words, and nothing is left out silently."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import tifffile
from tiff_variants import VARIANTS

import napari_deconvolve as nd
from napari_deconvolve.errors import FileError
from napari_deconvolve.io import read_image


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", VARIANTS)
def test_each_is_read_rightly_or_refused(name, tmp_path):
    one = VARIANTS[name]
    path = one.make(tmp_path)
    if one.refused:
        with pytest.raises(nd.FileError) as caught:
            read_image(path, **one.how)
        assert all(word in str(caught.value) for word in one.refused), caught.value
        return
    found = read_image(path, **one.how)
    assert found.axes == one.axes
    np.testing.assert_array_equal(found.data, one.data)
    assert found.data.dtype == one.data.dtype
    known = {
        letter: (step, unit)
        for letter, step, unit in zip(found.axes, found.image.spacing, found.units, strict=True)
        if step is not None
    }
    assert known.keys() == one.steps.keys()
    for letter, (step, unit) in one.steps.items():
        assert known[letter] == (pytest.approx(step, rel=1e-6), unit)
    assert found.channels == one.channels
    said = "; ".join(found.notes)
    assert bool(said) == bool(one.said), said
    assert all(word in said for word in one.said), said


def test_there_are_enough():
    assert len(VARIANTS) >= 60


def test_a_file_of_damaged_entries_is_refused_soon(tmp_path):
    """Each of thousands of entries is of a type that there is not: reading ends after the first thousand."""
    path = tmp_path / "damaged.tif"
    tifffile.imwrite(path, np.ones((8, 9), np.uint16))
    raw = path.read_bytes()
    (place,) = struct.unpack("<I", raw[4:8])
    entries = b"".join(struct.pack("<HHII", 300 + number, 77, 1, number) for number in range(4000))
    path.write_bytes(raw[:place] + struct.pack("<H", 4000) + entries + bytes(4))
    with pytest.raises(FileError, match="more than 1000 of its entries are damaged"):
        read_image(path)
