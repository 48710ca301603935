"""Pedestals with a slope, and those of responses that begin at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import napari_deconvolve as nd

PLACES = np.ogrid[-15:16, -15:16]
POINT = np.exp(-(PLACES[0] ** 2 + PLACES[1] ** 2) / 8.0)
TIME = np.arange(80.0)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.3, 0.3), st.floats(-0.01, 0.01), st.floats(0.002, 0.01))
def test_a_plane_is_taken_off(level, down, right):
    made = POINT + level + down * PLACES[0] + right * PLACES[1]
    psf = nd.psf.from_array(1000 * made)
    assert any("sloping pedestal" in note for note in psf.notes)
    np.testing.assert_allclose(psf.data, nd.psf.from_array(POINT).data, atol=2e-5)
    (finding,) = [one for one in nd.psf.examine(made) if one.name == "pedestal"]
    assert finding.severity == "warning"
    assert "slop" in finding.text
    assert {one.name for one in nd.psf.examine(finding.fix()) if one.severity != "ok"} <= {"negative"}


def test_a_slope_through_planes_and_along_a_line():
    deep = np.exp(-((np.arange(9) - 4) ** 2) / 5.0)[:, None, None] * POINT
    stack = nd.psf.from_array(500 * deep + 60 + 9 * np.arange(9)[:, None, None])
    np.testing.assert_allclose(stack.data, nd.psf.from_array(deep).data, atol=2e-6)
    line = nd.psf.from_array(POINT[15] + 0.004 * np.arange(31) + 0.1)
    np.testing.assert_allclose(line.data, nd.psf.from_array(POINT[15]).data, atol=2e-5)


def test_a_slope_in_counts():
    counts = np.random.default_rng(1).poisson(3000 * POINT + 100 + 6.0 * (PLACES[1] + 15))
    psf = nd.psf.from_array(counts)
    assert any("sloping" in note for note in psf.notes)
    assert psf.fwhm == pytest.approx(nd.psf.from_array(POINT).fwhm, rel=0.03)


def test_a_slope_inside_of_a_filled_border():
    counts = np.random.default_rng(2).poisson(3000 * POINT + 300 + 6.0 * PLACES[1] + 4.0 * PLACES[0])
    counts[:, -3:] = 0
    psf = nd.psf.from_array(counts)
    assert any("sloping" in note and "border" in note for note in psf.notes)
    assert psf.fwhm == pytest.approx(nd.psf.from_array(POINT).fwhm, rel=0.03)
    assert psf.data.min() == 0


@pytest.mark.parametrize("place", [(2.3, 1.8), (2.2, 1.9), (2.4, 2.4)])
@pytest.mark.parametrize("size", [5, 7])
def test_tight_crops_have_no_slope(place, size):
    rows, columns = np.mgrid[:size, :size]
    centre = [at + size // 2 - 2 for at in place]
    kernel = np.exp(-((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2) / 4.5)
    assert not any("pedestal" in note for note in nd.psf.from_array(kernel).notes)


@pytest.mark.parametrize(
    "kernel",
    [
        np.where(PLACES[1] >= -10, np.exp(-(PLACES[1] + 10) / 4.0), 0) * np.exp(-(PLACES[0] ** 2) / 8.0),
        np.roll(POINT, (6, -5), (0, 1)),
        1 / (1 + ((PLACES[0] - 4) ** 2 + (PLACES[1] + 3) ** 2) / 5.0) ** 1.5,
        POINT[10:20, 11:21],
        np.arange(1.0, 12.0),
    ],
)
def test_light_that_falls_off_to_one_side_is_no_slope(kernel):
    assert not any("slop" in note for note in nd.psf.from_array(kernel).notes)


@pytest.mark.parametrize("before", [0, 1, 2, 4, 30])
@pytest.mark.parametrize("decay", [3.0, 7.0])
@pytest.mark.parametrize("level", [12.0, 100.0])
def test_the_level_of_a_response_that_begins_at_once(before, decay, level):
    clean = np.concatenate([np.zeros(before), 1000 * np.exp(-TIME / decay)])
    psf = nd.psf.from_array(clean + level, center=before)
    np.testing.assert_allclose(
        psf.data, nd.psf.from_array(clean, center=before, background=0).data, atol=0.01 * psf.data.max()
    )
    assert any("pedestal" in note for note in psf.notes)


@pytest.mark.parametrize("decay", [3.0, 15.0, 40.0, 200.0])
@pytest.mark.parametrize("before", [0, 3, 20])
def test_a_response_without_a_level_keeps_its_tail(before, decay):
    clean = np.concatenate([np.zeros(before), np.exp(-TIME / decay)])
    assert not any("pedestal" in note for note in nd.psf.from_array(clean, center=before).notes)


@pytest.mark.parametrize("name", ["staircase", "equal ends", "fringes"])
def test_steps_of_a_kernel_are_no_border_without_data(name):
    kernel = {
        "staircase": np.repeat([0.1, 0.3, 1.0, 0.3, 0.1], 6),
        "equal ends": np.array([2, 2.5, 2.2, 3, 4, 6, 9, 12, 9, 6, 4, 3, 2.2, 2.5, 2]),
        "fringes": 0.5 + 0.5 * np.cos(np.arange(-26, 27) / 4.0) * np.exp(-(np.arange(-26, 27) ** 2) / 300.0),
    }[name]
    assert not any("border" in note for note in nd.psf.from_array(kernel).notes)
