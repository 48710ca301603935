"""One decision for all tiles: near that of the whole image, from little of it, checked on the dark, and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage
from tile_scenes import blobs, job_of, relative, settled

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.steps import Steps
from napari_deconvolve.core.likelihood.maps import Knots, Surface, mean_of
from napari_deconvolve.run.tiles import decide as decisions
from napari_deconvolve.run.tiles import places, survey
from napari_deconvolve.run.tiles.decide import Decided
from napari_deconvolve.run.tiles.ground import binned
from napari_deconvolve.run.tiles.run import TiledRun
from napari_deconvolve.run.tiles.setup import find_setup
from napari_deconvolve.run.tiles.store import Output
from napari_deconvolve.run.tiles.tile import shared_scale

PSF = nd.psf.gaussian((3.0, 3.0))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an image of a few thousand samples be a large one."""
    monkeypatch.setattr(survey, "COARSE_VOXELS", 4000)
    monkeypatch.setitem(places.DECIDING_VOXELS, 2, 96 * 96)


def cells(bright: float = 400.0, dark: float = 400.0) -> np.ndarray:
    """Return counts of sparse objects: one half of the image is as bright as one says, the other as dark."""
    random = np.random.default_rng(3)
    sharp = np.zeros((256, 256))
    for half, light in ((slice(0, 120), bright), (slice(136, 256), dark)):
        part = np.zeros((120, 256))
        part[tuple(random.integers(10, length - 10, 70) for length in part.shape)] = 1
        soft = ndimage.gaussian_filter(part, 2)
        sharp[half] = light * soft / soft.max()
    return random.poisson(nd.convolve(sharp, PSF) + 30).astype(np.uint16)


def setup_of(image: Any, recipe: nd.Recipe) -> Any:
    return nd.finish(find_setup(job_of(image, PSF, recipe), None, (128, 128)))


def test_what_is_left_open_is_found_as_in_the_whole(small: None) -> None:
    image = cells()
    (decided,) = setup_of(image, nd.Recipe()).decided
    whole = nd.deconvolve(image, PSF)
    assert not decided.recipe.automatic
    assert 0.5 <= decided.recipe.iterations / whole.iterations <= 2
    assert mean_of(decided.recipe.background) == pytest.approx(30, abs=1.5)
    assert decided.gain == pytest.approx(1, rel=0.25)
    assert decided.trial is not None
    tiled = nd.finish(TiledRun(job_of(image, PSF, nd.Recipe()), tile=(128, 128)).work())
    assert tiled.recipe.psf is not None
    again = nd.deconvolve(image, PSF, tiled.recipe)
    assert relative(tiled.estimate, again.estimate) < 5e-3
    assert tiled.trace[-1] == pytest.approx(again.trace[-1], rel=0.01)


