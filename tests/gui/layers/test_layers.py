"""Image layers as the core sees them, without Qt: sources, spacing, regions, names."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Shapes

import napari_deconvolve as nd
from napari_deconvolve._napari.layers import region
from napari_deconvolve._napari.layers.source import (
    ascending,
    contrast_of,
    leading,
    moved,
    read,
    refusal,
    spacing_in,
    spacing_text,
    unused_name,
)
from napari_deconvolve._napari.layers.transforms import askew
from napari_deconvolve.image import SampledArray


def layer(shape=(4, 20, 30), **more):
    return Image(np.zeros(shape, np.float32), name="cells", **more)


def psf(unit="um", ndim=3):
    return nd.psf.gaussian(0.3, 0.1, ndim=ndim, unit=unit)


def test_read_takes_spacing_and_units():
    source = read(layer(scale=(0.3, 0.1, 0.1), units=("um",) * 3))
    assert source.spacing == (0.3, 0.1, 0.1)
    assert source.units == ("um",) * 3
    assert source.shape == (4, 20, 30)
    assert not source.lazy


def test_spacing_is_converted_axis_by_axis():
    source = read(layer(scale=(0.3, 100, 100), units=("um", "nm", "nm")))
    assert spacing_in(source, psf()) == pytest.approx((0.3, 0.1, 0.1))
    assert spacing_in(source, psf("nm")) == pytest.approx((300, 100, 100))


def test_spacing_of_a_looped_axis_does_not_matter():
    source = read(layer(scale=(5, 0.1, 0.1), units=("s", "um", "um")))
    assert spacing_in(source, psf(ndim=2)) == pytest.approx((0.1, 0.1))


def test_spacing_that_nobody_set_is_unknown():
    source = read(layer())
    assert source.image.is_uncalibrated(range(3))
    assert spacing_in(source, psf()) is None
    assert spacing_in(source, psf("pixel")) == (1, 1, 1)


def test_scale_without_unit_is_taken_in_the_psfs():
    source = read(layer(scale=(0.3, 0.1, 0.1)))
    assert not source.image.is_uncalibrated(range(3))
    assert spacing_in(source, psf()) == pytest.approx((0.3, 0.1, 0.1))


def test_spacing_text_names_each_unit_when_they_differ():
    text = spacing_text((5, 0.1), ("s", "um")).replace("\u00a0", " ")
    assert text == "5 s × 0.1 µm"
    assert spacing_text((0.1, 0.1), ("um", "um")).replace("\u00a0", " ") == "0.1 × 0.1 µm"


def test_refusal_in_words():
    assert "RGB" in refusal(Image(np.zeros((5, 5, 3), np.uint8), rgb=True))
    assert "axes" in refusal(Image(np.zeros((1,) * 4 + (3, 3), np.float32)))
    assert not refusal(layer())


@pytest.mark.parametrize(
    "more", [{}, {"rotate": 20}, {"shear": [0.3]}, {"affine": [[1, 0.2, 3], [0.1, 1, 4], [0, 0, 1]]}]
)
def test_a_part_lies_where_it_was_cut_out(more):
    whole = layer((20, 30), scale=(0.3, 0.1), translate=(5, 6), **more)
    part = Image(np.zeros((4, 4)), **moved(read(whole), (7, 9)))
    np.testing.assert_allclose(part.data_to_world((1, 2)), whole.data_to_world((8, 11)))


@pytest.mark.parametrize("more", [{}, {"rotate": 20}, {"affine": [[1, 0.2, 3], [0.1, 1, 4], [0, 0, 1]]}])
def test_snapshots_lie_where_the_image_lies(more):
    whole = layer((20, 30), scale=(0.3, 0.1), translate=(5, 6), **more)
    snapshots = Image(np.zeros((3, 20, 30)), **leading(moved(read(whole), (0, 0)), [("iteration", 5, 5)]))
    expected = (10, *whole.data_to_world((3, 4)))
    np.testing.assert_allclose(snapshots.data_to_world((1, 3, 4)), expected)
    assert [str(unit) for unit in snapshots.units] == ["pixel"] * 3


def test_names_number_the_run_not_the_ending():
    assert unused_name("cells", "RL 30", []) == "cells · RL 30"
    assert unused_name("cells", "RL 30", ["cells · RL 30"]) == "cells · run 2 · RL 30"
    taken = ["cells · RL 30", "cells · run 2 · RL 30"]
    assert unused_name("cells", "RL 30", taken) == "cells · run 3 · RL 30"


def test_contrast_fits_and_is_never_empty():
    data = np.zeros((50, 200, 200), np.float32)
    assert contrast_of(data) == (0, 1)
    data[25, 100, 100] = 7
    low, high = contrast_of(data)
    assert low == 0 < high <= 7
    data[...] = np.linspace(0, 1000, data.size).reshape(data.shape)
    assert contrast_of(data)[1] == pytest.approx(1000, rel=0.03)


def test_halo_reaches_as_far_as_the_light():
    assert region.reach(nd.PSF(np.ones((3, 5)), 1)) == (1, 2)
    wide = np.zeros((1, 101))
    wide[0, 40:61] = 1
    assert region.reach(nd.PSF(wide, 1)) == (0, 10)


def test_crop_has_a_halo_inside_the_image_only():
    part = region.crop(((1, 2), (0, 5), (10, 20)), (3, 20, 30), halo=(4, 6), axes=(1, 2))
    assert part.outer == (slice(1, 2), slice(0, 9), slice(4, 26))
    assert part.inner == (slice(0, 1), slice(0, 5), slice(6, 16))
    assert part.offset == (1, 0, 10)
    assert part.shape == (1, 5, 10)
    image = np.arange(3 * 20 * 30).reshape(3, 20, 30)
    np.testing.assert_array_equal(image[part.outer][part.inner], image[1:2, 0:5, 10:20])


def test_rectangle_in_world_coordinates():
    viewer = ViewerModel()
    image = viewer.add_image(np.zeros((4, 20, 30)), scale=(1, 0.5, 0.5), translate=(0, 10, 20))
    shapes = Shapes([np.array([[11, 21], [11, 25], [14, 25], [14, 21]])])
    assert region.rectangle(viewer, image, shapes, (0, 1, 2)) == ((0, 4), (2, 9), (2, 11))
    viewer.dims.set_point(0, 2)
    assert region.rectangle(viewer, image, shapes, (1, 2))[0] == (2, 3)


def test_rectangle_beside_the_image_is_refused():
    viewer = ViewerModel()
    image = viewer.add_image(np.zeros((20, 30)))
    shapes = Shapes([np.array([[100, 100], [100, 120], [130, 120], [130, 100]])])
    with pytest.raises(nd.ParameterError, match="beside the image"):
        region.rectangle(viewer, image, shapes, (0, 1))
    with pytest.raises(nd.ParameterError, match="no rectangle"):
        region.rectangle(viewer, image, Shapes(ndim=2), (0, 1))


def test_units_of_one_kind_fit_and_others_do_not() -> None:
    from napari_deconvolve._napari.layers.source import Source, spacing_in

    def source(unit: str) -> Source:
        return Source("s", SampledArray(np.ones((2, 9)), (), (1.0, 0.5), ("pixel", unit)), {})

    psf = nd.psf.gaussian(3.0, 0.5, ndim=1, unit="meV")
    assert spacing_in(source("meV"), psf) == (0.5,)
    assert spacing_in(source("eV"), psf) == pytest.approx((500.0,))
    assert spacing_in(source("nm"), psf) is None


def test_steps_are_those_in_the_world():
    plain = layer((20, 30), scale=(-0.3, 0.1))
    assert read(plain).spacing == pytest.approx((0.3, 0.1))
    assert read(plain).descending == (0,)
    by_affine = layer((20, 30), affine=[[0.3, 0, 5], [0, 0.1, 6], [0, 0, 1]])
    assert read(by_affine).spacing == pytest.approx((0.3, 0.1))
    turned = layer((20, 30), scale=(0.3, 0.1), rotate=30)
    assert read(turned).spacing == pytest.approx((0.3, 0.1))
    mixed = layer((20, 30), units=("s", "um"), affine=[[2, 0, 0], [0, 2, 0], [0, 0, 1]])
    assert read(mixed).spacing == (1, 1)


def test_what_matters_of_a_place_is_said():
    assert askew(layer((20, 30), rotate=30)) == ""
    assert "sheared" in askew(layer((20, 30), shear=[0.3]))
    assert "sheared" in askew(layer((20, 30), affine=[[1, 0.2, 3], [0.1, 1, 4], [0, 0, 1]]))
    assert "below 0" in askew(layer((20, 30), scale=(1, -2)))


def test_a_spectrum_of_a_layer_with_a_negative_step_rises():
    values = np.zeros((3, 1001), np.float32)
    values[:, 550] = 1
    found = read(Image(values, scale=(1, -1), translate=(0, 1000)))
    image = ascending(found, found.image, 1)
    peak = int(np.argmax(np.asarray(image.data)[0]))
    assert image.origin[1] + image.steps()[1] * peak == 450
    assert ascending(found, found.image, 0) is found.image


@pytest.mark.parametrize(
    "placed", [{"scale": (1, -1)}, {"rotate": 90}, {"shear": [0.2]}, {"affine": np.eye(3)[[1, 0, 2]]}]
)
def test_a_psf_of_a_layer_that_is_turned_says_so(placed):
    from napari.layers import Image

    from napari_deconvolve._napari.layers.psf_layers import layer_to_psf

    made = np.exp(-(np.hypot(*np.ogrid[-8:9, -8:9]) ** 2) / 6.0)
    assert layer_to_psf(Image(made)).notes == ()
    psf = layer_to_psf(Image(made, **placed))
    assert any("turned, mirrored or sheared" in note for note in psf.notes)
    np.testing.assert_array_equal(psf.data, layer_to_psf(Image(made)).data)
