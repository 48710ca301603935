"""Tables on the command line: columns, axes, units, several spectra at once, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import column_names, read_image, read_spectra, read_spectrum

X = np.round(400 + 0.5 * np.arange(200), 3)
PSF = nd.psf.gaussian(8, 0.5, ndim=1, unit="nm")
WAY = ("--iterations", "5", "--acceleration", "none", "--background", "20")


def counts(place: int, seed: int) -> np.ndarray:
    truth = np.zeros(200)
    truth[[place, place + 12]] = 4000
    return np.random.default_rng(seed).poisson(nd.convolve(truth, PSF) + 20).astype(float)


A, B = counts(80, 0), counts(120, 1)


@pytest.fixture
def table(tmp_path, monkeypatch) -> str:
    """A counter, an axis, two spectra with a missing value, and a constant."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{k + 1};{x};{a:g};{b:g};0" for k, (x, a, b) in enumerate(zip(X, A, B, strict=True))]
    rows[50] = f"51;{X[50]};OVER;{B[50]:g};0"
    text = "\n".join(["Made by nobody", "point;Wave;a;b;dark", ";[nm];[counts];[counts];", *rows, "", "[End]", ""])
    Path("t.csv").write_text(text)
    return "t.csv"


def output(capsys, *arguments) -> str:
    """Return what a command prints and says."""
    assert cli.execute([str(one) for one in arguments]) == 0, capsys.readouterr().err
    said = capsys.readouterr()
    return said.out + said.err


