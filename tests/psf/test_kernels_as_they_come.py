"""Kernels as people have them: ends that are not dark, pedestals of every sign and shape, hot pixels, lobes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import ndimage

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare

y, x = np.ogrid[-20:21, -20:21]
RADIUS = np.hypot(y, x)
POINT = np.exp(-(RADIUS**2) / 18)
TIME = np.arange(41.0)
NO_DARK_ENDS = {
    "box": np.ones((5, 5)),
    "box of a spectrum": np.ones(7),
    "slit": np.ones((3, 9)),
    "motion": np.eye(9) / 9,
    "defocus": (RADIUS <= 6).astype(float)[14:27, 14:27],
    "exponential": np.exp(-TIME / 8),
    "half a Gaussian": np.exp(-(TIME**2) / 200),
    "tight crop": POINT[17:24, 17:24],
    "triangle": 1 - np.abs(np.arange(-5, 6)) / 6,
    "trapezoid": np.array([0.9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.9]),
    "cylinder": np.repeat((RADIUS <= 4).astype(float)[np.newaxis, 15:26, 15:26], 5, axis=0),
    "exponential on both sides": np.exp(-np.abs(np.arange(-10, 11)) / 4),
}


@pytest.mark.parametrize("name", NO_DARK_ENDS)
def test_ends_that_are_not_dark_stay(name, tmp_path):
    kernel = NO_DARK_ENDS[name]
    found, kept = nd.psf.from_array(kernel), nd.psf.from_array(kernel, background=0)
    np.testing.assert_array_equal(found.data, kept.data)
    assert not any("pedestal" in note for note in found.notes)
    np.save(tmp_path / "psf.npy", kernel)
    loaded = nd.psf.load(tmp_path / "psf.npy")
    np.testing.assert_allclose(loaded.data, kept.data)
    assert not any("first sample" in note for note in loaded.notes)


@pytest.mark.parametrize("center", [0, "first", (0,), 0.0])
def test_a_response_that_begins_at_once_keeps_its_place(center):
    psf = nd.psf.from_array(np.exp(-TIME / 8), center=center)
    middle = psf.shape[0] // 2
    assert int(np.argmax(psf.data)) == middle
    assert np.all(psf.data[:middle] == 0)
    np.testing.assert_allclose(psf.data[middle:] / psf.data[middle], np.exp(-TIME / 8), rtol=1e-5)


def moved(made, how):
    """Shift, turn or deskew samples, with 0 where there are none then."""
    if how == "padded":
        return np.pad(made, ((5, 0), (3, 8)))
    if how == "shifted":
        return np.pad(made[:-6, :-4], ((6, 0), (4, 0)))
    if how == "turned":
        return ndimage.rotate(made, 30, reshape=True, order=1)
    if how == "deskewed":
        return np.stack([np.roll(np.pad(row, (10, 10)), (place - 20) // 2) for place, row in enumerate(made)])
    return np.where(RADIUS < 19, made, 0) if how == "disc" else made


@pytest.mark.parametrize("level", [0.1, 0.02, -0.1, -30.0])
@pytest.mark.parametrize("how", ["whole", "padded", "shifted", "turned", "deskewed", "disc"])
def test_a_pedestal_is_found_inside_of_a_filled_border(level, how):
    made, right = moved(POINT + level, how), nd.psf.from_array(moved(POINT, how), background=0)
    psf = nd.psf.from_array(made)
    assert any("pedestal" in note for note in psf.notes)
    assert psf.fwhm == pytest.approx(right.fwhm, rel=0.03)
    flagged = {one.name for one in nd.psf.examine(made) if one.severity != "ok"}
    assert "pedestal" in flagged
    assert "values" not in flagged


def test_signed_whole_numbers_from_the_lowest_one_on():
    stored = np.clip(np.round(3000 * POINT) - 32768, -32768, 32767).astype(np.int16)
    assert nd.psf.from_array(stored).fwhm == pytest.approx((7.07, 7.07), rel=0.01)
    found = {one.name: one for one in nd.psf.examine(stored) if one.severity != "ok"}
    assert list(found) == ["pedestal"]
    assert all(one.severity == "ok" for one in nd.psf.examine(found["pedestal"].fix()))


@pytest.mark.parametrize("places", [[(5, 8)], [(5, 8), (33, 30)], [(0, 0)], [(23, 26)]])
@pytest.mark.parametrize("level", [0.0, 0.1])
def test_samples_that_stand_alone_are_named_and_cured(places, level):
    made = POINT + level
    for place in places:
        made[place] = 3
    psf = nd.psf.from_array(made)
    assert any("alone" in note for note in psf.notes)
    assert psf.fwhm == pytest.approx((7.07, 7.07), rel=0.02)
    (alone,) = [one for one in nd.psf.examine(made) if one.name == "isolated"]
    assert alone.severity == "warning"
    assert str(places[0][0]) in alone.text
    assert "isolated" not in {one.name for one in nd.psf.examine(alone.fix()) if one.severity != "ok"}


def test_noise_a_single_sample_and_a_peak_in_a_halo_are_no_hot_pixels():
    counts = np.random.default_rng(0).poisson(20 * POINT)
    impulse = np.zeros((9, 9))
    impulse[4, 4] = 1
    lobes = np.zeros(31)
    lobes[[9, 15, 21]] = 0.3, 1, 0.3
    halo = 0.1 * POINT
    halo[20, 20] = 5
    for made in (counts, impulse, lobes, halo):
        assert not any("alone" in note for note in nd.psf.from_array(made).notes)


HAT = np.exp(-(RADIUS**2) / 8) - 0.12 * np.exp(-(RADIUS**2) / 32)
SIGNED = {
    "hat": HAT,
    "sharpened": 2 * POINT / POINT.sum() - np.exp(-(RADIUS**2) / 50) / np.exp(-(RADIUS**2) / 50).sum(),
    "sinc": np.sinc(np.arange(-20, 21) / 4.0),
    "overshoot": np.exp(-TIME / 6) * np.cos(TIME / 3),
}


@pytest.mark.parametrize("name", SIGNED)
def test_the_wiener_filter_takes_negative_lobes_as_they_are(name, tmp_path):
    kernel = SIGNED[name]
    truth = np.zeros((64,) * kernel.ndim)
    truth[(20,) * kernel.ndim] = truth[(40,) * kernel.ndim] = 1000
    middle = nd.psf.from_array(kernel, center="middle")
    assert middle.info["signed"]
    assert middle.data.min() < 0
    blurred = nd.convolve(truth, middle)
    assert blurred.min() < 0
    right = nd.wiener(blurred, kernel, 1e-6, background=0)
    np.testing.assert_allclose(nd.wiener(blurred, middle, 1e-6, background=0), right, rtol=1e-5, atol=1e-3)
    cut = nd.wiener(blurred, np.maximum(kernel, 0), 1e-6, background=0)
    assert np.linalg.norm(right - truth) < 0.9 * np.linalg.norm(cut - truth)
    nd.psf.save(middle, tmp_path / "psf.ome.tif")
    np.testing.assert_allclose(nd.psf.load(tmp_path / "psf.ome.tif").data, middle.data, rtol=1e-6, atol=1e-9)
    again = nd.Recipe.from_json(nd.deconvolve(blurred, middle, nd.Recipe(method="wiener")).recipe.to_json())
    assert again.psf is not None


@pytest.mark.parametrize("method", ["rl", "rl-gc", "blind"])
def test_all_other_methods_say_that_they_set_lobes_to_zero(method):
    job = prepare(np.ones((40, 40)), HAT, nd.Recipe(method=method))
    assert "negative lobes" in job.remarks[0]
    assert job.psfs[0].data.min() == 0
    assert prepare(np.ones((40, 40)), HAT, nd.Recipe(method="wiener")).psfs[0].data.min() < 0


def test_light_of_neighbours_out_of_focus_is_no_pedestal():
    """Around a bead it is as even as a level in most planes, and missing in the plane of focus."""
    z = np.arange(-12, 13)[:, np.newaxis, np.newaxis]
    bead = np.exp(-(z**2) / 18 - RADIUS**2 / 18)
    haze = np.where(np.abs(z) > 3, 0.01, 0.0)
    assert not any("pedestal" in note for note in nd.psf.from_array(bead + haze).notes)
    assert any("pedestal" in note for note in nd.psf.from_array(bead + 0.01).notes)


def test_a_run_warns_of_lobes_and_noise_below_zero_is_none():
    image = np.random.default_rng(0).poisson(20.0, (40, 40)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        words = nd.deconvolve(image, HAT, nd.Recipe(iterations=2, background=1.0)).words
    assert "negative lobes" in words[0]
    noisy = POINT + np.random.default_rng(1).normal(0, 0.02, POINT.shape)
    assert not nd.psf.from_array(noisy, background=0).info.get("signed")
    with pytest.raises(nd.PSFError, match="outweigh"):
        nd.psf.from_array(-POINT + 2 * (RADIUS == 0), background=0)
    with pytest.raises(nd.PSFError, match="negative"):
        nd.psf.from_array(HAT, negative="perhaps")
    assert nd.psf.from_array(HAT, negative="zero").data.min() == 0


DISCS = np.stack([np.where(width >= RADIUS, 1.0, 0) for width in (10, 8, 6, 4, 2, 1, 2, 4, 6, 8, 10)])
CONE = DISCS / DISCS.sum(axis=(1, 2), keepdims=True)
BREAKING_OFF = {
    "cone of rays out of focus": CONE[:, 10:31, 10:31],
    "cone on one side of focus": CONE[5:, 9:32, 9:32],
    "ring": ((RADIUS <= 8) & (RADIUS >= 5)).astype(float)[12:29, 12:29],
    "hexagon": ((abs(y) <= 9) & (abs(y) / 2 + abs(x) * 0.866 <= 9)).astype(float)[11:30, 10:31],
    "path of a motion": (abs(np.hypot(y - 20, x) - 20) < 0.8).astype(float)[9:34, 9:34],
    "rise and two decays": (1 - np.exp(-TIME)) * (0.7 * np.exp(-TIME / 3) + 0.3 * np.exp(-TIME / 20)),
    "ramp": np.arange(12, 1, -1.0),
    "arch": np.cos(np.linspace(-1.2, 1.2, 15)),
    "blunt": np.exp(-((RADIUS / 15) ** 8))[8:33, 8:33],
}


@pytest.mark.parametrize("name", BREAKING_OFF)
def test_kernels_that_break_off_stand_on_nothing(name):
    kernel = BREAKING_OFF[name]
    np.testing.assert_array_equal(
        nd.psf.from_array(kernel).data, nd.psf.from_array(kernel, background=0).data, err_msg=name
    )
    assert "pedestal" not in {one.name for one in nd.psf.examine(kernel) if one.severity != "ok"}


@pytest.mark.parametrize(
    "kernel", [np.ones((3, 11)), np.ones(7), np.eye(13), NO_DARK_ENDS["defocus"], NO_DARK_ENDS["slit"]]
)
def test_the_doctor_says_of_a_box_that_it_is_flat_and_no_more(kernel):
    (flat,) = [one for one in nd.psf.examine(kernel) if one.severity != "ok" and one.name != "sampling"]
    assert (flat.name, flat.severity) == ("saturation", "note")
    assert "as in a box or a disc" in flat.text


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_a_psf_scaled_to_the_range_of_its_type_is_not_saturated(dtype):
    top = np.iinfo(dtype).max
    assert all(one.severity == "ok" for one in nd.psf.examine(np.round(top * POINT).astype(dtype)))
    clipped = np.minimum(np.round(1.6 * top * POINT), top).astype(dtype)
    assert [one.name for one in nd.psf.examine(clipped) if one.severity != "ok"] == ["saturation"]


@pytest.mark.parametrize("fill", [0, -1, 4095, 65535])
@pytest.mark.parametrize("even", [False, True])
def test_each_correction_takes_the_pedestal_along(fill, even):
    """A move over the edge of a filled border would smear it, and nobody would find the level any more."""
    made = np.pad(np.round(3000 * POINT).astype(np.int32) + 200, ((6, 6 + even), (6, 6 + even)), constant_values=fill)
    findings = [one for one in nd.psf.examine(made) if one.severity != "ok"]
    assert {one.name for one in findings} == {"pedestal", *(("size", "centre") if even else ())}
    for finding in findings:
        cured = finding.fix()
        assert cured.fwhm == pytest.approx((7.07, 7.07), rel=0.01)
        assert {one.name for one in nd.psf.examine(cured) if one.severity != "ok"} <= {"size", "centre"} - {
            finding.name
        }


@pytest.mark.parametrize(("counts", "level"), [(500, 100), (300, 10), (1000, 3)])
def test_noise_at_the_border_is_no_light_that_is_cut_off(counts, level):
    for seed in range(4):
        made = np.random.default_rng(seed).poisson(counts * POINT + level)
        (pedestal,) = [one for one in nd.psf.examine(made) if one.severity != "ok"]
        assert pedestal.name == "pedestal"
        assert all(one.severity == "ok" for one in nd.psf.examine(pedestal.fix()))
