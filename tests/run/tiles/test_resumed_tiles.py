"""A run in tiles that was killed anywhere and resumed has the same bits, and does the tile in flight again alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaozarrs
import zarr
from tile_scenes import blobs, job_of, settled

import napari_deconvolve as nd
from napari_deconvolve.run.tiles.large import LargeRun
from napari_deconvolve.run.tiles.run import Share, TiledRun
from napari_deconvolve.run.tiles.store import Output

SHAPE, TILE = (140, 150), (48, 64)
PSF = nd.psf.gaussian((3.0, 3.0))
IMAGE = blobs(SHAPE, PSF)
RECIPE = settled(iterations=8)

CHILD = """
import os, signal, sys
import numpy as np
import napari_deconvolve as nd
from napari_deconvolve.run.tiles import keeper, tile
from napari_deconvolve.run.tiles.large import LargeRun
from napari_deconvolve.run.tiles.store import Output
from napari_deconvolve.job.prepare import prepare

place, path, recipe = sys.argv[1:]
count = {"read": 0, "write": 0, "mark": 0, "torn": 0}

def dies(name, after, then=lambda *given: None):
    def stand_in(*given, **how):
        count[name] += 1
        if place == name and count[name] == after:
            then(*given)
            os.kill(os.getpid(), signal.SIGKILL)
        return own(*given, **how)
    return stand_in

