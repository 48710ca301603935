"""The command line on stores and on images that do not fit into the memory that is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaozarrs
import zarr
from program import execute, execute_and_read

import napari_deconvolve as nd
from napari_deconvolve.cli import large as cli_large
from napari_deconvolve.cli import run_files
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.run.tiles import large

SPACING = (0.1, 0.1)
FIXED = ("--iterations", 6, "--background", 10, "--offset", 0, "--read-noise", 0, "--defects", "keep")
RUN = ("run", "in.ome.zarr", "--gaussian", 0.3, "-o", "out.ome.zarr", *FIXED)
TILED = (*RUN, "--tile", "48,64")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    sharp = np.zeros((120, 130), np.float32)
    sharp[tuple(random.integers(0, length, 60) for length in sharp.shape)] = 4000
    image = random.poisson(nd.convolve(sharp, nd.psf.gaussian(3.0, ndim=2)) + 10).astype(np.uint16)
    for name in ("in.ome.zarr", "in.ome.tif"):
        write_image(name, image, axes="YX", spacing=SPACING, units="um", name="cells")
    return tmp_path


def test_tiles_from_a_store_into_a_store(folder: Path, capsys: Any) -> None:
    code, said = execute(capsys, *TILED)
    assert code == 0, said
    assert "9 tiles of 48 x 64 samples" in said[0]
    assert "agree at their seams" in said[1]
    yaozarrs.validate_zarr_store("out.ome.zarr")
    found = read_image("out.ome.zarr")
    assert (found.axes, found.spacing, found.units) == ("YX", SPACING, ("um", "um"))
    assert found.name == "cells · RL 6"
    assert found.iterations == 6
    assert found.recipe is not None
    again = nd.deconvolve(np.asarray(read_image("in.ome.zarr").data), nd.psf.gaussian(3.0, ndim=2), found.recipe)
    difference = np.linalg.norm(again.estimate - np.asarray(found.data)) / np.linalg.norm(again.estimate)
    assert difference < 2e-3
    window = zarr.open_group("out.ome.zarr", mode="r").attrs["ome"]["omero"]["channels"][0]["window"]
    assert 0 <= window["start"] < window["end"]


def test_a_run_that_fits_has_the_bits_of_any_other(folder: Path, capsys: Any) -> None:
    assert execute(capsys, *RUN)[0] == 0
    assert execute(capsys, *(word if word != "out.ome.zarr" else "out.ome.tif" for word in RUN))[0] == 0
    assert np.array_equal(np.asarray(read_image("out.ome.zarr").data), read_image("out.ome.tif").data)
    yaozarrs.validate_zarr_store("out.ome.zarr")


def test_tiff_in_and_little_memory(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is run in tiles, read from the file part by part; without a store they go into an array."""
    monkeypatch.setattr(large, "fits", lambda job, memory: False)
    code, said = execute(capsys, "run", "in.ome.tif", "--gaussian", 0.3, "-o", "out.ome.tif", *FIXED, "--memory", "4GB")
    assert code == 0, said
    assert "1 tile of 120 x 130" in said[0]
    assert read_image("out.ome.tif").iterations == 6


