"""Beads: a known PSF comes back, what cannot be used is named, and real beads get narrower."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest
import tifffile
from scipy import ndimage

import napari_deconvolve as nd
from napari_deconvolve.psf.beads.average import light_kept, sphere_otf
from napari_deconvolve.psf.beads.settings import BeadSettings

WIDTHS = (5.0, 4.2, 4.2)
CENTERS = [(15.3, 20.4, 20.7), (16.6, 20.2, 60.5), (14.8, 60.1, 20.9), (15.45, 60.35, 60.25)]
SHAPE = (32, 80, 80)
BIAN = (0.125, 0.022, 0.022)


def spots(centers, height, shape=SHAPE, widths=WIDTHS):
    """Draw Gaussian spots."""
    image = np.zeros(shape)
    for center in centers:
        lines = [2 ** -((2 * (np.arange(n) - c) / w) ** 2) for n, c, w in zip(shape, center, widths, strict=True)]
        image += height * np.einsum("i,j,k->ijk" if len(lines) == 3 else "i,j->ij", *lines)
    return image


def counted(image, seed=1):
    return np.random.default_rng(seed).poisson(image).astype(np.uint16)


def error(psf, widths=WIDTHS):
    """Give the relative L2 distance from the Gaussian that the spots were drawn with."""
    truth = spots([[n // 2 for n in psf.shape]], 1, psf.shape, widths)
    truth /= truth.sum()
    return np.linalg.norm(psf.data - truth) / np.linalg.norm(truth)


@pytest.mark.parametrize("combine", ["mean", "median"])
@pytest.mark.parametrize(("height", "bound"), [(200, 0.07), (1000, 0.03), (5000, 0.015)])
def test_four_beads_between_samples(height, bound, combine):
    stack = counted(spots(CENTERS, height) + 10)
    psf, report = nd.psf.psf_and_report(stack, 1.0, combine=combine)
    assert error(psf) < bound
    center = np.subtract(ndimage.center_of_mass(psf.data), [n // 2 for n in psf.shape])
    assert np.abs(center).max() < 0.05
    assert len(report.used) == len(report.beads) == 4
    for truth in CENTERS:
        nearest = min(np.abs(np.subtract(bead.position, truth)).max() for bead in report.used)
        assert nearest < 0.12 if height < 1000 else nearest < 0.05
    assert report.fwhm == pytest.approx(WIDTHS, rel=0.06)


@pytest.mark.parametrize("seed", range(4))
def test_faint_beads_are_centred_as_well(seed):
    """At 100 counts noise moves the border of the core; the Gaussian that fits best still lies in the middle."""
    rng = np.random.default_rng(seed)
    centers = np.array([(15, 20, 20), (16, 20, 60), (15, 60, 20), (15, 60, 60)]) + rng.uniform(-0.5, 0.5, (4, 3))
    data = nd.psf.from_beads(rng.poisson(spots(centers, 100) + 10), 1.0).data.astype(float)
    middle = np.array(data.shape) // 2
    steps = np.linspace(-0.1, 0.1, 41)
    for axis in range(3):
        moved = [middle + step * (np.arange(3) == axis) for step in steps]
        fits = [float((data * spots([place], 1, data.shape)).sum()) for place in moved]
        assert abs(steps[int(np.argmax(fits))]) < 0.025


def test_a_flat_image_of_beads():
    stack = counted(spots([(20.3, 20.6), (60.7, 21.2), (40.4, 55.5)], 2000, (80, 80), (4, 5)) + 20)
    psf = nd.psf.from_beads(stack, (0.1, 0.2))
    assert psf.ndim == 2
    assert psf.fwhm == pytest.approx((0.4, 1.0), rel=0.03)
    assert error(psf, (4, 5)) < 0.03


def test_spacing_unit_and_shape_reach_the_psf():
    stack = counted(spots(CENTERS, 1000) + 10)
    psf = nd.psf.from_beads(stack, (0.2, 0.1, 0.1), shape=(15, 17, 19), unit="mm")
    assert psf.shape == (15, 17, 19)
    assert (psf.spacing, psf.unit) == ((0.2, 0.1, 0.1), "mm")
    assert psf.fwhm == pytest.approx((1.0, 0.42, 0.42), rel=0.03)
    assert psf.info["source"] == "beads"
    assert psf.notes[0].startswith("4 of 4 beads, FWHM ")


def test_every_unusable_bead_says_why():
    centers = [*CENTERS, (16, 2, 40), (16, 40, 36), (16, 40, 45)]
    image = spots(centers, 1000) + spots([(16, 80, 80)], 600, (32, 100, 100))[:, :80, :80]
    stack = np.minimum(image + spots([(16, 40, 75)], 400) + spots([CENTERS[0]], 2000), 2400) + 10
    report = nd.psf.find_beads(counted(stack) * 0 + stack.astype(np.uint16), 1.0)
    reasons = {tuple(np.round(bead.position).astype(int)[1:]): bead.reason for bead in report.beads}
    assert reasons[20, 21] == "saturated"
    assert reasons[2, 40] == "at the edge"
    assert reasons[40, 36] == reasons[40, 45] == "too close to another"
    assert reasons[60, 21] == reasons[60, 60] == ""
    assert len(report.used) + len(report.rejected) == len(report.beads)
    assert "2 too close to another" in report.reasons
    assert "saturated" in str(report)
    assert {row["reason"] for row in report.rows()} == set(reasons.values())


def test_saturation_of_the_integer_type_and_as_told():
    eight = np.clip(spots(CENTERS, 200) + spots(CENTERS[:1], 200) + 5, 0, 255).astype(np.uint8)
    assert [bead.reason for bead in nd.psf.find_beads(eight, 1).beads].count("saturated") == 1
    told = nd.psf.find_beads(counted(spots(CENTERS, 1000) + 10), 1, saturation=500)
    assert {bead.reason for bead in told.beads} == {"saturated"}


def test_faint_beads_hot_samples_and_clumps():
    image = spots(CENTERS, 1000) + spots([(16, 40, 40)], 1000, widths=(10, 9, 9)) + 100
    image[8, 40, 10] += 3000
    image += spots([(16, 40, 68)], 70)
    found = nd.psf.find_beads(counted(image), 1.0, fwhm=WIDTHS)
    reasons = {tuple(np.round(bead.position).astype(int)[1:]): bead.reason for bead in found.beads}
    assert reasons[40, 40] == "wider than the others"
    assert reasons[40, 10] == "a single bright sample"
    assert reasons[40, 68] == "too faint"
    assert len(found.used) == 4


def test_the_median_withstands_dirt_beside_a_bead():
    image = spots(CENTERS, 1000) + spots([(15.3, 20.4, 29.7)], 150, widths=(12, 6, 4)) + 10
    dirty = counted(image)
    assert error(nd.psf.from_beads(dirty, 1, combine="median")) < 0.03
    assert error(nd.psf.from_beads(dirty, 1, combine="mean")) > 0.05


def solid(diameter, height, seed=0):
    """Draw spheres as clouds of points, and blur each."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(1500, 3))
    points *= (diameter / 2 * rng.random(1500) ** (1 / 3) / np.linalg.norm(points, axis=1))[:, None]
    points -= points.mean(0)
    return spots([np.add(c, p) for c in CENTERS for p in points], height / len(points))


