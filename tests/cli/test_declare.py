"""Options that are declared as fields of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.cli.declare import ParameterOptions, add, argument, flag, needed, option, options_of, several
from napari_deconvolve.cli.options import whole
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.recipe.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command of this test is asked."""

    image: str = argument("IMAGE", "An image.")
    output: str = needed("-o", "--output", metavar="OUT", help="A file.")
    psf: tuple[str, ...] = several("--psf", metavar="FILE", help="PSFs.")
    every: int | None = option("--every", metavar="N", help="How often.", read=whole)
    loud: bool = flag("--loud", help="Whether.")
    changes: dict[str, Any] = options_of(
        Recipe, only=("iterations", "background", "prior"), defaults={"background": "0"}
    )


def asked(*arguments: str) -> Request:
    """Return what a command line asks for."""
    app, found = typer.Typer(), []

    def run(request: Request) -> None:
        """Do it."""
        found.append(request)

    add(app, "run", run)
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return found[0]


def test_a_request_holds_what_was_given():
    request = asked("a.tif", "-o", "b.tif", "--psf", "1", "--psf", "2", "--every", "3", "--loud", "--iterations", "7")
    assert request == Request(
        image="a.tif", output="b.tif", psf=("1", "2"), every=3, loud=True, changes={"iterations": 7, "background": 0.0}
    )


def test_what_is_not_given_is_left_out_or_takes_its_default():
    request = asked("a.tif", "-o", "b.tif")
    assert request == Request(image="a.tif", output="b.tif", changes={"background": 0.0})


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("tv", {"prior": "tv", "strength": "auto"}),
        ("TV:0.01", {"prior": "tv", "strength": 0.01}),
        ("none", {"prior": None}),
    ],
)
def test_an_option_may_take_another_parameter_after_a_colon(text, changes):
    assert ParameterOptions(Recipe, only=("prior",)).read({"prior": text}) == changes


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("iterations", "many", "--iterations: The number of iterations is 'many'; give a whole number"),
        ("read_noise", "-1", "--read-noise: The read noise is -1.0; give a number of at least 0"),
        ("prior", "tv:", "--prior: The prior is 'tv:'; write NAME:STRENGTH"),
        ("prior", "tv:0", "--prior: The strength of the prior is 0.0; give a number from 1e-06 to 1000"),
        ("prior", "lasso:1", "--prior: The prior is 'lasso'; choose one of none, auto, tv"),
        ("prior", "tv:much", "--prior: The strength of the prior is 'much'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_option(name, text, words):
    with pytest.raises(nd.ParameterError, match=words):
        ParameterOptions(Recipe, only=(name,)).read({name: text})


@pytest.mark.parametrize("name", PRIORS)
def test_every_prior_may_have_its_strength_behind_it(name):
    found = ParameterOptions(Recipe, only=("prior",)).read({"prior": f"{name}:0.05"})
    assert nd.Recipe(**found) == nd.Recipe(prior=name, strength=0.05)


def test_every_parameter_of_a_recipe_has_an_option_but_those_that_stand_elsewhere():
    shown = {one.name for one in ParameterOptions(Recipe).parameters()}
    assert set(nd.Recipe().to_dict()) - shown == {"strength", "psf", "version"}


def test_a_file_may_stand_for_a_background(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = np.random.default_rng(0).poisson(40.0, (24, 30)).astype(np.float32)
    ground = np.full((24, 30), 20.0, np.float32)
    write_image("image.tif", image)
    write_image("ground.tif", ground)
    nd.psf.save(nd.psf.gaussian(3.0, ndim=2), "psf.ome.tif")
    options = ("run", "image.tif", "--psf", "psf.ome.tif", "--spacing", "1", "--iterations", "3", "--background")
    assert cli.execute([*options, "ground.tif", "-o", "out.ome.tif"]) == 0
    out = read_image("out.ome.tif")
    np.testing.assert_array_equal(out.recipe.background.values(image.shape), ground)
    assert cli.execute([*options, "20", "-o", "number.ome.tif"]) == 0
    np.testing.assert_allclose(out.data, read_image("number.ome.tif").data, rtol=1e-3, atol=1e-2)
