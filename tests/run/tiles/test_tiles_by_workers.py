"""Tiles by workers of dask have the bits of those that this process runs, whatever becomes of a worker."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr
from tile_scenes import blobs, job_of, settled

import napari_deconvolve as nd
from napari_deconvolve.formats import optional
from napari_deconvolve.formats.tiff import read_lazily
from napari_deconvolve.run.tiles import cluster
from napari_deconvolve.run.tiles.cluster import Connected, LocalWorkers, Scheduler
from napari_deconvolve.run.tiles.keeper import InMemory
from napari_deconvolve.run.tiles.large import LargeRun
from napari_deconvolve.run.tiles.run import TiledRun
from napari_deconvolve.run.tiles.shipped import StopFile, shipped
from napari_deconvolve.run.tiles.space import Space
from napari_deconvolve.run.tiles.spread import Spread, executor_for
from napari_deconvolve.run.tiles.store import Output
from napari_deconvolve.work import Control, Outcome, drive

distributed = pytest.importorskip("distributed")

SHAPE, TILE = (140, 150), (48, 64)
PSF = nd.psf.gaussian((3.0, 3.0))
IMAGE = blobs(SHAPE, PSF)
RECIPE = settled(iterations=8)
TILES = 9


class Standing:
    """Workers that stay, so that tests do not start their own each time; killed ones are replaced by their nanny."""

    def __init__(self, there: Connected) -> None:
        self.there = there

    def connected(self) -> Any:
        return contextlib.nullcontext(self.there)


@pytest.fixture(scope="module")
def there() -> Iterator[Connected]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "cpu_count", lambda: 2)
        with LocalWorkers(2).connected() as connected:
            yield connected


def job(image: Any = IMAGE, recipe: nd.Recipe = RECIPE) -> Any:
    return replace(job_of(image, PSF, recipe), workers=1)


def run(path: Path | None, image: Any = IMAGE, by: Any = None) -> Any:
    output = None if path is None else Output(str(path), nd.SampledArray.of(image), begin="resume")
    return nd.finish(LargeRun(job(image), output, tile=TILE, executor=by).work())


def spread(there: Connected) -> Spread:
    return Spread(Standing(there))  # type: ignore[arg-type]


def samples(path: Path) -> np.ndarray:
    return zarr.open_array(path, path="0", mode="r")[:]


def marks(path: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mtime_ns for one in (path / ".job" / "done").iterdir()}


@pytest.fixture(scope="module")
def whole() -> Any:
    return run(None)


def test_two_workers_make_the_same_bits(there: Connected, whole: Any, tmp_path: Path) -> None:
    path = tmp_path / "out.ome.zarr"
    result = run(path, by=spread(there))
    assert np.array_equal(samples(path), whole.estimate)
    assert result.trace == whole.trace
    assert result.seams == whole.seams
    assert len(marks(path)) == TILES
    assert (path / ".job" / "finished.json").exists()


def test_tiles_without_a_store_come_back(there: Connected, whole: Any) -> None:
    result = run(None, by=spread(there))
    assert np.array_equal(result.estimate, whole.estimate)
    assert result.seams == whole.seams


def test_each_worker_has_its_share_of_tiles(there: Connected, tmp_path: Path) -> None:
    run(tmp_path / "out.ome.zarr", Noted(str(tmp_path)), by=spread(there))
    seen = {path.name.partition("-")[0] for path in tmp_path.glob("*-read")} - {str(os.getpid())}
    assert len(seen) == 2


class Noted:
    """An image that notes which process reads its parts."""

    shape, ndim, dtype = SHAPE, 2, IMAGE.dtype

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __getitem__(self, index: Any) -> Any:
        (Path(self.folder) / f"{os.getpid()}-read").touch()
        return IMAGE[index]


class Deadly(Noted):
    """An image at the third part of which a worker that reads it is killed, once."""

    def __getitem__(self, index: Any) -> Any:
        if multiprocessing.parent_process() is not None:
            number = len(list(Path(self.folder).glob("part-*")))
            (Path(self.folder) / f"part-{number}-{os.getpid()}").touch()
            try:
                if number >= 2:
                    (Path(self.folder) / "killed").touch(exist_ok=False)
                    os.kill(os.getpid(), signal.SIGKILL)
            except FileExistsError:
                pass
        return IMAGE[index]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_a_killed_worker_costs_one_tile(there: Connected, whole: Any, tmp_path: Path) -> None:
    path, before = tmp_path / "out.ome.zarr", set(there.client.nthreads())
    run(path, Deadly(str(tmp_path)), by=spread(there))
    assert (tmp_path / "killed").exists()
    assert len(list(tmp_path.glob("part-*"))) == TILES + 1, "each tile is read once, and that in flight once more"
    assert set(there.client.nthreads()) != before
    assert np.array_equal(samples(path), whole.estimate)


class Lethal(Noted):
    """An image that no worker survives."""

    def __getitem__(self, index: Any) -> Any:
        if multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return IMAGE[index]


class Damaged(Noted):
    """An image of which one part cannot be read by workers."""

    def __getitem__(self, index: Any) -> Any:
        rows, columns = index
        inside = rows.start <= 100 < rows.stop and columns.start <= 20 < columns.stop
        if inside and multiprocessing.parent_process() is not None:
            raise OSError("chunk 2.0 is damaged")
        return IMAGE[index]


def test_a_part_that_cannot_be_read_leaves_the_others(there: Connected, whole: Any, tmp_path: Path) -> None:
    path = tmp_path / "out.ome.zarr"
    with pytest.raises(nd.FileError, match=r"of 9 tiles could not be read .* is damaged"):
        run(path, Damaged(str(tmp_path)), by=spread(there))
    assert 0 < len(marks(path)) < TILES
    run(path, by=spread(there))
    assert np.array_equal(samples(path), whole.estimate)


def test_an_image_that_no_other_process_can_open_is_named(there: Connected, tmp_path: Path) -> None:
    image = Noted(str(tmp_path))
    image.lock = threading.Lock()  # type: ignore[attr-defined] - as that of an open file
    with pytest.raises(nd.ParameterError, match="The image is a Noted, which other processes cannot open"):
        run(None, image, by=spread(there))


def test_a_run_that_is_stopped_can_be_resumed(there: Connected, whole: Any, tmp_path: Path) -> None:
    path, control, outcome = tmp_path / "out.ome.zarr", Control(), Outcome[Any]()
    output = Output(str(path), nd.SampledArray(IMAGE), begin="resume")
    large = LargeRun(job(), output, tile=TILE, executor=spread(there))
    for _ in drive(large.work(), outcome, control):
        if path.exists() and len(marks(path)) >= 1:
            control.stop()
    with pytest.raises(nd.Cancelled):
        outcome.result()
    run(path, by=spread(there))
    assert np.array_equal(samples(path), whole.estimate)


def test_whoever_stops_a_run_is_asked_while_workers_run(there: Connected) -> None:
    known = TiledRun(job(), tile=TILE)
    setup = nd.finish(known.plan())
    stopped = replace(job(), cancelled=lambda: True)
    work = spread(there).tiles(stopped, setup, InMemory(stopped.items, "float32"), range(TILES))
    with pytest.raises(nd.Cancelled):
        nd.finish(work)


# ---- what is handed over


@pytest.mark.parametrize("kind", ["memory", "mapped", "part of a mapped file", "Fortran", "zarr"])
def test_images_are_handed_over_as_files(tmp_path: Path, kind: str) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    large = np.random.default_rng(0).poisson(9.0, (200, 300)).astype(np.uint16)
    np.save(tmp_path / "large.npy", np.asfortranarray(large) if kind == "Fortran" else large)
    image: Any = large if kind == "memory" else np.load(tmp_path / "large.npy", mmap_mode="r")
    if kind == "part of a mapped file":
        image, large = image[20:90], large[20:90]
    if kind == "zarr":
        image = zarr.create_array(tmp_path / "large.zarr", data=large)
    setup = nd.finish(TiledRun(job(image), tile=(64, 64)).plan())
    given = shipped(job(image), setup, "out.ome.zarr", 1, tmp_path)
    written = cloudpickle.dumps(given)
    assert len(written) < 20_000 < large.nbytes
    items = cloudpickle.loads(written).job.items
    assert np.array_equal(items.part(0, (slice(5, 60), slice(7, 80))), large[5:60, 7:80])
    assert items.dtype == np.uint16
    assert given.store == os.path.abspath("out.ome.zarr")


def test_a_tiff_is_opened_again_by_each_process(tmp_path: Path) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    planes = np.random.default_rng(0).poisson(9.0, (5, 120, 130)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "planes.tif", planes, photometric="minisblack")
    data = read_lazily(tmp_path / "planes.tif").image.data
    written = cloudpickle.dumps(data)
    assert len(written) < 1000
    again = cloudpickle.loads(written)
    assert (again.shape, again.dtype) == (planes.shape, planes.dtype)
    assert np.array_equal(again[1:3, 5:60], planes[1:3, 5:60])


def test_a_request_to_stop_is_seen_by_others(tmp_path: Path) -> None:
    stop = StopFile(str(tmp_path / "stop"))
    assert not stop()
    stop.make()
    assert stop()


# ---- cores and memory


def test_workers_share_cores_and_memory(monkeypatch: Any) -> None:
    monkeypatch.setattr(cluster, "cpu_count", lambda: 8)
    one, two, five = (LocalWorkers(count) for count in (1, 2, 5))
    assert [each.threads for each in (one, two, five)] == [8, 4, 1]
    limit = 4_000_000_000
    for each in (one, two, five):
        space = each.space(limit)
        assert space.slots == each.count
        taken = space.slots * (space.bytes + cluster.WORKER_BYTES)
        assert 0 < taken < limit
    with pytest.raises(nd.ParameterError, match="give 1 to 8"):
        LocalWorkers(9)
    with pytest.raises(nd.ParameterError, match="give 1 to 8"):
        LocalWorkers(0)


def test_a_schedulers_workers_tell_their_memory(there: Connected) -> None:
    assert cluster.space_of(there, None).slots == 2
    bounded = cluster.space_of(there, 2_000_000_000)
    assert 0 < bounded.bytes < 2_000_000_000
    assert bounded.threads is None


def test_the_image_is_cut_into_as_many_tiles_as_there_are_workers(there: Connected) -> None:
    class Two(Spread):
        def space(self, memory: Any, held: int = 0) -> Any:
            yield from ()
            return Space(1 << 40, 2)

    assert len(nd.finish(TiledRun(job(), executor=Two(LocalWorkers(1))).plan()).plan) == 2


def test_two_who_would_run_tiles_are_refused() -> None:
    assert executor_for(None, None) is None
    with pytest.raises(nd.ParameterError, match="give one of them"):
        executor_for(2, "tcp://node7:8786")


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: Any) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    with (
        pytest.raises(nd.ResourceError, match=r"tcp://127\.0\.0\.1:9 cannot be reached"),
        Scheduler("tcp://127.0.0.1:9").connected(),
    ):
        pass


def test_without_the_library_its_extra_is_named(monkeypatch: Any) -> None:
    found = optional.importlib.import_module

    def missing(name: str, *more: Any) -> Any:
        if name.startswith("distributed"):
            raise ImportError(name)
        return found(name, *more)

    monkeypatch.setattr(optional.importlib, "import_module", missing)
    with pytest.raises(nd.FileError, match=r"the library distributed.*\[big\]"):
        LocalWorkers(1)
    with pytest.raises(nd.FileError, match=r"the library distributed.*\[big\]"):
        Scheduler("tcp://node7:8786")


# ---- from outside


def test_workers_by_python_and_by_a_scheduler(there: Connected, tmp_path: Path) -> None:
    """All that users call: processes that are started for the run, and those of a scheduler that is there."""
    first = nd.deconvolve(IMAGE, PSF, RECIPE, out=tmp_path / "one.ome.zarr", workers=1)
    address = there.client.scheduler.address
    second = nd.deconvolve(IMAGE, PSF, RECIPE, out=tmp_path / "two.ome.zarr", scheduler=address)
    assert first.iterations == second.iterations == RECIPE.iterations
    assert np.allclose(first.estimate[:], second.estimate[:], rtol=0.02, atol=0.5)


def test_a_tile_that_no_worker_survives_ends_the_run(there: Connected, tmp_path: Path) -> None:
    path = tmp_path / "out.ome.zarr"
    with pytest.raises(nd.ResourceError, match="has ended several workers"):
        run(path, Lethal(str(tmp_path)), by=spread(there))
    assert marks(path) == {}
