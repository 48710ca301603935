"""Scores that name the best iteration: what they promise, on data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.iterate import until
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.model_selection.calibration import GainCalibration
from napari_deconvolve.core.model_selection.held_out import EACH_BELOW, HeldOutSearch, is_scored, left_by, split_photons
from napari_deconvolve.core.model_selection.risk import TWIN_NOISE_SHARE, RiskMeter
from napari_deconvolve.core.model_selection.search import RiskSearch, ThinningSearch
from napari_deconvolve.core.model_selection.stopping import Discrepancy, RelativeChange
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.errors import ParameterError

BACKGROUND = 10.0
PSF = nd.psf.gaussian(4.0, ndim=2)


def threads(seed=0, peak=100.0, shape=(96, 96)):
    """Give a truth of bent threads, its blurred image without background, and counts."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(8):
        place, heading = rng.uniform(0, shape[0], 2), rng.normal(size=2)
        for _ in range(120):
            heading = heading / np.linalg.norm(heading) + 0.1 * rng.normal(size=2)
            place = place + 0.7 * heading
            if ((place >= 0) & (place <= np.array(shape) - 1)).all():
                truth[tuple(np.rint(place).astype(int))] += 1
    blurred = nd.convolve(truth, PSF, boundary="zero")
    scale = peak / blurred.max()
    return truth * scale, blurred * scale, rng.poisson(blurred * scale + BACKGROUND).astype(np.float64)


def noise_of(counts, background=BACKGROUND):
    return poisson_data(counts, background=background, dtype=np.dtype("float32"))


def make(noise, leader=None):
    return RichardsonLucy(
        Blur(PSF.data, noise.data.shape), noise, acceleration="biggs-andrews", leader=leader, keep_model=True
    )


def errors(counts, truth, iterations=80):
    run = make(noise_of(counts))
    found = []
    for _ in range(iterations):
        run.step()
        found.append(float(np.linalg.norm(run.snapshot() - truth)))
    return np.array(found)


def test_halves_are_the_whole_and_know_nothing_of_each_other():
    rng = np.random.default_rng(0)
    counts = rng.poisson(50.0, (200, 200)).astype(np.float64)
    first, second = split_photons(noise_of(counts), gain=1.0)
    scale = first.scale
    np.testing.assert_allclose((first.data + second.data) * scale, counts, rtol=1e-6)
    a, b = first.data * scale, second.data * scale
    assert a.mean() == pytest.approx(25, rel=0.01)
    assert np.var(a) == pytest.approx(25, rel=0.05)  # a thinned Poisson process is one
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.02
    assert first.background == pytest.approx(BACKGROUND / 2 / scale)


@pytest.mark.parametrize("gain", [0.01, 3.7])
def test_halves_of_a_camera_with_gain_have_independent_noise_too(gain):
    counts = np.random.default_rng(1).poisson(80.0, (200, 200)) * gain
    a, b = (half.data.ravel() for half in split_photons(noise_of(counts, 0.0), gain))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.02


def test_data_without_noise_do_not_break_the_splitting():
    counts = np.full((32, 32), 1e6)
    for half in split_photons(noise_of(counts, 0.0), gain=0.0):
        assert np.isfinite(half.data).all()
        assert half.data.mean() * half.scale == pytest.approx(5e5, rel=1e-3)


@pytest.mark.parametrize(("seed", "peak"), [(0, 20.0), (1, 100.0), (2, 1000.0)])
def test_the_halves_name_the_best_iteration(seed, peak):
    truth, _, counts = threads(seed, peak)
    search = HeldOutSearch(make, [split_photons(noise_of(counts), 1.0)])
    steps = list(search)
    error = errors(counts, truth)
    assert error[search.best - 1] < 1.05 * error.min()
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) < 200


def test_scores_with_one_reference_tell_a_worse_setting():
    _, _, counts = threads(3)
    pairs = [split_photons(noise_of(counts), 1.0)]
    right = HeldOutSearch(make, pairs)
    list(right)

    def too_narrow(noise, leader=None):
        return RichardsonLucy(
            Blur(nd.psf.gaussian(2.0, ndim=2).data, noise.data.shape), noise, acceleration="biggs-andrews"
        )

    wrong = HeldOutSearch(too_narrow, pairs, right)
    list(wrong)
    assert right.lowest < wrong.lowest


def test_what_cannot_win_is_given_up_early():
    _, _, counts = threads(3, 1000.0)
    pairs = [split_photons(noise_of(counts), 1.0)]
    right = HeldOutSearch(make, pairs)
    list(right)
    out_of_reach, hardly_better = (HeldOutSearch(make, pairs, right, beat=beat) for beat in (-1.0, right.lowest * 1.01))
    list(out_of_reach)
    list(hardly_better)
    assert hardly_better.best == right.best
    assert len(out_of_reach.points) < 0.7 * len(hardly_better.points)


def test_a_best_that_comes_later_needs_no_early_scores():
    _, _, counts = threads(3, 1000.0)
    pairs = [split_photons(noise_of(counts), 1.0)]
    right = HeldOutSearch(make, pairs)
    list(right)
    every, late = (HeldOutSearch(make, pairs, right, later=later) for later in (False, True))
    list(every)
    list(late)
    assert late.numbers == [number for number in every.numbers if number >= late.numbers[0]]
    assert late.points == every.points[-len(late.points) :]
    assert 1 < late.numbers[0] < every.numbers[int(np.argmin([point.score for point in every.points]))]
    assert late.best == every.best


def test_scores_are_never_far_apart():
    scored = np.array([number for number in range(1, 400) if is_scored(number)])
    assert set(range(1, EACH_BELOW + 1)) <= set(scored)
    gaps = np.diff(scored)
    assert (gaps <= np.maximum(scored[1:] / (EACH_BELOW / 2), 1)).all()
    assert len(scored) < 80


