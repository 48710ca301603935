"""A recipe that repeats a run holds what was asked, too: on its own image the numbers, on any other they are found."""

from __future__ import annotations

import json

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.io import read_image
from napari_deconvolve.job.meant import CHOSEN_AGAIN
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.run.tiles.large import LargeRun
from napari_deconvolve.run.tiles.store import Output

PSF = nd.psf.gaussian(4, ndim=2)


def points(seed, photons, background, shape=(64, 64)):
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for place in zip(*(rng.integers(8, length - 8, 12) for length in shape), strict=True):
        truth[place] += photons * rng.uniform(0.3, 1)
    return rng.poisson(nd.convolve(truth, nd.psf.gaussian(4, ndim=len(shape))) + background).astype(np.uint16)


@pytest.fixture(scope="module")
def images():
    return points(1, 5000, 20), points(2, 800, 60)


@pytest.fixture(scope="module")
def first(images):
    return nd.deconvolve(images[0], PSF)


@pytest.fixture(scope="module")
def second(images):
    return nd.deconvolve(images[1], PSF)


@pytest.fixture
def stored(first):
    """The recipe as it comes back from a file."""
    return nd.Recipe.from_json(first.recipe.to_json())


def same(one, other):
    np.testing.assert_array_equal(one.estimate, other.estimate)
    assert one.recipe == other.recipe
    assert one.iterations == other.iterations


def test_it_holds_numbers_and_what_was_asked(first):
    held = json.loads(first.recipe.to_json())
    assert held["iterations"] == first.iterations
    assert held["background"] == first.background
    asked = held["found_on"]["asked"]
    assert {asked[name] for name in ("iterations", "background", "offset", "read_noise", "gain")} == {"auto"}
    assert first.recipe.as_asked() == nd.Recipe(psf=first.recipe.psf)


def test_on_its_own_image_it_repeats_the_run(images, first, stored):
    again = nd.deconvolve(images[0].copy(), PSF, stored)
    same(again, first)
    assert CHOSEN_AGAIN not in again.words


def test_on_another_image_all_is_found_again(images, first, second, stored):
    other = nd.deconvolve(images[1], PSF, stored)
    same(other, second)
    assert (other.iterations, other.background) != (first.iterations, first.background)
    assert CHOSEN_AGAIN in other.words
    assert CHOSEN_AGAIN not in second.words


def test_numbers_are_taken_as_found_where_that_is_wanted(images, first, stored):
    forced = nd.deconvolve(images[1], PSF, stored, as_found=True)
    assert (forced.iterations, forced.background) == (first.iterations, first.background)
    assert CHOSEN_AGAIN not in forced.words
    np.testing.assert_array_equal(forced.estimate, nd.deconvolve(images[1], PSF, stored.as_found()).estimate)
    same(nd.deconvolve(images[1], PSF, forced.recipe), forced)  # its own recipe repeats it, too
    run = nd.start(images[1], PSF, stored, as_found=True)
    assert nd.finish(run.work()).iterations == first.iterations


def test_what_is_changed_afterwards_is_asked_of_any_image(images, stored):
    changed = stored.replace(iterations=7)
    for image in images:
        found = nd.deconvolve(image, PSF, changed)
        assert found.iterations == 7
        np.testing.assert_array_equal(found.estimate, nd.deconvolve(image, PSF, nd.Recipe(iterations=7)).estimate)


def test_a_recipe_of_an_earlier_version_holds_numbers_as_asked(images, first, stored):
    old = {name: value for name, value in stored.to_dict().items() if name != "found_on"}
    other = nd.deconvolve(images[1], PSF, nd.Recipe.from_dict(old))
    assert (other.iterations, other.background) == (first.iterations, first.background)
    assert CHOSEN_AGAIN not in other.words


def test_a_recipe_that_left_nothing_open_says_nothing(images):
    given = nd.Recipe(iterations=3, gain=1, background=20, offset=0, read_noise=0, target_fwhm=0)
    assert nd.deconvolve(images[0], PSF, given).recipe.found_on is None
    assert "found_on" not in given.to_dict()


def test_numbers_that_were_asked_are_not_found_again(images):
    asked = nd.Recipe(offset=5, read_noise=1.5, iterations=4)
    one = nd.deconvolve(images[0], PSF, asked)
    assert one.recipe.offset != 5  # the noise of reading is in it
    other = nd.deconvolve(images[1], PSF, one.recipe)
    same(other, nd.deconvolve(images[1], PSF, asked))


def test_it_is_the_samples_that_tell(images, first, stored):
    changed = images[0].copy()
    changed[0, 0] += 1
    assert CHOSEN_AGAIN in nd.deconvolve(changed, PSF, stored).words
    larger = np.pad(images[0], 1, mode="edge")
    assert CHOSEN_AGAIN in nd.deconvolve(larger, PSF, stored).words


def test_under_a_mask_the_samples_that_count_tell(images):
    mask = np.ones(images[0].shape, bool)
    mask[20:30, 20:40] = False
    first = nd.deconvolve(images[0], PSF, nd.Recipe(iterations=3), mask=mask)
    same(nd.deconvolve(images[0], PSF, first.recipe, mask=mask), first)
    assert CHOSEN_AGAIN in nd.deconvolve(images[0], PSF, first.recipe).words
    series = np.stack([images[0], images[0]])
    both = nd.deconvolve(series, PSF, nd.Recipe(iterations=3), mask=np.stack([mask, ~mask]))
    same(nd.deconvolve(series, PSF, both.recipe, mask=np.stack([mask, ~mask])), both)


