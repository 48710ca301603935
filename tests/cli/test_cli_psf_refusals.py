"""PSFs from the command line that cannot be: one line each."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from program import command
from program import execute_and_read as execute

from napari_deconvolve.io import write_image

SPACING = (0.2, 0.1, 0.1)
LENS = ("--na", "1.4", "--emission", "0.52")


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder with an image of known voxel size and a stack of beads."""
    monkeypatch.chdir(tmp_path)
    write_image("image.tif", np.ones((9, 20, 24), np.uint16), spacing=SPACING, units="um")
    write_image("flat.tif", np.ones((20, 24), np.uint16), spacing=(100, 100), units="nm")
    write_image("bare.tif", np.ones((20, 24), np.uint16))
    return tmp_path


MICRO = ("psf", "microscope", "widefield", *LENS, "--spacing", "0.2,0.1,0.1")
BAD: dict[str, tuple[tuple[object, ...], tuple[str, ...]]] = {
    "no modality": (("psf", "microscope", *LENS, "--spacing", 0.1), ("--modality", "widefield")),
    "two modalities": ((*MICRO, "--modality", "confocal"), ("--modality", "widefield", "confocal")),
    "unknown modality": (("psf", "microscope", "sted", *LENS, "--spacing", 0.1), ("--modality", "sted", "confocal")),
    "no aperture": (("psf", "microscope", "widefield", "--emission", 0.5), ("--numerical-aperture",)),
    "no emission": (("psf", "microscope", "widefield", "--na", 1), ("--emission",)),
    "optics of nothing": (
        ("psf", "microscope", "--optics-from", "bare.tif"),
        ("--modality", "bare.tif", "does not have"),
    ),
    "no optics file": (("psf", "microscope", "--optics-from", "none.tif"), ("none.tif", "no file")),
    "channel of nothing": ((*MICRO, "--channel", 0), ("--channel", "--optics-from")),
    "channel of one": ((*MICRO, "--optics-from", "image.tif", "--channel", 3), ("--channel", "3", "image.tif")),
    "no spacing": (MICRO[:-2], ("--spacing", "0.278,0.0929,0.0929")),
    "two spacings": ((*MICRO, "--spacing-from", "image.tif"), ("--spacing", "--spacing-from")),
    "spacing from no file": ((*MICRO[:-2], "--spacing-from", "none.tif"), ("none.tif", "no file")),
    "spacing from a bare image": ((*MICRO[:-2], "--spacing-from", "bare.tif"), ("bare.tif", "voxel size")),
    "axes from a flat image": ((*MICRO[:-2], "--spacing-from", "flat.tif", "--shape", "5,5,5"), ("flat.tif", "3")),
    "nanometres": (("psf", "microscope", "widefield", "--na", 1.4, "--emission", 520), ("--emission", "520", "nano")),
    "wrong unit": (("psf", "microscope", "widefield", "--na", 1.4, "--emission", "2eV"), ("--emission", "eV")),
    "aperture with a unit": ((*MICRO, "--pinhole", "1um"), ("--pinhole", "1um", "unit")),
    "aperture too large": ((*MICRO, "--immersion-index", 1.33), ("--numerical-aperture", "1.4", "1.33")),
    "wordy depth": ((*MICRO, "--depth", "deep"), ("--depth", "deep", "um")),
    "negative depth": ((*MICRO, "--depth", "-3"), ("--depth", "-3")),
    "spacing in nm": ((*MICRO[:-1], "200,100,100"), ("--spacing", "200", "micrometres")),
    "even shape": ((*MICRO, "--shape", 8), ("--shape", "8", "odd")),
    "half shape": ((*MICRO, "--shape", 7.5), ("--shape", "7.5", "whole")),
    "unknown model": ((*MICRO, "--model", "exact"), ("--model", "exact", "scalar")),
    "unknown sampling": ((*MICRO, "--sampling", "area"), ("--sampling", "area", "point")),
    "zernike words": ((*MICRO, "--zernike", "coma"), ("--zernike", "coma", "11:0.1")),
    "zernike index": ((*MICRO, "--zernike", "0:1"), ("--zernike", "0")),
    "zernike order": ((*MICRO, "--zernike-order", "born"), ("--zernike-order", "born", "noll")),
    "ending": ((*MICRO, "-o", "p.png"), ("p.png", ".tif")),
    "folder": ((*MICRO, "-o", "none/p.tif"), ("none", "no folder")),
    "no formula": (("psf", "formula", "--shape", 9), ("--formula",)),
    "two formulas": (("psf", "formula", "x^2", "--formula", "x", "--shape", 9), ("--formula", "x^2")),
    "no shape": (("psf", "formula", "exp(-x^2)"), ("--shape",)),
    "axes missing": (("psf", "formula", "exp(-z^2)", "--shape", "9,9"), ("--formula", "z")),
    "uneven points": (("psf", "points", "--offsets", "0,0;1", "--weights", "1,1"), ("--offsets", "0,0;1")),
    "weights": (("psf", "points", "--offsets", "0;1", "--weights", "1,-1"), ("--weights", "-1")),
    "weights missing": (("psf", "points", "--offsets", "0;1"), ("--weights",)),
    "weights with a unit": (("psf", "points", "--offsets", "0;1", "--weights", "1um,1"), ("--weights", "1um")),
    "too few weights": (("psf", "points", "--offsets", "0;1;2", "--weights", "1,1"), ("--weights", "3 points")),
    "width unit": (("psf", "gaussian", "--fwhm", "300eV", "--spacing", 0.1), ("--fwhm", "eV")),
    "zero width": (("psf", "gaussian", "--fwhm", 0, "--spacing", 0.1), ("--fwhm", "0")),
    "no beads": (("psf", "beads", "image.tif"), ("image.tif", "everywhere")),
    "beads without spacing": (("psf", "beads", "bare.tif"), ("bare.tif", "--spacing")),
    "bead spacing": (("psf", "beads", "image.tif", "--spacing", "1,2"), ("--spacing", "Z,Y,X")),
    "bead diameter": (("psf", "beads", "image.tif", "--bead-diameter", "big"), ("--bead-diameter", "big")),
    "bead report": (("psf", "beads", "image.tif", "--report", "b.txt"), ("--report", "b.txt", ".csv")),
    "bead channel": (("psf", "beads", "image.tif", "--channel", 0), ("--channel", "no channels")),
    "fix without output": (("psf", "check", "image.tif", "--fix"), ("--fix", "-o")),
    "nothing to check": (("psf", "check", "none.tif"), ("none.tif", "no file")),
    "hopeless": (("psf", "check", "image.tif", "--fix", "-o", "p.tif"), ("image.tif", "flat")),
}
WITHOUT_OUTPUT = ("ending", "folder", "fix without output", "nothing to check", "hopeless")


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(here, capsys, case):
    arguments, words = BAD[case]
    before = sorted(os.listdir(here))
    code, lines, _ = execute(capsys, *arguments, *(() if case in WITHOUT_OUTPUT else ("-o", "p.tif")))
    assert code == 2, lines
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert sorted(os.listdir(here)) == before


@pytest.mark.parametrize("case", ["no aperture", "nanometres", "no spacing", "aperture too large"])
def test_bad_input_in_a_process_of_its_own(here, case):
    done = command(here, *BAD[case][0], "-o", "p.tif")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not (here / "p.tif").exists()
