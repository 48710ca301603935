"""``verify`` from each format, and what is kept of how a result was made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from program import execute_and_read

import napari_deconvolve as nd
from napari_deconvolve.io import read_image, read_result, write_image
from napari_deconvolve.io.results import made_in_table

QUICK = ("--gaussian", "0.3", "--iterations", "4")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """An image, one of two channels, another of the first one's shape, and a spectrum."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(2)
    for name, shape, axes in (("a", (24, 28), "YX"), ("b", (24, 28), "YX"), ("two", (2, 24, 28), "CYX")):
        write_image(f"{name}.tif", draw.poisson(30, shape).astype(np.uint16), spacing=0.1, units="um", axes=axes)
    x = np.arange(120) * 0.1
    np.savetxt("line.csv", np.c_[x, draw.poisson(40, 120)], delimiter=",", header="x (um),counts", comments="")
    return tmp_path


@pytest.mark.parametrize(("image", "output"), [("a.tif", "r.ome.tif"), ("two.tif", "r.ome.tif"), ("line.csv", "r.csv")])
def test_a_result_is_verified_from_its_file(files, capsys, image, output):
    assert execute_and_read(capsys, "run", image, *QUICK, "-o", output)[0] == 0
    code, said, printed = execute_and_read(capsys, "verify", output, image, "-o", "v.json")
    assert (code, said) == (0, [])
    assert printed.startswith(f"{output}: the same numbers, bit by bit.\nIt was made at 20")
    (row,) = json.loads(Path("v.json").read_text())
    assert row["holds"]
    assert row["identical"]
    assert row["difference"] == 0


def test_so_is_one_in_a_store(files, capsys):
    pytest.importorskip("yaozarrs")
    assert execute_and_read(capsys, "run", "a.tif", *QUICK, "-o", "r.ome.zarr")[0] == 0
    assert execute_and_read(capsys, "verify", "r.ome.zarr", "a.tif")[0] == 0
    assert read_image("r.ome.zarr").made is not None


def test_another_image_and_changed_numbers_end_in_1(files, capsys):
    execute_and_read(capsys, "run", "a.tif", *QUICK, "-o", "r.ome.tif")
    code, _, printed = execute_and_read(capsys, "verify", "r.ome.tif", "b.tif")
    assert code == 1
    assert "other numbers" in printed
    assert "another image" in printed
    image = read_image("r.ome.tif")
    data = np.array(image.data)
    data[3, 3] += 40
    write_image("r.ome.tif", image.image.with_data(data), recipe=image.recipe, extra=image.metadata)
    assert execute_and_read(capsys, "verify", "r.ome.tif", "a.tif")[0] == 1


@pytest.mark.parametrize(
    ("result", "image", "words"),
    [("a.tif", "a.tif", "holds no recipe"), ("none.tif", "a.tif", "no file"), ("r.ome.tif", "line.csv", "shape")],
)
def test_what_cannot_be_verified_is_refused(files, capsys, result, image, words):
    execute_and_read(capsys, "run", "a.tif", *QUICK, "-o", "r.ome.tif")
    code, said, _ = execute_and_read(capsys, "verify", result, image)
    assert code == 2
    assert words in said[0]


def test_a_part_and_a_channel_of_a_window_are_found_by_their_digest(files, capsys):
    """Saved as a window does: channels as layers, each with the region that was run."""
    psf, recipe = nd.psf.gaussian(0.3, 0.1, ndim=2), nd.Recipe(iterations=4)
    two, saved = read_image("two.tif").image, []
    for channel in (1, 0):
        result = nd.deconvolve(two.part((channel, slice(2, 20), slice(0, 28))), psf, recipe)
        region = {"name": "x", "start": [5, 3], "shape": [12, 20], "margin": [[2, 20], [0, 28]]}
        about = {"recipe": result.recipe.to_dict(), "iterations": 4, "region": region, **result.about_making}
        saved.append((result.estimate[3:15, 3:23], {"name": "n", "metadata": about}))
    stack = np.stack([estimate for estimate, _ in saved])
    write_image("w.ome.tif", stack, axes="CYX", extra={"channel_layers": [about for _, about in saved]})
    code, _, printed = execute_and_read(capsys, "verify", "w.ome.tif", "two.tif")
    assert code == 0
    assert printed.count("bit by bit") == 2
    assert "w.ome.tif, channel 2: " in printed


def test_all_outputs_say_by_what_they_were_made(files, capsys):
    execute_and_read(
        capsys, "run", "a.tif", *QUICK, "-o", "r.ome.tif", "--every", 2, "--uncertainty", "u.ome.tif", "--resumable"
    )
    for name in ("r.ome.tif", "r.iterations.ome.tif", "u.ome.tif"):
        made = read_image(name).made
        assert made is not None, name
        assert made.image.startswith("24x28 uint16 ")
        assert made.versions["napari-deconvolve"] == nd.__version__
    execute_and_read(capsys, "run", "line.csv", *QUICK, "-o", "r.csv")
    made = made_in_table("r.csv")
    assert made is not None
    assert made.image.startswith("120 ")
    _, _, printed = execute_and_read(capsys, "inspect", "r.ome.tif")
    assert "\nmade:        20" in printed
    assert made.transforms in printed


@pytest.mark.parametrize("other", ["a.tif", "b.tif"])
def test_a_checkpoint_of_another_result_is_refused(files, capsys, other):
    how = ("--gaussian", "0.3", "--iterations", "4", "--acceleration", "none")
    execute_and_read(capsys, "run", "a.tif", *how, "-o", "r.ome.tif", "--resumable")
    assert read_result("r.ome.tif").checkpoint is not None
    execute_and_read(capsys, "run", other, *QUICK, "-o", "r.ome.tif")
    code, said, _ = execute_and_read(capsys, "run", other, "--continue", "r.ome.tif", "-o", "more.ome.tif")
    assert code == 2
    assert "r.whole.npy belongs to another result than r.ome.tif" in said[0]