@pytest.mark.parametrize("broken", [{"image": "x"}, {"image": 1, "asked": {}}, {"asked": {}}, 3, {"image": "", "x": 0}])
def test_a_damaged_entry_is_refused(stored, broken):
    with pytest.raises(nd.ParameterError, match="found_on"):
        nd.Recipe.from_dict({**stored.to_dict(), "found_on": broken})


def test_a_damaged_value_is_refused_when_it_counts(images, stored):
    broken = stored.to_dict()
    broken["found_on"]["asked"]["iterations"] = -3
    with pytest.raises(nd.ParameterError, match="number of iterations is -3"):
        nd.deconvolve(images[1], PSF, nd.Recipe.from_dict(broken))


def test_blind_finds_another_psf_for_another_image():
    given, asked = nd.psf.gaussian(5, ndim=2), nd.Recipe(method="blind", iterations=6)
    images = [points(3, 20_000, 20), points(4, 9_000, 40)]
    first = nd.deconvolve(images[0], given, asked)
    assert first.recipe.method == "rl"
    stored = nd.Recipe.from_json(first.recipe.to_json())
    same(nd.deconvolve(images[0], first.psf, stored), first)
    wanted = stored.as_asked()
    assert wanted.method == "blind"
    np.testing.assert_array_equal(rebuild(wanted.psf).data, given.data)
    other = nd.deconvolve(images[1], given, stored)
    same(other, nd.deconvolve(images[1], given, asked))


def test_of_several_items_all_is_found_again_anyway(images):
    series = np.stack([images[0], images[0]])
    first = nd.deconvolve(series, PSF)
    again = nd.deconvolve(series, PSF, first.recipe)
    same(again, first)
    other = np.stack([images[1], images[1]])
    np.testing.assert_array_equal(nd.deconvolve(other, PSF, first.recipe).estimate, nd.deconvolve(other, PSF).estimate)


def test_the_recipe_of_a_sweep_finds_the_background_again(images):
    found = nd.sweep(images[0], PSF, (3, 6), background="auto")
    recipe = found.recipe(found.table[0])
    again = nd.deconvolve(images[0], PSF, recipe)
    np.testing.assert_array_equal(again.estimate, found.estimates[0])
    other, wanted = (nd.deconvolve(images[1], PSF, one) for one in (recipe, recipe.as_asked()))
    same(other, wanted)
    assert other.iterations == 3
    assert abs(other.background - 60) < 3 < abs(again.background - 60)
    assert CHOSEN_AGAIN in other.words


def test_a_wiener_filter_finds_its_strength_again(images):
    first = nd.deconvolve(images[0], PSF, nd.Recipe(method="wiener"))
    same(nd.deconvolve(images[0], PSF, first.recipe), first)
    same(nd.deconvolve(images[1], PSF, first.recipe), nd.deconvolve(images[1], PSF, nd.Recipe(method="wiener")))


def test_going_on_takes_the_numbers_and_keeps_what_was_asked(images, first):
    more = nd.resume(first, images[0], PSF, 5)
    assert more.recipe.background == first.background
    assert more.recipe.found_on["asked"]["background"] == "auto"
    assert nd.deconvolve(images[1], PSF, more.recipe).recipe.background != first.background


def test_iterations_that_were_added_by_hand_are_asked(images, first):
    run = nd.start(images[0], PSF)
    nd.finish(run.work())
    longer = nd.finish(run.more(4)).recipe
    assert longer.iterations == first.iterations + 4
    assert "iterations" not in longer.found_on["asked"]
    assert nd.deconvolve(images[1], PSF, longer).iterations == longer.iterations


# ---- tiles


@pytest.fixture(scope="module")
def stacks():
    return [points(seed, photons, level, (24, 72, 72)) for seed, photons, level in ((5, 40_000, 20), (6, 9_000, 60))]


def tiled(stack, folder, recipe=None, **how):
    psf = nd.psf.gaussian((3, 3, 3), ndim=3)
    job = prepare(stack, psf, recipe, **how)
    output = Output(str(folder), nd.SampledArray(stack, "ZYX"))
    return nd.finish(LargeRun(job, output, tile=(24, 36, 36)).work())


def test_tiles_repeat_and_choose_again_likewise(stacks, tmp_path):
    first = tiled(stacks[0], tmp_path / "a.ome.zarr")
    recipe = read_image(tmp_path / "a.ome.zarr").recipe
    assert recipe == first.recipe
    assert recipe.found_on is not None
    again = tiled(stacks[0], tmp_path / "again.ome.zarr", recipe)
    np.testing.assert_array_equal(np.asarray(again.estimate), np.asarray(first.estimate))
    assert again.recipe == first.recipe
    other = tiled(stacks[1], tmp_path / "b.ome.zarr", recipe)
    plain = tiled(stacks[1], tmp_path / "c.ome.zarr")
    np.testing.assert_array_equal(np.asarray(other.estimate), np.asarray(plain.estimate))
    assert other.recipe == plain.recipe
    assert CHOSEN_AGAIN in other.words
    assert read_image(tmp_path / "b.ome.zarr").metadata["words"].count(CHOSEN_AGAIN) == 1
    forced = tiled(stacks[1], tmp_path / "d.ome.zarr", recipe, as_found=True)
    assert forced.recipe.background == first.recipe.background
    assert forced.iterations == first.iterations
