"""The command line's sweep: its table, its stack, and what it refuses in one line."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.cli.sweep import counts_of
from napari_deconvolve.io import read_image, write_image

SPACING = (0.1, 0.1)
PSF = nd.psf.gaussian((0.4, 0.4), SPACING)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with an image, its truth and its PSF."""
    rng = np.random.default_rng(3)
    truth = np.zeros((40, 36), np.float32)
    truth[12, 8], truth[26, 24] = 5e4, 3e4
    write_image(tmp_path / "truth.tif", truth, spacing=SPACING, units="um")
    write_image(tmp_path / "image.tif", rng.poisson(nd.convolve(truth, PSF) + 20).astype(np.uint16),
                spacing=SPACING, units="um", name="beads")  # fmt: skip
    nd.psf.save(PSF, tmp_path / "psf.ome.tif")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def execute(capsys, *arguments: object) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = cli.execute([str(one) for one in ("sweep", *arguments)])
    return code, capsys.readouterr().err.splitlines()


def table(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_table_and_stack_are_those_of_the_function(here, capsys):
    code, lines = execute(
        capsys, "image.tif", "--psf", "psf.ome.tif", "--iterations", "3,6,12", "--truth", "truth.tif",
        "--prior", "tv", "--strengths", "0,1e-2", "--background", 20, "-o", "table.csv", "--stack", "stack.ome.tif",
    )  # fmt: skip
    assert code == 0
    image, truth = read_image(here / "image.tif").data, read_image(here / "truth.tif").data
    found = nd.sweep(image, PSF, (3, 6, 12), prior="tv", strengths=(0, 1e-2), truth=truth, background=20)
    rows = table(here / "table.csv")
    assert [(int(row["iterations"]), row["prior"]) for row in rows] == [
        (3, "none"), (6, "none"), (12, "none"), (3, "tv"), (6, "tv"), (12, "tv"),
    ]  # fmt: skip
    for row, expected in zip(rows, found.table, strict=True):
        assert float(row["mse"]) == pytest.approx(expected.mse, rel=1e-5)
        assert float(row["ssim"]) == pytest.approx(expected.ssim, rel=1e-4)
        assert row["score"] == ""
    stack = read_image(here / "stack.ome.tif")
    assert stack.data.shape == (6, 40, 36)
    assert np.abs(stack.data - np.stack(found.estimates)).max() <= 1e-5 * stack.data.max()
    assert stack.spacing[1:] == SPACING
    assert [one["iterations"] for one in stack.metadata["sweep"]] == [3, 6, 12, 3, 6, 12]
    assert stack.made is not None
    assert {(row["image"], row["made"], row["time"]) for row in rows} == {
        (stack.made.image, str(stack.made), stack.made.time)
    }
    assert stack.made.image == nd.deconvolve(image, PSF, nd.Recipe(iterations=1)).made.image
    assert len(lines) == 1
    assert "6 rows from 2 runs" in lines[0]
    assert f"best {found.best.iterations} iterations" in lines[0]


def test_without_a_truth_there_is_a_score_and_the_textbook_iteration(here, capsys):
    code, _ = execute(capsys, "image.tif", "--gaussian", "0.4", "--iterations", "4:8:2", "-o", "table.csv")
    assert code == 0
    rows = table(here / "table.csv")
    assert [int(row["iterations"]) for row in rows] == [4, 6, 8]
    assert all(row["mse"] == "" and np.isfinite(float(row["score"])) for row in rows)
    image = read_image(here / "image.tif").data
    plain = nd.deconvolve(image, PSF, nd.Recipe(iterations=8, acceleration=None, background=0.0))
    assert float(rows[-1]["deviance"]) == pytest.approx(plain.trace[-1], rel=1e-3)


def test_numbers_of_iterations_are_read():
    assert counts_of("80, 10,20") == (10, 20, 80)
    assert counts_of("10:80:10") == tuple(range(10, 81, 10))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--iterations", "10,x"], "--iterations is '10,x'"),
        (["--iterations", "0,5"], "--iterations is '0,5'"),
        (["--iterations", "10:80:0"], "--iterations is '10:80:0'"),
        (["--strengths", "0.1"], "--prior is missing"),
        (["--prior", "tvv"], "--prior: The prior is 'tvv'"),
        (["--prior", "tv", "--strengths", "weak"], "--strengths is 'weak'"),
        (["--prior", "tv", "--strengths", "1e9"], "--strengths: The strength"),
        (["--truth", "psf.ome.tif"], "--truth psf.ome.tif"),
        (["--truth", "absent.tif"], "absent.tif"),
        (["--stack", "stack.png"], "stack.png"),
        (["-o", "table.txt"], "table.txt"),
        (["-o", "absent/table.csv"], "no folder"),
    ],
)
def test_bad_input_is_told_in_one_line(here, capsys, options, words):
    arguments = ["image.tif", "--psf", "psf.ome.tif", "-o", "table.csv", *options]
    code, lines = execute(capsys, *arguments)
    assert code == 2
    assert len(lines) == 1
    assert words in lines[0]
    assert not (here / "table.csv").exists()


def test_a_psf_is_needed(here, capsys):
    code, lines = execute(capsys, "image.tif", "-o", "table.csv")
    assert (code, len(lines)) == (2, 1)
    assert "--psf" in lines[0]


def test_what_was_there_stays_when_a_sweep_is_interrupted(here, capsys, monkeypatch):
    (here / "table.csv").write_text("older")

    def interrupt(states, total):
        next(iter(states))
        raise nd.Cancelled("stopped")

    monkeypatch.setattr("napari_deconvolve.cli.sweep.follow", interrupt)
    code, lines = execute(capsys, "image.tif", "--psf", "psf.ome.tif", "-o", "table.csv", "--stack", "s.tif")
    assert code == 130
    assert len(lines) == 1
    assert (here / "table.csv").read_text() == "older"
    assert not (here / "s.tif").exists()


def test_priors_and_sieves_are_rows_of_one_table(here, capsys):
    code, lines = execute(
        capsys, "image.tif", "--psf", "psf.ome.tif", "--iterations", "4", "--prior", "tv,hessian",
        "--strengths", "0,1e-2", "--sieves", "0,0.5", "-o", "table.csv", "--stack", "stack.ome.tif",
    )  # fmt: skip
    assert code == 0, lines
    image = read_image(here / "image.tif").data
    found = nd.sweep(image, PSF, 4, prior=("tv", "hessian"), strengths=(0, 1e-2), sieves=(0, 0.5))
    rows = table(here / "table.csv")
    assert len(rows) == len(found.table) == 6
    for row, expected in zip(rows, found.table, strict=True):
        assert (row["prior"], float(row["sieve"])) == (expected.prior or "none", expected.sieve)
        assert float(row["score"]) == pytest.approx(expected.score, rel=1e-4)
        assert float(row["score_sd"]) == pytest.approx(expected.score_sd, rel=1e-3, abs=1e-9)
    assert read_image(here / "stack.ome.tif").data.shape == (6, 40, 36)


@pytest.mark.parametrize(("option", "text"), [("--sieves", "wide"), ("--sieves", "-1"), ("--prior", "tv,flat")])
def test_settings_that_are_none_are_refused_in_a_line(here, capsys, option, text):
    code, lines = execute(capsys, "image.tif", "--psf", "psf.ome.tif", option, text, "-o", "table.csv")
    assert code == 2
    assert len(lines) == 1
    assert option in lines[0]
