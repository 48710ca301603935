"""Physics and identities of the iteration, and the faults that other tools have."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS
from napari_deconvolve.core.accelerations.biggs_andrews import BiggsAndrews
from napari_deconvolve.core.accelerations.nesterov import Nesterov
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import BOUNDARIES
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Checkpoint

PLAIN = nd.Recipe(acceleration=None, background=0.0)


def textbook(image, psf, iterations):
    """Richardson-Lucy with full matrices, periodic: slow, and plain to see."""
    size = image.size
    lags = (np.arange(size)[:, None] - np.arange(size)[None, :] + len(psf) // 2) % size
    matrix = np.where(lags < len(psf), psf[np.minimum(lags, len(psf) - 1)], 0) / psf.sum()
    estimate = np.full(size, image.mean())
    for _ in range(iterations):
        estimate = estimate / matrix.sum(0) * (matrix.T @ (image / (matrix @ estimate)))
    return estimate


def scene(shape, seed=0, background=0.0, peak=100.0):
    """Give a few smooth blobs, blurred and noisy."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(5):
        truth[tuple(rng.integers(2, n - 2) for n in shape)] = 1
    blurred = nd.convolve(truth, nd.psf.gaussian(4.0, ndim=len(shape)), boundary="zero")
    return rng.poisson(blurred / blurred.max() * peak + background).astype(np.float32)


def test_it_is_the_textbook_iteration():
    rng = np.random.default_rng(0)
    image, psf = rng.random(40) + 0.5, rng.random(7)
    found = nd.richardson_lucy(image, psf, 25, boundary="periodic", dtype="float64")
    np.testing.assert_allclose(found, textbook(image, psf, 25), rtol=1e-6)  # a PSF is float32


@pytest.mark.parametrize("size", [8, 9])
@pytest.mark.parametrize("shape", [(50,), (41, 50), (20, 31, 26)])
@pytest.mark.parametrize("boundary", ["extended", "periodic", "reflect", "edge"])
def test_flat_stays_flat_to_the_very_edge(shape, size, boundary):
    psf = np.random.default_rng(1).random((size,) * len(shape))
    found = nd.richardson_lucy(np.full(shape, 10.0), psf, 50, boundary=boundary)
    assert np.abs(found - 10).max() < 0.05


@pytest.mark.parametrize("acceleration", [None, *ACCELERATIONS])
@pytest.mark.parametrize("size", [8, 9])
@pytest.mark.parametrize("shape", [(63,), (41, 50), (21, 32, 27)])
def test_a_point_does_not_move(shape, size, acceleration):
    """Even and odd PSFs, odd last axes, 1D to 3D: the point comes back where it was."""
    psf = nd.psf.gaussian(3.0, ndim=len(shape), shape=9).data
    if size == 8:
        psf = np.pad(psf, [(1, 0)] * psf.ndim)[(slice(0, 10),) * psf.ndim]  # ten samples, zero lag at n//2
    place = tuple(n // 2 - 1 for n in shape)
    truth = np.zeros(shape)
    truth[place] = 1000
    blurred = nd.convolve(truth, psf, boundary="zero")
    found = nd.richardson_lucy(blurred, psf, 30, acceleration=acceleration)
    grids = np.meshgrid(*map(np.arange, shape), indexing="ij")
    centroid = [float((grid * found).sum() / found.sum()) for grid in grids]
    np.testing.assert_allclose(centroid, place, atol=0.02)


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(4, 12), st.integers(4, 12)), elements=st.floats(0, 1e4)),
    st.sampled_from(BOUNDARIES),
    st.floats(0, 50),
)
@settings(max_examples=40)
def test_deviance_never_rises_without_acceleration(image, boundary, background):
    psf = nd.psf.gaussian((2.0, 3.0)).data
    recipe = PLAIN.replace(boundary=boundary, background=background, dtype="float64")
    trace = [state.deviance for state in islice(nd.iterate(image, psf, recipe), 15)]
    assert np.isfinite(trace).all()
    assert np.diff(trace).max() <= 1e-8 * (image.sum() + 1)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_deviance_is_that_of_the_estimate_itself(boundary):
    image = scene((30, 33), background=5)
    psf = nd.psf.gaussian((3.0, 4.0))
    for acceleration in (None, *ACCELERATIONS):
        job = prepare(
            image, psf, nd.Recipe(acceleration=acceleration, background=5.0, boundary=boundary, dtype="float64")
        )
        iteration = richardson_lucy(job, 0)
        for _ in range(6):
            iteration.step()
        estimate = iteration._estimate * iteration.noise.scale
        model = Blur(psf.data, image.shape, boundary, np.float64).forward(estimate) + 5
        ratio = np.where(image > 0, image / model, 1)
        expected = 2 * (image * np.log(ratio) - image + model).sum()
        assert iteration.deviance == pytest.approx(expected, rel=1e-6)


