"""A scientist's folder on the command line: what files of different makers tell of their optics, and a run with it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_deconvolve.cli import execute
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.units import factor

sys.path.append(str(Path(__file__).resolve().parents[1] / "formats"))
import makers_folder as makers

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FEW = ["--iterations", "2", "--gain", "1", "--background", "0"]
TELLING = [name for name, one in makers.FOLDER.items() if not one.missing]
SILENT = [name for name, one in makers.FOLDER.items() if one.missing]


def run(*words: object) -> int:
    return execute([str(word) for word in words])


def channels_of(one: makers.Right) -> int:
    return one.shape[one.axes.index("C")] if "C" in one.axes else 1


@pytest.mark.parametrize("name", makers.FOLDER)
def test_inspect_tells_what_a_file_holds(name, tmp_path, capsys):
    one = makers.FOLDER[name]
    with makers.made(name, tmp_path) as path:
        found = read_image(path)
        assert run("inspect", path) == 0
    said = capsys.readouterr().out
    assert f"shape:       {' x '.join(map(str, one.shape))}\n" in said
    assert f"axes:        {one.axes}\n" in said
    for letter, (step, unit) in one.steps.items():
        axis = found.axes.index(letter)
        assert found.image.spacing[axis] * factor(found.units[axis], unit) == pytest.approx(step)
    assert found.channels == one.channels
    assert {name: found.optics.get(name) for name in one.optics} == one.optics
    if "numerical_aperture" in one.optics:
        assert f"NA:          {one.optics['numerical_aperture']:g}\n" in said
    assert {"modality", "numerical_aperture", "immersion_index", "emission_um"} & set(found.optics) <= set(one.optics)


@pytest.mark.parametrize("name", TELLING)
def test_a_file_that_tells_enough_runs_by_its_own_optics_alone(name, tmp_path, capsys):
    one = makers.FOLDER[name]
    out = tmp_path / "out.ome.tif"
    with makers.made(name, tmp_path) as path:
        assert run("run", path, "--optics", "-o", out) == 0
    said = capsys.readouterr().err
    assert ("does not tell the kind of microscope" in said) == ("modality" not in one.optics)
    back = read_image(out)
    assert (back.axes, back.data.shape) == (one.axes, one.shape)
    kept = back.recipe.psf if channels_of(one) == 1 else back.recipe.psf["psfs"][-1]
    assert kept["numerical_aperture"] == one.optics["numerical_aperture"]
    assert kept["emission_um"] == one.optics["emission_um"][-1]
    assert kept["immersion_index"] == one.optics["immersion_index"]


@pytest.mark.parametrize("name", TELLING)
def test_its_psf_in_files_needs_no_option_either_and_is_the_same(name, tmp_path, capsys):
    one = makers.FOLDER[name]
    psfs = []
    with makers.made(name, tmp_path) as path:
        for channel in range(channels_of(one)):
            psfs += ["--psf", tmp_path / f"psf{channel}.ome.tif"]
            which = ["--channel", channel] if channels_of(one) > 1 else []
            assert run("psf", "microscope", "--optics-from", path, *which, "-o", psfs[-1]) == 0
        assert run("run", path, *psfs, "-o", tmp_path / "a.ome.tif", *FEW) == 0
        assert run("run", path, "--optics", "-o", tmp_path / "b.ome.tif", *FEW) == 0
    np.testing.assert_array_equal(read_image(tmp_path / "a.ome.tif").data, read_image(tmp_path / "b.ome.tif").data)


@pytest.mark.parametrize("name", SILENT)
def test_a_file_that_does_not_says_in_one_sentence_what_is_missing_and_how_to_give_it(name, tmp_path, capsys):
    one = makers.FOLDER[name]
    with makers.made(name, tmp_path) as path:
        assert run("run", path, "--optics", "-o", tmp_path / "out.ome.tif") == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert path.name in said
        assert "psf microscope --optics-from" in said
        assert all(word in said for word in one.missing)
        assert ("--numerical-aperture" in said) == ("numerical_aperture" not in one.optics)
        assert "--emission" in said
        psfs = []
        for channel in range(channels_of(one)):
            psfs += ["--psf", tmp_path / f"psf{channel}.ome.tif"]
            which = ["--channel", channel] if channels_of(one) > 1 else []
            assert run("psf", "microscope", "--optics-from", path, *which, *one.options, "-o", psfs[-1]) == 0
        assert run("run", path, *psfs, "-o", tmp_path / "out.ome.tif", *FEW) == 0
    assert read_image(tmp_path / "out.ome.tif").axes == one.axes


def test_all_that_is_missing_is_said_at_once(tmp_path, capsys):
    write_image(tmp_path / "bare.tif", makers.STACK)
    assert run("run", tmp_path / "bare.tif", "--optics", "-o", tmp_path / "out.ome.tif") == 2
    said = capsys.readouterr().err
    assert all(word in said for word in ("aperture", "emission", "voxel size along Z, Y, X", "--spacing", "--psf"))
    assert run("psf", "microscope", "--optics-from", tmp_path / "bare.tif", "-o", tmp_path / "psf.ome.tif") == 2
    said = capsys.readouterr().err
    assert all(word in said for word in ("--modality", "--numerical-aperture", "--emission", "--spacing"))


def test_a_spacing_that_is_given_counts_for_the_psf_by_optics(tmp_path):
    info = "Numerical Aperture = 1.2\nImmersion = Water\nEmission wavelength = 520 nm\n"
    metadata = {"axes": "ZYX", "Info": info}
    tifffile.imwrite(tmp_path / "a.tif", makers.STACK, imagej=True, metadata=metadata)
    words = ["run", tmp_path / "a.tif", "--optics", "-o", tmp_path / "out.ome.tif", *FEW]
    assert run(*words) == 2
    assert run(*words, "--spacing", "0.3,0.1,0.1") == 0
    kept = read_image(tmp_path / "out.ome.tif").recipe.psf
    assert (kept["numerical_aperture"], kept["spacing"]) == (1.2, [0.3, 0.1, 0.1])


@pytest.mark.parametrize("other", [["--gaussian", "2"], ["--psf", "a.tif"]])
def test_optics_and_another_psf_are_refused(other, tmp_path, capsys):
    with makers.made("ome_stack", tmp_path) as path:
        assert run("run", path, "--optics", *other, "-o", tmp_path / "out.ome.tif") == 2
    assert f"--optics and {other[0]} are both given" in capsys.readouterr().err


def test_optics_are_for_images(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{x},{x % 5}\n" for x in range(40)))
    assert run("run", tmp_path / "a.csv", "--optics", "-o", tmp_path / "b.csv") == 2
    assert "spectra" in capsys.readouterr().err
