"""A batch whose results are stores: by workers, and gone on with at the tile that it was at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.cli.batch.records import Records
from napari_deconvolve.io import read_image, write_image

pytest.importorskip("zarr")
pytest.importorskip("yaozarrs")

HOW = ("--gaussian", "2", "--name", "{name}.ome.zarr", "--tile", "48,48", "--spacing", "1", "--axes", "YX")
SETTLED = ("--iterations", "5", "--background", "20", "--gain", "1", "--read-noise", "0", "--offset", "0")

CHILD = """
import os, signal, sys
from napari_deconvolve.run.tiles import keeper
own, count = keeper.OnDisk.keep, 0

def dies(self, tile, done):
    global count
    count += 1
    own(self, tile, done)
    if count == 3:
        os.kill(os.getpid(), signal.SIGKILL)

keeper.OnDisk.keep = dies
from napari_deconvolve.cli.batch.worker import serve
serve(int(sys.argv[1]))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the present folder, which holds two images of nine tiles each."""
    random = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for number in range(2):
        counts = random.poisson(nd.convolve(random.uniform(0, 60, (120, 130)), nd.psf.gaussian((2.0, 2.0))) + 20)
        write_image(tmp_path / "in" / f"cell{number}.ome.tif", counts.astype(np.uint16), axes="YX")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def batch(capsys: Any, *more: str) -> tuple[int, str]:
    capsys.readouterr()
    code = cli.execute(["batch", "in", "-o", "out", *HOW, *SETTLED, *more])
    return code, capsys.readouterr().err


def samples(path: str) -> Any:
    return np.asarray(read_image(path).data)


def marks(path: str) -> dict[str, int]:
    return {one.name: one.stat().st_mtime_ns for one in (Path(path) / ".job" / "done").iterdir()}


def killed_at_a_tile(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> dict[str, int]:
    """Let the process of the first file be killed after three tiles; return their markers."""
    with monkeypatch.context() as patch:
        patch.setattr("napari_deconvolve.cli.batch.crew.CODE", CHILD)
        code, said = batch(capsys)
    assert code == 1
    assert "ended by signal 9" in said
    before = marks("out/cell0.ome.zarr")
    assert len(before) == 3
    return before


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
def test_what_was_killed_goes_on_with_its_tiles(folder: Path, monkeypatch: Any, capsys: Any) -> None:
    before = killed_at_a_tile(monkeypatch, capsys)
    code, said = batch(capsys, "--resume")
    assert code == 0, said
    after = marks("out/cell0.ome.zarr")
    assert len(after) == 9
    assert {name: after[name] for name in before} == before, "a tile that was done was done again"
    for number in range(2):
        line = ("run", f"in/cell{number}.ome.tif", "-o", f"alone{number}.ome.zarr", *HOW[:2], *HOW[4:], *SETTLED)
        assert cli.execute(list(line)) == 0
        assert np.array_equal(samples(f"out/cell{number}.ome.zarr"), samples(f"alone{number}.ome.zarr"))
    assert "2 of 2 files are done already" in batch(capsys, "--resume")[1]


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
@pytest.mark.parametrize("changed", ["image", "recipe", "plan", "restart"])
def test_what_was_begun_with_other_data_is_begun_again(
    folder: Path, monkeypatch: Any, capsys: Any, changed: str
) -> None:
    """A change that no sampled place would show, another recipe, a plan that was broken off, or the wish to."""
    before = killed_at_a_tile(monkeypatch, capsys)
    more: tuple[str, ...] = ("--resume",)
    if changed == "image":
        counts = np.asarray(read_image("in/cell0.ome.tif").data).copy()
        counts[60, 61] += 1
        write_image("in/cell0.ome.tif", counts, axes="YX")
    elif changed == "recipe":
        more = ("--resume", "--iterations", "6")
    elif changed == "plan":
        (folder / "out" / "cell0.ome.zarr" / ".job" / "plan.json").write_text("{")
    else:
        more = ("--restart",)
    code, said = batch(capsys, *more)
    assert code == 0, said
    after = marks("out/cell0.ome.zarr")
    assert len(after) == 9
    assert not set(before.items()) & set(after.items())


def test_a_full_disk_costs_the_tile_in_flight(folder: Path, monkeypatch: Any, capsys: Any) -> None:
    full = CHILD.replace("os.kill(os.getpid(), signal.SIGKILL)", "raise OSError(28, 'no space')").replace(
        "own(self, tile, done)\n", "own(self, tile, done) if count < 3 else None\n"
    )
    full = full.replace("raise OSError(28, 'no space')", "raise keeper.refused(self.folder, OSError(28, 'no space'))")
    with monkeypatch.context() as patch:
        patch.setattr("napari_deconvolve.cli.batch.crew.CODE", full)
        code, said = batch(capsys)
    assert code == 1
    assert "the disk is full" in said
    before = marks("out/cell0.ome.zarr")
    assert len(before) == 2
    assert batch(capsys, "--resume")[0] == 0
    after = marks("out/cell0.ome.zarr")
    assert {name: after[name] for name in before} == before


def test_workers_run_the_tiles_with_the_same_bits(folder: Path, capsys: Any) -> None:
    pytest.importorskip("distributed")
    assert batch(capsys, "--workers", "1")[0] == 0
    known = [samples(f"out/cell{number}.ome.zarr") for number in range(2)]
    assert "2 of 2 files are done already" in batch(capsys, "--resume")[1], "who runs the tiles is no other recipe"
    assert batch(capsys, "--restart")[0] == 0
    for number, one in enumerate(known):
        assert np.array_equal(samples(f"out/cell{number}.ome.zarr"), one)


SCHEDULER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    how = dict(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
    with LocalCluster(**how) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def test_a_scheduler_runs_the_tiles_of_python_too(folder: Path) -> None:
    pytest.importorskip("distributed")
    serving = [sys.executable, "-c", SCHEDULER.replace("processes=False", "protocol='tcp', processes=False")]
    with subprocess.Popen(serving, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as cluster:
        assert cluster.stdout is not None
        assert cluster.stdin is not None
        address = cluster.stdout.readline().strip()
        recipe = nd.Recipe(iterations=5, background=20.0, gain=1.0, read_noise=0.0, offset=0.0)
        how: dict[str, Any] = {"gaussian": "2", "name": "{name}.ome.zarr", "tile": (48, 48), "axes": "YX"}
        found = nd.batch("in", "out", None, recipe, scheduler=address, spacing="1", **how)
        cluster.stdin.close()
    assert not found.failed, [row.reason for row in found.failed]
    assert [row.iterations for row in found.rows] == [5, 5]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--workers", "2", "--scheduler", "tcp://127.0.0.1:9"), "Workers and a scheduler are both given"),
        (("--workers", "0"), "The number of workers is 0"),
        (("--workers", "999"), "The number of workers is 999"),
    ],
)
def test_workers_that_cannot_be_had_are_refused_at_once(folder: Path, capsys: Any, more: Any, words: str) -> None:
    pytest.importorskip("distributed")
    code, said = batch(capsys, *more)
    assert code == 2
    assert words in said
    assert not (folder / "out").exists()


def test_jobs_and_workers_are_no_more_than_cores(folder: Path, capsys: Any, monkeypatch: Any) -> None:
    pytest.importorskip("distributed")
    for module in ("cli.batch.crew", "cli.batch.plan", "run.tiles.cluster"):
        monkeypatch.setattr(f"napari_deconvolve.{module}.cpu_count", lambda: 4)
    code, said = batch(capsys, "--workers", "3", "--jobs", "2")
    assert code == 2
    assert "2 jobs of 3 workers each are 6 processes, and there are 4 cores" in said


def test_a_scheduler_that_is_not_there_is_said_at_once(folder: Path, capsys: Any, monkeypatch: Any) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("napari_deconvolve.run.tiles.cluster.CONNECT_S", 1)
    code, said = batch(capsys, "--scheduler", "tcp://127.0.0.1:9")
    assert code == 3
    assert "The scheduler tcp://127.0.0.1:9 cannot be reached" in said
    assert not (folder / "out").exists()


def test_records_keep_the_mark_of_a_store_that_was_begun(tmp_path: Path) -> None:
    from dataclasses import replace

    from napari_deconvolve.cli.batch.records import begun_by, planned

    records, row = Records(str(tmp_path)), planned("a.tif", "b.ome.zarr", "mark")
    records.begin([row])
    records.keep(replace(row, status="failed", fingerprint="", reason="disk"))
    (known,) = records.known().values()
    assert begun_by(known, "a.tif", "b.ome.zarr") == "mark"
    assert begun_by(known, "other.tif", "b.ome.zarr") == ""
    assert begun_by(replace(known, status="done"), "a.tif", "b.ome.zarr") == ""
    assert json.loads((tmp_path / ".batch" / "b.ome.zarr.json").read_text())["reason"] == "disk"
