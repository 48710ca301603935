"""One PSF per channel: the same as channel by channel, refusals, recipes, cost, the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.description import describe, rebuild

NARROW = nd.psf.gaussian(2.0, shape=9)
WIDE = nd.psf.gaussian(4.0, shape=(15, 13))
RECIPE = nd.Recipe(iterations=4)


@pytest.fixture
def image() -> np.ndarray:
    """Two time points of two channels."""
    return np.random.default_rng(0).poisson(30, (2, 2, 24, 30))


@pytest.mark.parametrize("axis", [0, 1, -3])
@pytest.mark.parametrize("boundary", ["extended", "reflect"])
def test_it_is_the_same_as_channel_by_channel(image, axis, boundary):
    recipe = RECIPE.replace(boundary=boundary)
    found = nd.deconvolve(image, [NARROW, WIDE], recipe, channel_axis=axis)
    parts = [nd.deconvolve(np.take(image, channel, axis), psf, recipe) for channel, psf in enumerate([NARROW, WIDE])]
    np.testing.assert_array_equal(found.estimate, np.stack([part.estimate for part in parts], axis))
    assert found.trace == pytest.approx(np.sum([part.trace for part in parts], axis=0))
    assert len(found.background) == 4


def test_all_ways_to_run_take_one_psf_per_channel(image):
    both = (NARROW, WIDE)
    np.testing.assert_array_equal(
        nd.richardson_lucy(image[0], both, 3),
        np.stack([nd.richardson_lucy(image[0, c], psf, 3) for c, psf in enumerate(both)]),
    )
    np.testing.assert_array_equal(
        nd.convolve(image[0], both), np.stack([nd.convolve(image[0, c], psf) for c, psf in enumerate(both)])
    )
    *_, last = islice(nd.iterate(image[0], both, RECIPE), 4)
    np.testing.assert_allclose(last.estimate, nd.deconvolve(image[0], both, RECIPE).estimate, rtol=1e-5)


def test_channels_may_lie_between_the_axes_that_are_blurred():
    image = np.random.default_rng(1).poisson(30, (11, 2, 3, 25))
    psfs = [nd.psf.gaussian(width, shape=7) for width in (1.5, 2.0, 3.0)]
    found = nd.deconvolve(image, psfs, RECIPE, axes=(0, 3)).estimate
    for channel, psf in enumerate(psfs):
        want = nd.deconvolve(image[:, :, channel], psf, RECIPE, axes=(0, 2)).estimate
        np.testing.assert_array_equal(found[:, :, channel], want)


def test_each_is_resampled_to_the_image(image):
    fine = nd.psf.gaussian(0.4, 0.1)
    found = nd.deconvolve(image[0], [fine, WIDE], RECIPE, spacing=0.2).estimate
    np.testing.assert_array_equal(found[0], nd.deconvolve(image[0, 0], fine, RECIPE, spacing=0.2).estimate)
    in_nm = nd.psf.gaussian(400, 100, unit="nm")
    with pytest.raises(nd.PSFError, match="in nm and um"):
        nd.deconvolve(image[0], [fine, in_nm], RECIPE, spacing=0.2)


def test_the_first_fitting_axis_is_taken_and_one_psf_is_for_all(image):
    assert prepare(image, [NARROW, WIDE]).psf.axis == 0
    assert prepare(image, nd.psf.ChannelPSFs([NARROW, WIDE], 1)).psf.axis == 1
    assert prepare(image, [WIDE]).psf is WIDE
    assert prepare(image[:, :1], [WIDE], channel_axis=1).psf.axis == 1
    assert prepare(image, WIDE, channel_axis=1).psf is WIDE


@pytest.mark.parametrize(
    ("psfs", "how", "words"),
    [
        ([NARROW] * 3, {}, "3 PSFs.*axis 0 with 2, axis 1 with 2"),
        ([NARROW] * 3, {"channel_axis": 1}, "2 channels along axis 1, and there are 3 PSFs"),
        ([NARROW] * 2, {"channel_axis": 2}, "channel axis is 2.*0, 1"),
        ([NARROW] * 2, {"channel_axis": 7}, "channel axis is 7"),
        ([NARROW] * 2, {"channel_axis": True}, "channel axis is True"),
        ([NARROW, nd.psf.gaussian(2.0, ndim=3)], {}, "have 2, 3 axes"),
        ([NARROW, np.ones((3, 3))], {}, "Number 2 of the 2 PSFs is a ndarray"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(image, psfs, how, words):
    with pytest.raises((nd.PSFError, nd.ParameterError), match=words):
        nd.deconvolve(image, psfs, RECIPE, **how)


def test_without_a_looped_axis_there_are_no_channels(image):
    with pytest.raises(nd.PSFError, match="no other axis"):
        nd.deconvolve(image[0, 0], [NARROW, WIDE])
    with pytest.raises(nd.PSFError, match="0 PSFs"):
        nd.psf.ChannelPSFs([])


def test_a_list_of_numbers_is_still_one_psf():
    spectrum = np.random.default_rng(2).poisson(20, 30)
    np.testing.assert_array_equal(
        nd.richardson_lucy(spectrum, [1.0, 2.0, 1.0], 3), nd.richardson_lucy(spectrum, np.array([1.0, 2.0, 1.0]), 3)
    )


def test_the_recipe_repeats_the_run(image):
    measured = nd.psf.from_array(np.random.default_rng(3).random((7, 8)))
    first = nd.deconvolve(image, [NARROW, measured], RECIPE, channel_axis=1)
    recipe = nd.Recipe.from_json(first.recipe.to_json())
    assert recipe.psf["source"] == "channels"
    assert (recipe.psf["axis"], len(recipe.psf["psfs"])) == (1, 2)
    again = nd.deconvolve(image, rebuild(recipe.psf), recipe)
    np.testing.assert_array_equal(again.estimate, first.estimate)
    with pytest.raises(nd.PSFError, match="channels along axis 1"):
        nd.deconvolve(image[:, :1], rebuild(recipe.psf), recipe)


@pytest.mark.parametrize(
    "change", [{"axis": "C"}, {"axis": True}, {"psfs": []}, {"psfs": [3]}, {"psfs": None}, {"psfs": [{"source": "x"}]}]
)
def test_a_damaged_description_is_refused_in_words(change):
    source = json.loads(json.dumps(describe(nd.psf.ChannelPSFs([NARROW, WIDE], 0))))
    with pytest.raises((nd.ParameterError, nd.PSFError), match=r"PSF|channels"):
        rebuild({**source, **change})
    nested = {**source, "psfs": [source, source]}
    with pytest.raises(nd.ParameterError, match="channels"):
        rebuild(nested)


def test_cost_counts_each_channel_s_otf():
    shape, small, large = (2, 20, 64, 64), (9, 9, 9), (19, 31, 31)
    costs = [nd.estimate_cost(shape, psf) for psf in ((small, small), (small, large), (large, large))]
    assert costs[0].bytes < costs[1].bytes < costs[2].bytes
    one = nd.estimate_cost(shape, small)
    assert costs[0].bytes > one.bytes
    assert costs[0].seconds == pytest.approx(one.seconds)
    assert costs[1].seconds == pytest.approx((costs[0].seconds + costs[2].seconds) / 2)
    step = nd.estimate_cost(shape, (small, large), lockstep=True)
    assert step.bytes > costs[1].bytes


def command(folder, *arguments: object) -> subprocess.CompletedProcess[str]:
    main = [sys.executable, "-c", "from napari_deconvolve.cli import main; main()"]
    return subprocess.run(
        [*main, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command_line_takes_one_psf_per_channel(tmp_path):
    rng = np.random.default_rng(4)
    steps = (0.3, 0.1, 0.1)
    green, red = (nd.psf.gaussian((3 * width, width, width), steps) for width in (0.25, 0.35))
    image = rng.poisson(20, (9, 2, 16, 18)).astype(np.uint16)
    write_image(tmp_path / "two.tif", image, axes="ZCYX", spacing=(0.3, 1, 0.1, 0.1), units="um")
    nd.psf.save(green, tmp_path / "green.tif")
    nd.psf.save(nd.psf.PSF(red.data, [1000 * step for step in steps], "nm"), tmp_path / "red.tif")
    psfs = ("--psf", "green.tif", "--psf", "red.tif")
    done = command(tmp_path, "run", "two.tif", *psfs, "--iterations", 3, "--background", 5, "-o", "out.tif")
    assert done.returncode == 0, done.stderr
    found = read_image(tmp_path / "out.tif")
    for channel, psf in enumerate((green, red)):
        want = nd.deconvolve(image[:, channel], psf, nd.Recipe(iterations=3, background=5)).estimate
        np.testing.assert_allclose(found.data[:, channel], want, rtol=1e-4, atol=1e-3)
    again = command(tmp_path, "run", "two.tif", "--recipe", "out.tif", "-o", "again.tif")
    assert again.returncode == 0, again.stderr
    np.testing.assert_array_equal(read_image(tmp_path / "again.tif").data, found.data)
    done = command(tmp_path, "blur", "two.tif", *psfs, "-o", "blurred.tif")
    assert done.returncode == 0, done.stderr
    want = nd.convolve(image[:, 1], red)
    np.testing.assert_allclose(read_image(tmp_path / "blurred.tif").data[:, 1], want, rtol=1e-4)


def test_the_command_line_refuses_in_words(tmp_path):
    write_image(tmp_path / "film.tif", np.ones((2, 16, 18), np.float32), axes="TYX", spacing=(1, 0.1, 0.1), units="um")
    nd.psf.save(nd.psf.gaussian(0.2, 0.1), tmp_path / "p.tif")
    film = command(tmp_path, "run", "film.tif", "--psf", "p.tif", "--psf", "p.tif", "-o", "out.tif")
    assert film.returncode == 2
    assert "film.tif has no channels" in film.stderr
    write_image(tmp_path / "two.tif", np.ones((2, 16, 18), np.float32), axes="CYX", spacing=(1, 0.1, 0.1), units="um")
    three = command(tmp_path, "run", "two.tif", *("--psf", "p.tif") * 3, "-o", "out.tif")
    assert three.returncode == 2
    assert "2 channels along axis 0, and there are 3 PSFs" in three.stderr
    assert not (tmp_path / "out.tif").exists()
