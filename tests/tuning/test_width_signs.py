"""What follows from the signs of a width: a run never gets a PSF that the image does not ask for."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.tuning.results import Choice, FoundPSF
from napari_deconvolve.tuning.width_edge import LOOKED_AT, Edge
from napari_deconvolve.tuning.width_signs import POINTS, SHARP, WidthSigns

NOWHERE = Edge(1.4, math.inf)


def advised(signs: WidthSigns, best: float, uncertainty: float = 0.02, *, determined: bool = True) -> float:
    return signs.verdict(best, uncertainty, determined=determined, ends=False).advised


@pytest.mark.parametrize("certain", [1.0, 1.3, 2.0])
def test_what_rises_slowly_leads_to_no_width_that_was_not_looked_at(certain):
    """Soft objects of few photons under wide field confirm little by little: a line through that leads below 0."""
    edge = Edge(0.5, certain)
    assert LOOKED_AT[0] <= edge.highest <= edge.width <= edge.crossing
    for score in (0.6, 1.0, 1.6):
        assert LOOKED_AT[0] <= edge.held(score) <= edge.crossing
        assert edge.held(score, points=True) <= certain


@pytest.mark.parametrize("score", [0.6, 0.9, 1.1, 1.6])
def test_a_score_is_held_to_what_the_edge_allows_and_of_points_is_better(score):
    edge = Edge(1.1, 1.2)
    for sharpness in (0.0, SHARP + 0.01, POINTS - 0.01):
        held = WidthSigns(edge=edge, sharpness=sharpness).held(score)
        assert edge.crossing - 1.5 * edge.rise <= held <= edge.highest < edge.crossing
    assert WidthSigns(edge=edge, sharpness=POINTS).held(score) <= edge.highest  # in too little light
    steep = Edge(1.1, 1.15)
    held = WidthSigns(edge=steep, sharpness=POINTS).held(score)
    assert held == min(max(score, steep.crossing - 1.5 * steep.rise), steep.certain)
    assert WidthSigns(edge=NOWHERE, sharpness=1.0).held(score) == score
    assert WidthSigns().held(score) == score


def test_points_of_a_stack_are_believed_only_where_scores_and_edge_agree():
    edge = Edge(1.3, 1.34)
    assert WidthSigns(edge=edge, sharpness=POINTS, stack=True, scored=1.25).points
    for scored, one in ((1.29, edge), (1.2, Edge(1.3, 1.36))):  # of a hundred photons
        assert not WidthSigns(edge=one, sharpness=POINTS, stack=True, scored=scored).points
        assert WidthSigns(edge=one, sharpness=POINTS, scored=scored).points
    assert not WidthSigns(edge=edge, sharpness=POINTS - 0.01, stack=True, scored=1.25).points


def test_the_softer_an_object_the_less_sure_its_width():
    edge = Edge(1.05, 1.1)
    spreads = [WidthSigns(edge=edge, sharpness=sharpness).unsure(1.0) for sharpness in (1.0, POINTS, 0.6, SHARP, 0.0)]
    assert spreads == sorted(spreads)
    assert spreads[0] == spreads[1] < 0.05  # sure, by the benchmark's word
    assert spreads[-1] == spreads[-2] > 0.1
    assert WidthSigns(lines=True).unsure(1.0) == 0


def test_a_width_far_from_the_given_one_is_never_sure():
    for factor in (0.6, 1.6):
        assert WidthSigns(edge=Edge(1.0, 1.0), sharpness=1.0).unsure(1 / factor) > 0.05


@pytest.mark.parametrize("sharpness", [0.0, 0.3])
def test_a_soft_object_never_widens_a_psf(sharpness):
    signs = WidthSigns(edge=Edge(1.5, 1.6), sharpness=sharpness, softer=True)
    assert advised(signs, 1.4) == 1


def test_a_sharp_one_widens_it_by_less_than_it_seems():
    signs = WidthSigns(edge=Edge(1.5, 1.6), sharpness=POINTS - 0.01, softer=True)
    assert advised(signs, 1.3, 0.01) == pytest.approx(1.27)
    assert advised(signs, 1.3, 0.05) == pytest.approx(1.2)
    assert advised(signs, 1.3, 0.095) == 1  # what is left is not worth a change
    assert advised(signs, 1.3, determined=False) == 1
    assert advised(WidthSigns(edge=Edge(1.5, 1.55), sharpness=POINTS), 1.3, 0.1) == 1.3  # scores tell that of points


def test_a_soft_object_narrows_a_psf_by_no_more_than_the_edge_asks_for():
    edge = Edge(0.85, 0.95)
    soft, sharp = (WidthSigns(finer=True, edge=edge, sharpness=sharpness) for sharpness in (0.1, 1.0))
    assert advised(soft, 0.7) == pytest.approx(edge.highest)
    assert advised(sharp, 0.7) == 0.7


@pytest.mark.parametrize("sharpness", [0.1, 0.6])
def test_what_is_not_determined_is_narrowed_by_a_deviation_less(sharpness):
    signs = WidthSigns(finer=True, edge=Edge(0.7, 0.75), sharpness=sharpness)
    assert advised(signs, 0.68, 0.1) == pytest.approx(0.68)
    assert advised(signs, 0.68, 0.16, determined=False) == pytest.approx(0.84)
    assert advised(signs, 0.68, 0.31, determined=False) == 1
    assert advised(signs, 0.68, math.inf, determined=False) == 1
    points = WidthSigns(finer=True, edge=Edge(0.7, 0.71), sharpness=POINTS)
    assert advised(points, 0.68, 0.16, determined=False) == pytest.approx(0.68)


@pytest.mark.parametrize("edge", [Edge(0.95, 0.99), Edge(0.85, 1.05), NOWHERE, None])
def test_it_does_so_only_where_that_is_certainly_and_much_too_wide(edge):
    assert advised(WidthSigns(finer=True, edge=edge, sharpness=0.1), 0.8) == 1


def test_less_than_a_twentieth_is_not_worth_a_change():
    signs = WidthSigns(finer=True, edge=Edge(1.0, 1.05), sharpness=1.0)
    assert (advised(signs, 0.97), advised(signs, 0.94)) == (1, 0.94)


def test_an_edge_far_above_the_given_width_is_no_sign_that_this_is_too_wide():
    assert advised(WidthSigns(edge=Edge(1.2, 1.7)), 0.6) == 1  # although 0.6 of its rise below it lies 0.9
    assert advised(WidthSigns(edge=Edge(0.95, 1.1), sharpness=1.0), 0.83) < 1


def test_fewer_iterations_go_without_the_sieve_that_was_found_for_more_and_keep_one_that_was_given():
    psf = nd.psf.gaussian(3.0, ndim=2)
    found = FoundPSF(psf, "width", 1.0, 0.02, "", iterations=20)
    choice = Choice(30, (1.2, 1.2), 0.4, 1.0, (), 0, (), "held-out")
    limited = found.limit(choice)
    assert (limited.iterations, limited.sieve, limited.target_fwhm) == (21, 0.0, 0.0)
    assert found.limit(replace(choice, sieve=0.0)).target_fwhm == (1.2, 1.2)
    assert found.limit(replace(choice, iterations=12)).sieve == 0.4


def points(psf: nd.PSF, peak: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.zeros((64, 64))
    truth[tuple(rng.integers(3, 61, (2, 25)))] = 1
    light = np.maximum(nd.convolve(truth, psf, boundary="zero"), 0)
    truth *= peak / light.max()
    return truth, rng.poisson(light * peak / light.max() + 10.0)


def soft(psf: nd.PSF, peak: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.maximum(nd.convolve(rng.normal(size=(64, 64)), nd.psf.gaussian(9.0, ndim=2)), 0)
    light = np.maximum(nd.convolve(truth, psf), 0)
    truth *= peak / light.max()
    return truth, rng.poisson(light * peak / light.max() + 10.0)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.6])
@pytest.mark.parametrize(("draw", "seed"), [(points, 91), (soft, 92)])
def test_blind_ends_no_worse_than_it_began(draw, seed, factor):
    psf = nd.psf.gaussian(3.2, ndim=2)
    truth, counts = draw(psf, 100.0, seed)
    given = scaled(psf, factor)
    start = np.linalg.norm(nd.deconvolve(counts, given).estimate - truth)
    found = nd.deconvolve(counts, given, nd.Recipe(method="blind", blind="alternate"))
    assert np.linalg.norm(found.estimate - truth) <= 1.01 * start
    (one,) = found.found
    assert one.uncertainty >= 0.05 or abs(one.factor * factor - 1) <= 0.1


def test_alternation_changes_no_shape_where_nothing_is_as_fine_as_the_psf():
    psf = nd.psf.gaussian(3.2, ndim=2)
    _, counts = soft(psf, 1000.0, 93)
    (one,) = nd.deconvolve(counts, psf, nd.Recipe(method="blind", blind="alternate")).found
    assert "does not tell the shape" in one.warning
    assert one.psf.info["source"] == "gaussian"
