"""PSFs from the command line: made, measured, checked and corrected."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from program import command
from program import execute_and_read as execute

import napari_deconvolve as nd
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.job.digest import digest_of

SPACING = (0.2, 0.1, 0.1)
LENS = ("--na", "1.4", "--emission", "0.52")


def beads_of(psf: nd.PSF, seed: int = 0) -> np.ndarray:
    """Four beads between samples, with photon noise on a background."""
    truth = np.zeros((40, 80, 80))
    for place in ((18, 20, 20), (20, 20, 58), (22, 58, 22), (19, 57, 60)):
        truth[place] = 1
    light = nd.convolve(truth, psf)
    return np.random.default_rng(seed).poisson(3000 * light / light.max() + 20).astype(np.uint16)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder with an image of known voxel size and a stack of beads."""
    monkeypatch.chdir(tmp_path)
    write_image("image.tif", np.ones((9, 20, 24), np.uint16), spacing=SPACING, units="um")
    write_image("flat.tif", np.ones((20, 24), np.uint16), spacing=(100, 100), units="nm")
    write_image("bare.tif", np.ones((20, 24), np.uint16))
    return tmp_path


# ---- microscope


def test_a_microscopes_psf_and_what_to_know_about_it(here):
    done = command(
        here, "psf", "microscope", "widefield", *LENS, "--sample-index", 1.33, "--depth", 10,
        "--spacing", "300nm,100nm,100nm", "--shape", "61,63,63", "-o", "p.ome.tif",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    psf = nd.psf.load("p.ome.tif")
    want = nd.psf.microscope(
        "widefield",
        numerical_aperture=1.4,
        emission_um=0.52,
        sample_index=1.33,
        depth_um=10,
        spacing=(0.3, 0.1, 0.1),
        shape=(61, 63, 63),
    )
    assert dict(psf.info) == dict(want.info)
    np.testing.assert_array_max_ulp(psf.data, want.data, 1)
    assert len(done.stderr.splitlines()) == 1
    rows = dict(line.split(":", 1) for line in done.stdout.splitlines())
    assert set(rows) == {"microscope", "FWHM", "focus shift", "Nyquist"}
    assert float(rows["focus shift"].split()[0]) == pytest.approx(2.26, abs=0.02)
    assert [f"{axis} {width:.4g}" for axis, width in zip("zyx", psf.fwhm, strict=True)] == [
        one.strip().removesuffix(" um") for one in rows["FWHM"].split(",")
    ]
    axial, lateral = nd.psf.nyquist("widefield", numerical_aperture=1.4, emission_um=0.52)
    assert f"z {axial:.3g}, y and x {lateral:.3g} um" in rows["Nyquist"]
    assert "1.1 times that along z and y and x" in rows["Nyquist"]


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        (("confocal", "--excitation", "488nm", "--pinhole", 0), {"excitation_um": 0.488, "pinhole_airy": 0}),
        (("--modality", "two-photon", "--excitation-um", 0.9), {"modality": "two-photon", "excitation_um": 0.9}),
        (("light-sheet", "--sheet", "1500nm", "--model", "scalar"), {"sheet_um": 1.5, "model": "scalar"}),
        (
            ("widefield", "--zernike", "11:0.1,5:-0.05", "--sampling", "point"),
            {"zernike": {11: 0.1, 5: -0.05}, "sampling": "point"},
        ),
        (
            ("widefield", "--immersion-index", 1.518, "--coverslip", 160, "--coverslip-index", 1.52),
            {"immersion_index": 1.518, "coverslip_um": 160, "coverslip_index": 1.52},
        ),
        (
            ("widefield", "--design-immersion-index", 1.51, "--working-distance", 100, "--design-coverslip", "0.17mm"),
            {"design_immersion_index": 1.51, "working_distance_um": 100, "design_coverslip_um": 170},
        ),
    ],
    ids=lambda one: str(one[0]) if isinstance(one, tuple) else "",
)
def test_every_option_reaches_its_parameter(here, capsys, options, arguments):
    grid = ("--spacing", "0.2,0.1,0.1", "--shape", "5,7,7")
    code, lines, _ = execute(capsys, "psf", "microscope", *options, *LENS, *grid, "-o", "p.tif")
    assert code == 0, lines
    arguments = {"modality": options[0], **arguments}
    want = nd.psf.microscope(
        **arguments, numerical_aperture=1.4, emission_um=0.52, spacing=(0.2, 0.1, 0.1), shape=(5, 7, 7)
    )
    assert dict(nd.psf.load("p.tif").info) == {
        key: [list(one) for one in value] if key == "zernike" and value else value for key, value in want.info.items()
    }


