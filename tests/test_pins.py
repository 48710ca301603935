"""Pins: what others rely on stays, through any change of what is behind it. See ``pins/make.py``."""

from __future__ import annotations

import csv
import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from pins import facts
from pins.files import CASES, FLAT, OPTICS, RUNS, SPACING, STACK, made
from pins.pinned import FILES, check, lost, outline

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import column_names, read_image, read_result, read_spectrum, write_image


def execute(*arguments: object) -> None:
    assert cli.execute([str(one) for one in arguments]) == 0, arguments


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder to write to."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- names, commands, manifest


def test_public_names_and_what_callers_know_of_them():
    check("names", {"nd": facts.names(nd, facts.MADE), "nd.psf": facts.names(nd.psf, facts.MADE_OF_PSFS)})


def test_all_that_a_run_takes_a_stream_takes_too():
    how = {
        "spacing": 1.0,
        "axes": (1, 2),
        "channel_axis": None,
        "start": np.ones((2, 9, 9)),
        "mask": np.ones((2, 9, 9)),
    }
    state = next(nd.iterate(np.ones((2, 9, 9)), nd.psf.gaussian(2, ndim=2), nd.Recipe(background=0), **how))
    assert state.estimate.shape == (2, 9, 9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("method", ["rl", "wiener"])
def test_results_have_the_shape_and_precision_that_were_asked_for(method, ndim, dtype):
    recipe = nd.Recipe(method=method, iterations=2, background=1, dtype=dtype, boundary="reflect")
    found = nd.deconvolve(np.full((2, *(9,) * ndim), 5), nd.psf.gaussian(2, ndim=ndim), recipe)
    assert (found.estimate.shape, found.estimate.dtype) == ((2, *(9,) * ndim), np.dtype(dtype))


def test_commands_and_their_options():
    check("commands", facts.commands())


def test_the_manifest():
    check("manifest", facts.manifest())


def test_a_pin_that_is_lost_is_told():
    pinned = {"a": {"b": 1, "c": 2}, "names": ["x", "y"], "numbers": [1, 2]}
    now = {"a": {"b": 1, "c": 3, "d": 4}, "names": ["y", "z"], "numbers": [1, 2]}
    assert list(lost(pinned, now)) == ["/a/c was 2 and is 3", "/names: x is lost"]


# ---- recipes


def test_recipes_and_simulations_in_plain_types():
    values = {"recipes": facts.told(facts.recipes()), "simulations": facts.told(facts.simulations())}
    check("recipes", {**values, "psfs": facts.told_psfs()})


@pytest.mark.parametrize("value", [*facts.recipes().values(), *facts.simulations().values()])
def test_text_gives_the_value_again(value):
    assert type(value).from_json(value.to_json()) == value


@pytest.mark.parametrize("kind", [nd.Recipe, nd.Simulation])
def test_a_key_that_nobody_knows_is_refused(kind):
    for told in (kind().to_dict() | {"speed": 3}, {"speed": 3}):
        with pytest.raises(nd.ParameterError, match="speed"):
            kind.from_dict(told)
    with pytest.raises(nd.ParameterError, match="speed"):
        kind.from_json('{"speed": 3}')


# ---- what is written


def test_what_files_tell(here):
    cells = made((8, 24, 24))
    write_image("cells.ome.tif", cells, spacing=(0.3, 0.1, 0.1), units="um", name="cells")
    write_image("two.ome.tif", np.stack([cells[:3], cells[3:6]]), axes="CZYX", channels=("red", "green"))
    gaussian = ("--gaussian", "0.7,0.3,0.3")
    execute("psf", "gaussian", "--fwhm", "0.7,0.3,0.3", "--spacing", "0.3,0.1,0.1", "-o", "gaussian.ome.tif")
    execute("psf", "formula", "exp(-x^2-y^2)", "--shape", "7,7", "--spacing", 1, "-o", "formula.ome.tif")
    execute("psf", "microscope", "confocal", "--na", 1.2, "--emission", 0.52, "--excitation", 0.488,
            "--spacing", "0.3,0.1,0.1", "--shape", "7,9,9", "-o", "microscope.ome.tif")  # fmt: skip
    execute("run", "cells.ome.tif", *gaussian, "-o", "auto.ome.tif", "--resumable")
    execute("run", "cells.ome.tif", *gaussian, "-o", "five.ome.tif", "--iterations", 5, "--every", 2)
    execute("run", "cells.ome.tif", *gaussian, "-o", "wiener.ome.tif", "--method", "wiener")
    execute("run", "cells.ome.tif", "--continue", "auto.ome.tif", "-o", "more.ome.tif", "--iterations", 2)
    execute("run", "cells.ome.tif", *gaussian, "--start", "five.ome.tif", "-o", "begun.ome.tif", "--iterations", 2)
    execute("run", "two.ome.tif", "--gaussian", "2,3,3", "-o", "channels.ome.tif", "--iterations", 2)
    execute("sweep", "cells.ome.tif", *gaussian, "-o", "sweep.csv", "--iterations", "2,4", "--stack", "sweep.ome.tif")
    execute("blur", "cells.ome.tif", *gaussian, "-o", "blur.ome.tif", "--photons", 100, "--seed", 1)
    written = {path.name: told_by(path) for path in sorted(here.glob("*.ome.tif"))}
    check("files", {**written, "sweep.csv": Path("sweep.csv").read_text().splitlines()[0].split(",")})


def told_by(path: Path) -> dict[str, object]:
    image = read_image(path)
    with tifffile.TiffFile(path) as file:
        root = ET.fromstring(file.ome_metadata or "")
    tags = {(each.tag.split("}")[1], key) for each in root.iter() for key in ("", *each.attrib)}
    return {
        "axes": image.axes,
        "spacing": str(image.spacing),
        "units": str(image.units),
        "name": image.name if image.iterations is None else image.name.rstrip("0123456789"),  # as many as auto found
        "channels": str(image.channels),
        "dtype": image.data.dtype.name,
        "metadata": outline(image.metadata),
        "ome": sorted(f"{tag}.{key}" if key else tag for tag, key in tags),
    }


# ---- what was written before


@pytest.mark.parametrize("name", sorted(CASES))
def test_recipes_of_before_repeat_their_estimates(here, name):
    path = FILES / f"{name}.json"
    text = path.read_text(encoding="utf-8")
    before, now = json.loads(text), nd.Recipe.from_json(text).to_dict()
    dark = before.pop("dark_noise")  # the opposite of an offset
    assert now["offset"] == (dark if dark == "auto" else -dark)
    assert now["defects"] == "keep"  # nobody looked for them
    assert list(lost(before, now)) == []
    execute("run", FILES / CASES[name], "--recipe", path, "-o", "again.ome.tif")
    again, old = read_image("again.ome.tif").data, np.load(path.with_suffix(".npy"))
    if before["background"] == "auto":  # it kept that, and offset and background are found in another way now
        assert np.linalg.norm(again - old) < 0.03 * np.linalg.norm(old)
    else:
        same(again, old, 1e-5)


@pytest.mark.parametrize("name", sorted(RUNS))
def test_results_of_before_open_and_repeat(here, name):
    image, old = read_image(FILES / RUNS[name]), read_image(FILES / name)
    assert old.recipe is not None
    assert (old.iterations, old.axes, old.spacing) == (old.recipe.iterations, image.axes, image.spacing)
    execute("run", FILES / RUNS[name], "--recipe", FILES / name, "-o", "again.ome.tif")
    again = read_image("again.ome.tif")
    same(again.data, old.data)
    assert again.recipe == old.recipe.replace(version=again.recipe.version)


def test_a_run_of_before_goes_on_exactly(here):
    for name in ("resumable.ome.tif", "resumable.whole.npy"):
        shutil.copy(FILES / name, name)
    image, earlier = read_image(FILES / STACK), read_result("resumable.ome.tif")
    assert earlier.checkpoint is not None
    execute("run", FILES / STACK, "--continue", "resumable.ome.tif", "--iterations", 4, "-o", "more.ome.tif")
    straight = nd.deconvolve(image.data, nd.psf.load(FILES / "psf.ome.tif"), earlier.recipe.replace(iterations=8))
    same(read_image("more.ome.tif").data, straight.estimate)


def test_a_spectrum_of_before_opens_and_repeats(here):
    execute("run", FILES / "line.csv", "--recipe", FILES / "spectrum.csv", "-o", "again.csv")
    old, again = (read_spectrum(path, column="result (counts)") for path in (FILES / "spectrum.csv", "again.csv"))
    same(again.values, old.values)
    assert column_names("again.csv") == column_names(FILES / "spectrum.csv")


def test_a_table_of_before_is_written_again(here):
    execute("sweep", FILES / FLAT, "--psf", FILES / "wide.ome.tif", "--iterations", "2,4", "-o", "sweep.csv")
    old, again = (list(csv.DictReader(path.open())) for path in (FILES / "sweep.csv", Path("sweep.csv")))
    for before, now in zip(old, again, strict=True):
        for name, value in before.items():
            if name != "score":
                assert now[name] == value or float(now[name]) == pytest.approx(float(value), rel=1e-5), name
    # Scores of before were on a scale of each sweep's own; the order of the rows is what they share.
    assert (
        np.argsort([float(row["score"]) for row in again]).tolist()
        == np.argsort([float(row["score"]) for row in old]).tolist()
    )


def test_psfs_of_before_open():
    psf, strata = nd.psf.load(FILES / "psf.ome.tif"), nd.psf.load(FILES / "strata.ome.tif")
    assert (psf.shape, psf.spacing, psf.unit, psf.info["source"]) == ((5, 5, 5), SPACING, "um", "gaussian")
    assert isinstance(strata, nd.psf.Strata)
    made_again = nd.psf.microscope_strata("widefield", depths_um=(0, 2), **OPTICS)
    assert (strata.depths, strata.top, strata.notes) == (made_again.depths, made_again.top, made_again.notes)
    for old, new in zip(strata.psfs, made_again.psfs, strict=True):
        same(new.data, old.data)
        assert old.info == new.info


def same(now: NDArray[Any], old: NDArray[Any], tolerance: float = 1e-5) -> None:
    """Demand equal numbers, but for the last bits of another machine; the tolerance is of the maximum."""
    assert now.dtype == old.dtype
    np.testing.assert_allclose(now, old, rtol=0, atol=tolerance * float(np.abs(old).max()))
