"""Samples as files: each that the window offers, with its truth and its PSF, ready for the next command."""

from __future__ import annotations

import numpy as np
import pytest
from program import execute

import napari_deconvolve as nd
from napari_deconvolve.io import read_image, read_spectra, read_spectrum
from napari_deconvolve.phantoms import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_written_with_its_truth_and_its_psf(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files = ("-o", "counts.ome.tif", "--truth", "truth.ome.tif", "--psf", "psf.ome.tif")
    code, lines = execute(capsys, "sample", name, *files)
    assert (code, len(lines)) == (0, 3)
    made, counts, truth = SAMPLES[name].make(), read_image("counts.ome.tif"), read_image("truth.ome.tif")
    assert np.array_equal(counts.data, made.counts)
    assert np.array_equal(truth.data, made.truth)
    assert counts.spacing == pytest.approx(made.spacing)
    assert counts.units == made.units
    assert np.allclose(nd.psf.load("psf.ome.tif").data, made.psf.data)


def test_another_seed_is_another_measurement(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for seed in (0, 1):
        assert execute(capsys, "sample", "chart", "--seed", seed, "-o", f"{seed}.tif")[0] == 0
    assert not np.array_equal(read_image("0.tif").data, read_image("1.tif").data)


def test_spectra_become_tables(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert execute(capsys, "sample", "gap_spectrum", "-o", "gap.csv", "--truth", "truth.csv")[0] == 0
    gap, made = read_spectrum("gap.csv"), SAMPLES["gap_spectrum"].make()
    assert (gap.start, gap.spacing, gap.unit, gap.quantity) == (-10, 0.02, "meV", "energy")
    assert np.array_equal(gap.values, made.counts)
    assert np.allclose(read_spectrum("truth.csv").values, made.truth)
    assert execute(capsys, "sample", "spectra", "-o", "lines.csv")[0] == 0
    assert len(read_spectra("lines.csv", columns="all")) == 32


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cells", "-o", "a.tif"), "There is no sample 'cells'"),
        (("cell", "-o", "a.csv"), "the sample is an image"),
        (("chart", "-o", "a.tif", "--truth", "a.csv"), "the sample is an image"),
        (("cell", "-o", "a.tif", "--truth", "./a.tif"), "two outputs"),
        (("cell", "-o", "a.tif", "--psf", "a.tif"), "two outputs"),
        (("cell", "-o", "a.tif", "--psf", "a.npy"), "does not end in .ome.tif"),
        (("cell", "-o", "a.png"), "a.png"),
        (("cell", "-o", "a.tif", "--seed", "-1"), "--seed is -1"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, lines = execute(capsys, "sample", *arguments)
    assert code == 2
    assert said in lines[-1]
    assert not list(tmp_path.iterdir())
