"""A cube along one axis: the spectra together give what each gives alone, in every way to run."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from following import followed

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations import nesterov
from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS
from napari_deconvolve.core.operators.batch_blur import BatchBlur
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.priors import differences
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.core.transforms.boundary import BOUNDARIES
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.run import live
from napari_deconvolve.run.engine import Run
from napari_deconvolve.run.live import Live, batches
from napari_deconvolve.tuning.search import Search
from napari_deconvolve.work import finish

PSF = nd.psf.gaussian(5.0, ndim=1)
FAR_ON = 60  # iterations, after which looking ahead has gone wrong
TOO_FAR = 0.1  # in the momentum's factor k / (k + 0.1): then that is so
RECIPE = nd.Recipe(iterations=20, background=5.0, acceleration=None, target_fwhm=0)


def simulated(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Two lines in each pixel, bright in some and faint in others; the truth, and counts on a background of 5."""
    rng = np.random.default_rng(1)
    place = np.arange(shape[0])[:, None, None]
    centre, height = rng.uniform(0, shape[0], (2, *shape[1:])), 10 ** rng.uniform(1.5, 3.5, (2, *shape[1:]))
    truth = sum(h * np.exp(-((place - c) ** 2) / 2) for c, h in zip(centre, height, strict=True))
    return truth, rng.poisson(nd.convolve(truth, PSF, axes=(0,)) + 5).astype(np.uint16)


TRUTH, CUBE = simulated((40, 6, 7))


