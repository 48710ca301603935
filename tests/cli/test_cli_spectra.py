"""Spectra from the command line: tables in, tables out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import Spectrum, column_names, read_image, read_spectrum, write_spectrum


@pytest.fixture
def measured(tmp_path, monkeypatch) -> Spectrum:
    """Two lines in meV, as a table whose axis runs downwards."""
    monkeypatch.chdir(tmp_path)
    truth = np.zeros(200)
    truth[[80, 95]] = 3000
    psf = nd.psf.gaussian(2.0, 0.2, ndim=1, unit="meV")
    counts = np.random.default_rng(0).poisson(nd.convolve(truth, psf) + 10).astype(float)
    spectrum = Spectrum(counts, 0.2, "meV", -20, "counts", "E", "", True)
    write_spectrum("data.csv", spectrum)
    write_spectrum("kernel.csv", Spectrum(psf.data, 0.2e-3, "eV", -3e-3, "K", "E"))
    return spectrum


def test_the_command_line_takes_tables(measured, capsys):
    how = ["--iterations", "20", "--acceleration", "none", "--background", "10"]
    assert cli.execute(["run", "data.csv", "--gaussian", "2", "-o", "a.csv", *how]) == 0
    psf = nd.psf.gaussian(2.0, 0.2, ndim=1, unit="meV")
    want = nd.richardson_lucy(measured.values, psf, 20, background=10)
    result, blurred = (read_spectrum("a.csv", column=name) for name in ("result", "re-blurred"))
    np.testing.assert_allclose(result.values, want, rtol=1e-4, atol=1e-3)
    assert (result.unit, result.descending, column_names("a.csv")[0]) == ("meV", True, "counts")
    inside = nd.convolve(want, psf) + 10
    np.testing.assert_allclose(blurred.values[20:-20], inside[20:-20], rtol=1e-3, atol=0.05)
    for name, kernel in (("b", ["--psf", "kernel.csv"]), ("c", ["--formula", "exp(-4*ln(2)*(x/2)^2)"])):
        assert cli.execute(["run", "data.csv", *kernel, "-o", f"{name}.csv", *how]) == 0
        found = read_spectrum(f"{name}.csv", column="result").values
        assert np.linalg.norm(found - want) < 0.03 * np.linalg.norm(want)
    assert cli.execute(["run", "data.csv", "--recipe", "a.csv", "-o", "d.csv"]) == 0
    np.testing.assert_array_equal(read_spectrum("d.csv", column="result").values, result.values)
    assert cli.execute(["run", "data.csv", "--gaussian", "2", "-o", "e.ome.tif", *how]) == 0
    assert read_image("e.ome.tif").units == ("meV",)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["data.csv", "--formula", "exp(-y^2)", "-o", "a.csv"], "--formula"),
        (["data.csv", "--formula", "1/x", "--gaussian", "2", "-o", "a.csv"], "both given"),
        (["data.csv", "--column", "J", "--gaussian", "2", "-o", "a.csv"], "no column 'J'"),
        (["plane.npy", "--gaussian", "2", "-o", "a.csv"], "a.csv is a table"),
        (["plane.npy", "--formula", "exp(-x^2)", "-o", "a.tif"], "for spectra"),
        (["plane.npy", "--column", "2", "--gaussian", "2", "-o", "a.tif"], "--column 2"),
        (["data.csv", "--recipe", "data.csv", "-o", "a.csv"], "holds no recipe"),
    ],
)
def test_what_the_command_line_refuses(measured, capsys, arguments, words):
    np.save("plane.npy", np.ones((5, 6)))
    assert cli.execute(["run", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert not Path("a.csv").exists()


WAY = ("--gaussian", "2", "--iterations", "5", "--acceleration", "none", "--background", "10")


def result_of(capsys, *arguments):
    assert cli.execute([str(one) for one in arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr()


def test_the_command_line_says_how_a_table_was_understood(measured, capsys):
    note, summary, camera = result_of(capsys, "run", "data.csv", *WAY, "-o", "a.csv").err.splitlines()
    assert note.startswith("Note: data.csv: 200 rows of 2 columns")
    assert "the axis runs downwards" in note
    assert summary.startswith("a.csv: 5 iterations")
    assert camera.startswith("Camera: offset 0.0 ±")


def test_uneven_positions_can_be_resampled_by_every_command(measured, capsys):
    place = np.arange(200) * 0.2 + 0.08 * np.sin(np.arange(200) / 3)
    np.savetxt("uneven.txt", np.c_[place, measured.values], header="E (meV)\tcounts", comments="")
    for command, output in (("run", "r.csv"), ("blur", "b.csv"), ("sweep", "s.csv")):
        arguments = [command, "uneven.txt", "--gaussian", "2", "--iterations", "5"][: 4 if command == "blur" else 6]
        assert cli.execute([*arguments, "-o", output]) == 2
        assert "resample it to equal steps" in capsys.readouterr().err
        assert "resampled to" in result_of(capsys, *arguments, "--resample", "-o", output).err
    wanted = read_spectrum("uneven.txt", resample=True)
    np.testing.assert_allclose(read_spectrum("r.csv").axis, wanted.axis)
    np.testing.assert_allclose(read_spectrum("r.csv").values, wanted.values)
    assert "uneven positions: resampled" in result_of(capsys, "inspect", "uneven.txt").out


def test_a_spectrum_is_blurred_into_a_table_and_inspected(measured, capsys):
    said = result_of(
        capsys, "blur", "data.csv", "--gaussian", "2", "--photons", "500", "--seed", "1", "-o", "b.csv"
    ).err
    assert "500 photons" in said
    blurred = read_spectrum("b.csv")
    wanted = nd.simulate(measured.values, fwhm=2.0, spacing=0.2, photons=500, seed=1).counts
    np.testing.assert_array_equal(blurred.values, wanted)
    assert (blurred.unit, blurred.descending, blurred.start) == ("meV", True, -20)
    result_of(capsys, "run", "b.csv", *WAY, "-o", "r.csv")
    told = result_of(capsys, "inspect", "r.csv").out
    for words in ("200", "X 0.2 meV", "runs downwards", "rl, 5 iterations"):
        assert words in told
    result_of(capsys, "sweep", "b.csv", "--gaussian", "2", "--truth", "data.csv", "-o", "t.csv")
    assert cli.execute(["blur", "plane.npy", "--gaussian", "2", "-o", "p.csv"]) == 2


@pytest.mark.parametrize("rows", [True, False])
def test_an_array_of_positions_and_data_is_a_spectrum_where_nothing_else_can_be_meant(measured, capsys, rows):
    pair = np.stack([measured.axis, measured.values])
    np.save("pair.npy", pair if rows else pair.T)
    note = result_of(capsys, "run", "pair.npy", *WAY, "-o", "a.csv").err.splitlines()[0]
    assert f"two {'rows' if rows else 'columns'} of 200 numbers" in note
    found = read_spectrum("a.csv")
    np.testing.assert_allclose(found.axis, measured.axis, atol=1e-9)
    result_of(capsys, "run", "data.csv", *WAY, "-o", "b.csv")
    np.testing.assert_allclose(
        read_spectrum("a.csv", column="result").values, read_spectrum("b.csv", column="result").values, rtol=1e-2
    )


def test_widths_and_kernels_of_positions_without_a_unit_are_in_theirs(measured, capsys):
    np.savetxt("bare.csv", np.c_[measured.axis, measured.values], delimiter=",")
    place = np.arange(-60, 61) * 0.1
    np.savetxt("fine.csv", np.c_[place, np.exp(-4 * np.log(2) * (place / 2) ** 2)], delimiter=",")
    write_spectrum("kernel.csv", read_spectrum("kernel.csv").in_unit("meV"))
    result_of(capsys, "run", "data.csv", *WAY, "-o", "a.csv")
    wanted = read_spectrum("a.csv", column="result").values
    formula = "exp(-4*ln(2)*(x/2)^2)"
    for kernel in (("--gaussian", 2), ("--formula", formula), ("--psf", "fine.csv"), ("--psf", "kernel.csv")):
        result_of(capsys, "run", "bare.csv", *kernel, *WAY[2:], "-o", "b.csv")
        found = read_spectrum("b.csv", column="result").values
        assert np.linalg.norm(found - wanted) < 0.03 * np.linalg.norm(wanted), kernel


def test_two_rows_of_anything_else_are_an_image_unless_somebody_says_so(measured, capsys):
    uneven = np.arange(200.0) ** 1.1
    for name, first in (("counts", measured.values), ("uneven", uneven), ("flat", np.zeros(200))):
        np.save(f"{name}.npy", np.stack([first, measured.values]))
        assert cli.execute(["run", f"{name}.npy", "--gaussian", "2", "-o", "a.csv"]) == 2
        assert "the image has 2 axes" in capsys.readouterr().err
    assert "resampled" in result_of(capsys, "run", "uneven.npy", *WAY, "--resample", "-o", "a.csv").err
    np.save("plane.npy", np.ones((5, 6)))
    assert cli.execute(["run", "plane.npy", *WAY, "--resample", "-o", "b.csv"]) == 2
    assert "--resample is for spectra" in capsys.readouterr().err