def refusal(capsys, *arguments) -> str:
    assert cli.execute([str(one) for one in arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def holed(values: np.ndarray) -> np.ndarray:
    found = values.copy()
    found[50] = np.nan
    return found


def test_all_spectra_of_a_table_are_run_together_and_written_with_their_axis(table, capsys):
    output(capsys, "run", table, "--gaussian", 8, "--column", "all", *WAY, "-o", "r.csv")
    names = ["a (counts)", "b (counts)"]
    names += [f"{what} of {name}" for what in ("result", "re-blurred", "residual") for name in names[:2]]
    assert column_names("r.csv") == tuple(names)
    found = read_spectra("r.csv", columns="2-5")
    for one, values in zip(found[:2], (holed(A), B), strict=True):
        np.testing.assert_array_equal(one.values, values)
    for one, values in zip(found[2:], (holed(A), B), strict=True):
        want = nd.richardson_lucy(values, PSF, 5, background=20)
        np.testing.assert_allclose(one.values, want, rtol=1e-3, atol=1e-2)
        np.testing.assert_allclose(one.axis, X)
        assert one.unit == "nm"


def test_each_is_what_it_is_alone(table, capsys):
    how = ("--formula", "exp(-(x/4)^2)", *WAY)
    output(capsys, "run", table, *how, "--column", "3,4", "-o", "both.csv")
    for name, column in (("a", "a"), ("b", "4")):
        output(capsys, "run", table, *how, "--column", column, "-o", f"{name}.csv")
        alone, together = (read_spectrum(path, column=what) for path, what in (
            (f"{name}.csv", "result"), ("both.csv", f"result of {name}"),
        ))  # fmt: skip
        np.testing.assert_allclose(together.values, alone.values, rtol=1e-4)


def test_they_go_on_and_start_from_each_other_and_into_images(table, capsys):
    both = ("--column", "all")
    output(capsys, "run", table, "--gaussian", 8, *both, *WAY, "-o", "r.csv")
    output(capsys, "run", table, *both, "--continue", "r.csv", "--iterations", "5", "-o", "ten.csv")
    output(capsys, "run", table, "--gaussian", 8, *both, *WAY, "--start", "r.csv", "-o", "again.csv")
    again, ten = (read_spectrum(path, column="result of b").values for path in ("again.csv", "ten.csv"))
    np.testing.assert_allclose(again, ten, rtol=1e-3)
    assert "2 x 200" in refusal(capsys, "run", table, "--gaussian", 8, *WAY, "--start", "r.csv", "-o", "x.csv")
    output(capsys, "run", table, "--gaussian", 8, *both, *WAY, "-o", "r.ome.tif")
    image = read_image("r.ome.tif")
    assert (image.axes, image.channels, image.units[-1], image.data.shape) == ("CX", ("a", "b"), "nm", (2, 200))
    output(capsys, "blur", table, "--gaussian", 8, *both, "-o", "b.csv")
    assert column_names("b.csv") == ("a (counts)", "b (counts)")


def test_one_psf_per_spectrum(table, capsys):
    for name, width in (("narrow", 4), ("wide", 8)):
        nd.psf.save(nd.psf.gaussian(width, 0.5, ndim=1, unit="nm"), f"{name}.ome.tif")
    psfs = ("--psf", "narrow.ome.tif", "--psf", "wide.ome.tif")
    output(capsys, "run", table, *psfs, "--column", "all", *WAY, "-o", "r.csv")
    want = nd.richardson_lucy(B, PSF, 5, background=20)
    np.testing.assert_allclose(read_spectrum("r.csv", column="result of b").values, want, rtol=1e-3, atol=1e-2)
    model = read_spectrum("r.csv", column="re-blurred of b").values
    np.testing.assert_allclose(model[20:-20], (nd.convolve(want, PSF) + 20)[20:-20], rtol=1e-2, atol=0.5)


@pytest.mark.parametrize("command", ["inspect", "run"])
def test_everything_left_out_is_said(table, capsys, command):
    more = () if command == "inspect" else ("--gaussian", 8, *WAY, "-o", "r.csv")
    said = output(capsys, command, table, *more)
    for words in (
        "the axis is 'Wave (nm)', not 'point': that only counts",
        "'dark', 'point' are constant, empty, a count or beside data",
        "1 line (line 1) of a header not used",
        "1 line (line 205) below the table left out, the first is '[End]'",
        "axis Wave from 400 to 499.5 nm in steps of 0.5",
        "1 of 200 values are missing",
    ):
        assert words in said


def test_inspect_tells_the_columns(table, capsys):
    said = output(capsys, "inspect", table)
    for words in (
        "1 'point': not data, 1 to 200",
        "2 'Wave (nm)': axis, 400 to 499.5",
        f"3 'a (counts)': data, {A.min():g} to {A.max():g}, 1 missing",
        "4 'b (counts)': more data",
        "5 'dark': not data, 0 to 0",
    ):
        assert words in said
    assert "1 'point': axis" in output(capsys, "inspect", table, "--axis-column", 1, "--column", "b")


def test_the_axis_column_is_chosen(table, capsys):
    output(capsys, "run", table, "--axis-column", "point", "--column", "b", "--gaussian", 16, *WAY, "-o", "r.csv")
    found = read_spectrum("r.csv", column="result")
    assert (found.quantity, found.spacing, found.start) == ("point", 1, 1)
    assert "no axis column 'J'" in refusal(capsys, "run", table, "--axis-column", "J", "--gaussian", 8, "-o", "r.csv")
    np.save("plane.npy", np.ones((5, 6)))
    said = refusal(capsys, "run", "plane.npy", "--axis-column", 1, "--gaussian", 2, "-o", "r.tif")
    assert "--axis-column 1 is for spectra" in said


UNKNOWN = ["?m", "Data", "calibrated", "arb", "ï¿½m", "cm", "furlong", "px^2"]


@pytest.mark.parametrize("unit", UNKNOWN)
@pytest.mark.parametrize("given", ["nothing", "--spacing", "--unit", "both"])
def test_no_unit_forbids_a_run_and_what_is_given_counts(tmp_path, monkeypatch, capsys, unit, given):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(
        f"x ({unit}),y\n" + "".join(f"{x},{a}\n" for x, a in zip(X, A, strict=True)), encoding="utf-8"
    )
    options = {"nothing": (), "--spacing": ("--spacing", 0.25), "--unit": ("--unit", "nm")}
    more = options.get(given, (*options["--spacing"], *options["--unit"]))
    own = unit == "cm"  # which is known
    said = output(capsys, "run", "t.csv", "--gaussian", 8, *more, *WAY, "-o", "r.csv")
    assert (f"the unit '{unit}' of the axis is not known: left out" in said) != own
    found = read_spectrum("r.csv", column="result")
    assert found.unit == ("nm" if given in ("--unit", "both") else "cm" if own else "pixel")
    assert found.spacing == (0.25 if given in ("--spacing", "both") else 0.5)
    assert ("as given" in said) == bool(more)


@pytest.mark.parametrize("unit", UNKNOWN[:3])
def test_nor_does_it_with_a_kernel_that_has_a_unit(tmp_path, monkeypatch, capsys, unit):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(f"x ({unit}),y\n" + "".join(f"{x},{a}\n" for x, a in zip(X, A, strict=True)))
    nd.psf.save(nd.psf.gaussian(8, 0.5, ndim=1, unit="nm"), "k.ome.tif")
    output(capsys, "run", "t.csv", "--psf", "k.ome.tif", *WAY, "-o", "r.csv")
    found = read_spectrum("r.csv", column="result").values
    np.testing.assert_allclose(found, nd.richardson_lucy(A, PSF, 5, background=20), rtol=1e-3, atol=1e-2)


def test_units_that_are_none_are_refused(table, capsys):
    assert "--unit is 'foo'" in refusal(capsys, "run", table, "--unit", "foo", "--gaussian", 8, "-o", "r.csv")
    np.save("plane.npy", np.ones((50, 60)))
    said = refusal(capsys, "run", "plane.npy", "--unit", "um", "--gaussian", 8, "-o", "r.tif")
    assert "give --spacing too" in said


def test_columns_that_cannot_be_together_are_refused(table, capsys):
    for column, words in (("2,3", "has its axis in the column"), ("3,9", "no column '9'"), ("a;b", "no column 'a;b'")):
        said = refusal(capsys, "run", table, "--column", column, "--gaussian", 8, "-o", "r.csv")
        assert words in said


def test_files_of_instruments_are_read_and_not_written(table, capsys):
    text = "##TITLE=a\n##JCAMP-DX=4.24\n##XUNITS=NANOMETERS\n##FIRSTX=400\n##LASTX=499.5\n##NPOINTS=200\n"
    lines = "".join(f"{X[k]:g} {' '.join(f'{a:g}' for a in A[k : k + 8])}\n" for k in range(0, 200, 8))
    Path("a.jdx").write_text(f"{text}##XYDATA=(X++(Y..Y))\n{lines}##END=\n")
    output(capsys, "run", "a.jdx", "--gaussian", 8, *WAY, "-o", "r.csv")
    want = nd.richardson_lucy(A, PSF, 5, background=20)
    np.testing.assert_allclose(read_spectrum("r.csv", column="result").values, want, rtol=1e-3, atol=1e-2)
    assert "a name that ends in .csv" in refusal(capsys, "run", "a.jdx", "--gaussian", 8, *WAY, "-o", "b.jdx")


def test_a_psf_is_read_by_the_same_reader(table, capsys):
    place = np.arange(-20, 20.5, 0.5)
    kernel = np.exp(-4 * np.log(2) * (place / 8) ** 2)
    rows = [f"{k};{x};{y}".replace(".", ",") for k, (x, y) in enumerate(zip(place, kernel, strict=True), 1)]
    Path("k.asc").write_text("\n".join(["Made by nobody", "point;x;K", ";nm;", *rows, "[End]"]))
    output(capsys, "run", table, "--psf", "k.asc", "--column", "b", *WAY, "-o", "r.csv")
    found = read_spectrum("r.csv", column="result").values
    want = nd.richardson_lucy(B, PSF, 5, background=20)
    assert np.linalg.norm(found - want) < 0.02 * np.linalg.norm(want)


@pytest.mark.parametrize("unit", ["?m", "[Data]", "furlong"])
def test_nor_do_units_of_images_forbid_a_spacing_that_is_given(tmp_path, monkeypatch, capsys, unit):
    monkeypatch.chdir(tmp_path)
    plane = np.random.default_rng(0).poisson(50, (40, 40)).astype(np.uint16)
    tifffile.imwrite("a.tif", plane, imagej=True, resolution=(7, 7), metadata={"unit": unit, "axes": "YX"})
    nd.psf.save(nd.psf.gaussian(0.4, 0.1, ndim=2, unit="um"), "k.ome.tif")
    for more in (("--spacing", "0.1"), ("--spacing", "100", "--unit", "nm"), ("--spacing", "1e-4", "--unit", "mm")):
        output(capsys, "run", "a.tif", "--psf", "k.ome.tif", *more, "--iterations", "2", "-o", "r.ome.tif")
        found = read_image("r.ome.tif")
        assert found.spacing == (float(more[1]),) * 2
        assert found.units == (more[3] if len(more) > 2 else "um",) * 2