def too_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let momentum look too far ahead."""
    monkeypatch.setattr(nesterov, "HEAD", 0)
    monkeypatch.setattr(nesterov, "DELAY", TOO_FAR)


def alone(cube: np.ndarray, recipe: nd.Recipe, **how) -> np.ndarray:
    """Deconvolve pixel by pixel."""
    out = np.empty(cube.shape, recipe.dtype)
    for pixel in np.ndindex(cube.shape[1:]):
        index = (slice(None), *pixel)
        own = {name: value[index] for name, value in how.items()}
        out[index] = nd.deconvolve(cube[index], PSF, recipe, **own).estimate
    return out


def assert_same(found: np.ndarray, want: np.ndarray, tolerance: float = 1e-5) -> None:
    assert found.shape == want.shape
    assert np.isfinite(found).all()
    error = np.linalg.norm(found - want, axis=0) / np.maximum(np.linalg.norm(want, axis=0), 1e-30)
    assert error.max() < tolerance


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("target", [0, 3.0])
def test_the_plain_iteration_is_that_of_each_pixel(boundary, target):
    recipe = RECIPE.replace(boundary=boundary, target_fwhm=target)
    assert_same(nd.deconvolve(CUBE, PSF, recipe, axes=(0,)).estimate, alone(CUBE, recipe))


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_looking_ahead_is_that_of_each_pixel(boundary, acceleration):
    recipe = RECIPE.replace(boundary=boundary, acceleration=acceleration, dtype="float64", iterations=30)
    found = nd.deconvolve(CUBE, PSF, recipe, axes=(0,))
    assert_same(found.estimate, alone(CUBE, recipe), 1e-8)
    traces = [nd.deconvolve(CUBE[:, y, x], PSF, recipe).trace for y, x in np.ndindex(CUBE.shape[1:])]
    assert found.trace == pytest.approx(np.sum(traces, axis=0), rel=1e-9)


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_wrong_steps_ahead_are_taken_again(acceleration, monkeypatch):
    """Far on, looking ahead goes wrong for some items: only these go back."""
    too_far(monkeypatch)
    rng = np.random.default_rng(0)
    spectra = rng.poisson(nd.convolve(rng.gamma(0.3, 200, (30, 40)), PSF) + 10).astype(np.uint16)
    number = FAR_ON
    recipe = nd.Recipe(iterations=number, background=10, dtype="float64", target_fwhm=0, acceleration=acceleration)
    job = prepare(spectra, PSF, recipe)
    each, restarts = [richardson_lucy(job, item) for item in range(len(job))], 0
    for _ in range(number):
        for one in each:
            one.step()
            restarts += one.restarted
    assert restarts > 0
    found = nd.deconvolve(spectra, PSF, recipe).estimate
    assert_same(found.T, np.stack([one.snapshot() for one in each], 1), 1e-6)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("prior", sorted(PRIORS))
def test_priors_are_each_pixels_own(prior, boundary):
    """Each in units of its own brightness, from 30 to 3000 counts, and nothing is smoothed from pixel to pixel."""
    recipe = RECIPE.replace(prior=prior, strength=0.02, boundary=boundary, dtype="float64")
    found = nd.deconvolve(CUBE, PSF, recipe, axes=(0,)).estimate
    assert_same(found, alone(CUBE, recipe), 1e-9)
    without = nd.deconvolve(CUBE, PSF, RECIPE.replace(boundary=boundary), axes=(0,)).estimate
    assert np.linalg.norm(found - without) > 0.01 * np.linalg.norm(without)


@pytest.mark.parametrize("acceleration", [None, *ACCELERATIONS])
@pytest.mark.parametrize("prior", [None, *sorted(PRIORS)])
def test_the_usual_precision_is_enough(prior, acceleration):
    """Lines are run in double: in single, an edge far below the signal multiplies rounding up to 5e-3."""
    recipe = RECIPE.replace(prior=prior, strength=0.02, acceleration=acceleration)
    found = nd.deconvolve(CUBE, PSF, recipe, axes=(0,)).estimate
    assert found.dtype == np.float32
    assert_same(found, alone(CUBE, recipe), 1e-6)
    assert_same(found, alone(CUBE, recipe.replace(dtype="float64")), 1e-6)


@pytest.mark.parametrize("prior", sorted(PRIORS))
def test_priors_with_holes_sieve_strong_penalty_and_other_units(prior):
    counts = CUBE.astype(np.float64)
    counts[3:6, 1, 2] = np.nan
    counts[:30, 4, 4] = np.nan
    counts[:, 5, 5] = 0
    recipe = RECIPE.replace(prior=prior, strength=3.0, target_fwhm=2.0, dtype="float64")
    found = nd.deconvolve(counts, PSF, recipe, axes=(0,)).estimate
    assert_same(found, alone(counts, recipe), 1e-8)
    finer, same = nd.PSF(PSF.data, (0.1,), "eV"), recipe.replace(target_fwhm=0.2)
    np.testing.assert_allclose(nd.deconvolve(counts, finer, same, axes=(0,)).estimate, found, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
@pytest.mark.parametrize("prior", sorted(PRIORS))
def test_priors_looking_ahead_are_each_pixels_own(prior, acceleration, monkeypatch):
    too_far(monkeypatch)
    rng = np.random.default_rng(0)
    spectra = rng.poisson(nd.convolve(rng.gamma(0.3, 200, (30, 40)), PSF) + 10).astype(np.uint16)
    number = FAR_ON
    recipe = nd.Recipe(iterations=number, background=10, dtype="float64", target_fwhm=0, prior=prior, strength=1e-5)
    recipe = recipe.replace(acceleration=acceleration)
    job = prepare(spectra, PSF, recipe)
    each, restarts = [richardson_lucy(job, item) for item in range(len(job))], 0
    (items,) = batches(job)
    together = Live(job, items).iteration
    for _ in range(number):
        together.step()
        for one in each:
            one.step()
            restarts += one.restarted
    assert restarts > 0
    assert_same(together.snapshot().T, np.stack([one.snapshot() for one in each], 1), 1e-6)
    assert together.objective == pytest.approx(sum(one.objective for one in each), rel=1e-9)
    assert together.objective > together.deviance


def test_long_lines_and_many_are_looked_at_in_blocks(monkeypatch):
    """Blocks, and which items do a step again, change nothing."""
    recipe = RECIPE.replace(prior="hessian", strength=0.01, acceleration="biggs-andrews", dtype="float64")
    want = nd.deconvolve(CUBE, PSF, recipe, axes=(0,)).estimate
    monkeypatch.setattr(differences, "BLOCK_VOXELS", 150)
    monkeypatch.setattr(differences, "MAX_ROW", 13)
    np.testing.assert_allclose(nd.deconvolve(CUBE, PSF, recipe, axes=(0,)).estimate, want, rtol=1e-9, atol=1e-9)


def test_holes_masks_saturation_and_starts_are_each_pixels_own():
    counts = np.minimum(CUBE, 4095).astype(np.float64)
    counts[3:6, 1, 2] = np.nan
    mask = np.ones(CUBE.shape, bool)
    mask[10:15, :, 3] = False
    start = np.random.default_rng(2).uniform(1, 50, CUBE.shape)
    assert_same(
        nd.deconvolve(counts, PSF, RECIPE, axes=(0,), mask=mask, start=start).estimate,
        alone(counts, RECIPE, mask=mask, start=start),
    )
    for saturated in (np.minimum(CUBE, 255).astype(np.uint8), np.minimum(4 * CUBE, 1023)):
        assert np.count_nonzero(saturated == saturated.max()) > 50
        assert_same(nd.deconvolve(saturated, PSF, RECIPE, axes=(0,)).estimate, alone(saturated, RECIPE))


def test_pixels_without_any_data_stay_dark_and_nothing_else_changes():
    counts = CUBE.astype(np.float32)
    counts[:, 2, 3] = np.nan
    counts[:, 4, 4] = 0
    found = nd.deconvolve(counts, PSF, RECIPE, axes=(0,)).estimate
    assert not found[:, 2, 3].any()
    assert np.isfinite(found).all()
    others = np.ones(CUBE.shape[1:], bool)
    others[[2, 4], [3, 4]] = False
    np.testing.assert_allclose(found[:, others], alone(CUBE, RECIPE)[:, others], rtol=1e-4, atol=1e-4)
    with pytest.raises(nd.ParameterError, match="finite"):
        nd.deconvolve(np.full(CUBE.shape, np.nan), PSF, RECIPE, axes=(0,))


@pytest.mark.parametrize("axis", [0, 1, 2, -2])
def test_any_axis(axis):
    turned = np.moveaxis(CUBE, 0, axis)
    found = nd.deconvolve(turned, PSF, RECIPE, axes=(axis,)).estimate
    np.testing.assert_array_equal(np.moveaxis(found, axis, 0), nd.deconvolve(CUBE, PSF, RECIPE, axes=(0,)).estimate)


def test_batches_are_bounded_and_change_nothing(monkeypatch):
    want = nd.deconvolve(CUBE, PSF, RECIPE, axes=(0,))
    monkeypatch.setattr(live, "BATCH_SAMPLES", 500)
    job = prepare(CUBE, PSF, RECIPE, axes=(0,))
    assert {len(items) for items in batches(job)} == {8, 2}  # of 60 samples each, padded
    found = nd.deconvolve(CUBE, PSF, RECIPE, axes=(0,), keep_every=10)
    np.testing.assert_array_equal(found.estimate, want.estimate)
    assert [state.iteration for state in found.snapshots] == [10, 20]
    np.testing.assert_array_equal(found.snapshots[-1].estimate, want.estimate)
    assert found.trace == pytest.approx(want.trace)
    assert found.flux_ratio == pytest.approx(want.flux_ratio)


def test_all_ways_to_run_agree():
    want = nd.deconvolve(CUBE, PSF, RECIPE, axes=(0,)).estimate
    np.testing.assert_array_equal(nd.richardson_lucy(CUBE, PSF, 20, background=5.0, axes=(0,)), want)
    *_, last = islice(nd.iterate(CUBE, PSF, RECIPE, axes=(0,)), 20)
    np.testing.assert_array_equal(last.estimate, want)
    run = Run(prepare(CUBE, PSF, RECIPE, axes=(0,)))
    steps, result = followed(run.work())
    assert [progress.done for progress in steps] == [42 * number for number in range(1, 21)]
    np.testing.assert_array_equal(result.estimate, want)


def test_a_run_can_be_stopped():
    calls = iter(range(1000))
    with pytest.raises(nd.Cancelled):
        nd.deconvolve(CUBE, PSF, RECIPE, axes=(0,), cancelled=lambda: next(calls) > 20)


@pytest.mark.parametrize(
    "recipe",
    [
        nd.Recipe(background=5.0, stop="change"),
        nd.Recipe(method="rl-gc", background=5.0, iterations=3),
    ],
    ids=["a rule on the way", "another method"],
)
def test_what_cannot_be_done_together_goes_pixel_by_pixel(recipe):
    part = CUBE[:, :2, :3]
    assert_same(nd.deconvolve(part, PSF, recipe, axes=(0,)).estimate, alone(part, recipe), 1e-6)


def test_one_psf_per_channel_along_lines():
    wide = nd.psf.gaussian(8.0, ndim=1)
    found = nd.deconvolve(CUBE[:, :2], [PSF, wide], RECIPE, axes=(0,), channel_axis=1).estimate
    for channel, psf in enumerate((PSF, wide)):
        want = nd.deconvolve(CUBE[:, channel], psf, RECIPE, axes=(0,)).estimate
        np.testing.assert_allclose(found[:, channel], want, rtol=1e-5, atol=1e-5)


def test_the_batch_operator_is_that_of_one_item():
    rng = np.random.default_rng(0)
    psf = nd.psf.gaussian((3.0, 4.0), ndim=2).data
    for boundary in BOUNDARIES:
        one, many = Blur(psf, (9, 14), boundary, np.dtype("f8")), BatchBlur(psf, (9, 14), boundary, np.dtype("f8"))
        objects, data = rng.random((3, *one.domain)), rng.random((3, 9, 14))
        np.testing.assert_allclose(many.forward(objects), [one.forward(item) for item in objects], atol=1e-12)
        np.testing.assert_allclose(many.adjoint(data), [one.adjoint(item) for item in data], atol=1e-12)
        assert np.vdot(many.forward(objects), data) == pytest.approx(np.vdot(objects, many.adjoint(data)), rel=1e-12)


# ---- settings that are found


def error(estimate: np.ndarray) -> float:
    return float(np.linalg.norm(estimate - TRUTH) / np.linalg.norm(TRUTH))


def test_settings_are_found_once_from_all_spectra():
    result = nd.deconvolve(CUBE, PSF, axes=(0,))
    assert isinstance(result.background, float)
    assert result.background == pytest.approx(5, abs=0.7)
    best = min(error(state.estimate) for state in islice(nd.iterate(CUBE, PSF, nd.Recipe(), axes=(0,)), 60))
    assert error(result.estimate) < 1.1 * best
    assert not result.recipe.automatic
    assert result.recipe.background == result.background
    np.testing.assert_array_equal(nd.deconvolve(CUBE, PSF, result.recipe, axes=(0,)).estimate, result.estimate)


@pytest.mark.parametrize("target", [2.0, "auto"])
def test_the_search_keeps_spectra_apart(target):
    """They are looked at as rows of an image, whose PSF and sieve do nothing from row to row."""
    job = prepare(CUBE, PSF, nd.Recipe(target_fwhm=target), axes=(0,))
    search = Search(job)
    seen = search._crop
    assert seen.items.array.shape == (1, 42, 40)
    rows = nd.deconvolve(seen.items[0], seen.psf, RECIPE).estimate
    want = nd.deconvolve(CUBE, PSF, RECIPE, axes=(0,)).estimate
    assert_same(rows.T.reshape(CUBE.shape), want, 2e-3)  # one floor for all: only the faintest differ
    found = finish(search.work()).target_fwhm
    assert np.ndim(found) == 0 or len(found) == 1
    if target != "auto":
        assert np.ravel(found)[0] == 2.0


def test_a_heap_of_spectra_is_not_smoothed_across():
    """Lines at other places in each pixel: smoothed from pixel to pixel they would be a pedestal."""
    from napari_deconvolve.core.likelihood.background import estimate_background

    lines = np.moveaxis(CUBE, 0, -1).reshape(-1, 40)
    assert estimate_background(lines, lines=True) == pytest.approx(5, abs=0.7)
    assert estimate_background(lines) > 9


@pytest.mark.parametrize("boundary", ["extended", "reflect", "periodic", "edge", "zero"])
@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("spoil", ["nothing", "a sample", "a pixel", "saturation"])
def test_the_wiener_filter_of_a_cube_is_that_of_its_spectra(boundary, even, spoil):
    """Together where all samples are ordinary, and one by one where not."""
    rng = np.random.default_rng(3)
    kernel = nd.psf.gaussian(4.0, ndim=1).data
    kernel = kernel if even else np.convolve(kernel, [0.6, 0.3, 0.1])
    light = nd.convolve(
        np.pad(np.full((6, 1, 1), 200.0), ((17, 17), (0, 0), (0, 0))) * rng.uniform(0, 2, (3, 4)), kernel, axes=(0,)
    )
    cube = rng.poisson(light + 5).astype(np.float32)
    if spoil == "a sample":
        cube[20, 1, 1] = np.nan
    elif spoil == "a pixel":
        cube[:, 1, 1] = np.nan
    elif spoil == "saturation":
        cube = np.minimum(cube, 255).astype(np.uint8)
    found = nd.wiener(cube, kernel, 1e-3, boundary=boundary, axes=(0,), background=5.0)
    for place in np.ndindex(3, 4):
        line = cube[:, *place]
        alone = (
            np.zeros(40) if np.isnan(line).all() else nd.wiener(line, kernel, 1e-3, boundary=boundary, background=5.0)
        )
        np.testing.assert_allclose(found[:, *place], alone, atol=1e-5 * np.nanmax(cube))


def test_the_wiener_filter_of_a_cube_finds_one_strength_and_its_deviance():
    rng = np.random.default_rng(4)
    psf = nd.psf.gaussian(4.0, ndim=1)
    cube = rng.poisson(nd.convolve(rng.uniform(0, 100, (40, 5, 6)), psf, axes=(0,)) + 5.0).astype(np.float32)
    recipe = nd.Recipe(method="wiener", background=5.0)
    result = nd.deconvolve(cube, psf, recipe, axes=(0,))
    alone = [
        nd.deconvolve(cube[:, *place], psf, recipe.replace(regularization=result.recipe.regularization))
        for place in np.ndindex(5, 6)
    ]
    assert result.trace[0] == pytest.approx(sum(one.trace[0] for one in alone), rel=1e-6)


@pytest.mark.parametrize(("offset", "gain"), [(100.0, 2.2), (-7.0, 2.2), (0.0, 1.0)])
def test_a_cube_of_a_camera_tells_its_offset_and_gain(offset, gain):
    """All spectra tell of one camera, along their axis, beyond what the PSF passes."""
    rng = np.random.default_rng(3)
    at, place = rng.uniform(15, 240, (2, 10, 12)), np.arange(256)[:, None, None]
    truth = 100 * np.sum(np.exp(-0.5 * ((place - at[:, None]) / 2.5) ** 2), axis=0)
    psf = nd.psf.gaussian(6.0, ndim=1)
    photons = rng.poisson(np.apply_along_axis(lambda one: nd.convolve(one, psf), 0, truth) + 3)
    read = rng.normal(0, 1.6, photons.shape) if gain != 1 else 0.0
    result = nd.deconvolve(np.rint(offset + gain * photons + read), psf, axes=(0,))
    assert result.recipe.gain == pytest.approx(gain, rel=0.12)
    assert np.mean(result.background) == pytest.approx(offset + 3 * gain, abs=0.5 * gain)
