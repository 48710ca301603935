"""The dock "Compare iterations" with several priors and sieves: all of them on one scale."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import add_image, add_psf
from test_compare_dock import Compare, swept

import napari_deconvolve as nd
from napari_deconvolve.core.priors.prior import PRIORS

COMPETING = [name for name, prior in PRIORS.items() if prior.competes]


@pytest.fixture
def dock(viewer, qtbot, image, psf):
    """The dock with an image and a PSF chosen."""
    add_image(viewer, image)
    add_psf(viewer, psf)
    return Compare(viewer, qtbot)


def legend(dock):
    return dock.words("legend").replace("&nbsp;", " ")


def test_sieves_have_runs_of_their_own(dock, image, psf):
    dock.run(iterations="3, 6", sieves="none, 0.5")
    layer = swept(dock)
    found = nd.sweep(image, psf, (3, 6), sieves=(0, 0.5), background="auto", acceleration="nesterov")
    assert layer.data.shape == (2, 2, *image.shape)
    assert layer.axis_labels[:2] == ("setting", "iteration")
    assert [(row.sieve, row.iterations) for row in dock.runs.rows] == [(0, 3), (0, 6), (0.5, 3), (0.5, 6)]
    for row, same, estimate in zip(dock.runs.rows, found.table, found.estimates, strict=True):
        np.testing.assert_allclose(layer.data[dock.session.place(row)], estimate, rtol=1e-4, atol=1e-3)
        assert row.score == pytest.approx(same.score, rel=1e-3)
        assert dock.runs.recipe(row).target_fwhm == found.recipe(same).target_fwhm
    assert "sieve 0.5" in legend(dock)


def test_auto_compares_none_with_all_that_compete(dock):
    dock.run(iterations="3, 6", prior="auto", strengths="0.01")
    assert {row.prior for row in dock.runs.rows} == {None, *COMPETING}
    assert dock.words("cost").startswith(f"{len(COMPETING) + 1} runs of 6 iterations: ")
    assert all(name in legend(dock) for name in ("no prior", *COMPETING))
    best = dock.runs.best
    assert best.prior is None or best.score + 2 * best.score_sd < min(
        row.score for row in dock.runs.rows if row.prior is None
    )


def test_use_hands_the_sieve_over(dock):
    dock.run(iterations="4", sieves="0.5")
    recipe = dock.runs.recipe(dock.runs.rows[0])
    assert recipe.target_fwhm == pytest.approx(tuple(0.5 * width for width in dock.session.psf.fwhm))


@pytest.mark.parametrize("text", ["wide", "99"])
def test_widths_that_cannot_be_read_are_told_beside_the_field(dock, text):
    dock.set(sieves=text)
    assert text in dock.words("sieves_info")
    assert not dock["run"].isEnabled()
    dock["reset"].click()
    assert dock["sieves"].text() == "none"
    assert dock["run"].isEnabled()
