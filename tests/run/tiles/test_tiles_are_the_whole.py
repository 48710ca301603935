"""Tiles are parts of the whole: as near to it as its halo promises, whatever constant was added, flat where it is."""

from __future__ import annotations

import numpy as np
import pytest
from tile_scenes import as_one_tile, blobs, in_tiles, job_of, near_seams, relative, settled

import napari_deconvolve as nd
from napari_deconvolve.run.tiles.run import TiledRun

OPTICS = {"numerical_aperture": 1.2, "emission_um": 0.52}
SCENES = {
    "gaussian 2D": (lambda: nd.psf.gaussian((4.0, 3.0)), (150, 170), (80, 96)),
    "gaussian 3D": (lambda: nd.psf.gaussian((3.0, 3.0, 2.5), shape=(13, 13, 11)), (20, 90, 96), (20, 48, 48)),
    "confocal 3D": (
        lambda: nd.psf.microscope(
            "confocal", excitation_um=0.488, spacing=(0.2, 0.08, 0.08), shape=(7, 19, 19), **OPTICS
        ),
        (16, 90, 96),
        (16, 48, 48),
    ),
    "wide field 3D": (
        lambda: nd.psf.microscope("widefield", spacing=(0.3, 0.1, 0.1), shape=(13, 31, 31), **OPTICS),
        (12, 176, 160),
        (12, 96, 80),
    ),
}
STEPS = {
    "10 accelerated": (10, "nesterov"),
    "30 accelerated": (30, "nesterov"),
    "10 after Biggs and Andrews": (10, "biggs-andrews"),
    "30 after Biggs and Andrews": (30, "biggs-andrews"),
    "100 plain": (100, None),
}


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("scene", SCENES)
def test_tiles_equal_the_whole(scene: str, steps: str) -> None:
    make, shape, tile = SCENES[scene]
    iterations, acceleration = STEPS[steps]
    psf = make()
    job = job_of(blobs(shape, psf), psf, settled(iterations=iterations, acceleration=acceleration))
    whole, tiled = as_one_tile(job), in_tiles(job, tile)
    near = near_seams(shape, tile)
    assert relative(tiled.estimate[~near], whole.estimate[~near]) <= 1e-3
    assert relative(tiled.estimate[near], whole.estimate[near]) <= 3e-3
    assert tiled.seams is not None
    assert tiled.seams[0] <= 3e-3


@pytest.mark.parametrize("acceleration", ["nesterov", "biggs-andrews", None])
@pytest.mark.parametrize("scene", ["gaussian 2D", "confocal 3D"])
def test_tiles_fit_as_well_as_the_wholes_own_steps(scene: str, acceleration: str | None) -> None:
    make, shape, tile = SCENES[scene]
    psf = make()
    image, recipe = blobs(shape, psf), settled(iterations=30, acceleration=acceleration)
    tiled = in_tiles(job_of(image, psf, recipe), tile)
    assert tiled.trace[-1] == pytest.approx(nd.deconvolve(image, psf, recipe).trace[-1], rel=0.01)


def test_one_tile_is_the_ordinary_run() -> None:
    """The shared scale, start level and steps are those that a run as a whole finds for itself."""
    psf = nd.psf.gaussian((3.0, 3.0))
    image, recipe = blobs((90, 100), psf), settled(iterations=20)
    whole, own = as_one_tile(job_of(image, psf, recipe)), nd.deconvolve(image, psf, recipe)
    assert relative(whole.estimate, own.estimate) <= 1e-5
    assert whole.trace[-1] == pytest.approx(own.trace[-1], rel=1e-5)
    assert whole.flux_ratio == pytest.approx(own.flux_ratio, rel=1e-5)
    assert whole.seams is None


def test_one_tile_after_biggs_and_andrews_is_the_ordinary_run() -> None:
    """The crop that decides is the whole here, so that steps are recorded that the whole would read for itself."""
    psf = nd.psf.gaussian((3.0, 3.0))
    image, recipe = blobs((90, 100), psf), settled(iterations=20, acceleration="biggs-andrews", dtype="float64")
    whole, own = as_one_tile(job_of(image, psf, recipe)), nd.deconvolve(image, psf, recipe)
    assert relative(whole.estimate, own.estimate) <= 1e-6
    assert whole.trace[-1] == pytest.approx(own.trace[-1], rel=1e-6)


@pytest.mark.parametrize("constant", [1000, 30_000])
def test_a_constant_changes_nothing(constant: int) -> None:
    psf = nd.psf.gaussian((3.0, 3.0))
    image = blobs((90, 100), psf)
    plain = in_tiles(job_of(image, psf, settled()), (48, 64))
    lifted = settled(background=20.0 + constant, offset=float(constant))
    raised = in_tiles(job_of((image + constant).astype(np.uint16), psf, lifted), (48, 64))
    assert relative(raised.estimate, plain.estimate) <= 1e-4


@pytest.mark.parametrize("method", ["rl", "wiener"])
def test_flat_stays_flat_across_seams(method: str) -> None:
    psf = nd.psf.gaussian((3.0, 4.0))
    flat = np.full((120, 130), 50.0, np.float32)
    recipe = settled(background=0.0, method=method, regularization=1e-3, iterations=30)
    job = job_of(flat, psf, recipe)
    whole, found = as_one_tile(job).estimate, in_tiles(job, (64, 64)).estimate
    assert np.abs(found - whole).max() <= 2e-3 * 50
    inside = found[20:-20, 20:-20]  # a Wiener filter rings at the image's own border
    assert np.ptp(inside) <= 2e-3 * 50
    assert inside.mean() == pytest.approx(50, rel=2e-3)