def test_scores_and_models_belong_to_their_numbers():
    _, _, counts = threads(4, 1000.0)
    pair = split_photons(noise_of(counts), 1.0)
    search = HeldOutSearch(make, [pair])
    list(search)
    assert search.iterations > 2 * EACH_BELOW
    assert all(is_scored(number) or number in search.first_models for number in search.numbers)
    first, other = (make(half) for half in pair)
    for number in range(1, search.numbers[-1] + 1):
        first.step()
        other.step()
        if number in search.numbers:
            point = search.references.point(number, [first.shown(), other.shown()])
            assert search.points[search.numbers.index(number)].score == pytest.approx(point.score, rel=1e-9)
            np.testing.assert_array_equal(search.first_models[number], first.model)


def test_what_halves_leave_of_their_data_is_noise():
    _, _, counts = threads(6, 200.0)
    pair = split_photons(noise_of(counts), 1.0)
    search = HeldOutSearch(make, [pair])
    list(search)
    residual, noise = (float(np.mean(np.square(one, dtype=np.float64))) for one in left_by(pair, search.models))
    assert noise == pytest.approx(residual, rel=0.15)
    assert residual * pair[0].scale < 1.05  # some of both was fitted


def test_the_risk_is_that_of_the_truth():
    """The score, less the noise, is the squared error of the deblurred prediction: over draws, within its scatter."""
    ratios = []
    for seed in range(6):
        _, blurred, counts = threads(seed)
        noise = noise_of(counts)
        meter = RiskMeter(noise, PSF.data)
        leader = make(noise)
        twin = make(meter.twin, leader)
        for _ in range(15):
            leader.step()
            twin.step()
        reading = meter.read(leader.model, twin.model)
        sharp = meter._sharp
        difference = leader.model - (blurred + BACKGROUND).astype(np.float32) / noise.scale
        true = float(np.sum(sharp.squares(sharp.transform(difference)), dtype=np.float64))
        phi = 1 / noise.scale  # of counts of photons
        ratios.append((reading.score(phi) - phi * meter.noise_power) / true)
    assert np.mean(ratios) == pytest.approx(1, abs=0.35)


def test_a_twin_differs_by_a_little_of_the_noise_only():
    _, _, counts = threads()
    noise = noise_of(counts)
    twin = RiskMeter(noise, PSF.data).twin
    change = (twin.data - noise.data) * noise.scale
    np.testing.assert_allclose(np.abs(change), TWIN_NOISE_SHARE * np.sqrt(counts), rtol=1e-3, atol=1e-3)
    assert abs(change.mean()) < 0.02


@pytest.mark.parametrize("gain", [1.0, 3.7, 0.3])
def test_the_gain_is_measured_on_the_run(gain):
    _, _, counts = threads(4, 200.0)
    found = list(GainCalibration(make, noise_of(counts * gain, BACKGROUND * gain), PSF.data))[-1]
    assert found == pytest.approx(gain, rel=0.06)


def test_a_calibration_tells_what_a_run_leaves_of_data_and_of_noise():
    _, _, counts = threads(6, 200.0)
    calibration = GainCalibration(make, noise_of(counts), PSF.data)
    assert calibration.left is None
    gain = list(calibration)[-1]
    assert calibration.left is not None
    residual, noise = (float(np.mean(np.square(one, dtype=np.float64))) for one in calibration.left)
    assert noise / TWIN_NOISE_SHARE**2 == pytest.approx(residual, rel=0.15)
    assert residual < gain * 1.05  # some of both was fitted


@pytest.mark.parametrize("search", [RiskSearch, ThinningSearch])
def test_the_other_searches_are_not_far_off(search):
    truth, _, counts = threads(5)
    found = search(make, noise_of(counts), PSF.data)
    points = list(found)
    error = errors(counts, truth)
    assert error[found.best - 1] < 1.15 * error.min()
    assert [point.iteration for point in points] == list(range(1, len(points) + 1))


@pytest.mark.parametrize("peak", [30.0, 100.0, 1000.0])
def test_scores_of_the_risk_can_be_compared(peak):
    """Each is of what is known of the noise at the end; its least is near the number that was chosen."""
    found = RiskSearch(make, noise_of(2.2 * threads(5, peak)[2], 2.2 * BACKGROUND), PSF.data)
    list(found)
    least = min(found.points, key=lambda point: point.score)
    assert found.best <= least.iteration <= 1.3 * found.best + 2
    assert found.lowest == pytest.approx(found.points[found.best - 1].score)


def test_thinning_refuses_what_are_no_photons():
    _, _, counts = threads()
    with pytest.raises(ParameterError, match="gain"):
        ThinningSearch(make, noise_of(counts + 0.37), PSF.data)
    with pytest.raises(ParameterError, match="gain"):
        ThinningSearch(make, noise_of(counts * 0.37), PSF.data, gain=1.0)
    ThinningSearch(make, noise_of(counts * 0.37, BACKGROUND * 0.37), PSF.data, gain=0.37)
    assert ThinningSearch(make, noise_of(counts * 0.37), PSF.data).phi == pytest.approx(0.37)


def test_relative_change_and_discrepancy_stop_where_they_say():
    _, _, counts = threads(6)
    states = [state.deviance for state in until(make(noise_of(counts)).states(), RelativeChange(0.05))]
    falls = -np.diff(states) / states[1:]
    assert falls[-1] < 0.05
    assert (falls[:-1] >= 0.05).all()
    run = make(noise_of(counts))
    states = [state.deviance for state in until(run.states(), Discrepancy(counts.size))]
    assert states[-1] <= counts.size < states[-2]
