"""``napari-deconvolve blur``: the same numbers as Python, repeated from what a file tells."""

from __future__ import annotations

import json

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.cli import execute
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.job.digest import digest_of

SPACING = (0.2, 0.1)
PSF = nd.psf.gaussian((0.6, 0.3), SPACING)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    image = np.zeros((30, 34), np.float32)
    image[rng.integers(5, 25, 9), rng.integers(5, 29, 9)] = 10
    write_image("truth.ome.tif", image, spacing=SPACING, units="um", name="truth")
    nd.psf.save(PSF, "psf.ome.tif")
    return image


def blur(capsys, *options):
    code = execute(["blur", "truth.ome.tif", *map(str, options)])
    return code, capsys.readouterr().err


def test_all_options_of_the_camera(here, capsys):
    how = ("--photons", 90, "--background", 4, "--read-noise", 1.5, "--gain", 2, "--offset", 100, "--seed", 3)
    code, said = blur(capsys, "--psf", "psf.ome.tif", *how, "--boundary", "zero", "-o", "a.ome.tif")
    assert code == 0
    wanted = nd.simulate(
        here, PSF, photons=90, background=4, read_noise=1.5, gain=2, offset=100, seed=3, boundary="zero"
    )
    made = read_image("a.ome.tif")
    np.testing.assert_array_equal(made.data, wanted.counts)
    assert made.metadata["scale"] == pytest.approx(wanted.scale)
    assert made.spacing == SPACING
    assert made.name == "truth · blurred"
    assert made.made is not None
    assert made.made.image == wanted.made.image == digest_of(here)
    assert "90 photons at the peak" in said
    assert "seed 3" in said


def test_a_file_tells_how_to_repeat_it(capsys):
    assert blur(capsys, "--psf", "psf.ome.tif", "--photons", 50, "-o", "a.ome.tif")[0] == 0
    assert blur(capsys, "--recipe", "a.ome.tif", "-o", "b.ome.tif")[0] == 0
    first, again = read_image("a.ome.tif"), read_image("b.ome.tif")
    np.testing.assert_array_equal(first.data, again.data)
    with open("how.json", "w", encoding="utf-8") as file:
        json.dump(first.metadata["simulation"], file)
    assert blur(capsys, "--recipe", "how.json", "--seed", 1, "-o", "c.ome.tif")[0] == 0
    other = read_image("c.ome.tif")
    assert not np.array_equal(first.data, other.data)
    assert {**other.metadata["simulation"], "seed": None} == {**first.metadata["simulation"], "seed": None}


def test_inspect_tells_how_a_file_was_simulated(capsys):
    assert blur(capsys, "--psf", "psf.ome.tif", "--photons", 50, "--seed", 7, "-o", "a.ome.tif")[0] == 0
    assert execute(["inspect", "a.ome.tif"]) == 0
    said = capsys.readouterr().out
    assert "simulated" in said
    assert "from truth: blurred, background 0, 50 photons at the peak, noise of photons, seed 7" in said
    write_image("b.ome.tif", np.ones((9, 9)), extra={"simulation": {"wavelet": 3}})
    assert execute(["inspect", "b.ome.tif"]) == 0
    assert "no 'wavelet'" in capsys.readouterr().out


def test_smoothing_in_the_images_unit(here, capsys):
    assert blur(capsys, "--gaussian", "0.6,0.3", "-o", "a.ome.tif")[0] == 0
    made = read_image("a.ome.tif")
    np.testing.assert_allclose(made.data, nd.convolve(here, PSF), atol=1e-5)
    assert made.name == "truth · smoothed"
    assert made.metadata["simulation"]["fwhm"] == [0.6, 0.3]
    assert blur(capsys, "--gaussian", "0.4", "-o", "b.ome.tif")[0] == 0
    np.testing.assert_allclose(
        read_image("b.ome.tif").data, nd.convolve(here, nd.psf.gaussian(0.4, SPACING)), atol=1e-5
    )


def test_smoothing_a_series_of_stacks_in_time_too(capsys):
    image = np.zeros((5, 6, 9, 9), np.float32)
    image[2, 3, 4, 4] = 1
    write_image("truth.ome.tif", image, axes="TZYX", spacing=(3, 0.4, 0.1, 0.1), units=("s", "um", "um", "um"))
    assert blur(capsys, "--gaussian", "6,0.8,0.2,0.2", "-o", "a.ome.tif")[0] == 0
    wanted = nd.simulate(image, fwhm=(6, 0.8, 0.2, 0.2), spacing=(3, 0.4, 0.1, 0.1), poisson=False).counts
    np.testing.assert_array_equal(read_image("a.ome.tif").data, wanted)
    assert blur(capsys, "--gaussian", "0.3", "-o", "b.ome.tif")[0] == 0
    assert read_image("b.ome.tif").data[1].max() == 0


def test_noise_can_be_had_alone_or_not_at_all(here, capsys):
    assert blur(capsys, "--photons", 20, "--seed", 1, "-o", "a.ome.tif")[0] == 0
    np.testing.assert_array_equal(read_image("a.ome.tif").data, nd.simulate(here, photons=20, seed=1).counts)
    assert blur(capsys, "--total", 1000, "--no-poisson", "-o", "b.ome.tif")[0] == 0
    assert read_image("b.ome.tif").data.sum() == pytest.approx(1000, rel=1e-5)
    assert blur(capsys, "--poisson", "--seed", 1, "-o", "c.ome.tif")[0] == 0
    np.testing.assert_array_equal(read_image("c.ome.tif").data, nd.simulate(here, seed=1).counts)


REFUSED = {
    "nothing": ((), ("--psf", "--gaussian")),
    "photons": (("--photons", -1), ("--photons", "-1", "above 0")),
    "both": (("--photons", 5, "--total", 9), ("give one",)),
    "noise": (("--read-noise", -2), ("--read-noise", "-2")),
    "gain": (("--gaussian", 1, "--gain", 0), ("--gain", "0")),
    "seed": (("--poisson", "--seed", -4), ("--seed", "-4")),
    "widths": (("--gaussian", "1,2,3"), ("--gaussian", "3 numbers", "2 axes")),
    "both blurs": (("--gaussian", 1, "--psf", "psf.ome.tif"), ("--psf", "--gaussian")),
    "no recipe": (("--recipe", "truth.ome.tif"), ("truth.ome.tif", "how it was simulated")),
    "no file": (("--recipe", "none.json"), ("none.json",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_ends_in_one_line(here, capsys, tmp_path, case):
    options, words = REFUSED[case]
    code, said = blur(capsys, *options, "-o", "out.ome.tif")
    assert code == 2
    assert len(said.strip().splitlines()) == 1
    assert all(word in said for word in words), said
    assert not (tmp_path / "out.ome.tif").exists()