def tear(path):
    os.truncate(path, os.stat(path).st_size // 2)

own = {"read": tile.tile_part, "write": keeper.OnDisk.keep, "torn": keeper.synchronise, "mark": keeper.write_json}
own = own[place]
if place == "read": tile.tile_part = dies("read", 3)
if place == "write": keeper.OnDisk.keep = dies("write", 3)
if place == "torn": keeper.synchronise = dies("torn", 6, tear)
if place == "mark": keeper.write_json = dies("mark", 3)
image = nd.SampledArray(np.load("image.npy"))
job = prepare(image, nd.psf.gaussian((3.0, 3.0)), nd.Recipe.from_json(recipe))
nd.finish(LargeRun(job, Output(path, image, begin="resume"), tile=(48, 64)).work())
"""


def run(path: Path, recipe: nd.Recipe = RECIPE, image: Any = IMAGE, begin: Any = "resume", **how: Any) -> TiledRun:
    source = nd.SampledArray.of(image)
    large = LargeRun(job_of(source, PSF, recipe), Output(str(path), source, begin=begin), tile=TILE, **how)
    nd.finish(large.work())
    assert large.tiled is not None
    return large.tiled


def samples(path: Path) -> np.ndarray:
    return zarr.open_array(path, path="0", mode="r")[:]


def marks(path: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mtime_ns for one in (path / ".job" / "done").iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "whole.ome.zarr"
    run(path)
    return path


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
@pytest.mark.parametrize("place", ["read", "write", "torn", "mark"])
def test_killed_and_resumed(tmp_path: Path, whole: Path, place: str) -> None:
    np.save(tmp_path / "image.npy", IMAGE)
    path = tmp_path / "out.ome.zarr"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, place, "out.ome.zarr", RECIPE.to_json()], cwd=tmp_path, check=False
    )
    assert done.returncode == -signal.SIGKILL
    before = marks(path)
    assert 0 < len(before) < 9
    run(path)
    after = marks(path)
    assert len(after) == 9
    assert {name: after[name] for name in before} == before, "a tile that was done was done again"
    assert np.array_equal(samples(path), samples(whole))
    yaozarrs.validate_zarr_store(path)
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("smooth", [0.0, "auto"])
def test_what_was_chosen_stays_known(tmp_path: Path, smooth: Any) -> None:
    """With its scores, in the run that begins the store and in all that go on with it."""
    output = Output(str(tmp_path / "out.ome.zarr"), nd.SampledArray.of(IMAGE), begin="resume")
    job = job_of(IMAGE, PSF, nd.Recipe(target_fwhm=smooth))
    alone = nd.finish(TiledRun(job, tile=TILE).work())
    first, again = (nd.finish(TiledRun(job, output=output, tile=TILE).work()) for _ in range(2))
    (choice,) = alone.choices
    assert choice.iterations == alone.iterations
    assert len(choice.curves) > bool(smooth)
    for one in (first, again):
        assert repr(one.choices) == repr(alone.choices)  # what is not known is NaN, which equals nothing


def test_what_was_found_of_the_camera_stays_known(tmp_path: Path) -> None:
    output = Output(str(tmp_path / "out.ome.zarr"), nd.SampledArray.of(IMAGE), begin="resume")
    job = job_of(IMAGE, PSF, nd.Recipe(iterations=3))
    first, again = (nd.finish(TiledRun(job, output=output, tile=TILE).work()) for _ in range(2))
    assert first.camera[0].measured
    assert [str(one) for one in again.camera] == [str(one) for one in first.camera]


def test_a_finished_run_is_only_opened(whole: Path) -> None:
    before, known = marks(whole), samples(whole)
    result = nd.deconvolve(IMAGE, PSF, RECIPE, out=whole)
    assert marks(whole) == before
    assert result.iterations == 8
    assert result.seams is not None
    assert np.array_equal(result.estimate[:], known)


@pytest.mark.parametrize(
    ("image", "recipe", "words"),
    [
        (IMAGE + np.uint16(1), RECIPE, "another image: its samples differ"),
        (IMAGE[:-1], RECIPE, "another image: its shape"),
        (IMAGE.astype(np.float32), RECIPE, "another image: its type"),
        (IMAGE, settled(iterations=9), "the number of iterations was 8 and is 9"),
        (IMAGE, settled(iterations=8, acceleration=None), "acceleration"),
    ],
)
def test_another_run_is_refused_and_the_first_difference_named(
    whole: Path, image: Any, recipe: nd.Recipe, words: str
) -> None:
    with pytest.raises(nd.ParameterError, match=words) as error:
        run(whole, recipe, image)
    assert "--restart" in str(error.value)


def test_another_psf_is_refused(whole: Path) -> None:
    with pytest.raises(nd.ParameterError, match="another PSF"):
        nd.deconvolve(IMAGE, nd.psf.gaussian((3.0, 3.5)), RECIPE, out=whole)


def test_restart_replaces(tmp_path: Path) -> None:
    path = tmp_path / "out.ome.zarr"
    run(path)
    first = samples(path)
    run(path, settled(iterations=2), begin="restart")
    assert not np.array_equal(samples(path), first)
    with pytest.raises(nd.FileError, match="--resume"):
        run(path, begin="new")


def test_shares_make_the_same_result(tmp_path: Path, whole: Path) -> None:
    path = tmp_path / "out.ome.zarr"
    for number in (2, 1, 3):
        result = nd.finish(
            TiledRun(
                job_of(IMAGE, PSF, RECIPE),
                output=Output(str(path), nd.SampledArray(IMAGE), begin="resume"),
                tile=TILE,
                share=Share(number, 3),
            ).work()
        )
        left = any("tiles are done" in word for word in result.words)
        assert left == (number != 3)
    assert np.array_equal(samples(path), samples(whole))
    assert (path / ".job" / "finished.json").exists()


class Damaged:
    """An image of which one part cannot be read."""

    shape, ndim, dtype = SHAPE, 2, IMAGE.dtype

    def __init__(self) -> None:
        self.broken = False

    def __getitem__(self, index: Any) -> Any:
        rows, columns = index
        if self.broken and rows.start <= 100 < rows.stop and columns.start <= 20 < columns.stop:
            raise OSError("chunk 2.0 is damaged")
        return IMAGE[index]


def test_a_part_that_cannot_be_read_leaves_the_others(tmp_path: Path, whole: Path, monkeypatch: Any) -> None:
    from napari_deconvolve.run.tiles import halved as tiles

    path, image = tmp_path / "out.ome.zarr", Damaged()
    own = tiles.run_tile

    def breaking(*given: Any) -> Any:
        image.broken = True
        return own(*given)

    with monkeypatch.context() as patch:
        patch.setattr(tiles, "run_tile", breaking)
        with pytest.raises(nd.FileError, match="is damaged"):
            run(path, image=image)
    assert 0 < len(marks(path)) < 9
    image.broken = False
    run(path, image=image)
    assert np.array_equal(samples(path), samples(whole))


def test_a_disk_without_room_is_said(tmp_path: Path, monkeypatch: Any) -> None:
    import errno

    from napari_deconvolve.run.tiles import keeper

    def full(*given: Any) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(keeper, "write_npy", full)
        with pytest.raises(nd.FileError, match="disk is full"):
            run(tmp_path / "out.ome.zarr")
    assert run(tmp_path / "out.ome.zarr").setup is not None