@given(hnp.arrays(np.float64, st.integers(8, 40), elements=st.floats(0.1, 1e3)), st.sampled_from(BOUNDARIES))
@settings(max_examples=40)
def test_flux_weighted_by_sensitivity_equals_counts(image, boundary):
    psf = np.array([1.0, 3.0, 2.0, 0.5, 0.25])
    blur = Blur(psf / psf.sum(), image.shape, boundary, np.float64)
    iteration = RichardsonLucy(blur, poisson_data(image, background=0.0, dtype=np.dtype("float64")))
    for _ in range(3):
        iteration.step()
        light = (blur_copy(psf, image.shape, boundary).sensitivity() * iteration._estimate[0]).sum()
        assert light * iteration.noise.scale == pytest.approx(image.sum(), rel=2e-3)


def blur_copy(psf, shape, boundary):
    """Give a blur whose spectrum nobody else is using."""
    return Blur(psf / psf.sum(), shape, boundary, np.float64)


@pytest.mark.parametrize("acceleration", [None, *ACCELERATIONS])
def test_going_on_equals_one_long_run(acceleration):
    image, psf = scene((40, 44)), nd.psf.gaussian(4.0)
    recipe = nd.Recipe(acceleration=acceleration, background=0.0)
    states = nd.iterate(image, psf, recipe)
    first = list(islice(states, 30))[-1]
    second = list(islice(states, 30))[-1]
    assert (first.iteration, second.iteration) == (30, 60)
    once = nd.deconvolve(image, psf, recipe.replace(iterations=60))
    np.testing.assert_array_equal(second.estimate, once.estimate)


def test_iterates_are_values_to_keep():
    states = list(islice(nd.iterate(scene((20, 20)), nd.psf.gaussian(3.0), PLAIN), 4))
    assert not any(state.estimate.flags.writeable for state in states)
    assert len({float(state.estimate.max()) for state in states}) == 4


def test_runs_repeat_exactly():
    image, psf = scene((20, 44, 44)), nd.psf.gaussian(3.0, ndim=3)  # large enough for threads
    first, second = (nd.deconvolve(image, psf) for _ in range(2))
    np.testing.assert_array_equal(first.estimate, second.estimate)
    assert first.trace == second.trace


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_acceleration_gets_there_in_a_quarter_of_the_iterations(acceleration):
    image, psf = scene((96, 96), background=10), nd.psf.gaussian(5.0)
    plain = nd.deconvolve(image, psf, nd.Recipe(iterations=100, acceleration=None, background=10.0))
    fast = nd.deconvolve(image, psf, nd.Recipe(iterations=28, acceleration=acceleration, background=10.0))
    assert fast.trace[-1] <= plain.trace[-1]
    assert np.diff(fast.trace).max() <= 1e-6 * image.sum()


def test_the_guard_goes_back_when_looking_ahead_went_wrong():
    image, psf = scene((50, 50), background=10), nd.psf.gaussian(5.0)
    iteration = richardson_lucy(prepare(image, psf, nd.Recipe(acceleration="biggs-andrews", background=10.0)), 0)
    for _ in range(6):
        iteration.step()
    assert isinstance(iteration._ahead, BiggsAndrews)
    before = iteration.deviance
    iteration._ahead._previous *= 0.0  # looks ahead as far as twice the estimate
    iteration._ahead.far = 1.0
    iteration.blur.project(iteration._domain(iteration._estimate))
    iteration._compare()
    iteration.step()
    assert iteration.deviance <= before
    assert iteration.iteration == 7
    assert iteration._ahead._corrections <= 2


