"""Simulated measurements: blur and light as given, noise as its statistics demand, the same again from a recipe."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from following import followed
from scipy import stats

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.camera import RANDOM_BLOCK, Camera, record
from napari_deconvolve.core.transforms.smoothing import convolve_axis
from napari_deconvolve.run import cost
from napari_deconvolve.run.simulate.run import SimulationRun

# Each statistic is beyond its bound once in about 1e9 draws; seeds are fixed besides, so a failure is a fault.
BOUND = 6.0

PSF = nd.psf.gaussian((3.0, 4.0), 1.0)


@pytest.fixture
def truth():
    rng = np.random.default_rng(0)
    image = np.zeros((40, 50), np.float32)
    image[rng.integers(5, 35, 12), rng.integers(5, 45, 12)] = rng.uniform(1, 10, 12)
    return image


def flat(level: float, shape=(300, 400)) -> np.ndarray:
    return np.full(shape, level, np.float32)


def test_the_order_of_operations(truth):
    found = nd.simulate(truth, PSF, photons=200, background=7, poisson=False, gain=0.5, offset=100, read_noise=0)
    blurred = nd.convolve(truth, PSF)
    np.testing.assert_allclose(found.counts, 0.5 * (blurred * (200 / blurred.max()) + 7) + 100, rtol=1e-5)
    assert found.scale == pytest.approx(0.5 * 200 / blurred.max(), rel=1e-5)
    assert found.counts.dtype == np.float32


def test_without_anything_the_image_stays(truth):
    np.testing.assert_array_equal(nd.simulate(truth, poisson=False).counts, truth)
    assert nd.simulate(truth, poisson=False).recipe.seed is None


def test_light_is_scaled_to_the_sum(truth):
    found = nd.simulate(truth, PSF, total=1e5, background=3, poisson=False)
    assert found.counts.sum(dtype=np.float64) - 3 * truth.size == pytest.approx(1e5, rel=1e-5)
    counted = nd.simulate(truth, PSF, total=1e5, seed=1)
    assert counted.counts.sum(dtype=np.float64) == pytest.approx(1e5, abs=BOUND * np.sqrt(1e5))


@pytest.mark.parametrize("level", [0.3, 4.0, 37.0, 1e4])
def test_photons_are_distributed_as_poisson_says(level):
    counts = nd.simulate(flat(1), photons=level, seed=int(level * 10)).counts.astype(np.float64)
    size = counts.size
    np.testing.assert_array_equal(counts, np.round(counts))
    assert abs(counts.mean() - level) < BOUND * np.sqrt(level / size)
    # The variance of a sample variance follows from the fourth central moment, 3 m^2 + m.
    spread = np.sqrt((3 * level**2 + level - level**2) / size)
    assert abs(counts.var() - level) < BOUND * spread
    low, high = stats.poisson.ppf([1e-3, 1 - 1e-3], level)
    values = np.arange(low, high + 1)
    if len(values) < 60:  # goodness of fit, where each value is met often
        seen = np.array([np.count_nonzero(counts == value) for value in values] + [0.0])
        seen[-1] = size - seen.sum()
        wanted = np.append(stats.poisson.pmf(values, level), 0.0) * size
        wanted[-1] = size - wanted.sum()
        assert stats.chisquare(seen, wanted).pvalue > 1e-6


def test_read_noise_gain_and_offset():
    photons, read, gain, offset = 20.0, 3.0, 2.0, 100.0
    how = nd.Simulation(photons=photons, read_noise=read, gain=gain, offset=offset, seed=5)
    counts = nd.simulate(flat(1), recipe=how).counts.astype(np.float64)
    size, mean, variance = counts.size, gain * photons + offset, gain**2 * (photons + read**2)
    assert abs(counts.mean() - mean) < BOUND * np.sqrt(variance / size)
    fourth = gain**4 * (photons + 3 * (photons + read**2) ** 2)  # cumulants of independent noises add up
    assert abs(counts.var() - variance) < BOUND * np.sqrt((fourth - variance**2) / size)


def test_read_noise_alone_is_normal():
    counts = nd.simulate(flat(50), poisson=False, read_noise=2.5, seed=8).counts.astype(np.float64)
    assert stats.kstest(counts.ravel(), stats.norm(50, 2.5).cdf).pvalue > 1e-6
    assert abs(counts.var() - 6.25) < BOUND * 6.25 * np.sqrt(2 / counts.size)


def test_noise_of_samples_is_independent():
    noise = nd.simulate(flat(1), photons=30, read_noise=2, seed=2).counts.astype(np.float64).ravel() - 30
    for lag in (1, 2, 400, RANDOM_BLOCK - 1, RANDOM_BLOCK):
        pairs = len(noise) - lag
        found = float(np.mean(noise[:-lag] * noise[lag:])) / noise.var()
        assert abs(found) < BOUND / np.sqrt(pairs), lag


def test_seeded_runs_repeat_and_others_differ(truth):
    how = {"photons": 100, "background": 5, "read_noise": 1.5}
    first = nd.simulate(truth, PSF, seed=7, **how)
    np.testing.assert_array_equal(first.counts, nd.simulate(truth, PSF, seed=7, **how).counts)
    assert not np.array_equal(first.counts, nd.simulate(truth, PSF, seed=8, **how).counts)
    drawn = nd.simulate(truth, PSF, **how)
    np.testing.assert_array_equal(drawn.counts, nd.simulate(truth, PSF, seed=drawn.recipe.seed, **how).counts)
    assert drawn.recipe.seed != nd.simulate(truth, PSF, **how).recipe.seed


def test_the_recipe_repeats_it_without_the_psf(truth):
    made = nd.simulate(truth, PSF, photons=100, read_noise=1, seed=3)
    recipe = nd.Simulation.from_json(made.recipe.to_json())
    assert recipe == made.recipe
    np.testing.assert_array_equal(nd.simulate(truth, recipe=recipe).counts, made.counts)
    smoothed = nd.simulate(truth, fwhm=(0.3, 0.2), spacing=0.1, seed=3)
    again = nd.simulate(truth, recipe=nd.Simulation.from_json(smoothed.recipe.to_json()))
    np.testing.assert_array_equal(again.counts, smoothed.counts)


@pytest.mark.parametrize("psf", [PSF, None], ids=["PSF", "Gaussian"])
def test_the_number_of_threads_changes_no_bit(monkeypatch, psf):
    image = np.random.default_rng(1).random((3, 350, 301)).astype(np.float32)
    how = {"photons": 50, "read_noise": 1, "seed": 4, **({} if psf else {"fwhm": (3.0, 4.0)})}
    wanted = nd.simulate(image, psf, **how).counts
    for cores in (1, 3, 7):
        for module in ("transforms.fft", "likelihood.camera", "transforms.smoothing"):
            monkeypatch.setattr(f"napari_deconvolve.core.{module}.cpu_count", lambda cores=cores: cores)
        np.testing.assert_array_equal(nd.simulate(image, psf, **how).counts, wanted)


def test_the_noise_of_a_block_depends_on_its_place_alone():
    camera, values = Camera(read_noise=1.0), np.full(3 * RANDOM_BLOCK + 17, 9.0, np.float32)
    whole, first = values.copy(), values[: 2 * RANDOM_BLOCK].copy()
    for array, workers in ((whole, 3), (first, 1)):
        assert list(record(array, camera, 11, workers=workers))[-1] == 1.0
    np.testing.assert_array_equal(whole[: 2 * RANDOM_BLOCK], first)
    assert not np.array_equal(whole[:RANDOM_BLOCK], whole[RANDOM_BLOCK : 2 * RANDOM_BLOCK])


def test_read_noise_leaves_the_photons_alone(truth):
    how = {"photons": 100, "seed": 3}
    clean, noisy = nd.simulate(truth, PSF, **how).counts, nd.simulate(truth, PSF, read_noise=0.01, **how).counts
    np.testing.assert_array_equal(np.round(noisy), clean)


@pytest.mark.parametrize("boundary", ["reflect", "edge", "periodic", "zero"])
@pytest.mark.parametrize("fwhm", [(3.0, 4.0), (90.0, 2.0)], ids=["narrow", "wider than the image"])
def test_smoothing_is_convolution_with_the_gaussian_psf(truth, boundary, fwhm):
    found = nd.simulate(truth, fwhm=fwhm, boundary=boundary, poisson=False).counts
    wanted = nd.convolve(truth, nd.psf.gaussian(fwhm, 1.0), boundary=boundary)
    np.testing.assert_allclose(found, wanted, atol=2e-6 * truth.max())


def test_smoothing_in_four_axes_has_the_widths_asked_for():
    image = np.zeros((17, 19, 21, 23), np.float64)
    image[8, 9, 10, 11] = 1
    fwhm, spacing = (4.0, 0.9, 0.5, 0.6), (1.0, 0.3, 0.1, 0.1)
    found = nd.simulate(image, fwhm=fwhm, spacing=spacing, poisson=False).counts
    assert found.sum() == pytest.approx(1, abs=1e-6)
    for axis, (width, step) in enumerate(zip(fwhm, spacing, strict=True)):
        line = found.sum(axis=tuple(other for other in range(4) if other != axis))
        place = np.arange(len(line)) - image.shape[axis] // 2
        sigma = np.sqrt((line * place**2).sum())
        wanted = np.hypot(width / step / 2.3548, np.sqrt(1 / 12))  # a sample gathers the light of its whole width
        assert sigma == pytest.approx(wanted, rel=0.01)


def test_one_width_smooths_the_last_three_axes_and_none_of_time():
    image = np.zeros((3, 9, 9, 9), np.float32)
    image[1, 4, 4, 4] = 1
    found = nd.simulate(image, fwhm=2.0, poisson=False).counts
    assert found[[0, 2]].max() == 0
    assert found[1, 4, 4, 5] == found[1, 5, 4, 4] > 0
    kept = nd.simulate(image, fwhm=(0.0, 2.0, 0.0), poisson=False).counts
    assert np.count_nonzero(kept.sum(axis=(0, 2))) == 1


def test_looped_axes_and_channels(truth):
    stack = np.stack([truth, 2 * truth, truth[::-1]])
    found = nd.simulate(stack, PSF, photons=60, poisson=False).counts
    assert found.max() == pytest.approx(60, rel=1e-5)  # of all planes together
    np.testing.assert_allclose(found[1], 2 * found[0], rtol=1e-4, atol=1e-4)
    other = nd.psf.gaussian((6.0, 1.5), 1.0)
    channels = nd.simulate(stack[:2], [PSF, other], poisson=False).counts
    np.testing.assert_array_equal(channels[1], nd.convolve(stack[1], other))
    moved = nd.simulate(np.moveaxis(stack, 0, 2), PSF, axes=(0, 1), poisson=False).counts
    np.testing.assert_allclose(np.moveaxis(moved, 2, 0), nd.convolve(stack, PSF), atol=1e-6)


def test_the_psf_is_taken_to_the_images_spacing(truth):
    coarse = nd.simulate(truth, PSF, spacing=(2.0, 2.0), poisson=False)
    np.testing.assert_array_equal(coarse.counts, nd.convolve(truth, nd.psf.resample(PSF, (2.0, 2.0))))
    np.testing.assert_array_equal(nd.simulate(truth, recipe=coarse.recipe).counts, coarse.counts)


@pytest.mark.parametrize("psf", [PSF, None], ids=["PSF", "Gaussian"])
def test_missing_samples_stay_a_local_matter(truth, psf):
    spoiled = truth + 1
    spoiled[20, 25] = np.nan
    how = {"photons": 100, "poisson": False, **({} if psf else {"fwhm": (3.0, 4.0)})}
    found, whole = (nd.simulate(image, psf, **how).counts for image in (spoiled, truth + 1))
    assert np.isfinite(found).all()
    assert np.isfinite(nd.simulate(spoiled, psf, seed=1, **{**how, "poisson": True}).counts).all()
    np.testing.assert_allclose(found[:8], whole[:8], rtol=0.3)
    raw = nd.simulate(spoiled, photons=50, read_noise=1, seed=1).counts
    assert np.argwhere(np.isnan(raw)).tolist() == [[20, 25]]


def test_a_flat_image_stays_flat():
    for boundary in ("reflect", "edge", "periodic"):
        for psf, fwhm in ((PSF, None), (None, (3.0, 4.0))):
            found = nd.simulate(flat(7, (20, 30)), psf, fwhm=fwhm, boundary=boundary, poisson=False).counts
            np.testing.assert_allclose(found, 7, rtol=1e-5)


def test_integers_and_doubles(truth):
    assert nd.simulate((truth * 100).astype(np.uint16), PSF, poisson=False).counts.dtype == np.float32
    assert nd.simulate(truth.astype(np.float64), PSF, poisson=False).counts.dtype == np.float64


def test_the_result_is_taken_for_an_image(truth):
    made = nd.simulate(truth, PSF, photons=100, seed=1)
    np.testing.assert_array_equal(np.asarray(made), made.counts)
    estimate = nd.richardson_lucy(made, PSF, 5)
    np.testing.assert_array_equal(estimate, nd.richardson_lucy(made.counts, PSF, 5))


def test_the_loop_of_the_classroom(truth):
    """A blurred truth, deconvolved, is nearer to the truth than the measurement, on the scale that is told."""
    made = nd.simulate(truth, PSF, photons=2000, background=5, seed=1)
    goal = made.scale * truth
    estimate = nd.richardson_lucy(made, PSF, 40, background=5)
    assert np.mean((estimate - goal) ** 2) < 0.5 * np.mean((made.counts - 5 - goal) ** 2)
    assert estimate.sum() == pytest.approx(goal.sum(), rel=0.05)


def test_it_can_be_stopped_at_any_step():
    image = np.random.default_rng(0).random((4, 60, 70)).astype(np.float32)
    for how in ({"psf": PSF}, {"fwhm": (3.0, 4.0)}, {}):
        asked = threading.Event()
        parameters = {"photons": 10.0, "read_noise": 1.0, **{k: v for k, v in how.items() if k != "psf"}}
        run = SimulationRun(image, how.get("psf"), nd.Simulation(**parameters), cancelled=asked.is_set)
        steps = run.work()
        assert next(steps).done == 0
        asked.set()
        with pytest.raises(nd.Cancelled):
            next(steps)


def test_progress_rises_to_its_end(truth):
    run = SimulationRun(np.stack([truth] * 3), PSF, nd.Simulation(photons=5))
    states, _ = followed(run.work())
    assert [state.done for state in states] == sorted(state.done for state in states)
    assert states[-1].done == states[-1].total
    assert "blurring" in states[1].stage


def test_memory_is_asked_for_before_it_is_taken(monkeypatch, truth):
    with monkeypatch.context() as small:
        small.setattr("napari_deconvolve.run.cost.free_bytes", lambda: 1000)
        with pytest.raises(nd.ResourceError, match="take a smaller image"):
            nd.simulate(truth, PSF)
    assert cost.free_bytes() > 1000


REFUSED = {
    "photons": ({"photons": 0}, "photons is 0; give a number above 0"),
    "both": ({"photons": 5, "total": 100}, "one follows from the other"),
    "nan": ({"background": np.nan}, "background is nan; give a finite number from 0"),
    "read noise": ({"read_noise": -1}, "read noise is -1"),
    "gain": ({"gain": 0}, "gain is 0"),
    "seed": ({"seed": -3}, "seed is -3; give a whole number"),
    "seed 2": ({"seed": 1.5}, "seed is 1.5"),
    "boundary": ({"boundary": "extended"}, "'extended'; choose one of reflect"),
    "fwhm": ({"fwhm": (-1, 2)}, "a number of at least 0, or one per axis"),
    "fwhm axes": ({"fwhm": (1, 2, 3)}, "3 widths .* 2 axes"),
    "spacing": ({"spacing": 0, "fwhm": 2}, "a number above 0, or one per axis"),
    "unknown": ({"photon": 3}, "no 'photon'; its keys are"),
    "poisson": ({"poisson": "yes"}, "True or False"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_in_words(truth, case):
    parameters, words = REFUSED[case]
    with pytest.raises(nd.ParameterError, match=words):
        nd.simulate(truth, **parameters)


def test_images_that_cannot_be_are_refused_in_words(truth):
    with pytest.raises(nd.ParameterError, match="no light to be scaled"):
        nd.simulate(np.zeros((9, 9)), photons=10)
    with pytest.raises(nd.ParameterError, match=r"least of the expected photons is -3.* background higher by 3"):
        nd.simulate(np.full((9, 9), -3.0))
    assert nd.simulate(np.full((9, 9), -3.0), background=3, seed=1).counts.max() == 0
    with pytest.raises(nd.ParameterError, match="give one of them"):
        nd.simulate(truth, PSF, fwhm=2.0)
    with pytest.raises(nd.PSFError, match="image itself"):
        nd.simulate(truth, truth)
    with pytest.raises(nd.ParameterError, match="more than can be counted"):
        nd.simulate(np.full((4, 4), 1e20))
    with pytest.raises(nd.ParameterError, match="not JSON"):
        nd.Simulation.from_json("{")
    with pytest.raises(nd.ParameterError, match="holds a list"):
        nd.Simulation.from_json("[]")


def test_smoothing_polls_and_works_on_parts(monkeypatch):
    monkeypatch.setattr("napari_deconvolve.core.transforms.smoothing.PART_VOXELS", 64)
    data = np.random.default_rng(0).random((20, 31)).astype(np.float32)
    parts, kernel = data.copy(), np.array([1, 2, 1]) / 4
    convolve_axis(parts, 0, kernel, "reflect", workers=3)
    padded = np.pad(data, ((1, 1), (0, 0)), mode="symmetric")
    np.testing.assert_allclose(parts, padded[:-2] / 4 + padded[1:-1] / 2 + padded[2:] / 4, rtol=1e-6)
    with pytest.raises(nd.Cancelled):
        convolve_axis(parts, 0, kernel, "reflect", cancelled=lambda: True)