def test_a_large_tiff_is_written_from_a_store_that_is_gone_afterwards(
    folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("run", "in.ome.tif", "--gaussian", 0.3, *FIXED, "--memory", "4GB", "--tile", "48,64", "-o")
    assert execute(capsys, *line, "held.ome.tif")[0] == 0
    stored: list[Any] = []
    own = run_files.write_image
    with monkeypatch.context() as patch:
        patch.setattr(cli_large, "fits", lambda job, memory: False)
        patch.setattr(cli_large, "HELD", 0.0)
        patch.setattr(
            run_files, "write_image", lambda path, data, **how: (stored.append(data.data), own(path, data, **how))
        )
        code, said = execute(capsys, *line, "large.ome.tif")
    assert code == 0, said
    assert [type(one) for one in stored] == [zarr.Array]
    large, held = read_image("large.ome.tif"), read_image("held.ome.tif")
    assert np.array_equal(large.data, held.data)
    assert (large.name, large.axes, large.spacing, large.iterations) == (held.name, held.axes, held.spacing, 6)
    assert large.recipe == held.recipe
    assert sorted(path.name for path in folder.iterdir()) == [
        "held.ome.tif",
        "in.ome.tif",
        "in.ome.zarr",
        "large.ome.tif",
    ]


def test_a_dry_run_writes_nothing(folder: Path, capsys: Any) -> None:
    before = sorted(folder.iterdir())
    code, said = execute(capsys, *TILED, "--dry-run")
    assert code == 0
    assert "6 iterations, background 10" in said[0]
    assert "halo" in said[1]
    code, said = execute(capsys, *RUN, "--dry-run")
    assert code == 0
    assert "as a whole" in said[0]
    assert sorted(folder.iterdir()) == before


def test_workers_make_the_same_store(folder: Path, capsys: Any) -> None:
    pytest.importorskip("distributed")
    assert execute(capsys, *TILED)[0] == 0
    alone = np.asarray(read_image("out.ome.zarr").data)
    code, said = execute(capsys, *TILED, "--restart", "--workers", 1)
    assert code == 0, said
    assert "9 tiles of 48 x 64 samples" in said[0]
    assert np.array_equal(np.asarray(read_image("out.ome.zarr").data), alone)


def test_what_is_there_is_resumed_or_replaced_on_request(folder: Path, capsys: Any) -> None:
    assert execute(capsys, *TILED, "--part", "2/3")[0] == 0
    assert len(list(Path("out.ome.zarr/.job/done").iterdir())) == 3
    code, said = execute(capsys, *TILED)
    assert code == 2
    assert "--resume" in said[-1]
    assert "--restart" in said[-1]
    assert execute(capsys, *TILED, "--resume")[0] == 0
    assert len(list(Path("out.ome.zarr/.job/done").iterdir())) == 9
    code, said = execute(capsys, *TILED, "--resume", "--iterations", 7)
    assert code == 2
    assert "number of iterations was 6 and is 7" in said[-1]
    assert execute(capsys, *TILED, "--restart", "--iterations", 7)[0] == 0
    assert read_image("out.ome.zarr").iterations == 7


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--memory", "much"), "--memory is 'much'"),
        (("--memory", "1kB"), "room"),
        (("--tile", "4,4"), "at least the halo"),
        (("--tile", "48"), "2 numbers"),
        (("--part", "4/3"), "--part"),
        (("--resume", "--restart"), "give one of them"),
        (("--tile", "48,64", "--every", 2), "every"),
        (("--tile", "48,64", "--uncertainty", "u.ome.tif"), "--uncertainty"),
        (("--tile", "48,64", "--method", "rl-gc"), "rl-gc"),
        (("--workers", 4096), "give 1 to"),
        (("--workers", 1, "--scheduler", "tcp://node7:8786"), "give one of them"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(folder: Path, capsys: Any, options: Any, words: str) -> None:
    code, said = execute(capsys, *RUN, *options)
    assert code in (2, 3)
    assert len(said) == 1
    assert words in said[0]
    assert not Path("out.ome.zarr").exists()


def test_options_of_stores_are_refused_without_one(folder: Path, capsys: Any) -> None:
    code, said = execute(capsys, "run", "in.ome.tif", "--gaussian", 0.3, "-o", "out.ome.tif", *FIXED, "--resume")
    assert code == 2
    assert "--resume is for results in .ome.zarr" in said[0]


def test_the_input_is_not_overwritten(folder: Path, capsys: Any) -> None:
    code, said = execute(capsys, "run", "in.ome.zarr", "--gaussian", 0.3, "-o", "in.ome.zarr", *FIXED, "--restart")
    assert code == 2
    assert "overwritten" in said[0]
    assert len(read_image("in.ome.zarr").data.shape) == 2


def test_a_large_store_is_inspected_part_by_part(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    code, _, whole = execute_and_read(capsys, "inspect", "in.ome.zarr")
    monkeypatch.setattr(sys.modules["napari_deconvolve.cli.inspect"], "LARGE", 100)
    code, _, parts = execute_and_read(capsys, "inspect", "in.ome.zarr")
    assert code == 0
    kept = [line for line in whole.splitlines() if not line.startswith("background")]
    assert parts.splitlines() == kept


def test_inspect_and_a_psf_in_a_store(folder: Path, capsys: Any) -> None:
    write_image("psf.ome.zarr", nd.psf.gaussian(3.0, ndim=2).data, axes="YX", spacing=SPACING, units="um")
    code, said, shown = execute_and_read(capsys, "inspect", "in.ome.zarr")
    assert code == 0, said
    assert "120 x 130" in shown
    assert "Y 0.1 um, X 0.1 um" in shown
    code, said = execute(capsys, "run", "in.ome.zarr", "--psf", "psf.ome.zarr", "-o", "out.ome.tif", *FIXED)
    assert code == 0, said
