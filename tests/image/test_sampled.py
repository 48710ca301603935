"""The carrier of arrays: names, spacing, units and origin, kept through parts, and nothing read of what is lazy."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.image import SampledArray, moved_last, psf_axes

DATA = np.arange(2 * 3 * 4).reshape(2, 3, 4)


def test_names_of_files_layers_and_people_are_one():
    image = SampledArray(DATA, ("time", "y", "x"), (2, 0.1, 0.1), ("s", "um", "micron"))
    assert image.letters == ("T", "Y", "X")
    assert (image.find("T"), image.find("X"), image.find("z"), image.axis("Y")) == (0, 2, None, 1)
    assert image.spatial == (1, 2)
    assert image.units == ("s", "um", "um")
    with pytest.raises(nd.ParameterError, match="no axis 'Z', its axes are time, y, x"):
        image.axis("Z")


def test_what_is_not_known_has_no_name_no_spacing_and_no_unit():
    image = SampledArray.of(DATA)
    assert (image.axes, image.spacing, image.units, image.origin) == (("",) * 3, (None,) * 3, ("pixel",) * 3, (0,) * 3)
    assert image.spatial == (0, 1, 2)
    assert image.grid((1, 2)) is None
    assert SampledArray.of(image) is image
    for name in ("-3", "0", "axis 1", "dim_2", "Q"):
        assert SampledArray(np.ones(3), (name,)).letters == ("",)


def test_one_number_and_one_unit_are_those_of_the_axes_in_space():
    image = SampledArray(DATA, "TYX", 0.1, "nm")
    assert image.spacing == (None, 0.1, 0.1)
    assert image.units == ("pixel", "nm", "nm")
    assert image.grid((1, 2)) == ((0.1, 0.1), "nm")
    assert SampledArray(DATA, "ZYX", (300, 0.1, 0.1), ("nm", "um", "um")).grid((0, 1, 2)).spacing[0] == pytest.approx(
        0.3
    )


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"axes": "ZY"}, "2 names for the 3 axes"),
        ({"axes": "ZYY"}, "a different name"),
        ({"axes": ("t", "time", "x")}, "a different name"),
        ({"spacing": (1, 2)}, "2 distances"),
        ({"spacing": (1, 0, 2)}, "positive numbers"),
        ({"units": ("um",)}, "1 units"),
        ({"origin": (1, 2)}, "2 positions"),
    ],
)
def test_what_does_not_fit_is_refused(how, words):
    with pytest.raises(nd.ParameterError, match=words):
        SampledArray(DATA, **how)


def test_a_part_knows_where_it_begins():
    image = SampledArray(DATA, "TYX", (2, 0.1, None), ("s", "um", "pixel"), (10, 5, 0))
    part = image.part((1, slice(1, None), slice(0, 4, 2)))
    np.testing.assert_array_equal(part.data, DATA[1, 1:, 0:4:2])
    assert (part.axes, part.spacing, part.units, part.origin) == (("Y", "X"), (0.1, None), ("um", "pixel"), (5.1, 0))
    assert image.part(np.s_[..., 3]).axes == ("T", "Y")
    assert image.part(1).origin == (5, 0)
    with pytest.raises(nd.ParameterError, match="positive step"):
        image.part(slice(None, None, -1))
    with pytest.raises(nd.ParameterError, match="4 indices"):
        image.part((0, 0, 0, 0))


def test_other_data_on_the_same_axes():
    image = SampledArray(DATA, "ZYX", 0.1, "um")
    assert image.with_data(DATA * 2.5).dtype == np.float64
    assert image.with_data(DATA).grid((0, 1, 2)) == image.grid((0, 1, 2))
    with pytest.raises(nd.ParameterError):
        image.with_data(DATA[0])
    more = image.with_axis(DATA[None], "I")
    assert (more.axes, more.spacing[0], more.units[0]) == (("I", "Z", "Y", "X"), None, "pixel")


@pytest.mark.parametrize(
    ("axes", "count", "expected"),
    [
        ("ZYX", 3, (0, 1, 2)),
        ("YXZ", 3, (2, 0, 1)),
        ("xyz", 3, (2, 1, 0)),
        ("ZAYX", 3, (0, 2, 3)),
        ("TZCYX", 3, (1, 3, 4)),
        ("YXZ", 2, (0, 1)),
        ("XY", 2, (1, 0)),
        ("ZX", 2, (0, 1)),
        ("YXT", 1, (1,)),
        (("", "", "", ""), 3, (1, 2, 3)),
        (("-3", "-2", "-1"), 2, (1, 2)),
        (("", "Y", "X"), 3, (0, 1, 2)),
        (("depth", "row", "column"), 1, (2,)),
        (("row", "column"), 2, (0, 1)),
        (("T", "row", "column"), 2, (1, 2)),
    ],
)
def test_a_psf_acts_on_the_axes_of_its_names_and_without_names_on_the_last(axes, count, expected):
    assert psf_axes(SampledArray(np.ones((2,) * len(axes)), tuple(axes)), count) == expected


@pytest.mark.parametrize(
    ("axes", "units", "count", "words"),
    [
        ("TYX", ("s", "um", "um"), 3, "axis 0 of the image, time; take a 2D PSF, or correct the names"),
        ("YXT", ("um", "um", "s"), 3, r"axis 2 of the image, time; .* \(Y, X, T\)"),
        ("CYX", ("pixel", "um", "um"), 3, "axis 0 of the image, channels; take a 2D PSF"),
        ("AYX", ("pixel", "um", "um"), 3, "axis 0 of the image, “A”; take a 2D PSF"),
        ("AYX", ("pixel",) * 3, 3, "axis 0 of the image, “A”; take a 2D PSF"),
        ("ZYX", ("s", "um", "um"), 3, "axis 0 of the image, “Z”, in s; take a 2D PSF"),
        ("TCX", ("s", "pixel", "um"), 3, "take a 1D PSF"),
        ("T", ("s",), 1, "axis 0 of the image, time; take an image in space"),
        ("YX", ("um", "um"), 3, "has 3 axes and the image 2; give a PSF of at most 2 axes"),
    ],
)
def test_what_cannot_be_matched_is_refused_in_words(axes, units, count, words):
    image = SampledArray(np.ones((2,) * len(axes)), axes, units=units)
    with pytest.raises(nd.PSFError, match=words):
        psf_axes(image, count, "um")


@pytest.mark.parametrize(
    ("axes", "units", "unit", "expected"),
    [
        (("E", "y", "x"), ("meV", "um", "um"), "meV", 0),
        (("y", "x", "E"), ("um", "um", "meV"), "eV", 2),
        (("E", "y", "x"), ("meV", "um", "um"), "pixel", 0),
        (("E", "y", "x"), ("meV", "um", "um"), "um", 2),
        (("t", "y", "x"), ("ms", "um", "um"), "s", 0),
        (("y", "x", "t"), ("um", "um", "s"), "um", 1),
        (("", ""), ("pixel", "pixel"), "eV", 1),
    ],
)
def test_a_kernel_of_one_axis_acts_along_the_axis_of_its_unit(axes, units, unit, expected):
    assert psf_axes(SampledArray(np.ones((2,) * len(axes)), axes, units=units), 1, unit) == (expected,)


def test_spacing_is_compared_in_the_psfs_unit():
    image = SampledArray(DATA, "YXZ", (100, 100, 0.3), ("nm", "nm", "um"))
    assert image.spacing_in(psf_axes(image, 3, "um"), "um") == pytest.approx((0.3, 0.1, 0.1))
    assert SampledArray(DATA).spacing_in((0, 1, 2), "um") is None
    assert SampledArray(DATA, spacing=(0.3, 0.1, 0.1)).spacing_in((0, 1, 2), "um") == (0.3, 0.1, 0.1)
    assert SampledArray(DATA, spacing=(1, 1, 1)).spacing_in((0, 1, 2), "um") is None
    assert SampledArray(DATA).spacing_in((0, 1, 2), "pixel") is None
    assert SampledArray(np.ones(4), spacing=0.5, units="nm").spacing_in((0,), "meV") is None


def test_lengths_of_a_job_put_the_looped_axes_first():
    assert moved_last((5, 6, 7, 8), (3, 1)) == (5, 7, 8, 6)
