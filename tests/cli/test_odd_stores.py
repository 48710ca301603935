"""Stores as users have them: damaged, in the way, of somebody else; each is said in a sentence, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from program import MAIN, execute_and_read

import napari_deconvolve as nd
from napari_deconvolve.formats.ome_zarr import samples as stored
from napari_deconvolve.io import read_image, write_image

pytest.importorskip("yaozarrs")

HOW = ("--gaussian", "2", "--spacing", "1", "--iterations", "3", "--background", "20", "--gain", "1")
TILES = (*HOW, "--read-noise", "0", "--offset", "0", "--tile", "48,48")
CHUNK = (24, 24)
MOUNT = ("mount", "-t", "tmpfs", "-o")


@pytest.fixture(scope="module")
def counts() -> Any:
    random = np.random.default_rng(0)
    bright = random.uniform(0, 60, (120, 220)) * np.linspace(0.2, 1, 220)
    return random.poisson(nd.convolve(bright, nd.psf.gaussian((2.0, 2.0))) + 20).astype(np.uint16)


@pytest.fixture(scope="module")
def done(counts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an image in a store and the store of its result."""
    folder = tmp_path_factory.mktemp("done")
    array = zarr.create_array(folder / "raw.zarr", shape=counts.shape, chunks=CHUNK, dtype=counts.dtype)
    array[:] = counts
    finished = subprocess.run([*MAIN, "run", "raw.zarr", "-o", "out.ome.zarr", *TILES], cwd=folder, check=False)
    assert finished.returncode == 0
    return folder


