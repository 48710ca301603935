"""Nothing is guessed of how a PSF lies on an image: along which axes, and how large a voxel is."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from program import execute

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import read_image, write_image

ONE = ("--iterations", "1")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    stack = rng.poisson(50, (6, 12, 14)).astype(np.float32)
    for axes, units in (("TYX", ("s", "um", "um")), ("CYX", ("pixel", "um", "um")), ("ZYX", ("pixel", "um", "um"))):
        write_image(f"{axes}.ome.tif", stack, axes=axes, spacing=(2.0, 0.1, 0.1), units=units)
    tifffile.imwrite("plain.tif", stack[0])
    np.save("plain.npy", stack)
    nd.psf.save(nd.psf.gaussian((0.6, 0.3, 0.3), (0.2, 0.1, 0.1)), "p3.ome.tif")
    nd.psf.save(nd.psf.gaussian((0.3, 0.3), (0.1, 0.1)), "p2.ome.tif")
    nd.psf.save(nd.psf.gaussian((3.0, 3.0), unit="pixel"), "pixels.ome.tif")
    return tmp_path


COMMANDS = {"run": ("o.ome.tif", ONE), "blur": ("o.ome.tif", ()), "sweep": ("o.csv", ("--iterations", "1,2"))}
REFUSED = {
    "time": (("TYX.ome.tif", "--psf", "p3.ome.tif"), ("axis 0 of the image, time;", "take a 2D PSF", "T, Y, X")),
    "channels": (("CYX.ome.tif", "--psf", "p3.ome.tif"), ("axis 0 of the image, channels;", "take a 2D PSF")),
    "no depth": (("ZYX.ome.tif", "--psf", "p3.ome.tif"), ("voxel size along Z;", "give --spacing")),
    "a plain image": (("plain.tif", "--psf", "p2.ome.tif"), ("voxel size along Y, X;", "give --spacing")),
    "an array": (("plain.npy", "--psf", "p3.ome.tif"), ("voxel size along Z, Y, X;", "give --spacing")),
    "a width": (("ZYX.ome.tif", "--gaussian", "0.6,0.3,0.3"), ("voxel size along Z;", "give --spacing")),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", REFUSED)
def test_what_would_be_a_guess_is_refused_in_one_line(here, capsys, command, case):
    (output, more), (arguments, words) = COMMANDS[command], REFUSED[case]
    code, lines = execute(capsys, command, *arguments, *more, "-o", output)
    assert (code, len(lines)) == (cli.BAD_INPUT, 1)
    assert all(word in lines[0] for word in words), lines
    assert not (here / output).exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_with_what_was_asked_for_it_goes(here, capsys, command):
    output, more = COMMANDS[command]
    for arguments in (
        ("TYX.ome.tif", "--psf", "p2.ome.tif"),
        ("CYX.ome.tif", "--psf", "p2.ome.tif"),
        ("ZYX.ome.tif", "--psf", "p3.ome.tif", "--spacing", "0.2,0.1,0.1"),
        ("plain.tif", "--psf", "p2.ome.tif", "--spacing", "0.1"),
        ("plain.tif", "--psf", "pixels.ome.tif"),
    ):
        code, lines = execute(capsys, command, *arguments, *more, "-o", output)
        assert code == cli.DONE, lines
        assert not any(line.startswith("Note") for line in lines), lines


@pytest.mark.parametrize("command", COMMANDS)
def test_a_width_in_pixels_is_said_to_be_one(here, capsys, command):
    output, more = COMMANDS[command]
    code, lines = execute(capsys, command, "plain.tif", "--gaussian", "3", *more, "-o", output)
    assert code == cli.DONE
    assert "Note: --gaussian 3 is taken in pixels, as plain tells no voxel size; give --spacing for a length." in lines
    code, lines = execute(capsys, command, "plain.tif", "--gaussian", "3", "--spacing", "1", *more, "-o", output)
    assert not any(line.startswith("Note") for line in lines), lines


def test_a_stack_without_letters_is_taken_as_one(here, capsys):
    write_image(
        "Q.ome.tif", read_image("plain.npy").data, axes="QYX", spacing=(0.2, 0.1, 0.1), units=("pixel", "um", "um")
    )
    assert execute(capsys, "run", "Q.ome.tif", "--psf", "p3.ome.tif", *ONE, "-o", "o.ome.tif")[0] == cli.DONE