def test_the_spacing_can_come_from_an_image(here, capsys):
    microscope = ("psf", "microscope", "widefield", *LENS, "-o", "p.tif")
    assert execute(capsys, *microscope, "--spacing-from", "image.tif", "--shape", "5,7,7")[0] == 0
    assert nd.psf.load("p.tif").spacing == SPACING
    assert execute(capsys, *microscope, "--spacing-from", "flat.tif", "--shape", 7)[0] == 0
    assert (nd.psf.load("p.tif").spacing, nd.psf.load("p.tif").unit) == ((0.1, 0.1), "um")
    assert execute(capsys, *microscope, "--spacing-from", "image.tif", "--shape", "7,7")[0] == 0
    assert nd.psf.load("p.tif").spacing == SPACING[1:]
    made = ("psf", "gaussian", "--fwhm", 300, "-o", "p.tif")
    assert execute(capsys, *made, "--spacing-from", "flat.tif")[0] == 0
    psf = nd.psf.load("p.tif")
    assert (psf.spacing, psf.unit, psf.ndim) == ((100, 100), "nm", 2)
    assert psf.info["fwhm"] == [300, 300]
    formula = ("psf", "formula", "exp(-x^2)", "--shape", 9, "--spacing-from", "image.tif", "--unit", "nm")
    assert execute(capsys, *formula, "-o", "p.tif")[0] == 0
    assert nd.psf.load("p.tif").spacing == (200, 100, 100)


OPTICS = {
    "numerical_aperture": 1.4,
    "immersion_index": 1.518,
    "modality": "spinning-disk",
    "emission_um": [0.461, 0.509],
    "excitation_um": [0.405, None],
}


def test_the_optics_can_come_from_an_image(here, capsys):
    write_image(
        "cells.tif",
        np.ones((2, 4, 6, 7)),
        axes="CZYX",
        spacing=(1, *SPACING),
        units="um",
        channels=("DAPI", "GFP"),
        extra={"optics": OPTICS},
    )
    made = ("psf", "microscope", "--optics-from", "cells.tif", "--shape", "5,7,7", "-o", "p.tif")
    code, lines, _ = execute(capsys, *made, "--channel", "DAPI")
    assert code == 0, lines
    info = nd.psf.load("p.tif").info
    assert {name: info[name] for name in OPTICS} == {**OPTICS, "emission_um": 0.461, "excitation_um": 0.405}
    assert info["spacing"] == list(SPACING)
    own = ("--channel", 1, "--na", 1.3, "--spacing", 0.1, "widefield")
    assert execute(capsys, *made, *own)[0] == 0
    info = nd.psf.load("p.tif").info
    assert (info["numerical_aperture"], info["modality"], info["emission_um"]) == (1.3, "widefield", 0.509)
    assert info["spacing"] == [0.1] * 3
    out = execute(capsys, "inspect", "cells.tif")[2]
    assert "0.461, 0.509 um" in out
    assert "0.405 um, not stored" in out
    assert "NA:" in out


# ---- formula and points


def test_the_two_formulas_of_the_users(here):
    plane = ("psf", "formula", "a=0.05,2^(-(x^2+y^2)/(a/2)^2)", "--shape", "41,41", "--spacing", 0.005)
    done = command(here, *plane, "-o", "g.ome.tif")
    assert done.returncode == 0, done.stderr
    assert nd.psf.load("g.ome.tif").fwhm == pytest.approx((0.05, 0.05), rel=0.01)
    solid = ("--formula", "a=100,1/((x^2+y^2+z^2)/(a/2)^2+1)", "--shape", "31,33,35", "--spacing", "10,10,10")
    done = command(here, "psf", "formula", *solid, "--unit", "nm", "-o", "l.ome.tif")
    assert done.returncode == 0, done.stderr
    psf = nd.psf.load("l.ome.tif")
    assert psf.fwhm == pytest.approx((100, 100, 100), rel=0.01)
    assert (psf.shape, psf.unit) == ((31, 33, 35), "nm")


HOSTILE = (
    "__import__('os').system('touch owned')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "[x for x in (1,2)]",
    "(lambda: x)()",
    "f'{x}'",
    "9^9^9^9*x",
    "(" * 500 + "x" + ")" * 500,
    "x/0",
    "-exp(-x^2)",
    "0*x",
    "",
    "sqrt(x)",
    "open('image.tif')",
    "x if x else y",
    "a=b,x",
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20] or "empty")
def test_hostile_formulas_are_refused_in_one_line(here, capsys, text):
    before = sorted(os.listdir(here))
    formula = f"--formula={text}"
    code, lines, out = execute(capsys, "psf", "formula", formula, "--shape", "9,9", "-o", "p.tif")
    assert (code, len(lines), out) == (2, 1, ""), lines
    assert "formula" in lines[0]
    assert sorted(os.listdir(here)) == before