def test_the_size_of_a_bead_is_taken_out():
    stack = counted(solid(4.0, 3000) + 10)
    left, removed = nd.psf.from_beads(stack, 1), nd.psf.from_beads(stack, 1, bead_diameter=4)
    assert error(left) > 0.15
    assert error(removed) < 0.04
    assert removed.fwhm == pytest.approx(WIDTHS, rel=0.03)
    assert "taken out" in removed.notes[-1]


def test_a_small_bead_is_left_in():
    stack = counted(spots(CENTERS, 1000) + 10)
    point, small = nd.psf.from_beads(stack, 1), nd.psf.from_beads(stack, 1, bead_diameter=1)
    np.testing.assert_array_equal(point.data, small.data)
    assert "left in" in small.notes[-1]


def test_the_spheres_spectrum_is_that_of_a_sphere():
    n, diameter = 64, 20.0
    grid = np.indices((n * 2,) * 3) / 2 - n // 2  # half samples
    inside = ((grid**2).sum(0) <= (diameter / 2) ** 2).reshape(n, 2, n, 2, n, 2).sum((1, 3, 5))
    spectrum = np.abs(np.fft.rfftn(inside / inside.sum()))
    expected = sphere_otf((n,) * 3, (1, 1, 1), diameter)
    assert expected[0, 0, 0] == 1
    np.testing.assert_allclose(spectrum[:8, :8, :8], np.abs(expected)[:8, :8, :8], atol=0.01)


