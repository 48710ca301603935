"""Sweeps over priors, strengths and sieves: one run for each, their scores on one scale."""

from __future__ import annotations

import math

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH, PRIORS
from napari_deconvolve.recipe.resolution import relative_fwhm
from napari_deconvolve.run.sweep.table import Row, Setting, as_settings, best_of

PSF = nd.psf.gaussian(4.0, ndim=2)
COUNTS = (8, 24)


@pytest.fixture(scope="module")
def counts():
    """Give discs on a background of 5."""
    rows, columns = np.indices((60, 64))
    truth = sum((np.hypot(rows - y, columns - x) < r) * 300.0 for y, x, r in ((15, 20, 7), (40, 40, 9), (48, 12, 4)))
    return np.random.default_rng(1).poisson(nd.convolve(truth, PSF) + 5).astype(np.float32)


def test_each_sieve_is_a_run_of_its_own(counts):
    found = nd.sweep(counts, PSF, COUNTS, sieves=(0, 0.5), background=5, score=False)
    assert [(row.sieve, row.iterations) for row in found.table] == [(0, 8), (0, 24), (0.5, 8), (0.5, 24)]
    for row, estimate in zip(found.table, found.estimates, strict=True):
        recipe = found.recipe(row)
        wanted = relative_fwhm(PSF, 0.5) if row.sieve else 0.0
        assert recipe.target_fwhm == wanted
        alone = nd.deconvolve(counts, PSF, recipe).estimate
        assert np.abs(alone - estimate).max() <= 1e-5 * alone.max()


def test_scores_of_different_sweeps_are_on_one_scale(counts):
    """References and split are the data's own, whatever else is compared."""
    alone = nd.sweep(counts, PSF, COUNTS, background=5)
    several = nd.sweep(
        counts, PSF, COUNTS, prior=("tv", "hessian"), strengths=(None, 1e-2), sieves=(0, 0.5), background=5
    )
    plain = [row for row in several.table if row.setting == Setting()]
    assert [row.score for row in plain] == [row.score for row in alone.table]
    assert len(several.table) == 2 * 2 * 3
    lowest = min(several.table, key=lambda row: row.score)
    assert lowest.score_sd == 0
    assert all(row.score_sd > 0 for row in several.table if row is not lowest)


def test_scores_are_squared_errors():
    """Told from the data alone, within the share that half of the photons and the references cost."""
    rows, columns = np.indices((96, 96))
    truth = sum((np.hypot(rows - y, columns - x) < 8) * 200.0 for y, x in ((20, 30), (60, 70), (70, 25)))
    counts = np.random.default_rng(2).poisson(nd.convolve(truth, PSF) + 5).astype(np.float32)
    for row in nd.sweep(counts, PSF, (5, 15), sieves=(0, 0.6), background=5, truth=truth, score=True).table:
        error = row.mse * truth.size / np.sum(truth**2)
        assert 0.5 * error < row.score < 3 * error


def row(score, sd, prior=None, sieve=0.0):
    return Row(prior, 0.01 if prior else 0.0, 10, sieve, score=score, score_sd=sd)


def test_a_prior_is_recommended_only_where_it_is_clearly_better():
    plain, sieve = row(0.11, 0.01), row(0.105, 0.006, sieve=0.4)
    assert best_of([plain, sieve, row(0.10, 0.0, "tv")]) is sieve
    assert best_of([row(0.15, 0.01), row(0.10, 0.0, "tv")]).prior == "tv"
    assert best_of([plain, sieve]) is sieve
    assert best_of([row(0.2, 0.1, "hessian"), row(0.10, 0.0, "tv")]).prior == "tv"
    assert best_of([row(None, None)]) is None


def test_settings_are_all_combinations():
    assert as_settings(None) == (Setting(),)
    assert as_settings(None, (), (0, 0.4)) == (Setting(), Setting(sieve=0.4))
    assert as_settings("tv", (0, 1e-2), (None, 0.4)) == (
        Setting(),
        Setting(sieve=0.4),
        Setting("tv", 1e-2),
        Setting("tv", 1e-2, 0.4),
    )
    competing = [name for name, prior in PRIORS.items() if prior.competes]
    assert as_settings("auto") == (Setting(), *(Setting(name, DEFAULT_STRENGTH) for name in competing))
    assert as_settings(("tv", nd.Hessian(0.5)))[1] == Setting("hessian", 0.5)
    assert as_settings((), (0,), 0.4) == (Setting(sieve=0.4),)
    assert [str(one) for one in as_settings("tv", (0, 1e-2), (0, 0.4))] == [
        "no prior", "sieve 0.4", "tv 0.01", "tv 0.01, sieve 0.4",
    ]  # fmt: skip


@pytest.mark.parametrize("sieves", [-0.1, "wide", (0, 99), (math.nan,), True])
def test_widths_that_are_none_are_refused(sieves):
    with pytest.raises(nd.ParameterError, match="sieve"):
        as_settings(None, (), sieves)


def test_unknown_priors_and_strengths_without_one_are_refused():
    with pytest.raises(nd.ParameterError, match="'flat'"):
        as_settings(("tv", "flat"))
    with pytest.raises(nd.ParameterError, match="no prior"):
        as_settings((), (0.1,))
