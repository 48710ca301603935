"""The camera report: what was put into an image is found in it again, and said in words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.run.diagnostics.camera import HEADS

PSF = nd.psf.gaussian(4.0, ndim=2)
OFFSET, GAIN, READ_NOISE = 100.0, 2.2, 1.6


def photons(shape=(128, 128), peak=200.0, background=20.0, seed=0):
    """Give the photons that are expected of a few blobs on a background, a number or an array."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    truth[tuple(rng.integers(0, length, 40) for length in shape)] = rng.uniform(0.3, 1, 40)
    blurred = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    return blurred / blurred.max() * peak + background


def recorded(expected, offset=OFFSET, gain=GAIN, read_noise=READ_NOISE, seed=0):
    rng = np.random.default_rng(seed + 50)
    return offset + gain * (rng.poisson(expected) + read_noise * rng.standard_normal(expected.shape))


def only(image, psf=PSF, **how):
    (row,) = nd.camera_report(image, psf, **how).rows
    return row


def test_offset_and_gain_are_found_within_their_uncertainty():
    row = only(recorded(photons()))
    assert row.trusted
    assert abs(row.offset - (OFFSET - GAIN * READ_NOISE**2)) < 4 * row.offset_sd
    assert abs(row.gain - GAIN) < 4 * row.gain_sd
    assert row.gain_sd < 0.25 * GAIN
    assert row.background_mean == pytest.approx(OFFSET + GAIN * 20, rel=0.05)
    assert row.found_as == "constant"
    assert row.background_min == row.background_mean == row.background_max
    assert (row.missing, row.spikes) == (0, 0)


def test_the_line_goes_through_its_points():
    row = only(recorded(photons()))
    assert row.mean.shape == row.variance.shape
    assert len(row.mean) > 10
    line = row.gain * (row.mean - row.offset)
    assert np.median(np.abs(row.variance - line) / line) < 0.2


def test_a_tilted_background_is_a_surface():
    tilted = np.broadcast_to(np.linspace(10, 40, 128), (128, 128))
    row = only(recorded(photons(background=tilted)))
    assert row.found_as == "surface"
    assert row.background_min == pytest.approx(OFFSET + GAIN * 10, rel=0.1)
    assert row.background_max == pytest.approx(OFFSET + GAIN * 40, rel=0.1)


def test_a_field_without_empty_parts_and_a_bright_field_are_named():
    rows, columns = np.indices((128, 128))
    full = recorded(200 + 100 * np.sin(rows / 4.0) * np.sin(columns / 5.0))
    assert only(full).found_as in ("filled", "bright")
    bright = 400 - photons(peak=300, background=0)
    assert only(recorded(bright)).found_as == "bright"


def test_missing_samples_and_hot_pixels_are_counted():
    image = recorded(photons())
    image[:16] = 0
    hot = [(40, 40), (70, 20), (100, 90)]
    for place in hot:
        image[place] = 5000
    row = only(image)
    assert row.missing == pytest.approx(16 / 128)
    assert row.spikes == len(hot)
    assert row.gain == pytest.approx(GAIN, rel=0.25)


def test_an_image_that_tells_nothing_is_not_trusted():
    row = only(np.random.default_rng(0).normal(50, 3, (64, 64)))
    assert not row.trusted
    assert (row.offset, np.isnan(row.offset_sd)) == (0, True)
    assert "not certain" in str(nd.camera_report(np.random.default_rng(0).normal(50, 3, (64, 64)), PSF))


def test_channels_have_rows_of_their_brightest_items():
    dim, bright = recorded(photons(peak=50)), recorded(photons(peak=400), seed=1)
    series = np.stack([np.stack([dim, bright]), np.stack([bright, dim])])  # channels, times
    psf = nd.psf.ChannelPSFs([PSF, PSF])
    report = nd.camera_report(series, psf, channel_axis=0)
    assert [(row.channel, row.item) for row in report.rows] == [(0, 1), (1, 2)]
    assert len(only(series[0], axes=(1, 2)).mean) > 10


def test_a_channel_without_data_has_no_row():
    image = np.stack([recorded(photons()), np.full((128, 128), np.nan)])
    report = nd.camera_report(image, nd.psf.ChannelPSFs([PSF, PSF]), channel_axis=0)
    assert [row.channel for row in report.rows] == [0]


def test_what_a_mask_hides_does_not_count():
    image, mask = recorded(photons()), np.ones((128, 128), bool)
    plain = only(image)
    image[:, :30], mask[:, :30] = 1e5 + np.random.default_rng(3).normal(0, 500, (128, 30)), False
    row = only(image, mask=mask)
    assert row.gain == pytest.approx(plain.gain, rel=0.3)
    with pytest.raises(nd.ParameterError):
        nd.camera_report(image, PSF, mask=np.zeros((128, 128), bool))


def test_a_spectrum_has_no_line():
    counts = np.random.default_rng(0).poisson(np.full(300, 40.0))
    row = only(counts, nd.psf.gaussian(4.0, ndim=1))
    assert not row.trusted
    assert np.isnan(row.gain)
    assert row.mean.size == row.variance.size == 0
    assert row.found_as == "constant"


def test_a_report_says_what_a_run_takes():
    image = recorded(photons())
    row, result = only(image), nd.deconvolve(image, PSF, nd.Recipe(iterations=2))
    assert result.recipe.offset == pytest.approx(row.offset)
    assert result.recipe.background == pytest.approx(row.background_mean)


def test_the_table_is_aligned_and_names_units():
    text = str(nd.camera_report(recorded(photons()), PSF))
    heads, units, row = text.splitlines()
    assert heads.split("  ")[0] == HEADS[0]
    for word in ("offset", "gain", "background"):
        place = heads.index(word)
        assert units[place - 1] == row[place - 1] == " "
        assert units[place:].startswith("counts")
        assert row[place].isdigit()
    assert "±" in row
    assert "one number" in row


def test_a_report_cannot_be_changed():
    report = nd.camera_report(recorded(photons()), PSF)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.rows = ()