def test_what_is_not_negative_keeps_the_light():
    values = np.random.default_rng(0).normal(0.1, 1, (20, 20))
    found = light_kept(values)
    assert found.min() == 0
    assert found.sum() == pytest.approx(values.sum())
    np.testing.assert_allclose(light_kept(np.abs(values)), np.abs(values), atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"combine": "mode"}, "choose 'mean' or 'median'"),
        ({"bead_diameter": -1}, "at least 0"),
        ({"bead_diameter": 400}, "check diameter, spacing and unit"),
        ({"shape": 8}, "odd lengths"),
        ({"shape": "wide"}, "odd whole numbers"),
        ({"shape": 999}, "odd lengths"),
        ({"spacing": 0}, "positive"),
        ({"fwhm": -1}, "positive"),
        ({"stack": np.full(SHAPE, 7)}, "everywhere"),
        ({"stack": np.full(SHAPE, np.nan)}, "NaN"),
        ({"stack": np.zeros(9)}, "2 or 3 axes"),
        ({"stack": np.zeros((9, 9), complex)}, "real numbers"),
        ({"saturation": 1}, "none can be used"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    given = {"stack": counted(spots(CENTERS, 1000) + 10), "spacing": 1.0, **change}
    with pytest.raises(nd.PSFError, match=message):
        nd.psf.from_beads(given.pop("stack"), given.pop("spacing"), **given)


def test_noise_alone_holds_no_bead():
    with pytest.raises(nd.PSFError, match=r"none can be used|No spot"):
        nd.psf.from_beads(np.random.default_rng(0).poisson(20, (20, 64, 64)), 1)


def test_the_measured_beads_of_bian_get_narrower(shared_data):
    stack = tifffile.imread(shared_data / "bian" / "Bead_Image1_crop.tif")
    psf, before = nd.psf.psf_and_report(stack, BIAN)
    assert len(before.used) == 4
    assert all(s < 0.15 * w for s, w in zip(before.spread, before.fwhm, strict=True))
    sharp = nd.richardson_lucy(stack, psf, 20)
    after = nd.psf.find_beads(sharp, BIAN)
    assert len(after.used) == 4
    for old in before.used:
        new = min(after.used, key=lambda bead: np.abs(np.subtract(bead.position, old.position)).sum())
        assert np.abs(np.subtract(new.position, old.position)).max() < 1
        assert all(n < 0.7 * o for n, o in zip(new.fwhm, old.fwhm, strict=True))


@pytest.mark.parametrize("name", ["BIL113_zstack_z300nm_current.tif", "psf_wl520nm_z300nm_x130nm_na0.85_n1.0.tif"])
def test_the_measured_beads_of_pyotf(shared_data, name):
    stack = tifffile.imread(shared_data / "pyotf_beads" / name)
    psf, report = nd.psf.psf_and_report(stack, (0.3, 0.13, 0.13))
    assert len(report.used) == 1
    assert report.used[0].snr > 50
    theory = (0.886 * 0.52 / (1 - np.sqrt(1 - 0.85**2)), 0.5145 * 0.52 / 0.85, 0.5145 * 0.52 / 0.85)
    assert all(0.9 < w / t < 1.7 for w, t in zip(report.fwhm, theory, strict=True))
    assert psf.fwhm == pytest.approx(report.fwhm, rel=0.05)


def test_defaults_are_the_same_however_beads_are_asked_for():
    offered = inspect.signature(nd.psf.from_beads).parameters
    fields = {field.name: field.default for field in dataclasses.fields(BeadSettings) if field.name != "spacing"}
    assert {name: one.default for name, one in offered.items() if name not in ("stack", "spacing")} == fields
    with pytest.raises(TypeError, match="colour"):
        nd.psf.find_beads(np.ones((9, 9)), 1.0, colour="red")


def test_reasons_read_well_in_counts():
    bead = {"position": (1.0,), "height": 1.0, "background": 0.0, "snr": 9.0, "fwhm": (1.0,)}
    reasons = ["a single bright sample", "saturated", "a single bright sample", "at the edge"]
    report = nd.psf.BeadReport(tuple(nd.psf.Bead(**bead, reason=reason) for reason in reasons), (1.0,), "um")
    assert report.reasons == "2 single bright samples, 1 saturated, 1 at the edge"
    one = nd.psf.BeadReport(report.beads[:1], (1.0,), "um")
    assert one.reasons == "1 single bright sample"
