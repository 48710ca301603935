"""The PSF doctor: each check has a PSF that trips it and one that does not, and each fix cures it."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import napari_deconvolve as nd
from napari_deconvolve.psf.prepare import core_centroid

SPACING = (0.2, 0.08, 0.08)
OPTICS = {"numerical_aperture": 1.2, "emission_um": 0.52, "immersion_index": 1.33}
NAMES = {
    "values",
    "size",
    "isolated",
    "centre",
    "pedestal",
    "negative",
    "saturation",
    "border",
    "optics",
    "width",
    "sampling",
}
# near the theory for a water lens of aperture 1.2: 0.62 um along z, 0.23 um across
GOOD = nd.psf.gaussian((0.62, 0.23, 0.23), SPACING)


def blob(shape, center, width=5.0):
    grids = np.indices(shape)
    squares = sum((grid - c) ** 2 for grid, c in zip(grids, center, strict=True))
    return 2 ** (-4 * squares / width**2)


def found(name, psf, **about):
    """Give the one finding of a name."""
    (finding,) = [finding for finding in nd.psf.examine(psf, **about) if finding.name == name]
    return finding


def test_nothing_is_wrong_with_a_good_psf():
    findings = nd.psf.examine(GOOD, image_spacing=SPACING, image_shape=(30, 256, 256), **OPTICS)
    assert {finding.name for finding in findings} == NAMES | {"spacing", "extent"}
    assert [finding for finding in findings if finding.severity != "ok" or finding.fix] == []
    assert nd.psf.worst(findings) == "ok"
    assert nd.psf.worst([]) == "ok"


def test_what_was_not_told_is_not_compared():
    assert {finding.name for finding in nd.psf.examine(GOOD)} == NAMES


middle = blob((25, 25), (12, 12))
with_nan = middle.copy()
with_nan[3, 4] = np.nan
negative = middle - 0.1 * blob((25, 25), (12, 20))
CURABLE = {
    "values": (with_nan, middle, {}, "error"),
    "size": (blob((24, 25), (12, 12)), middle, {}, "warning"),
    "centre": (blob((25, 25), (12.4, 11)), blob((25, 25), (12.2, 12)), {}, "warning"),
    "pedestal": (middle + 0.05, nd.psf.lorentzian(5, 1, ndim=2), {}, "warning"),
    "negative": (negative, middle, {}, "warning"),
    "spacing": (
        nd.psf.gaussian(0.5, 0.1, ndim=3),
        nd.psf.gaussian(0.5, (0.3, 0.1, 0.1)),
        {"image_spacing": (9, 0.3, 0.1, 0.1)},
        "warning",
    ),
    "extent": (middle, middle[1:-1, 1:-1], {"image_shape": (3, 24, 31)}, "note"),
}


@pytest.mark.parametrize("name", CURABLE)
def test_what_can_be_cured_is_cured(name):
    ill, sound, about, severity = CURABLE[name]
    assert found(name, sound, **about).severity == "ok"
    assert found(name, sound, **about).fix is None
    finding = found(name, ill, **about)
    assert finding.severity == severity
    cured = finding.fix()
    assert isinstance(cured, nd.PSF)
    assert found(name, cured, **about).severity == "ok"


def test_an_array_of_unknown_spacing_is_asked_about():
    finding = found("spacing", middle, image_spacing=(0.1, 0.2), unit="mm")
    assert finding.severity == "note"
    cured = finding.fix()
    assert (cured.spacing, cured.unit) == ((0.1, 0.2), "mm")
    assert found("spacing", cured, image_spacing=(0.1, 0.2)).severity == "ok"
    assert found("spacing", middle, spacing=(0.1, 0.2), image_spacing=(0.1, 0.2)).severity == "ok"


def test_the_resampled_psf_keeps_its_width():
    ill = CURABLE["spacing"][0]
    cured = found("spacing", ill, image_spacing=(0.3, 0.1, 0.1)).fix()
    assert cured.spacing == pytest.approx((0.3, 0.1, 0.1))
    assert cured.fwhm == pytest.approx(nd.psf.gaussian(0.5, (0.3, 0.1, 0.1)).fwhm, rel=0.01)


def saturated(dtype):
    return np.minimum(middle * 400, 255).astype(dtype)


@pytest.mark.parametrize(
    ("name", "ill", "sound", "about", "severity"),
    [
        ("saturation", saturated(np.uint8), (middle * 250).astype(np.uint8), {}, "warning"),
        ("saturation", saturated(np.float32), middle, {}, "warning"),
        ("saturation", nd.psf.from_formula("x^2+y^2<9", (9, 9), 1), blob((8, 8), (3.5, 3.5)), {}, "note"),
        (
            "border",
            nd.psf.gaussian(5, 1, shape=(7, 31)).data,
            nd.psf.gaussian(5, 1, shape=(31, 31)).data,
            {},
            "warning",
        ),
        ("border", nd.psf.lorentzian(5, 1, ndim=3).data, nd.psf.lorentzian(5, 1, ndim=2).data, {}, "note"),
        ("width", nd.psf.gaussian(9, 1, shape=(7, 31)), nd.psf.gaussian(9, 1, shape=(31, 31)), {}, "warning"),
        ("width", nd.psf.gaussian((0.62, 0.1, 0.1), (0.2, 0.05, 0.05)), GOOD, OPTICS, "warning"),
        ("width", nd.psf.gaussian((2.0, 0.23, 0.23), SPACING), GOOD, OPTICS, "warning"),
        ("width", nd.psf.gaussian((0.45, 0.17, 0.17), (0.1, 0.05, 0.05)), GOOD, OPTICS, "note"),
        ("width", nd.psf.gaussian((0.62, 0.38, 0.38), SPACING), GOOD, OPTICS, "note"),
        ("sampling", nd.psf.gaussian((0.62, 0.23, 0.23), (0.2, 0.12, 0.12)), GOOD, OPTICS, "warning"),
        ("sampling", nd.psf.gaussian((0.62, 0.23, 0.23), (0.4, 0.08, 0.08)), GOOD, OPTICS, "warning"),
        ("sampling", nd.psf.gaussian(1.2, 1, ndim=2), nd.psf.gaussian(3, 1, ndim=2), {}, "warning"),
    ],
)
def test_what_no_button_cures(name, ill, sound, about, severity):
    finding = found(name, ill, **about)
    assert finding.severity == severity, finding.text
    assert finding.fix is None
    assert found(name, sound, **about).severity == "ok", found(name, sound, **about).text


def test_the_images_own_sampling_is_compared():
    assert found("sampling", GOOD, **OPTICS).severity == "ok"
    finding = found("sampling", GOOD, image_spacing=(0.2, 0.2, 0.2), **OPTICS)
    assert finding.severity == "warning"
    assert "image's spacing is 1.8 times Nyquist's along y, x" in finding.text


def test_nyquist_is_that_of_the_textbook():
    text = found("sampling", GOOD, **OPTICS).text
    axial = 0.52 / (2 * (1.33 - np.sqrt(1.33**2 - 1.2**2)))
    assert f"{axial:.3g} × {0.52 / 4.8:.3g} × {0.52 / 4.8:.3g} um" in text


def test_units_are_converted():
    nanometres = nd.PSF(GOOD.data, tuple(1000 * step for step in SPACING), "nm")
    assert found("sampling", nanometres, **OPTICS).severity == "ok"
    assert found("width", nanometres, **OPTICS).severity == "ok"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"numerical_aperture": 1.33}, "below 1.33"),
        ({"numerical_aperture": 1.4}, "below 1.33"),
        ({"numerical_aperture": 0}, "above 0"),
        ({"numerical_aperture": 2, "immersion_index": None}, "the largest that lenses have"),
        ({"emission_um": 520}, "in micrometres"),
    ],
)
def test_optics_that_cannot_be(change, word):
    findings = nd.psf.examine(GOOD, **{**OPTICS, **change})
    (finding,) = [finding for finding in findings if finding.name == "optics"]
    assert finding.severity == nd.psf.worst(findings) == "error"
    assert word in finding.text


@pytest.mark.parametrize("value", ["1.2", True, float("nan"), [1]])
def test_optics_are_numbers(value):
    with pytest.raises(nd.ParameterError, match="give a number"):
        nd.psf.examine(GOOD, numerical_aperture=value)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((5, 5)),
        -middle,
        np.zeros((2,) * 4),
        np.zeros((0, 3)),
        np.full((5, 5), np.nan),
        np.full((40, 40), 7.0),
        np.array(["a"]),
    ],
)
def test_what_is_no_psf_at_all_is_told(array):
    findings = nd.psf.examine(array)
    assert nd.psf.worst(findings) == "error"
    assert all(finding.fix is None for finding in findings)


def test_a_psf_of_more_axes_than_the_image_is_an_error():
    assert found("extent", GOOD, image_shape=(64, 64)).severity == "error"
    findings = nd.psf.examine(GOOD, image_shape=(64, 64), image_spacing=SPACING[1:])
    told = {finding.name: finding for finding in findings}
    assert "3 axes and the image 2" in told["extent"].text
    assert "spacing" not in told


def test_points_off_the_middle_are_there_on_purpose():
    assert found("centre", nd.psf.points([(0, 0), (0, 3)], [1, 2])).severity == "note"


@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.uint8, np.float32]),
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=7),
    )
)
def test_any_array_can_be_examined_and_every_fix_gives_a_psf(array):
    for finding in nd.psf.examine(array, image_spacing=1, image_shape=array.shape):
        assert finding.severity in ("ok", "note", "warning", "error")
        assert len(finding.text) > 10
        if finding.fix is not None:
            assert isinstance(finding.fix(), nd.PSF)


def test_the_psf_of_dapi_is_cured_and_restores_the_nucleus(shared_data):
    folder = shared_data / "bbii_decon_dapi"
    raw = tifffile.imread(folder / "PSF.tif")
    assert raw.sum(dtype=float) == pytest.approx(2.0044, abs=1e-3)
    assert found("size", raw).severity == "warning"
    assert found("centre", raw).severity == "warning"
    psf = found("centre", raw).fix()
    off = np.subtract(core_centroid(psf.data.astype(float)), [n // 2 for n in psf.shape])
    assert np.abs(off).max() < 0.5
    assert found("size", psf).severity == found("centre", psf).severity == "ok"
    assert psf.data.sum(dtype=float) == pytest.approx(1, abs=1e-6)
    truth = tifffile.imread(folder / "DAPI_GroundTruth.tif").astype(float)
    blurred = tifffile.imread(folder / "DAPI_blurred.tif") / raw.sum()
    for cured in (psf, nd.psf.from_array(raw, center="auto")):
        estimate = nd.richardson_lucy(blurred, cured, 40, boundary="periodic")
        assert 10 * np.log10(np.ptp(truth) ** 2 / np.mean((estimate - truth) ** 2)) >= 31.5


WATER = {"numerical_aperture": 1.2, "emission_um": 0.52, "immersion_index": 1.33}


@pytest.mark.parametrize(
    ("modality", "more"),
    [
        ("widefield", {}),
        ("confocal", {"excitation_um": 0.488, "pinhole_airy": 0.0}),
        ("confocal", {"excitation_um": 0.488, "pinhole_airy": 1.0}),
        ("spinning-disk", {"excitation_um": 0.488}),
        ("two-photon", {"excitation_um": 0.9}),
        ("light-sheet", {"sheet_um": 0.6}),
    ],
)
def test_each_kind_of_microscope_has_its_own_theory(modality, more):
    """A PSF calculated with polarisation agrees with theory without to its share, and is not confused with another."""
    psf = nd.psf.microscope(modality, spacing=(0.06, 0.03, 0.03), shape=(41, 61, 61), sampling="point", **WATER, **more)
    measured = nd.PSF(psf.data, psf.spacing)
    width = found("width", measured, modality=modality, **WATER, **more)
    assert width.severity == "ok", width.text
    own = found("width", psf)  # it knows what it was made for
    assert own.text == width.text
    assert found("sampling", psf).severity == "ok"


def test_a_confocal_psf_is_too_narrow_for_wide_field_and_a_wide_one_too_wide_for_two_photons():
    grid = {"spacing": (0.06, 0.03, 0.03), "shape": (61, 81, 81), "sampling": "point"}
    confocal = nd.psf.microscope("confocal", pinhole_airy=0, **grid, **WATER)
    assert found("width", nd.PSF(confocal.data, confocal.spacing), **WATER).severity == "note"
    open_ = nd.psf.microscope("widefield", **grid, **WATER)
    text = found("width", nd.PSF(open_.data, open_.spacing), modality="confocal", pinhole_airy=0, **WATER)
    assert text.severity == "note"


def test_sampling_is_judged_by_the_kind_of_microscope():
    psf = nd.psf.gaussian((0.62, 0.23, 0.23), (0.2, 0.08, 0.08))
    assert found("sampling", psf, **WATER).severity == "ok"
    finding = found("sampling", psf, modality="spinning disk", excitation_um=0.488, **WATER)
    assert finding.severity == "warning"
    axial, lateral = nd.psf.nyquist("spinning-disk", excitation_um=0.488, **WATER)
    assert f"{axial:.3g} × {lateral:.3g} × {lateral:.3g} um" in finding.text


def test_a_kind_that_is_none_and_optics_that_contradict_it():
    with pytest.raises(nd.ParameterError, match="choose one of"):
        nd.psf.examine(GOOD, modality="sted")
    wrong = found("optics", GOOD, modality="two-photon", excitation_um=0.4, **WATER)
    assert wrong.severity == "error"
    assert "longer wavelength" in wrong.text


def test_without_the_sheet_s_width_only_the_lateral_axes_are_compared():
    text = found("width", GOOD, modality="light-sheet", **WATER).text
    assert text.split("theory says")[1].count("×") == 1
