"""The check of a PSF's width: it finds one that is wrong, and keeps quiet about one that is right."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.tuning.psf_width import WIDTH_LIMITS, WidthSearch
from napari_deconvolve.work import Outcome, drive

FLAT = nd.psf.gaussian(4.0, ndim=2)
SPACING = (0.2, 0.08, 0.08)


def stack_psf():
    return nd.psf.microscope(
        "widefield", numerical_aperture=1.4, emission_um=0.52, spacing=SPACING, shape=(15, 19, 19), model="scalar"
    )


def points(psf, shape, seed=0, peak=500.0, count=30):
    """Give counts of points of equal light on a background of 10."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    truth[tuple(rng.integers(2, length - 2, count) for length in shape)] = 1
    blurred = np.maximum(nd.convolve(truth, psf, boundary="zero"), 0)
    return rng.poisson(blurred / blurred.max() * peak + 10).astype(np.float64)


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
def test_a_stack_tells_a_wrong_psf_from_the_right_one(factor):
    psf = stack_psf()
    counts = points(psf, (16, 32, 32))
    found = nd.check_psf_width(counts, scaled(psf, factor), nd.Recipe(background=10.0))
    assert bool(found.warning) == (factor != 1)
    assert ("too wide" in found.warning) == (factor > 1)
    assert ("too narrow" in found.warning) == (factor < 1)
    assert found.best * factor == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
def test_so_does_a_flat_image(factor):
    found = nd.check_psf_width(points(FLAT, (90, 94)), nd.psf.gaussian(4.0 * factor, ndim=2))
    assert [word in found.warning for word in ("too narrow", "too wide")] == [factor < 1, factor > 1]
    assert found.best * factor == pytest.approx(1, abs=0.06)
    assert 0 < found.uncertainty < 0.06
    low, high = found.between
    assert low <= found.best <= high
    assert found.psf.fwhm == pytest.approx((4.0 * factor * found.best,) * 2, rel=0.05)


def test_the_unit_of_the_counts_does_not_matter():
    counts = points(FLAT, (70, 70), seed=1)
    one, other = (nd.check_psf_width(counts * scale, FLAT) for scale in (1.0, 5.0))
    assert other.best == pytest.approx(one.best, abs=0.02)
    assert max(other.scores) == pytest.approx(max(one.scores), rel=0.1)  # in nats, whatever a count is worth


def test_progress_points_and_result_agree():
    counts = points(FLAT, (60, 60), seed=2)
    look = WidthSearch(prepare(counts, FLAT))
    seen = []
    steps = look.work()
    outcome = Outcome()
    for _ in drive(steps, outcome, tell=lambda step: seen.append((step.done, step.total, step.stage))):
        widths = [width for width, _ in look.points]
        assert widths == sorted(widths)
        assert all(WIDTH_LIMITS[0] <= width <= WIDTH_LIMITS[1] for width in widths)
    assert seen[-1][0] == seen[-1][1]
    assert all(done < total for done, total, _ in seen[:-1])
    assert [one[0] for one in seen] == list(range(1, len(seen) + 1))
    found = outcome.result()
    assert found.scores == tuple(score for _, score in look.points)
    assert min(found.scores) == 0
    assert found.widths[int(np.argmin(found.scores))] == pytest.approx(found.best, abs=0.1)


def test_it_can_be_cancelled():
    calls = []

    def cancelled():
        calls.append(1)
        return len(calls) > 30

    with pytest.raises(nd.Cancelled):
        nd.check_psf_width(points(FLAT, (60, 60)), FLAT, cancelled=cancelled)


def test_prior_sieve_and_number_do_not_matter():
    counts = points(FLAT, (60, 60), seed=3)
    plain = nd.check_psf_width(counts, FLAT, nd.Recipe(gain=1.0))
    dressed = nd.Recipe(gain=1.0, prior="tv", strength=0.1, target_fwhm=3.0, iterations=3, acceleration=None)
    assert nd.check_psf_width(counts, FLAT, dressed).scores == plain.scores


def test_masked_samples_say_nothing():
    counts = points(FLAT, (60, 60), seed=4)
    mask = np.ones(counts.shape, bool)
    mask[10:20, 10:20] = False
    spoilt = np.where(mask, counts, 1e6)
    one = nd.check_psf_width(counts, FLAT, nd.Recipe(background=10.0, gain=1.0), mask=mask)
    other = nd.check_psf_width(spoilt, FLAT, nd.Recipe(background=10.0, gain=1.0), mask=mask)
    assert other.scores == pytest.approx(one.scores, rel=1e-3, abs=1e-2)


def test_channels_are_checked_one_by_one():
    counts = np.stack([points(FLAT, (70, 70)), points(FLAT, (70, 70), seed=5)])
    psfs = [FLAT, nd.psf.gaussian(4.8, ndim=2)]
    assert nd.check_psf_width(counts, psfs, channel=0).warning == ""
    second = nd.check_psf_width(counts, psfs, channel=1)
    assert "too wide" in second.warning
    assert second.item == 1


@pytest.mark.parametrize("factor", [0.8, 0.95, 1.1, 1.3])
def test_a_scaled_psf_has_the_width_and_can_be_written(factor):
    for psf in (FLAT, stack_psf()):
        wider = scaled(psf, factor)
        assert wider.fwhm == pytest.approx([factor * width for width in psf.fwhm], rel=0.06)
        assert wider.spacing == psf.spacing
        assert wider.data.sum() == pytest.approx(1, abs=1e-5)
        np.testing.assert_array_equal(rebuild(describe(wider)).data, wider.data)
    assert scaled(FLAT, 1) is FLAT


@pytest.mark.parametrize("limits", [(0.9,), (1.1, 1.3), (0.8, 0.9), (0.0, 1.2), (0.5, 20.0)])
def test_limits_that_are_none_are_refused(limits):
    with pytest.raises(nd.ParameterError, match="limits"):
        nd.check_psf_width(np.ones((20, 20)), FLAT, limits=limits)


def test_a_width_beyond_the_limits_is_said_to_be_at_least_so():
    found = nd.check_psf_width(points(FLAT, (70, 70)), nd.psf.gaussian(6.0, ndim=2), limits=(0.85, 1.2))
    assert found.at_the_end
    assert found.best == 0.85
    assert "at least" in found.warning


def test_black_and_flat_images_say_nothing():
    for level in (0.0, 50.0):
        assert nd.check_psf_width(np.full((40, 40), level), FLAT).warning == ""


DOWN, RIGHT = np.mgrid[:56, :56]
OBJECTS = {
    "discs": sum((np.hypot(DOWN - y, RIGHT - x) <= r) * 1.0 for y, x, r in ((14, 15, 6), (35, 38, 8), (40, 14, 4))),
    "threads": sum((np.abs(DOWN - 28 - slope * (RIGHT - 28)) < 1.2) * 1.0 for slope in (-0.6, 0.2, 0.9)),
    "a soft spot": np.exp(-((DOWN - 25) ** 2 + (RIGHT - 30) ** 2) / 200),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_of_the_right_psf_nothing_is_said_at_100_photons(name):
    blurred = nd.convolve(OBJECTS[name], FLAT)
    counts = np.random.default_rng(1).poisson(100 * blurred / blurred.max() + 5).astype(np.float64)
    assert nd.check_psf_width(counts, FLAT).warning == ""