@pytest.mark.parametrize("prior", [None, "hessian"])
def test_a_step_too_far_in_proportion_ends_at_that_of_plain_iteration(prior):
    image, psf = scene((50, 50), background=10), nd.psf.gaussian(5.0)
    recipe = nd.Recipe(acceleration="nesterov", background=10.0, prior=prior, strength=0.01)
    iteration = richardson_lucy(prepare(image, psf, recipe), 0)
    for _ in range(6):
        iteration.step()
    assert isinstance(iteration._ahead, Nesterov)
    here, before = iteration.domain_estimate(), iteration.objective
    iteration._ahead._last *= 1e-3  # as if all had grown a thousand times
    iteration.step()
    plain = richardson_lucy(
        prepare(image, psf, recipe.replace(acceleration=None), start=Checkpoint(here[np.newaxis])), 0
    )
    plain.step()
    assert iteration.restarted
    assert iteration.objective <= before
    np.testing.assert_allclose(iteration.snapshot(), plain.snapshot(), rtol=1e-4, atol=1e-4)
    iteration.step()
    assert iteration.iteration == 8


def test_one_nan_stays_local():
    image = scene((64, 64), background=20)
    psf = nd.psf.gaussian(4.0)
    whole = nd.richardson_lucy(image, psf, 20, background=20)
    holed = image.copy()
    holed[40, 20] = np.nan
    found = nd.richardson_lucy(holed, psf, 20, background=20)
    assert np.isfinite(found).all()
    far = np.hypot(*np.ogrid[-40:24, -20:44]) > 16
    scale = whole.max()
    assert np.abs(found - whole)[far].max() < 0.02 * scale


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_holes_saturation_and_black_leave_finite_numbers(bad):
    image = np.zeros((32, 32), np.float32)
    image[10, 10] = bad
    image[20, 20] = 1000
    found = nd.richardson_lucy(image, nd.psf.gaussian(3.0), 60)
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert np.unravel_index(found.argmax(), found.shape) == (20, 20)


def test_all_zero_gives_zero():
    found = nd.richardson_lucy(np.zeros((9, 9)), nd.psf.gaussian(2.0), 5, acceleration="biggs-andrews")
    assert np.isfinite(found).all()
    assert found.max() < 1e-20


def test_saturation_does_not_dent_the_estimate():
    """A clipped star is restored brighter than the clip, and nothing is punched out where it was."""
    truth = np.zeros((48, 48))
    truth[24, 24], truth[10, 12] = 60_000, 8_000
    psf = nd.psf.gaussian(5.0)
    clipped = np.minimum(nd.convolve(truth, psf, boundary="zero") + 2, 255).astype(np.uint8)
    found = nd.richardson_lucy(clipped, psf, 100, background=2)
    naive = nd.richardson_lucy(clipped.astype(np.float32), psf, 100, background=2)
    star = np.s_[20:29, 20:29]
    assert abs(found[star].sum() - 60_000) < abs(naive[star].sum() - 60_000)