@pytest.fixture
def here(done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of that folder, which is the present one."""
    shutil.copytree(done, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a command, and returns its code and what it says."""

    def run(*line: object) -> tuple[int, str]:
        code, lines, out = execute_and_read(capsys, *line)
        text = "\n".join([*lines, *out.splitlines()])
        assert "Unexpected" not in text, text
        assert "Traceback" not in text, text
        return code, text

    return run


def samples(path: str) -> Any:
    return np.asarray(read_image(path).data)


def test_data_that_are_no_result_are_never_replaced(here: Path, said: Any, counts: Any) -> None:
    write_image("converted.ome.zarr", counts, axes="YX")
    (here / "other.ome.zarr").mkdir()
    shutil.copytree("raw.zarr", "copy.zarr")
    for name in ("copy.zarr", "converted.ome.zarr", "other.ome.zarr"):
        code, text = said("run", "raw.zarr", "-o", name, *TILES, "--restart")
        assert code == 2
        assert "holds no result of this program" in text
    assert np.array_equal(samples("copy.zarr"), counts)
    assert np.array_equal(samples("converted.ome.zarr"), counts)
    assert said("run", "raw.zarr", "-o", "out.ome.zarr", *TILES, "--restart")[0] == 0


@pytest.mark.parametrize("lost", ["zarr.json", "0/zarr.json", ".job/plan.json"])
def test_a_result_that_was_damaged_can_be_replaced(here: Path, said: Any, lost: str) -> None:
    (here / "out.ome.zarr" / lost).unlink()
    if lost != "zarr.json":
        code, text = said("run", "raw.zarr", "-o", "out.ome.zarr", *TILES, "--resume")
        assert (code, "holds no run that can be resumed" in text) == (2, True), text
    assert said("run", "raw.zarr", "-o", "out.ome.zarr", *TILES, "--restart")[0] == 0
    assert samples("out.ome.zarr").any()


@pytest.mark.parametrize("change", ["broken off", "schema", "without a cut", "recipe of later versions", "version"])
def test_plans_that_cannot_be_used_say_so(here: Path, said: Any, change: str) -> None:
    path = here / "out.ome.zarr" / ".job" / "plan.json"
    plan = json.loads(path.read_text())
    if change == "schema":
        plan["schema"] = 99
    elif change == "without a cut":
        del plan["setup"]["plan"]
    elif change == "recipe of later versions":
        plan["setup"]["decided"][0]["recipe"]["nosuch"] = 1
    elif change == "version":
        plan["fingerprint"]["version"] = "99.0"
    path.write_text(json.dumps(plan)[: -9 if change == "broken off" else None])
    code, text = said("run", "raw.zarr", "-o", "out.ome.zarr", *TILES, "--resume")
    assert code == 2
    assert ("begun with the version 99.0" if change == "version" else "holds no run that can be resumed") in text
    assert "--restart" in text


def test_a_marker_that_was_broken_off_is_no_marker(here: Path, said: Any) -> None:
    before = samples("out.ome.zarr")
    (here / "out.ome.zarr" / ".job" / "done" / "3.json").write_text("{")
    zarr.open_array(here / "out.ome.zarr", path="0", mode="r+")[:48, 144:192] = 0
    assert said("run", "raw.zarr", "-o", "out.ome.zarr", *TILES, "--resume")[0] == 0
    assert np.array_equal(samples("out.ome.zarr"), before)


def test_files_and_folders_that_are_no_stores(here: Path, said: Any) -> None:
    (here / "packed.ome.zarr").write_text("PK")
    (here / "empty.ome.zarr").mkdir()
    assert "is a file, and a Zarr store is a folder" in said("inspect", "packed.ome.zarr")[1]
    assert "is a folder without a Zarr array or group" in said("inspect", "empty.ome.zarr")[1]
    assert "There is no file nothing.ome.zarr" in said("inspect", "nothing.ome.zarr")[1]
    code, text = said("run", "raw.zarr", "-o", "packed.ome.zarr", *TILES)
    assert (code, "is a file, and a store is a folder" in text) == (2, True), text
    assert (here / "packed.ome.zarr").read_text() == "PK"


def break_chunk(here: Path) -> bytes:
    """Cut off a chunk of the image, in its dark part; return what it was."""
    path = here / "raw.zarr" / "c" / "1" / "1"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return whole


def test_a_damaged_chunk_costs_its_tiles(here: Path, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from napari_deconvolve.run.tiles import places, survey

    monkeypatch.setattr(survey, "BLOCK_BYTES", 1 << 10)
    monkeypatch.setitem(places.DECIDING_VOXELS, 2, 48 * 48)
    assert said("run", "raw.zarr", "-o", "whole.ome.zarr", *TILES)[0] == 0
    known = break_chunk(here)
    code, text = said("run", "raw.zarr", "-o", "new.ome.zarr", *TILES)
    assert code == 2
    assert "tiles could not be read" in text
    assert "repair the image and resume the run" in text
    marks = list((here / "new.ome.zarr" / ".job" / "done").iterdir())
    assert 0 < len(marks) < 15
    (here / "raw.zarr" / "c" / "1" / "1").write_bytes(known)
    assert said("run", "raw.zarr", "-o", "new.ome.zarr", *TILES, "--resume")[0] == 0
    assert len(list((here / "new.ome.zarr" / ".job" / "done").iterdir())) == 15
    found, whole = samples("new.ome.zarr"), samples("whole.ome.zarr")
    assert np.linalg.norm(found - whole) <= 5e-3 * np.linalg.norm(whole), "the level at which estimates begin differs"


def test_a_damaged_chunk_is_named_where_all_is_needed(here: Path, said: Any) -> None:
    break_chunk(here)
    for line in (("inspect", "raw.zarr"), ("run", "raw.zarr", "-o", "a.ome.tif", *HOW)):
        code, text = said(*line)
        assert code == 2
        assert "Samples of raw.zarr cannot be read" in text


def test_an_image_that_is_deleted_on_the_way_ends_the_run(here: Path, said: Any, monkeypatch: Any) -> None:
    own, read = stored.StoredSamples.__getitem__, 0

    def deleting(self: Any, index: Any) -> Any:
        nonlocal read
        read += 1
        if read == 70:
            shutil.rmtree(here / "raw.zarr")
        return own(self, index)

    monkeypatch.setattr(stored.StoredSamples, "__getitem__", deleting)
    code, text = said("run", "raw.zarr", "-o", "new.ome.zarr", *TILES)
    assert code == 2
    assert "the store is gone" in text


def test_two_writers_make_one_result(here: Path) -> None:
    """Both look, the first that is ready publishes its plan; tiles are files, which whoever comes later leaves."""
    line = [*MAIN, "run", "raw.zarr", "-o", "both.ome.zarr", *TILES, "--resume"]
    both = [subprocess.Popen(line, cwd=here, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for one in both:
        text = one.communicate(timeout=120)[1]
        assert one.returncode == 0, text
    assert np.array_equal(samples("both.ome.zarr"), samples("out.ome.zarr"))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system of a given size")
@pytest.mark.parametrize("kind", ["ome.zarr", "ome.tif", "npy"])
def test_a_full_disk(here: Path, said: Any, kind: str) -> None:
    small = here / "small"
    small.mkdir()
    mounted = subprocess.run([*MOUNT, "size=72k", "tmpfs", small], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        code, text = said("run", "raw.zarr", "-o", f"small/out.{kind}", *(TILES if kind == "ome.zarr" else HOW))
        assert code == 2
        assert "the disk is full; make room or give another folder" in text
        assert not [one for one in small.iterdir() if one.name != "out.ome.zarr"], "something was left"
        assert not (small / "out.ome.tif").exists()
        subprocess.run(["mount", "-o", "remount,size=20m", small], check=True)
        if kind == "ome.zarr":
            assert said("run", "raw.zarr", "-o", "small/out.ome.zarr", *TILES, "--resume")[0] == 0
            assert np.array_equal(samples("small/out.ome.zarr"), samples("out.ome.zarr"))
    finally:
        subprocess.run(["umount", small], check=True)
