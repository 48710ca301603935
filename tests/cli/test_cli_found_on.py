"""A recipe of one image on the command line: its numbers there, found again elsewhere, or forced."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from program import execute

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.job.meant import CHOSEN_AGAIN

PSF = nd.psf.gaussian(4, ndim=2)


def points(seed: int, photons: float, background: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = np.zeros((64, 64))
    for place in rng.integers(8, 56, (12, 2)):
        truth[tuple(place)] += photons * rng.uniform(0.3, 1)
    return rng.poisson(nd.convolve(truth, PSF) + background).astype(np.uint16)


@pytest.fixture
def here(tmp_path, monkeypatch, capsys) -> Path:
    """Two images, and the result of the first."""
    monkeypatch.chdir(tmp_path)
    write_image("a.tif", points(1, 5000, 20))
    write_image("b.tif", points(2, 800, 60))
    assert execute(capsys, "run", "a.tif", "--gaussian", 4, "-o", "first.ome.tif")[0] == 0
    return tmp_path


def run(capsys, image: str, *more: object) -> list[str]:
    code, said = execute(capsys, "run", image, "-o", "out.ome.tif", *more)
    assert code == 0, said
    return said


def equal(one: str, other: str) -> None:
    first, second = read_image(one), read_image(other)
    np.testing.assert_array_equal(first.data, second.data)
    assert first.recipe == second.recipe


def inspected(capsys, path: str) -> str:
    capsys.readouterr()
    assert cli.execute(["inspect", path, "--recipe"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("kind", ["image", "json"])
def test_the_numbers_on_its_own_image_and_new_ones_on_another(here, capsys, kind):
    recipe = "first.ome.tif"
    if kind == "json":
        recipe = "r.json"
        Path(recipe).write_text(inspected(capsys, "first.ome.tif"), encoding="utf-8")
        held = json.loads(Path(recipe).read_text())
        assert held["found_on"]["asked"]["iterations"] == "auto"
        assert isinstance(held["iterations"], int)
    said = run(capsys, "a.tif", "--recipe", recipe)
    equal("out.ome.tif", "first.ome.tif")
    assert not any(CHOSEN_AGAIN in line for line in said)
    said = run(capsys, "b.tif", "--recipe", recipe)
    assert sum(CHOSEN_AGAIN in line for line in said) == 1
    assert execute(capsys, "run", "b.tif", "--gaussian", 4, "-o", "alone.ome.tif")[0] == 0
    equal("out.ome.tif", "alone.ome.tif")


def test_as_found_forces_the_numbers(here, capsys):
    first = read_image("first.ome.tif")
    said = run(capsys, "b.tif", "--recipe", "first.ome.tif", "--as-found")
    forced = read_image("out.ome.tif")
    assert (forced.iterations, forced.background) == (first.iterations, first.background)
    assert not any(CHOSEN_AGAIN in line for line in said)


def test_options_beside_the_recipe_are_asked_of_any_image(here, capsys):
    run(capsys, "b.tif", "--recipe", "first.ome.tif", "--iterations", 5)
    assert execute(capsys, "run", "b.tif", "--gaussian", 4, "-o", "alone.ome.tif", "--iterations", 5)[0] == 0
    equal("out.ome.tif", "alone.ome.tif")


def test_as_found_without_a_recipe_is_refused(here, capsys):
    code, said = execute(capsys, "run", "a.tif", "--gaussian", 4, "-o", "out.ome.tif", "--as-found")
    assert (code, len(said)) == (2, 1)
    assert "--as-found" in said[0]


def test_stores_and_tables_hold_it_too(here, capsys):
    pytest.importorskip("yaozarrs")
    assert execute(capsys, "run", "a.tif", "--gaussian", 4, "-o", "first.ome.zarr")[0] == 0
    assert read_image("first.ome.zarr").recipe == read_image("first.ome.tif").recipe
    x = np.arange(300) * 0.1
    for name, top, level in (("s", 4000, 20), ("t", 300, 60)):
        line = sum(top * np.exp(-(((x - middle) / 0.6) ** 2)) for middle in (8, 14, 17.5))
        counts = np.random.default_rng(0).poisson(line + level)
        np.savetxt(f"{name}.csv", np.c_[x, counts], delimiter=",", header="x (nm),counts", comments="")
    assert execute(capsys, "run", "s.csv", "--gaussian", 1, "-o", "s_out.csv")[0] == 0
    assert '"found_on"' in Path("s_out.csv").read_text().splitlines()[0]
    assert execute(capsys, "run", "t.csv", "--recipe", "s_out.csv", "-o", "t_again.csv")[0] == 0
    assert execute(capsys, "run", "t.csv", "--gaussian", 1, "-o", "t_out.csv")[0] == 0
    again, alone = (Path(name).read_text().splitlines() for name in ("t_again.csv", "t_out.csv"))
    assert again[:-1] == alone[:-1]  # the last line says when it was made


def test_the_recipe_of_a_sweep_finds_the_background_again(here, capsys):
    how = ("--gaussian", 4, "--iterations", "3,6", "--background", "auto", "-o", "t.csv", "--stack", "stack.ome.tif")
    assert execute(capsys, "sweep", "a.tif", *how)[0] == 0
    recipe = read_image("stack.ome.tif").recipe
    assert recipe.found_on["asked"]["background"] == "auto"
    said = run(capsys, "b.tif", "--recipe", "stack.ome.tif")
    assert any(CHOSEN_AGAIN in line for line in said)
    assert abs(read_image("out.ome.tif").background - 60) < 3


def test_a_blind_run_looks_for_the_psf_of_another_image(here, capsys):
    how = ("--method", "blind", "--iterations", 5)
    assert execute(capsys, "run", "a.tif", "--gaussian", 5, "-o", "blind.ome.tif", *how)[0] == 0
    run(capsys, "b.tif", "--recipe", "blind.ome.tif")
    assert execute(capsys, "run", "b.tif", "--gaussian", 5, "-o", "alone.ome.tif", *how)[0] == 0
    equal("out.ome.tif", "alone.ome.tif")
    run(capsys, "a.tif", "--recipe", "blind.ome.tif")
    equal("out.ome.tif", "blind.ome.tif")


def test_going_on_keeps_the_numbers(here, capsys):
    said = run(capsys, "a.tif", "--continue", "first.ome.tif", "--iterations", 3, "--gaussian", 4)
    assert not any(CHOSEN_AGAIN in line for line in said)
    more = read_image("out.ome.tif").recipe
    assert more.background == read_image("first.ome.tif").recipe.background
    assert more.found_on["asked"]["background"] == "auto"
