"""Frames decide together on the number of iterations only where they are alike.

The row: a flash, a saturated, a blurred and a bleached frame, the alpha channel of a picture. Other members: a lamp
that lights the whole field, a shutter that stayed shut, series of stacks, bleaching, a soft mask among channels, a
stage that moved while exposed, in scenes that drift.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fault_scenes import Scene, mean_of, scene, seen
from scipy.ndimage import gaussian_filter, uniform_filter1d

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.series import by_light, frame, unlike

GROUND = 10.0
ODD = 3  # the place of the frame that is unlike the others


def film(peak: float, *, moves: bool, shape: tuple[int, ...] = (64, 64), frames: int = 7) -> list[Scene]:
    return [scene("discs", shape, peak, moves * seed) for seed in range(frames)]


def drawn(scenes: list[Scene], seed: int = 0) -> list[np.ndarray]:
    return [one.photons(GROUND, seed + place) for place, one in enumerate(scenes)]


def spoiled(fault: str, one: Scene, peak: float) -> np.ndarray:
    rng = np.random.default_rng(9)
    if fault == "brighter":
        return rng.poisson(6 * (one.light + GROUND / 6))
    if fault == "on a brighter ground":
        return rng.poisson(one.light + 3 * peak)
    if fault == "blurred":
        return rng.poisson(gaussian_filter(one.light, 4) + GROUND)
    if fault == "saturated":
        return np.minimum(rng.poisson(3 * one.light + GROUND), int(1.3 * peak))
    return np.full(one.light.shape, 255 if fault == "of one value" else 0)


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("peak", [30.0, 100.0, 1000.0])
@pytest.mark.parametrize("fault", ["brighter", "on a brighter ground", "saturated", "of one value", "black"])
def test_an_odd_frame_is_found_and_nothing_else(fault, peak, moves):
    scenes = film(peak, moves=moves)
    counts = drawn(scenes)
    assert unlike([frame(one) for one in counts]) == {}
    counts[ODD] = spoiled(fault, scenes[ODD], peak)
    assert unlike([frame(one) for one in counts]) == {ODD: "of one value" if fault == "black" else fault}


@pytest.mark.parametrize("peak", [100.0, 1000.0])
def test_a_blurred_frame_of_a_still_scene_is_found(peak):
    scenes = film(peak, moves=False)
    counts = drawn(scenes)
    counts[ODD] = spoiled("blurred", scenes[ODD], peak)
    assert unlike([frame(one) for one in counts]) == {ODD: "blurred"}


def drifting(kind: str, peak: float) -> list[Scene]:
    """Return frames of a scene that moves on a little from one to the next."""
    still = scene(kind, (64, 64), peak, 11)
    return [seen(np.roll(still.truth, (place, 2 * place), (0, 1))) for place in range(7)]


OUT_OF_FOCUS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a little out of focus": lambda light: gaussian_filter(light, 2.5),
    "far out of focus": lambda light: gaussian_filter(light, 4.0),
    "moved while exposed": lambda light: uniform_filter1d(light, 13, axis=-1),
}


@pytest.mark.parametrize("how", OUT_OF_FOCUS)
@pytest.mark.parametrize("kind", ["discs", "points"])
@pytest.mark.parametrize("peak", [150.0, 1000.0])
def test_a_frame_out_of_focus_or_moved_is_found_while_the_scene_drifts(how, kind, peak):
    scenes = drifting(kind, peak)
    counts = drawn(scenes)
    assert unlike([frame(one) for one in counts]) == {}
    counts[ODD] = np.random.default_rng(3).poisson(OUT_OF_FOCUS[how](scenes[ODD].light) + GROUND)
    assert unlike([frame(one) for one in counts]) == {ODD: "blurred"}


@pytest.mark.parametrize("peak", [5.0, 25.0, 150.0, 10000.0])
def test_scenes_that_differ_are_hardly_ever_unlike(peak):
    found = 0
    for seed in range(10):
        scenes = [scene("discs", (64, 64), peak, 900 + 20 * seed + place) for place in range(7)]
        found += bool(unlike([frame(one) for one in drawn(scenes, 50 * seed)]))
    assert found <= 1


@pytest.mark.parametrize("share", [0.0, 0.04, 0.2])
def test_a_bleached_or_empty_frame_is_found(share):
    scenes = drifting("points", 150.0)
    counts = drawn(scenes)
    counts[ODD] = np.random.default_rng(3).poisson(share * scenes[ODD].light + GROUND)
    assert unlike([frame(one) for one in counts]) == {ODD: "darker"}


@pytest.mark.parametrize("fault", ["brighter", "saturated", "blurred", "of one value"])
def test_the_others_have_the_number_that_they_have_alone(fault):
    scenes = film(100.0, moves=False)
    counts = drawn(scenes)
    others = nd.deconvolve(np.stack([one for place, one in enumerate(counts) if place != ODD]), scenes[0].psf)
    counts[ODD] = spoiled(fault, scenes[ODD], 100.0)
    result = nd.deconvolve(np.stack(counts), scenes[0].psf)
    number = next(choice.iterations for choice in result.choices if 0 in choice.items)
    assert number == others.iterations
    sentence = f"Frame {ODD} ({fault}) is unlike the others and did not decide their number of iterations."
    assert sentence in result.words
    again = nd.deconvolve(np.stack(counts), scenes[0].psf, nd.Recipe.from_json(result.recipe.to_json()))
    np.testing.assert_array_equal(again.estimate, result.estimate)


def test_a_series_that_bleaches_has_a_number_for_each_brightness():
    scenes = [one.brighter(0.45**place) for place, one in enumerate(film(400.0, moves=False))]
    counts = [np.random.default_rng(place).poisson(one.light + 3) for place, one in enumerate(scenes)]
    result = nd.deconvolve(np.stack(counts), scenes[0].psf)
    numbers = {item: choice.iterations for choice in result.choices for item in choice.items}
    assert sorted(numbers) == list(range(7))
    assert numbers[0] > numbers[6]
    assert len(result.choices) >= 3
    assert any(word.startswith("The light of the frames differs by more than 3 x") for word in result.words)
    ratios = [
        one.error(found) / one.error(nd.deconvolve(image, one.psf).estimate)
        for one, found, image in zip(scenes, result.estimate, counts, strict=True)
    ]
    assert mean_of(ratios) < 1.15
    again = nd.deconvolve(np.stack(counts), scenes[0].psf, result.recipe)
    np.testing.assert_array_equal(again.estimate, result.estimate)


def test_light_is_grouped_from_the_brightest_on():
    assert by_light([100, 90, 34]) == [[0, 1, 2]]
    assert by_light([10, 100, 30, 34, 9]) == [[1, 3], [0, 2], [4]]
    assert by_light([100, 0, 40]) == [[0, 1, 2]]  # a dark one says nothing
    assert by_light([1.0, 1000.0, 300.0]) == [[1], [0, 2]]
    assert by_light([0, 0]) == [[0, 1]]


@pytest.mark.parametrize("alpha", ["flat", "soft"])
def test_the_alpha_channel_of_a_picture_does_not_decide(alpha):
    scenes = film(120.0, moves=False, frames=3)
    soft = 255 * np.clip(2 - np.hypot(*np.mgrid[-32:32, -32:32]) / 16, 0, 1)
    picture = np.stack([*drawn(scenes), np.full((64, 64), 255) if alpha == "flat" else soft]).astype(np.uint8)
    result = nd.deconvolve(picture, scenes[0].psf)
    colours = nd.deconvolve(picture[:3], scenes[0].psf)
    assert next(one.iterations for one in result.choices if 0 in one.items) == colours.iterations
    assert any(word.startswith("Frame 3 (") for word in result.words)


def test_a_film_of_stacks():
    scenes = film(100.0, moves=False, shape=(8, 32, 32), frames=4)
    counts = drawn(scenes)
    counts[ODD] = spoiled("saturated", scenes[ODD], 100.0)
    result = nd.deconvolve(np.stack(counts), scenes[0].psf)
    assert any(word.startswith(f"Frame {ODD} (saturated)") for word in result.words)
    assert all(choice.item != ODD for choice in result.choices if 0 in choice.items)


def test_frames_that_are_alike_share_one_number_and_nothing_is_said():
    scenes = film(100.0, moves=True, frames=5)
    result = nd.deconvolve(np.stack(drawn(scenes)), scenes[0].psf)
    assert len(result.choices) == 1
    assert result.recipe.iterations == result.iterations
    assert not any("rame" in word for word in result.words)
