"""A result is what its recipe gives: run again, the numbers are the same, and others are noticed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.api.resume import Earlier
from napari_deconvolve.api.verify import TOLERANCE
from napari_deconvolve.run.made import Made

IMAGE = np.random.default_rng(5).poisson(40.0, (40, 40))
PSF = nd.psf.gaussian(3.0, ndim=2)
RECIPES = {
    "auto": nd.Recipe(),
    "plain": nd.Recipe(iterations=8, acceleration=None),
    "prior": nd.Recipe(iterations=6, prior="tv", strength=0.01),
    "wiener": nd.Recipe(method="wiener"),
    "double": nd.Recipe(iterations=4, dtype="float64"),
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_result_is_repeated_bit_by_bit(name):
    found = nd.verify(nd.deconvolve(IMAGE, PSF, RECIPES[name]), IMAGE)
    assert found == nd.Verification(True, 0.0)
    assert found.holds
    assert str(found) == "the same numbers, bit by bit"


@pytest.mark.parametrize("resumable", [False, True])
@pytest.mark.parametrize("acceleration", [None, "biggs-andrews"])
def test_so_is_one_that_went_on(resumable, acceleration):
    recipe = nd.Recipe(iterations=6, acceleration=acceleration)
    first = nd.deconvolve(IMAGE, PSF, recipe, resumable=resumable)
    second = nd.resume(first, IMAGE, PSF, 5)
    assert nd.verify(nd.resume(second, IMAGE, PSF, 3), IMAGE).identical


def test_changed_numbers_are_noticed():
    result = nd.deconvolve(IMAGE, PSF, RECIPES["plain"])
    nudged = dataclasses.replace(result, estimate=result.estimate * np.float32(1 + 1e-5))
    found = nd.verify(nudged, IMAGE)
    assert found.holds
    assert not found.identical
    assert found.difference == pytest.approx(1e-5, rel=0.1)
    wrong = result.estimate.copy()
    wrong[20, 20] *= 3
    assert not nd.verify(dataclasses.replace(result, estimate=wrong), IMAGE).holds


def test_another_image_or_psf_is_noticed():
    result = nd.deconvolve(IMAGE, PSF, RECIPES["plain"])
    found = nd.verify(result, IMAGE[::-1].copy())
    assert not found.holds
    assert found.changes == ("another image",)
    assert not nd.verify(result, IMAGE, nd.psf.gaussian(3.3, ndim=2)).holds
    with pytest.raises(nd.ParameterError, match="shape"):
        nd.verify(result, IMAGE[:30])


def test_another_library_is_named(monkeypatch):
    result = nd.deconvolve(IMAGE, PSF, RECIPES["plain"])
    assert result.made is not None
    old = dataclasses.replace(result.made, versions={**result.made.versions, "numpy": "1.0"}, threads=77)
    found = nd.verify(dataclasses.replace(result, made=old), IMAGE)
    assert found.identical
    assert [one.partition(" ")[0] for one in found.changes] == ["numpy", "threads"]
    assert TOLERANCE <= 1e-4


def test_by_what_it_was_made_is_kept_and_read():
    made = nd.deconvolve(IMAGE, PSF, RECIPES["plain"], resumable=True).made
    assert made is not None
    assert Made.from_dict(made.to_dict()) == made
    assert made.image.startswith("40x40 int64 ")
    assert made.checkpoint.startswith("1x")
    assert made.device == "CPU"
    for name in ("napari-deconvolve", "Python", "numpy", "scipy"):
        assert f"{name} {made.versions[name]}" in str(made)
    for bad in (None, {}, {**made.to_dict(), "threads": 0}, {**made.to_dict(), "versions": []}):
        with pytest.raises(nd.ParameterError):
            Made.from_dict(bad)


def test_a_recipe_without_psf_needs_one():
    result = nd.deconvolve(IMAGE, PSF, RECIPES["plain"])
    bare = Earlier(result.estimate, result.recipe.replace(psf=None), result.iterations)
    with pytest.raises(nd.ParameterError, match="PSF"):
        nd.verify(bare, IMAGE)
    assert nd.verify(bare, IMAGE, PSF).identical