def test_a_dark_part_that_wants_another_number_is_said(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(places.DECIDING_VOXELS, 2, 64 * 64)
    (decided,) = setup_of(cells(3000.0, 300.0), nd.Recipe()).decided
    assert any("darkest part with an object" in word for word in decided.words)
    (alike,) = setup_of(cells(), nd.Recipe()).decided
    assert not any("darkest part" in word for word in alike.words)


def test_a_background_that_bends_is_found_over_the_whole(small: None) -> None:
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    tilted = 60 + 20 * y + 10 * x
    random = np.random.default_rng(0)
    image = (cells() - 30.0 + random.poisson(tilted)).clip(0).astype(np.uint16)
    (decided,) = setup_of(image, nd.Recipe(iterations=5)).decided
    ground = decided.recipe.background
    assert isinstance(ground, Surface | Knots)
    assert ground.lengths == (256, 256)
    found = ground.values((256, 256))
    assert np.abs(found - tilted).mean() < 5
    kept = Decided.from_dict(json.loads(json.dumps(decided.to_dict())))
    assert kept.recipe == decided.recipe
    assert kept.steps == decided.steps


def test_a_picture_without_empty_places_does_not_raise_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects closer than the bins of the small picture leave empty places to the part at its own resolution alone."""
    random = np.random.default_rng(0)
    sharp = np.zeros((256, 256))
    sharp[6::24, 6::24] = 60_000
    image = random.poisson(nd.convolve(sharp, PSF) + 30).astype(np.uint16)
    monkeypatch.setattr(survey, "COARSE_VOXELS", 100)
    monkeypatch.setitem(places.DECIDING_VOXELS, 2, 96 * 96)
    (decided,) = setup_of(image, nd.Recipe(iterations=5)).decided
    assert mean_of(decided.recipe.background) == pytest.approx(30, abs=2)


def test_numbers_that_are_given_stay(small: None) -> None:
    (decided,) = setup_of(cells(), settled(iterations=7)).decided
    assert decided.recipe.replace(psf=None) == settled(iterations=7)


def test_a_rule_that_ends_on_the_way_gives_all_tiles_the_same_number(small: None) -> None:
    (decided,) = setup_of(cells(), nd.Recipe(stop="change")).decided
    assert isinstance(decided.recipe.iterations, int)


def test_the_strength_of_a_wiener_filter_is_found_once(small: None) -> None:
    image, recipe = cells(), nd.Recipe(method="wiener")
    (decided,) = setup_of(image, recipe).decided
    assert isinstance(decided.recipe.regularization, float)
    tiled = nd.finish(TiledRun(job_of(image, PSF, recipe), tile=(128, 128)).work())
    assert tiled.recipe.regularization == decided.recipe.regularization
    assert tiled.iterations == 1


def test_restarts_of_the_crop_are_replayed_in_all_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    image = blobs((100, 110), PSF)
    job = job_of(image, PSF, settled(iterations=12))
    without = nd.finish(TiledRun(job, tile=(100, 110)).work())
    monkeypatch.setattr(decisions, "_steps", lambda *given: Steps(frozenset({4, 8})))
    whole, tiled = (nd.finish(TiledRun(job, tile=tile).work()) for tile in ((100, 110), (64, 64)))
    assert relative(whole.estimate, without.estimate) > 1e-3
    assert relative(tiled.estimate, whole.estimate) < 1e-3


def test_what_is_shared_is_that_of_the_whole() -> None:
    from napari_deconvolve.job.data import noise_model

    image = blobs((100, 110), PSF)
    job = job_of(image, PSF, settled())
    setup = setup_of(image, settled())
    shared, own = shared_scale(setup.facts[0], setup.decided[0], job.items.dtype), noise_model(job, 0)
    assert shared.scale == own.scale
    assert shared.signal == pytest.approx(own.mean_signal() * own.scale, rel=1e-6)
    assert shared.floor == pytest.approx(own.floor * own.scale, rel=1e-6)
    assert shared.step == pytest.approx(own.step * own.scale)


def test_the_store_keeps_the_decision(tmp_path: Path) -> None:
    image = blobs((100, 110), PSF)
    path = tmp_path / "out.ome.zarr"
    output = Output(str(path), nd.SampledArray(image), begin="resume")
    first = TiledRun(job_of(image, PSF, settled()), tile=(64, 64), output=output)
    nd.finish(first.work())
    again = TiledRun(job_of(image, PSF, settled()), output=output)
    found = nd.finish(again.plan())
    assert first.setup is not None
    assert found.plan == first.setup.plan
    assert found.decided[0].recipe == first.setup.decided[0].recipe


def test_a_binned_psf_keeps_light_and_centre() -> None:
    wide = nd.psf.gaussian((9.0, 9.0, 9.0))
    found = binned(wide, (2, 4, 1))
    assert found.data.sum() == pytest.approx(1, rel=1e-5)
    assert found.spacing == (2.0, 4.0, 1.0)
    assert all(length % 2 for length in found.shape)
    middle = ndimage.center_of_mass(found.data)
    assert np.abs(np.array(middle) - np.array(found.shape) // 2).max() < 0.3


def test_all_kinds_of_lazy_arrays_give_the_same(tmp_path: Path) -> None:
    dask = pytest.importorskip("dask.array")
    image = blobs((100, 110), PSF)
    np.save(tmp_path / "image.npy", image)
    kinds = [image, dask.from_array(image, (40, 50)), np.load(tmp_path / "image.npy", mmap_mode="r")]
    found = [nd.finish(TiledRun(job_of(one, PSF, settled()), tile=(64, 64)).work()).estimate for one in kinds]
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_a_series_is_streamed_frame_by_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that fits is one tile; the largest part that is read at a time is a frame."""
    frames = np.stack([blobs((60, 70), PSF, seed=seed) for seed in range(4)])
    largest = 0

    class Counted:
        shape, ndim, dtype = frames.shape, 3, frames.dtype

        def __getitem__(self, index: Any) -> Any:
            nonlocal largest
            largest = max(largest, frames[index].size)
            return frames[index]

    run = TiledRun(job_of(Counted(), PSF, settled()), memory=None)
    found = nd.finish(run.work())
    assert run.setup is not None
    assert len(run.setup.plan) == 4
    assert largest <= 60 * 70
    alone = nd.deconvolve(frames, PSF, settled())
    assert relative(found.estimate, alone.estimate) < 1e-4


def test_an_array_in_memory_is_tiled_under_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    from napari_deconvolve.run.tiles import large

    image = blobs((100, 110), PSF)
    own = nd.deconvolve(image, PSF, settled(), memory="100GB")
    assert np.array_equal(own.estimate, nd.deconvolve(image, PSF, settled()).estimate), "a run that fits has its bits"
    monkeypatch.setattr(large, "fits", lambda job, memory: False)
    tiled = nd.deconvolve(image, PSF, settled(), memory="100GB")
    assert isinstance(tiled.estimate, np.ndarray)
    assert relative(tiled.estimate, own.estimate) < 1e-3
    with pytest.raises(nd.ResourceError, match="room for"):
        nd.deconvolve(image, PSF, settled(), memory=1000)
    with pytest.raises(nd.ParameterError, match="keep_every"):
        nd.deconvolve(image, PSF, settled(), memory="100GB", keep_every=2)
