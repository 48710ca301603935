"""A run as Python, as a command line and as a paragraph: the first two make the same numbers again."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import napari_deconvolve as nd
from napari_deconvolve import io, phantoms
from napari_deconvolve.cli.program import app
from napari_deconvolve.recipe.wording import as_command, as_paragraph, as_python

SPACING = (0.3, 0.1, 0.1)
PSFS = {
    "microscope": lambda: nd.psf.microscope(
        "widefield", numerical_aperture=1.2, emission_um=0.52, spacing=SPACING, shape=(5, 11, 11)
    ),
    "gaussian": lambda: nd.psf.gaussian((0.9, 0.3, 0.3), SPACING),
    "samples": lambda: nd.psf.from_array(
        np.exp(-(np.arange(-3.0, 4) ** 2))[:, None, None] * np.ones((1, 3, 5)), SPACING
    ),
}
RECIPES = {
    "fixed": nd.Recipe(iterations=3),
    "auto": nd.Recipe(),
    "prior": nd.Recipe(iterations=3, prior="tv", strength=0.01, offset=-3.0),
    "wiener": nd.Recipe(method="wiener"),
    "odd": nd.Recipe(iterations=2, acceleration=None, boundary="zero", target_fwhm=(0.5, 0.2, 0.2), defects="keep"),
    "map": nd.Recipe(iterations=2, background=np.linspace(10, 20, 24, dtype=np.float32) * np.ones((6, 24, 1))),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("wording")
    io.write_image(path / "cell.ome.tif", phantoms.cell().counts[10:16, :24, :24], spacing=SPACING, units="um")
    return path


def made(folder, psf, recipe):
    """Return a result that is on disk beside its image and PSF."""
    if isinstance(recipe.background, np.ndarray) or not isinstance(recipe.background, (str, float)):
        recipe = recipe.replace(background=np.ones((6, 24, 24), np.float32) * 12)
    nd.psf.save(psf, folder / "psf.ome.tif")
    image = io.read_image(folder / "cell.ome.tif").image
    result = nd.deconvolve(image, nd.psf.load(folder / "psf.ome.tif"), recipe)
    io.write_image(folder / "out.ome.tif", result.estimate, spacing=SPACING, units="um", recipe=result.recipe)
    return result


@pytest.mark.parametrize("psf", PSFS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_the_script_makes_the_same_numbers(folder, monkeypatch, psf, recipe):
    monkeypatch.chdir(folder)
    result = made(folder, PSFS[psf](), RECIPES[recipe])
    exec(as_python(result.recipe, "cell.ome.tif", "out.ome.tif"), {})  # what a reader would do with it
    again = io.read_image("out.ome.tif")
    np.testing.assert_array_equal(again.data, result.estimate)
    assert again.recipe is not None
    assert again.recipe.iterations == result.recipe.iterations


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_command_makes_the_same_numbers(folder, monkeypatch, recipe):
    monkeypatch.chdir(folder)
    result = made(folder, PSFS["gaussian"](), RECIPES[recipe])
    words = shlex.split(as_command(result.recipe, "cell.ome.tif", "out.ome.tif"))
    assert words[0] == "napari-deconvolve"
    done = CliRunner().invoke(app, words[1:])
    assert done.exit_code == 0, done.output
    np.testing.assert_array_equal(io.read_image(words[-1]).data, result.estimate)


@settings(max_examples=60, deadline=None)
@given(
    iterations=st.integers(1, 500),
    offset=st.floats(-1e6, 1e6, allow_nan=False),
    gain=st.floats(1e-6, 1e6),
    prior=st.sampled_from([None, "tv", "good", "tikhonov", "hessian"]),
    boundary=st.sampled_from(["extended", "periodic", "reflect", "edge", "zero"]),
    image=st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x00"), min_size=1),
)
def test_any_recipe_is_written_as_python_that_makes_it(iterations, offset, gain, prior, boundary, image):
    recipe = nd.Recipe(iterations=iterations, offset=offset, gain=gain, prior=prior, boundary=boundary)
    text = as_python(recipe, image, "out.ome.tif")
    line = text[text.index("recipe = ") :].split("\nresult")[0]
    found: dict[str, nd.Recipe] = {}
    exec(f"import napari_deconvolve as nd\n{line}", {}, found)
    assert found["recipe"] == recipe
    assert repr(image) in text
    assert shlex.split(as_command(recipe, image, "out"))[2] == image, "names with blanks and signs stay one word"


def test_the_paragraph_says_what_was_found_and_what_was_given(folder):
    found = made(folder, PSFS["microscope"](), nd.Recipe())
    said = as_paragraph(found.recipe, found.iterations)
    assert f"{found.iterations} iterations" in said
    assert "chosen from the image" in said
    assert "(found from the image)" in said
    assert "NA 1.2, emission 520 nm" in said
    for source in ("Richardson 1972", "Lucy 1974", "Nesterov 1983", "Richards & Wolf 1959"):
        assert source in said
    given_all = made(folder, PSFS["gaussian"](), nd.Recipe(iterations=7, background=5.0, offset=0.0, prior="tv"))
    said = as_paragraph(given_all.recipe, given_all.iterations)
    assert "chosen from the image" not in said
    assert "background of 5 counts" in said
    assert "background of 5 counts (found" not in said
    assert "total variation (Rudin, Osher & Fatemi 1992" in said
    assert "Gaussian of FWHM 0.9 × 0.3 × 0.3 um" in said


def test_inspect_prints_the_paragraph(folder, monkeypatch):
    monkeypatch.chdir(folder)
    result = made(folder, PSFS["gaussian"](), nd.Recipe(iterations=4))
    done = CliRunner().invoke(app, ["inspect", "out.ome.tif", "--methods"])
    assert done.exit_code == 0
    assert done.output.strip() == as_paragraph(result.recipe, 4)
    refused = CliRunner().invoke(app, ["inspect", "cell.ome.tif", "--methods"])
    assert refused.exit_code != 0