@pytest.mark.parametrize("changes", [{"prior": "tv", "strength": 1e-3}, {"target_fwhm": 2.0}, {"boundary": "reflect"}])
def test_priors_sieves_and_boundaries(changes: dict[str, object]) -> None:
    psf = nd.psf.gaussian((3.0, 3.0))
    shape, tile = (150, 160), (80, 80)
    job = job_of(blobs(shape, psf), psf, settled(iterations=20, **changes))
    whole, tiled = as_one_tile(job), in_tiles(job, tile)
    near = near_seams(shape, tile)
    assert relative(tiled.estimate[~near], whole.estimate[~near]) <= 1e-3
    assert relative(tiled.estimate[near], whole.estimate[near]) <= 3e-3


def test_the_wiener_filter() -> None:
    psf = nd.psf.gaussian((3.0, 3.0))
    shape, tile = (150, 160), (80, 80)
    job = job_of(blobs(shape, psf), psf, settled(method="wiener", regularization=1e-2))
    whole, tiled = as_one_tile(job), in_tiles(job, tile)
    near = near_seams(shape, tile)
    assert relative(tiled.estimate[~near], whole.estimate[~near]) <= 1e-3
    assert relative(tiled.estimate[near], whole.estimate[near]) <= 3e-3


def test_axes_in_another_order_and_looped_ones() -> None:
    """Channels with a PSF each, along the middle axis."""
    psfs = [nd.psf.gaussian((3.0, 3.0)), nd.psf.gaussian((4.0, 4.0))]
    planes = [blobs((90, 100), psf, seed=seed) for seed, psf in enumerate(psfs)]
    image = nd.SampledArray(np.stack(planes, axis=1), ("Y", "C", "X"))
    job = job_of(image, psfs, settled())
    whole, tiled = as_one_tile(job), in_tiles(job, (48, 64))
    assert tiled.estimate.shape == image.shape
    assert relative(tiled.estimate, whole.estimate) <= 1e-3
    for channel, psf in enumerate(psfs):
        alone = nd.deconvolve(planes[channel], psf, settled())
        assert relative(whole.estimate[:, channel], alone.estimate) <= 1e-4


def test_a_psf_that_changes_with_depth_is_not_cut_along_it() -> None:
    psfs = [nd.psf.gaussian((width,) * 3, shape=(11, 13, 13)) for width in (2.5, 4.0)]
    strata = nd.psf.Strata(psfs, (4.0, 18.0))
    job = job_of(blobs((24, 100, 110), psfs[0]), strata, settled())
    run = TiledRun(job, tile=(8, 64, 64))
    whole, tiled = as_one_tile(job), nd.finish(run.work())
    assert run.setup is not None
    assert run.setup.plan.lengths == (24, 64, 64)
    assert relative(tiled.estimate, whole.estimate) <= 1e-3
    assert np.array_equal(whole.estimate, nd.deconvolve(job.items.array[0], strata, settled()).estimate)


def test_where_opposite_faces_meet_nothing_is_cut() -> None:
    psf = nd.psf.gaussian((3.0, 3.0))
    image, recipe = blobs((60, 64), psf), settled(boundary="periodic")
    tiled = in_tiles(job_of(image, psf, recipe), (32, 32))
    assert relative(tiled.estimate, nd.deconvolve(image, psf, recipe).estimate) <= 1e-5


def test_missing_and_saturated_samples() -> None:
    psf = nd.psf.gaussian((3.0, 3.0))
    image = blobs((90, 100), psf, light=3000.0).astype(np.float32)
    image[40:52, 30:80] = np.nan
    job = job_of(image, psf, settled(iterations=15))
    whole, tiled = as_one_tile(job), in_tiles(job, (48, 64))
    assert np.isfinite(tiled.estimate).all()
    assert relative(tiled.estimate, whole.estimate) <= 2e-3
    counts = np.minimum(blobs((90, 100), psf, light=9000.0), 4095).astype(np.uint16)
    assert (counts == 4095).sum() > 4
    job = job_of(counts, psf, settled(iterations=15))
    assert relative(in_tiles(job, (48, 64)).estimate, as_one_tile(job).estimate) <= 2e-3


def test_a_tile_without_any_sample_is_dark() -> None:
    psf = nd.psf.gaussian((2.0, 2.0))
    image = blobs((64, 160), psf).astype(np.float32)
    image[:, 60:] = np.nan
    found = in_tiles(job_of(image, psf, settled()), (64, 32))
    assert (found.estimate[:, 128:] == 0).all()
    assert found.estimate[:, :60].max() > 0


@pytest.mark.parametrize(
    ("recipe", "word"),
    [(settled(method="rl-gc"), "rl-gc"), (settled(method="blind"), "blind")],
)
def test_what_cannot_be_run_in_tiles_says_so(recipe: nd.Recipe, word: str) -> None:
    psf = nd.psf.gaussian((3.0, 3.0))
    with pytest.raises(nd.ParameterError, match=word):
        in_tiles(job_of(blobs((60, 60), psf), psf, recipe), (32, 32))


def test_lines_masks_and_starts_say_so() -> None:
    line = nd.psf.gaussian(3.0, ndim=1)
    with pytest.raises(nd.ParameterError, match="lines"):
        in_tiles(job_of(np.ones((8, 64)), line, settled()), (32,))
    psf, image = nd.psf.gaussian((3.0, 3.0)), np.ones((60, 60))
    with pytest.raises(nd.ParameterError, match="mask"):
        in_tiles(job_of(image, psf, settled(), mask=np.ones((60, 60), bool)), (32, 32))
    with pytest.raises(nd.ParameterError, match="start estimate"):
        in_tiles(job_of(image, psf, settled(), start=image), (32, 32))