@pytest.mark.parametrize("factor", [49.95, 1e-12, 1e12])
def test_the_scale_of_the_psf_does_not_matter(factor):
    image, psf = scene((32, 32)), nd.psf.gaussian(3.0).data.astype(float)
    np.testing.assert_allclose(
        nd.richardson_lucy(image, psf * factor, 15), nd.richardson_lucy(image, psf, 15), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("factor", [2.0**-60, 2.0**10, 2.0**60])
def test_counts_of_any_size_give_the_same_picture(factor):
    image, psf = scene((32, 32)), nd.psf.gaussian(3.0)
    one = nd.richardson_lucy(image, psf, 15, background=1.0)
    other = nd.richardson_lucy(image.astype(np.float64) * factor, psf, 15, background=factor)
    np.testing.assert_allclose(other / factor, one, rtol=1e-5, atol=1e-5)


def test_counts_in_counts_out():
    truth = np.zeros((64, 64))
    truth[25:40, 22:44] = 3000
    blurred = nd.convolve(truth, nd.psf.gaussian(4.0), boundary="zero")
    image = np.random.default_rng(0).poisson(blurred).astype(np.uint16)
    found = nd.richardson_lucy(image, nd.psf.gaussian(4.0), 30)
    assert found.dtype == np.float32
    assert found.sum() == pytest.approx(image.sum(), rel=0.02)


def test_light_does_not_wrap_around_the_frame():
    image = np.zeros((64, 64))
    image[:, 0] = 1000.0
    image = nd.convolve(image, nd.psf.gaussian(5.0), boundary="zero")
    found = nd.richardson_lucy(image, nd.psf.gaussian(5.0), 50)
    assert found[32, 0] > 300
    assert found[:, 32:].max() < 1


@given(hnp.arrays(np.float32, st.integers(10, 40), elements=st.floats(0, 100, width=32)))
@settings(max_examples=25)
def test_a_line_equals_a_row_of_the_tiled_image(line):
    """What the forum did to hide a wrong 1D result gives, here, the right 1D result in each row."""
    kernel = np.array([1.0, 2.0, 4.0, 2.0, 1.0])
    tiled = nd.richardson_lucy(np.tile(line, (7, 1)), kernel[None, :], 10)
    single = nd.richardson_lucy(line, kernel, 10)
    scale = max(1.0, float(line.max()))
    np.testing.assert_allclose(tiled, np.tile(single, (7, 1)), atol=1e-5 * scale)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int16, np.uint16, np.int64, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("axes", [1, 2, 3, 4, 5])
def test_every_real_dtype_and_up_to_five_axes(dtype, axes):
    rng = np.random.default_rng(axes)
    image = rng.integers(0, 2, (3, 2, 5, 6, 7)[-axes:]).astype(dtype)
    psf = np.ones((3,) * min(axes, 3))
    found = nd.richardson_lucy(image, psf, 3)
    assert found.shape == image.shape
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert found.min() >= 0


def test_negative_data_are_allowed():
    rng = np.random.default_rng(3)
    image = scene((40, 40)) + rng.normal(0, 3, (40, 40))
    assert image.min() < 0
    found = nd.richardson_lucy(image, nd.psf.gaussian(4.0), 30)
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.sum() == pytest.approx(image.sum(), rel=0.1)


def test_looped_axes_and_chosen_axes():
    image = np.stack([scene((20, 24), seed) for seed in range(3)])
    psf = nd.psf.gaussian((3.0, 5.0))
    each = np.stack([nd.richardson_lucy(item, psf, 8) for item in image])
    np.testing.assert_allclose(nd.richardson_lucy(image, psf, 8), each, rtol=1e-6)
    moved = np.moveaxis(image, 0, 1)
    np.testing.assert_allclose(nd.richardson_lucy(moved, psf, 8, axes=(0, 2)), np.moveaxis(each, 0, 1), rtol=1e-6)
    stepped = list(islice(nd.iterate(image, psf, PLAIN), 8))[-1]
    np.testing.assert_allclose(stepped.estimate, each, rtol=1e-6)


def test_a_start_estimate_is_taken_and_checked():
    image, psf = scene((30, 30)), nd.psf.gaussian(3.0)
    half = nd.richardson_lucy(image, psf, 5, boundary="periodic")
    on = nd.richardson_lucy(image, psf, 5, boundary="periodic", start=half)
    np.testing.assert_allclose(on, nd.richardson_lucy(image, psf, 10, boundary="periodic"), rtol=1e-4, atol=1e-4)
    for bad in (np.zeros((30, 30)), np.full((30, 30), -1.0), np.full((30, 30), np.nan), np.ones((3, 3))):
        with pytest.raises(nd.ParameterError, match="start"):
            nd.richardson_lucy(image, psf, 5, start=bad)


def test_the_mask_leaves_samples_out():
    image, psf = scene((40, 40), background=10), nd.psf.gaussian(3.0)
    spoiled = image.copy()
    spoiled[5:8, 5:8] = 1e6
    mask = np.ones(image.shape, bool)
    mask[5:8, 5:8] = False
    found = nd.richardson_lucy(spoiled, psf, 20, background=10, mask=mask)
    assert found.max() < 10 * image.max()
    np.testing.assert_allclose(found, nd.richardson_lucy(image, psf, 20, background=10, mask=mask), rtol=1e-5)


@pytest.mark.parametrize("acceleration", [None, *ACCELERATIONS])
def test_the_dark_of_sparse_objects_falls_to_zero_and_changes_nothing_else(acceleration, monkeypatch):
    psf, image = nd.psf.gaussian(4.0, ndim=2).data, scene((48, 50), background=10.0, peak=1000.0)
    noise = poisson_data(image, background=10.5, dtype=np.dtype("float32"))
    runs = []
    for faint in (1e-30, 0.0):
        monkeypatch.setattr("napari_deconvolve.core.algorithms.richardson_lucy.FAINT", faint)
        runs.append(RichardsonLucy(Blur(psf, image.shape), noise, acceleration=acceleration))
        for _ in range(320):
            runs[-1].step()
    sifted, every = (run.present for run in runs)
    assert sifted[sifted > 0].min() > np.finfo(np.float32).tiny
    np.testing.assert_allclose(sifted, every, atol=1e-5 * every.max())
    if acceleration == "nesterov":
        assert every[every > 0].min() < np.finfo(np.float32).tiny
