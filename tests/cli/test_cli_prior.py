"""``--prior``, ``--method`` and ``--target-fwhm`` of the command line."""

from __future__ import annotations

import re

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import read_image, write_image

PSF = nd.psf.gaussian((0.4, 0.4), 0.1)


@pytest.fixture
def counts(tmp_path, monkeypatch):
    """Write an image and go to its folder."""
    truth = np.zeros((40, 44))
    truth[20, 12], truth[8, 30] = 5e4, 3e4
    image = np.random.default_rng(0).poisson(nd.convolve(truth, PSF) + 20).astype(np.uint16)
    write_image(tmp_path / "image.tif", image, spacing=(0.1, 0.1), units="um", name="beads")
    nd.psf.save(PSF, tmp_path / "psf.ome.tif")
    monkeypatch.chdir(tmp_path)
    return image


def run(*options: object) -> int:
    """Run in this process."""
    fixed = ["run", "image.tif", "--psf", "psf.ome.tif", "-o", "out.ome.tif", "--iterations", 8, "--background", 20]
    return cli.execute([str(one) for one in [*fixed, *options]])


@pytest.mark.parametrize("name", ["tv", "tikhonov", "good", "hessian"])
def test_a_prior_and_its_strength(counts, name):
    assert run("--prior", f"{name}:0.05", "--acceleration", "none") == 0
    found = read_image("out.ome.tif")
    assert (found.recipe.prior, found.recipe.strength) == (name, 0.05)
    recipe = nd.Recipe(iterations=8, background=20.0, acceleration=None, prior=name, strength=0.05)
    np.testing.assert_allclose(found.data, nd.deconvolve(counts, PSF, recipe).estimate, rtol=1e-5, atol=1e-3)


def test_a_prior_without_strength_gets_one_from_the_image(counts):
    assert run("--prior", "tv") == 0
    recipe = read_image("out.ome.tif").recipe
    assert recipe.prior in ("tv", None)
    assert recipe.prior is None or 1e-6 <= recipe.strength <= 1e3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--prior", "hessian"), r"8 iterations, prior hessian \S+ chosen from the data, background"),
        (("--prior", "hessian", "--iterations", "auto"), r"\d+ iterations chosen from the data, prior hessian \S+, "),
        (("--prior", "tv:0.01"), "8 iterations, background"),
        (
            ("--prior", "tv:0.01", "--iterations", "auto"),
            r"\d+ iterations chosen from the data(, sieve.*)?, background",
        ),
        (("--stop", "risk", "--iterations", "auto"), r"\d+ iterations chosen from the data, background"),
    ],
)
def test_only_what_was_chosen_is_said_to_be(counts, capsys, options, words):
    capsys.readouterr()
    assert run(*options) == 0
    assert re.search(rf"out\.ome\.tif: {words}", capsys.readouterr().err)


def test_target_resolution_and_method(counts):
    assert run("--target-fwhm", "0.2,0.3", "--method", "rl-gc") == 0
    recipe = read_image("out.ome.tif").recipe
    assert (recipe.target_fwhm, recipe.method) == ((0.2, 0.3), "rl-gc")


def test_none_takes_a_recipes_prior_away(counts, tmp_path):
    (tmp_path / "recipe.json").write_text(nd.Recipe(prior="tv", iterations=3).to_json(), encoding="utf-8")
    assert run("--recipe", "recipe.json", "--prior", "none") == 0
    assert read_image("out.ome.tif").recipe.prior is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--prior", "tv:"), ("--prior", "NAME:STRENGTH")),
        (("--prior", "tv:much"), ("--prior", "'much'", "number")),
        (("--prior", "tv:0"), ("--prior", "1e-06")),
        (("--prior", "lasso:1"), ("--prior", "'lasso'", "hessian")),
        (("--prior", "tv:1e9"), ("--prior", "1e-06")),
        (("--method", "magic"), ("--method", "rl-gc")),
        (("--target-fwhm", "-1"), ("--target-fwhm", "at least 0")),
    ],
)
def test_what_cannot_be_used_is_one_line(counts, capsys, options, words):
    capsys.readouterr()
    assert run(*options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    for word in words:
        assert word in line


def test_auto_takes_a_prior_or_none(counts):
    assert run("--prior", "auto", "--iterations", "auto") == 0
    found, expected = read_image("out.ome.tif"), nd.deconvolve(counts, PSF, nd.Recipe(prior="auto", background=20.0))
    assert (found.recipe.prior, found.recipe.iterations) == (expected.recipe.prior, expected.iterations)
    np.testing.assert_allclose(found.data, expected.estimate, rtol=1e-4, atol=1e-3)


def test_the_uncertainty_is_written_and_told(counts, capsys):
    assert run("--uncertainty", "sure.ome.tif", "--prior", "none") == 0
    said = capsys.readouterr().err
    known = nd.uncertainty_map(counts, PSF, read_image("out.ome.tif").recipe)
    found = read_image("sure.ome.tif")
    assert found.data.shape == (3, *counts.shape)
    for given, wanted in zip(found.data, (known.deviation, known.noise, known.blur), strict=True):
        np.testing.assert_allclose(given, wanted, rtol=1e-3, atol=1e-3 * wanted.max())
    for word in ("sure.ome.tif", "noise", "blur", "does not hold"):
        assert word in said


@pytest.mark.parametrize("path", ["out.ome.tif", "sure.xyz", "image.tif"])
def test_an_uncertainty_that_cannot_be_written_is_refused_before_the_run(counts, capsys, path):
    assert run("--uncertainty", path) == 2
    assert path in capsys.readouterr().err
