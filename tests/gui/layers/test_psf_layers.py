"""PSFs become layers and come back; everything else is taken or refused in words."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd

napari_layers = pytest.importorskip("napari.layers")

from napari_deconvolve._napari.layers.psf_layers import (  # noqa: E402 - only where napari is
    is_psf_layer,
    layer_spacing,
    layer_to_psf,
    psf_layer_data,
)

Image = napari_layers.Image


def as_layer(psf: nd.PSF, name: str = "PSF") -> Image:
    data, keywords, kind = psf_layer_data(psf, name)
    assert kind == "image"
    return Image(data, **keywords)


PSFS = {
    "1D": nd.psf.gaussian(0.3, 0.1, ndim=1),
    "2D": nd.psf.lorentzian((0.3, 0.2), (0.1, 0.05), unit="nm"),
    "3D": nd.psf.gaussian((0.6, 0.25, 0.25), (0.3, 0.1, 0.1)),
    "pixels": nd.psf.gaussian(3, 1.0, ndim=2, unit="pixel"),
    "measured": nd.psf.from_array(np.random.default_rng(1).random((7, 8, 9)), (0.3, 0.1, 0.1)),
}


@pytest.mark.parametrize("psf", PSFS.values(), ids=PSFS)
def test_a_psf_comes_back_from_its_layer_as_it_was(psf: nd.PSF) -> None:
    back = layer_to_psf(as_layer(psf))
    assert np.array_equal(back.data, psf.data)
    assert back.data.dtype == np.float32
    assert back.spacing == psf.spacing
    assert back.unit == psf.unit
    assert dict(back.info) == dict(psf.info)
    assert back.notes == psf.notes


def test_the_layer_holds_scale_units_and_labels() -> None:
    layer = as_layer(PSFS["3D"], "my PSF")
    assert layer.name == "my PSF"
    assert layer.data.dtype == np.float32
    assert tuple(layer.scale) == pytest.approx((0.3, 0.1, 0.1))
    assert [str(unit) for unit in layer.units] == ["micrometer"] * 3
    assert layer.axis_labels == ("z", "y", "x")
    assert layer_spacing(layer) == (pytest.approx((0.3, 0.1, 0.1)), "um")
    assert is_psf_layer(layer)


def test_the_zero_lag_lies_at_world_zero() -> None:
    layer = as_layer(PSFS["3D"])
    middle = tuple(length // 2 for length in layer.data.shape)
    assert layer.data_to_world(middle) == pytest.approx((0, 0, 0), abs=1e-12)


def test_a_line_becomes_one_row() -> None:
    layer = as_layer(PSFS["1D"])
    assert layer.data.shape == (1, *PSFS["1D"].shape)
    assert layer_to_psf(layer).ndim == 1


def test_an_edited_scale_is_taken_and_told() -> None:
    layer = as_layer(PSFS["3D"])
    layer.scale = (0.5, 0.2, 0.2)
    back = layer_to_psf(layer)
    assert back.spacing == pytest.approx((0.5, 0.2, 0.2))
    assert np.array_equal(back.data, PSFS["3D"].data)
    assert "0.5 × 0.2 × 0.2 um" in back.notes[-1]
    assert back.info["source"] == "array"


def test_an_edited_unit_is_taken() -> None:
    layer = as_layer(PSFS["3D"])
    layer.units = ("nm",) * 3
    assert layer_to_psf(layer).unit == "nm"


def test_edited_samples_are_prepared_again() -> None:
    layer = as_layer(PSFS["3D"])
    layer.data = layer.data * 7 + 3
    back = layer_to_psf(layer)
    assert any("pedestal 3" in note for note in back.notes)
    assert back.data == pytest.approx(PSFS["3D"].data, abs=2e-6)


def test_a_foreign_layer_is_centred_with_its_scale_and_unit() -> None:
    data = np.zeros((8, 10))
    data[2:5, 3:6] = [[1, 2, 1], [2, 9, 2], [1, 2, 1]]
    layer = Image(data, scale=(0.2, 0.1), units="um")
    assert not is_psf_layer(layer)
    psf = layer_to_psf(layer)
    assert psf.spacing == pytest.approx((0.2, 0.1))
    assert psf.unit == "um"
    middle = tuple(length // 2 for length in psf.shape)
    assert np.unravel_index(int(psf.data.argmax()), psf.shape) == middle


def test_the_center_and_background_reach_the_psf() -> None:
    data = np.zeros((9, 9))
    data[4, 4], data[4, 7] = 1, 2
    assert layer_to_psf(Image(data), center="middle").data[4, 4] == pytest.approx(1 / 3)
    peak = layer_to_psf(Image(data), center="peak")
    assert peak.profile(1)[peak.shape[1] // 2] == pytest.approx(2 / 3)
    assert any("pedestal 0.5" in note for note in layer_to_psf(Image(data), background=0.5).notes)


def test_leading_axes_of_one_sample_fall_away() -> None:
    data = np.zeros((1, 1, 7, 7))
    data[..., 3, 3] = 1
    assert layer_to_psf(Image(data, scale=(1, 2, 0.3, 0.2))).spacing == (0.3, 0.2)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Image(np.zeros((5, 5))), "zero everywhere"),
        (Image(np.full((5, 5), np.nan), contrast_limits=(0, 1)), "NaN"),
        (Image(np.ones((5, 5, 3)), rgb=True), "RGB"),
        (napari_layers.Labels(np.ones((5, 5), int)), "labels"),
        (napari_layers.Points(np.ones((5, 2))), "points"),
        (Image(np.ones((2, 3, 4, 5))), "4 axes"),
        (Image([np.ones((8, 8)), np.ones((4, 4))], multiscale=True), "resolutions"),
    ],
    ids=["zero", "NaN", "RGB", "labels", "points", "4D", "multiscale"],
)
def test_what_cannot_be_a_psf_is_refused_in_words(layer: object, words: str) -> None:
    with pytest.raises(nd.PSFError, match=words):
        layer_to_psf(layer)


@pytest.mark.parametrize(
    ("keywords", "spacing", "unit"),
    [
        ({}, (1, 1, 1), "pixel"),
        ({"scale": (0.3, 0.1, 0.1)}, (0.3, 0.1, 0.1), "pixel"),
        ({"scale": (0.3, 0.1, 0.1), "units": "µm"}, (0.3, 0.1, 0.1), "um"),
        ({"scale": (300, 0.1, 0.1), "units": ("nm", "um", "um")}, (0.3, 0.1, 0.1), "um"),
        ({"scale": (2, 0.1, 0.1), "units": ("s", "um", "um")}, (2, 0.1, 0.1), "um"),
        ({"scale": (0.3, -0.1, 0.1), "units": "um"}, (0.3, 0.1, 0.1), "um"),
    ],
)
def test_the_spacing_of_a_layer(keywords: dict[str, object], spacing: tuple[float, ...], unit: str) -> None:
    found, name = layer_spacing(Image(np.zeros((4, 5, 6)), **keywords))
    assert found == pytest.approx(spacing)
    assert name == unit
