"""Distances of planes as people's programs write them: with a comma, without a sense, from the top down."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from napari_deconvolve.io import read_image

STACK = np.zeros((3, 8, 9), np.uint16)


def stack_of(tmp_path, spacing: str):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(
        path, STACK, imagej=True, resolution=(5, 5), metadata={"axes": "ZYX", "unit": "um", "spacing": spacing}
    )
    return read_image(path)


@pytest.mark.parametrize("written", ["0,3", "0.3", "-0.3"])
def test_a_distance_of_planes_is_read_with_a_comma_and_without_its_sign(tmp_path, written):
    assert stack_of(tmp_path, written).spacing[0] == pytest.approx(0.3)


@pytest.mark.parametrize("written", ["0", "nan", "inf", "three"])
def test_a_distance_that_is_none_is_left_out_in_words(tmp_path, written):
    image = stack_of(tmp_path, written)
    assert image.units[0] == "pixel"
    assert any("distance of planes" in note for note in image.notes)


def test_a_negative_distance_in_ome_is_one_from_the_top_down(tmp_path):
    path = tmp_path / "stack.ome.tif"
    sizes = {f"PhysicalSize{letter}": step for letter, step in zip("XYZ", (0.1, 0.1, -0.3), strict=True)}
    tifffile.imwrite(path, STACK, metadata={"axes": "ZYX", **sizes})
    assert read_image(path).spacing == pytest.approx((0.3, 0.1, 0.1))
