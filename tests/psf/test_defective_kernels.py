"""Samples of measured PSFs that are not of their light, and kernels that only look as if they had such samples."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd

ROWS, COLUMNS = np.mgrid[-14:15, -14:15]
POINT = 800 * np.exp(-(ROWS**2 + COLUMNS**2) / 7.0)
DEEP = np.exp(-((np.arange(11) - 5) ** 2) / 6.0)[:, None, None] * POINT


def spoilt(points, places, value):
    made = points.copy()
    for place in places:
        made[place] = value
    return made


def right(made):
    return nd.psf.from_array(made, background=0).data


@pytest.mark.parametrize(
    ("points", "places", "value"),
    [
        (POINT, [(4, 6), (4, 7)], 2600),
        (POINT, [(22, 5), (23, 5)], 2600),
        (POINT, [(slice(20, 22), slice(3, 5))], 1500),
        (POINT, [(slice(None), 3)], 1900),
        (POINT, [(25, slice(None))], 300),
        (POINT, [(14, 19)], 5000),
        (DEEP, [(slice(None), 5, 22)], 3000),
        (DEEP, [(slice(None), 6, 7)], 200),
        (DEEP, [(slice(None), slice(None), 4)], 500),
        (DEEP, [(slice(None), slice(18, None), 24)], 900),
        (POINT[14], [4], 5000),
        (POINT[14], [slice(22, 24)], 3000),
        (POINT, [(slice(17, None), 4)], 700),
        (POINT, [(slice(4, 7), slice(20, 23))], 3000),
        (POINT, [(14, 15)], 0),
        (POINT, [(13, 14)], 0),
        (POINT + 90, [(5, 22)], 0),
        (POINT + 400, [(20, 3), (8, 25)], 20),
    ],
)
def test_hot_and_dead_samples_are_named_and_change_nothing(points, places, value):
    made = spoilt(points, places, value)
    psf = nd.psf.from_array(made)
    assert any("alone" in note or "dark amid light" in note for note in psf.notes)
    np.testing.assert_allclose(psf.data, right(points - points.min()), atol=0.02 * psf.data.max())
    (finding,) = [one for one in nd.psf.examine(made) if one.name == "isolated"]
    assert finding.severity == "warning"
    assert "isolated" not in {one.name for one in nd.psf.examine(finding.fix()) if one.severity != "ok"}


@pytest.mark.parametrize("light", [200, 2000])
def test_a_hot_column_in_counts(light):
    counts = np.random.default_rng(4).poisson(light * POINT / 800 + 20.0)
    counts[:, 4] = 3 * light
    psf = nd.psf.from_array(counts)
    assert any("alone" in note for note in psf.notes)
    assert psf.fwhm == pytest.approx(nd.psf.from_array(POINT).fwhm, rel=0.15)


def lobes(width):
    return sum(
        weight * np.exp(-4 * np.log(2) * (ROWS**2 + (COLUMNS - at) ** 2) / width**2)
        for at, weight in ((-9, 0.5), (0, 1.0), (9, 0.5))
    )


KERNELS = {
    "two lobes": lobes(2.2)[:, 9:],
    "orders of a grating": lobes(1.2) + 0.3 * np.exp(-(ROWS**2 + COLUMNS**2) / 4.0),
    "cross": ((ROWS == 0) | (COLUMNS == 0)).astype(float),
    "corner": ((ROWS == -14) | (COLUMNS == -14)).astype(float) + (ROWS == 0) * (COLUMNS == -14),
    "diagonal": (ROWS == COLUMNS).astype(float),
    "ring": np.exp(-((np.hypot(ROWS, COLUMNS) - 5) ** 2) / 3.0),
    "doughnut": (ROWS**2 + COLUMNS**2) * np.exp(-(ROWS**2 + COLUMNS**2) / 2.25),
    "small doughnut": (ROWS**2 + COLUMNS**2) * np.exp(-(ROWS**2 + COLUMNS**2) / 1.0),
    "delayed": np.r_[np.zeros(20), (1 - np.exp(-np.arange(200.0))) * np.exp(-np.arange(200.0) / 4) + 0.01],
    "slit": (ROWS == 0) * (abs(COLUMNS) < 6.0),
    "response": np.where(np.arange(60) >= 12, np.exp(-(np.arange(60) - 12) / 1.5), 0.0),
    "fringes": np.cos(np.arange(-30, 31) / 3.0) ** 2 * np.exp(-(np.arange(-30, 31) ** 2) / 200.0),
}


def stroke(length, angle, size=19):
    """Return a straight motion, drawn between samples."""
    made = np.zeros((size, size))
    for at in np.linspace(-length / 2, length / 2, 400):
        place = size // 2 + at * np.sin(angle), size // 2 + at * np.cos(angle)
        low = [int(one) for one in place]
        for step in np.ndindex(2, 2):
            corner = tuple(a + b for a, b in zip(low, step, strict=True))
            made[corner] += np.prod([1 - abs(a - b) for a, b in zip(place, corner, strict=True)])
    return made


KERNELS |= {f"motion {degrees}": stroke(13, np.radians(degrees)) for degrees in (10, 20, 45, 70)}


@pytest.mark.parametrize("seed", range(8))
def test_zeros_around_a_point_of_few_photons_are_no_border(seed):
    counts = np.random.default_rng(seed).poisson(30 * np.exp(-(ROWS**2 + (COLUMNS - 0.4) ** 2) / 3.2))
    assert not any("pedestal" in note for note in nd.psf.from_array(counts).notes)


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_that_look_odd_are_what_they_are(name):
    center = 20 if name == "delayed" else "auto"
    notes = nd.psf.from_array(KERNELS[name], center=center).notes
    assert not any("alone" in note or "dark" in note or "pedestal" in note for note in notes)


def test_the_plane_of_a_light_sheet_is_no_defect():
    planes = np.exp(-((np.arange(9) - 4) ** 2) / 0.1)[:, None, None]
    sheet = planes * POINT + 1e-3 * DEEP[1:10]
    np.testing.assert_allclose(nd.psf.from_array(sheet).data, right(sheet), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_noise_is_neither_hot_nor_dead(seed):
    counts = np.random.default_rng(seed).poisson(POINT / 10 + 5)
    assert not any("alone" in note or "dark" in note for note in nd.psf.from_array(counts).notes)