def test_a_hostile_formula_in_a_process_of_its_own(here):
    done = command(here, "psf", "formula", HOSTILE[0], "--shape", "9,9", "-o", "p.tif")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "--formula" in done.stderr
    assert not (here / "owned").exists()
    assert not (here / "p.tif").exists()


def test_points_in_space_and_along_a_line(here, capsys):
    solid = ("--offsets", "-250nm,0,0; 0,0,0; 250nm,0,0", "--weights", "0.4,1,0.4", "--spacing", "0.125,0.1,0.1")
    assert execute(capsys, "psf", "points", *solid, "-o", "p.tif")[0] == 0
    psf = nd.psf.load("p.tif")
    assert psf.shape == (5, 1, 1)
    np.testing.assert_allclose(psf.data.ravel(), np.array([0.4, 0, 1, 0, 0.4]) / 1.8, rtol=1e-6)
    line = ("--offsets", "-0.25,0,0.25", "--weights", "0.4,1,0.4", "--spacing", 0.125)
    code, lines, _ = execute(capsys, "psf", "points", *line, "-o", "q.tif")
    assert code == 0
    np.testing.assert_array_equal(nd.psf.load("q.tif").data, psf.data.ravel())
    assert "nan" not in lines[0].lower()


# ---- beads


def test_beads_give_a_psf_and_a_report(here):
    true = nd.psf.gaussian((0.8, 0.35, 0.35), SPACING)
    write_image("beads.tif", beads_of(true), spacing=SPACING, units="um")
    done = command(
        here, "psf", "beads", "beads.tif", "--bead-diameter", "100nm", "--report", "b.csv", "-o", "p.ome.tif"
    )
    assert done.returncode == 0, done.stderr
    psf = nd.psf.load("p.ome.tif")
    assert psf.fwhm == pytest.approx(true.fwhm, rel=0.05)
    assert (psf.spacing, psf.unit, psf.info["beads"]) == (SPACING, "um", 4)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("4 of 4 beads used")
    assert len(lines) == 5
    with open("b.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert sorted(round(float(row["x"])) for row in rows) == [20, 22, 58, 60]
    widths = [[float(row[f"fwhm_{axis}_um"]) for axis in "zyx"] for row in rows]
    np.testing.assert_allclose(np.mean(widths, axis=0), true.fwhm, rtol=0.05)
    assert {row["used"] for row in rows} == {"True"}
    assert list(rows[0])[-4:] == ["image", "recipe", "made", "time"]
    assert {row["image"] for row in rows} == {digest_of(read_image("beads.tif").data)}
    assert all("napari-deconvolve" in row["made"] and row["time"] for row in rows)


def test_a_channel_of_beads(here, capsys):
    stack = beads_of(nd.psf.gaussian((0.8, 0.35, 0.35), SPACING))
    two = np.stack([np.full_like(stack, 7), stack])
    write_image("two.tif", two, axes="CZYX", spacing=(1, *SPACING), units="um", channels=("DAPI", "green"))
    for channel in ("1", "green"):
        code, lines, _ = execute(capsys, "psf", "beads", "two.tif", "--channel", channel, "-o", "p.tif")
        assert code == 0, lines
        assert nd.psf.load("p.tif").info["beads"] == 4
    for options, words in (
        ((), ("--channel", "DAPI, green")),
        (("--channel", 2), ("--channel", "'2'")),
        (("--channel", 0), ("two.tif", "everywhere")),
    ):
        code, lines, _ = execute(capsys, "psf", "beads", "two.tif", *options, "-o", "q.tif")
        assert (code, len(lines)) == (2, 1)
        assert all(word in lines[0] for word in words), lines
    assert not (here / "q.tif").exists()


# ---- check


def test_check_finds_and_corrects(here, capsys):
    psf = nd.psf.gaussian((0.8, 0.35, 0.35), SPACING)
    bad = np.pad(psf.data / psf.data.max(), ((3, 0), (0, 0), (0, 1))) + 0.1
    tifffile.imwrite("bad.tif", bad.astype(np.float32))
    code, _, out = execute(capsys, "psf", "check", "bad.tif", "--image", "image.tif")
    assert code == 0
    found = {line.split(":")[1].strip(): line.split(":")[0] for line in out.splitlines()}
    assert {name for name, severity in found.items() if severity == "warning"} >= {"size", "pedestal", "centre"}
    assert found["spacing"] == "note"
    code, lines, out = execute(capsys, "psf", "check", "bad.tif", "--image", "image.tif", "--fix", "-o", "good.tif")
    assert code == 0, lines
    assert "fixed: pedestal" in out
    good = nd.psf.load("good.tif")
    assert (good.spacing, good.unit) == (SPACING, "um")
    assert good.fwhm == pytest.approx(psf.fwhm, rel=0.02)
    code, _, out = execute(capsys, "psf", "check", "good.tif", "--image", "image.tif")
    assert not [line for line in out.splitlines() if line.startswith(("warning", "error")) and "[" in line]


def test_check_resamples_to_an_image_and_compares_with_theory(here, capsys):
    fine = nd.psf.microscope(
        "widefield", numerical_aperture=1.4, emission_um=0.52, spacing=(0.1, 0.05, 0.05), shape=(31, 31, 31)
    )
    nd.psf.save(fine, "fine.tif")
    theory = ("--na", 1.4, "--emission", "520nm", "--immersion-index", 1.515)
    code, _, out = execute(capsys, "psf", "check", "fine.tif", "--image", "image.tif", *theory)
    assert code == 0
    assert "they agree within" in out
    assert "resample the PSF" in out
    assert execute(capsys, "psf", "check", "fine.tif", "--image", "image.tif", "--fix", "-o", "c.tif")[0] == 0
    assert nd.psf.load("c.tif").spacing == pytest.approx(SPACING)
    code, _, out = execute(capsys, "psf", "check", "fine.tif", "--na", 0.5, "--emission", 0.52)
    assert "check spacing, unit and optics" in out


def test_check_says_when_the_image_has_fewer_axes(here, capsys):
    nd.psf.save(nd.psf.gaussian((0.8, 0.35, 0.35), SPACING), "p3.tif")
    write_image("plane.tif", np.ones((32, 32), np.float32), spacing=SPACING[1:], units="um")
    code, lines, out = execute(capsys, "psf", "check", "p3.tif", "--image", "plane.tif")
    assert code == 0, lines
    assert "error:   extent:     The PSF has 3 axes and the image 2; give a PSF of no more axes." in out
    code, lines, _ = execute(capsys, "psf", "check", "p3.tif", "--image", "plane.tif", "--fix", "-o", "c.tif")
    assert (code, len(lines)) == (2, 1)
    assert "p3.tif" in lines[0]
    assert "3 axes" in lines[0]


def test_lobes_that_are_meant_are_not_corrected_away(here, capsys):
    skew = nd.psf.points([-0.2, 0, 0.4], [0.2, 1, 0.9], 0.1)
    nd.psf.save(skew, "lobes.tif")
    assert execute(capsys, "psf", "check", "lobes.tif", "--fix", "-o", "same.tif")[0] == 0
    np.testing.assert_array_equal(nd.psf.load("same.tif").data, skew.data)


def test_inspect_tells_what_is_wrong_with_a_psf(here, capsys):
    nd.psf.save(nd.psf.gaussian(0.1, 0.1), "coarse.tif")
    code, _, out = execute(capsys, "inspect", "coarse.tif")
    assert code == 0
    assert "1 of" in out
    assert "below 2 detail is lost" in out
    nd.psf.save(nd.psf.gaussian(0.5, 0.1), "fine.tif")
    assert "doctor:      nothing" in execute(capsys, "inspect", "fine.tif")[2]
    assert "doctor" not in execute(capsys, "inspect", "image.tif")[2]
    lens = {"numerical_aperture": 1.4, "emission_um": 0.52, "shape": (9, 31, 31)}
    nd.psf.save(nd.psf.microscope("widefield", spacing=(0.5, 0.1, 0.1), **lens), "planes.tif")
    told = execute(capsys, "inspect", "planes.tif")[2]
    assert "1.8 times Nyquist's along z, 1.1 times that along y, x (0.278" in told


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pedestal.tif", "pedestal 100 taken off"),
        ("first.tif", "zero lag was the first sample"),
        ("frames.tif", "planes"),
    ],
)
def test_what_is_done_to_a_psf_of_another_program_is_said(here, capsys, name, words):
    made = np.asarray(nd.psf.gaussian((4.0, 3.0, 3.0), ndim=3, shape=(9, 13, 13)).data)
    made = np.round(made / made.max() * 3000 + 100 * (name == "pedestal.tif")).astype(np.uint16)
    if name == "first.tif":
        made = np.fft.ifftshift(made)
    tifffile.imwrite(name, made, imagej=True, metadata={"axes": "TYX" if name == "frames.tif" else "ZYX"})
    write_image("image.tif", np.random.default_rng(0).poisson(30, (9, 20, 24)).astype(np.uint16))
    code, lines, _ = execute(capsys, "run", "image.tif", "--psf", name, "--iterations", "2", "-o", "o.tif")
    assert code == 0
    assert any(line.startswith(f"Note: {name}: ") and words in line for line in lines), lines
