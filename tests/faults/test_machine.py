"""Faults of the machine, each made for real: full and read-only disks, vanished folders, limits, files that change."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.io import read_image, write_image

MAIN = (sys.executable, "-c", "from napari_deconvolve.cli import main; main()")
MOUNT = ("mount", "-t", "tmpfs", "-o")
RUN = ("run", "a.tif", "--gaussian", "0.3", "--iterations", "2", "-o")
WRITERS = {
    "run": (*RUN, "small/out.ome.tif"),
    "npy": (*RUN, "small/out.npy"),
    "checkpoint": (*RUN, "small/out.ome.tif", "--resumable"),
    "blur": ("blur", "a.tif", "--gaussian", "0.3", "-o", "small/out.ome.tif"),
    "psf": ("psf", "gaussian", "--fwhm", "2,2,2", "--shape", "41,41,41", "-o", "small/out.ome.tif"),
}
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="faults are made by what Linux has")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_image("a.tif", np.random.default_rng(0).poisson(30, (8, 64, 64)).astype(np.uint16), spacing=0.1, units="um")
    return tmp_path


@pytest.fixture
def small(here) -> Iterator[Path]:
    """A disk of 60 kB, which hold none of the outputs."""
    place = here / "small"
    place.mkdir()
    if subprocess.run([*MOUNT, "size=60k", "tmpfs", place], capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def said(capsys, *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = cli.execute(arguments)
    return code, capsys.readouterr().err


def limited(here: Path, limit: int, most: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program under a limit of the system."""

    def begin() -> None:
        resource.setrlimit(limit, (most, most))

    return subprocess.run(
        [*MAIN, *arguments], cwd=here, preexec_fn=begin, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk(small, capsys, name):
    code, text = said(capsys, *WRITERS[name])
    assert code == 2
    assert "cannot be written: the disk is full; make room or give another folder." in text
    assert os.listdir(small) == []


@pytest.mark.parametrize("name", ["run", "blur", "psf"])
def test_a_full_disk_leaves_the_older_file(small, capsys, name):
    (small / "out.ome.tif").write_bytes(b"older")
    assert said(capsys, *WRITERS[name])[0] == 2
    assert (small / "out.ome.tif").read_bytes() == b"older"
    assert os.listdir(small) == ["out.ome.tif"]


@pytest.mark.parametrize("name", WRITERS)
def test_a_read_only_disk(small, capsys, name):
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    code, text = said(capsys, *WRITERS[name])
    assert code == 2
    assert "no permission" in text


@pytest.mark.parametrize("kind", ["ome.tif", "npy"])
def test_a_folder_that_vanishes_while_it_runs(here, capsys, monkeypatch, kind):
    (here / "gone").mkdir()
    step: Callable[..., object] = RichardsonLucy.step

    def stepped(self, *more):
        if (here / "gone").exists():
            (here / "gone").rmdir()
        return step(self, *more)

    monkeypatch.setattr(RichardsonLucy, "step", stepped)
    code, text = said(capsys, *RUN, f"gone/out.{kind}")
    assert code == 2
    assert f"gone/out.{kind} cannot be written" in text
    assert not (here / "gone").exists()


def test_a_limit_on_the_size_of_files(here):
    done = limited(here, resource.RLIMIT_FSIZE, 50_000, *RUN, "out.ome.tif")
    assert done.returncode == 2
    assert "out.ome.tif cannot be written: it would be larger than the system allows this process" in done.stderr
    assert sorted(os.listdir(here)) == ["a.tif"]


def test_a_limit_on_memory_is_told_before_anything_is_read(here):
    import tifffile

    tifffile.imwrite("bomb.tif", np.zeros((128, 2048, 2048), np.uint8), compression="zlib")
    assert os.path.getsize("bomb.tif") < 1_000_000
    free = np.lib.format.open_memmap("large.npy", "w+", np.float32, (600, 1024, 1024))
    del free
    for name in ("bomb.tif", "large.npy"):
        done = limited(here, resource.RLIMIT_AS, 600_000_000, "inspect", name)
        assert done.returncode == 3, done.stderr
        assert name in done.stderr
        assert "memory" in done.stderr


def test_a_run_that_does_not_fit_says_so(here):
    write_image("b.tif", np.ones((64, 512, 512), np.uint16), spacing=0.1, units="um")
    done = limited(here, resource.RLIMIT_AS, 600_000_000, "run", "b.tif", *RUN[2:], "out.ome.tif")
    assert done.returncode == 3, done.stderr
    assert "memory" in done.stderr
    assert not (here / "out.ome.tif").exists()


def test_an_image_that_is_replaced_while_it_runs_does_not_matter(here, capsys, monkeypatch):
    assert said(capsys, *RUN, "before.ome.tif")[0] == 0
    step: Callable[..., object] = RichardsonLucy.step

    def stepped(self, *more):
        write_image("a.tif", np.zeros((3, 5), np.uint8))
        return step(self, *more)

    monkeypatch.setattr(RichardsonLucy, "step", stepped)
    assert said(capsys, *RUN, "after.ome.tif")[0] == 0
    assert np.array_equal(read_image("before.ome.tif").data, read_image("after.ome.tif").data)


def test_an_image_that_is_cut_off_while_it_is_read_is_refused(here):
    whole = Path("a.tif").read_bytes()
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            Path("a.tif").write_bytes(whole[: len(whole) // 2])
            time.sleep(0.001)
            Path("a.tif").write_bytes(whole)
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    wanted, outcomes = int(read_sum(whole)), set()
    try:
        for _ in range(60):
            try:
                outcomes.add(int(np.asarray(read_image("a.tif").data).sum()))
            except nd.FileError as error:
                outcomes.add(str(error)[:5])
    finally:
        stop.set()
        writer.join()
    assert outcomes <= {wanted, "a.tif"}


def read_sum(content: bytes) -> int:
    Path("copy.tif").write_bytes(content)
    return int(np.asarray(read_image("copy.tif").data).sum())


def test_two_writers_leave_one_whole_file(here):
    both = [subprocess.Popen([*MAIN, *RUN, "out.ome.tif"], cwd=here, stderr=subprocess.PIPE, text=True) for _ in "ab"]
    for one in both:
        assert one.communicate(timeout=120)[1]
        assert one.returncode == 0
    assert read_image("out.ome.tif").recipe is not None
    assert sorted(os.listdir(here)) == ["a.tif", "out.ome.tif"]
