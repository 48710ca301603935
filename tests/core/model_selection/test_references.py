"""Held-out scores are errors of the object on one scale, and their differences have a known uncertainty."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from napari_deconvolve.core.model_selection.references import (
    References,
    of_full_data,
    of_halves,
    squares_by_region,
    uncertainty_of_difference,
)

SHAPE = (96, 100)


def truth():
    """Give an object with bright and dark parts."""
    rows, columns = np.indices(SHAPE)
    return 100 * np.exp(-((rows - 40) ** 2 + (columns - 60) ** 2) / 600) + 20 * (rows > 70)


def copies(rng, noise, short=0.0):
    """Give two noisy copies of an object that is too faint by a share."""
    return [((1 - short) * truth() + noise * rng.normal(size=SHAPE)).astype(np.float32) for _ in range(2)]


@pytest.mark.parametrize("noise_of_references", [2.0, 20.0])
@pytest.mark.parametrize(("noise", "short"), [(5.0, 0.0), (1.0, 0.3), (8.0, 0.2)])
def test_the_score_is_the_error_of_the_object(noise_of_references, noise, short):
    """However noisy the references are: |u - t|^2 / |t|^2 with noise and what is missing."""
    rng = np.random.default_rng(int(noise * 10 + noise_of_references))
    wanted = short**2 + noise**2 * truth().size / np.sum(truth() ** 2)
    point = References(copies(rng, noise_of_references)).point(10, copies(rng, noise, short))
    assert point.score == pytest.approx(wanted, rel=0.12)
    assert point.iteration == of_full_data(10, axes=2)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_full_data_need_more_iterations_than_halves_and_each_number_has_its_own(axes):
    numbers = range(2, 400)
    full = [of_full_data(number, axes) for number in numbers]
    assert all(more > number for more, number in zip(full, numbers, strict=True))
    assert [of_halves(more, axes) for more in full] == list(numbers)
    assert all(later > earlier for earlier, later in pairwise(full))


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_the_score_has_no_unit(factor):
    rng = np.random.default_rng(3)
    late, early = copies(rng, 5.0), copies(rng, 2.0, 0.2)
    scaled = [[one * np.float32(factor) for one in some] for some in (late, early)]
    assert References(scaled[0]).point(1, scaled[1]).score == pytest.approx(References(late).point(1, early).score)


def test_the_better_one_leads_and_the_other_lags():
    rng = np.random.default_rng(4)
    references = References(copies(rng, 5.0))
    good, bad = references.point(1, copies(rng, 1.0)), references.point(1, copies(rng, 1.0, 0.3))
    assert good.lead(bad) == pytest.approx(-bad.lead(good))
    assert good.lead(bad) > 4
    assert good.lead(good) == 0
    assert good.parts.sum() == pytest.approx(good.score)


def test_the_uncertainty_is_the_spread_of_repeated_differences():
    """Two estimates that are as good: over fresh noise their difference is as uncertain as its regions say."""
    rng = np.random.default_rng(5)
    differences, told = [], []
    for _ in range(60):
        references = References(copies(rng, 5.0))
        one, other = references.point(1, copies(rng, 3.0)), references.point(1, copies(rng, 3.0))
        differences.append(one.score - other.score)
        told.append(uncertainty_of_difference(one.parts, other.parts))
    assert np.mean(told) == pytest.approx(np.std(differences), rel=0.25)


@pytest.mark.parametrize("shape", [(400,), (3,), (1, 90), (33, 47), (5, 17, 19), (1, 1)])
def test_regions_hold_everything_once(shape):
    values = np.random.default_rng(6).normal(size=shape).astype(np.float32)
    parts = squares_by_region(values)
    assert parts.sum() == pytest.approx(float(np.sum(values.astype(float) ** 2)), rel=1e-6)
    assert 1 <= len(parts) <= 64
    assert len(parts) >= min(27, values.size)


def test_halves_without_anything_in_common_have_a_finite_score():
    one, other = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    one[10, 10], other[50, 50] = 1, 1
    assert np.isfinite(References((one, other)).point(1, (one, other)).score)
    empty = np.zeros(SHAPE, np.float32)
    assert np.isfinite(References((empty, empty)).point(1, (empty, empty)).score)
