"""Cameras whose pixels differ: maps of offset, gain and read noise, from the recipe to the result."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import read_image, write_image

SHAPE = (64, 64)
PSF = nd.psf.gaussian(4.0, ndim=2)
OFFSET, GAIN, READ = 100.0, 2.2, 1.6


def points(shape: tuple[int, ...] = SHAPE, seed: int = 0, number: int = 12) -> np.ndarray:
    rng, truth = np.random.default_rng(seed), np.zeros(shape)
    for _ in range(number):
        truth[tuple(rng.integers(6, length - 6) for length in shape)] += rng.uniform(0.3, 1)
    return nd.convolve(truth, nd.psf.gaussian(3.0, ndim=truth.ndim), boundary="zero")


def light(peak: float, shape: tuple[int, ...] = SHAPE, seed: int = 0) -> np.ndarray:
    seen = np.maximum(nd.convolve(points(shape, seed), PSF, boundary="zero"), 0)
    return peak * (seen / seen.max() + 0.1)


def sensor(shape: tuple[int, ...] = SHAPE, seed: int = 0, pattern: float = 3.0) -> dict[str, np.ndarray]:
    """Return the maps of an sCMOS camera: columns of another offset, gains that differ, a few pixels of high noise."""
    rng = np.random.default_rng(seed)
    offset = OFFSET + rng.normal(0, pattern, shape)
    offset[..., ::9] += 8
    gain, read = GAIN * np.exp(rng.normal(0, 0.08, shape)), READ * np.exp(rng.normal(0, 0.2, shape))
    read[rng.random(shape) < 0.02] = 15
    return {"offset": offset, "gain": gain, "read_noise": read}


def recorded(photons: np.ndarray, maps: dict[str, np.ndarray], seed: int = 1) -> np.ndarray:
    noise = maps["read_noise"] * np.random.default_rng(seed).normal(size=photons.shape)
    return maps["offset"] + maps["gain"] * (photons + noise)


def difference(found: np.ndarray, want: np.ndarray) -> float:
    return float(np.linalg.norm(found - want) / np.linalg.norm(want))


# ---- what the maps stand for


@pytest.mark.parametrize("method", [{}, {"method": "rl-gc"}, {"method": "wiener", "regularization": 0.01}], ids=str)
def test_counts_of_pixels_that_differ_are_those_of_equal_ones(method):
    """Without read noise photons come back exactly: the estimate is that of a camera of mean offset and mean gain."""
    photons, maps = np.random.default_rng(0).poisson(light(200)).astype(float), sensor()
    offset, gain = float(np.mean(maps["offset"])), float(np.mean(maps["gain"]))
    recipe = nd.Recipe(iterations=6, background=offset + 20 * gain, read_noise=0, defects="keep", **method)
    result = nd.deconvolve(
        maps["offset"] + maps["gain"] * photons, PSF, recipe.replace(offset=maps["offset"], gain=maps["gain"])
    )
    want = nd.deconvolve(offset + gain * photons, PSF, recipe.replace(offset=offset, gain=gain))
    assert difference(result.estimate, want.estimate) < 1e-3
    assert result.background == pytest.approx(want.background)
    assert result.gain == pytest.approx(gain)


def test_the_default_with_maps_is_as_good_as_on_a_camera_of_equal_pixels():
    maps, errors = sensor(pattern=8.0), {}
    truth = points() * 20 / nd.convolve(points(), PSF, boundary="zero").max()
    photons = np.random.default_rng(0).poisson(light(20)).astype(float)
    equal = {"offset": np.full(SHAPE, OFFSET), "gain": np.full(SHAPE, GAIN), "read_noise": np.full(SHAPE, READ)}
    for name, pixels, known in (("equal", equal, {}), ("maps", maps, maps), ("ignored", maps, {})):
        result = nd.deconvolve(recorded(photons, pixels), PSF, nd.Recipe(**known))
        errors[name] = difference(result.estimate / GAIN, truth)
    assert errors["maps"] < 1.1 * errors["equal"]
    assert errors["ignored"] > 1.05 * errors["maps"]


def test_maps_of_one_value_are_as_good_as_the_numbers():
    image = recorded(np.random.default_rng(0).poisson(light(100)).astype(float), sensor())
    numbers = {"offset": 99.5, "gain": 2.0, "read_noise": 1.5}
    maps = {name: np.full(SHAPE, value) for name, value in numbers.items()}
    recipe = nd.Recipe(iterations=5, background=140, defects="keep")
    result = nd.deconvolve(image, PSF, recipe.replace(**maps))
    want = nd.deconvolve(image, PSF, recipe.replace(**numbers))
    np.testing.assert_allclose(result.estimate, want.estimate, rtol=1e-4, atol=1e-3)


def test_read_noise_is_added_to_data_and_model_alike():
    """A noisy pixel says little: counts that may be its noise pull the estimate less."""
    image = np.full(SHAPE, 110.0)
    image[32, 32] = 160.0
    read = np.full(SHAPE, 1.0)
    recipe = nd.Recipe(iterations=20, background=110, offset=100, gain=1, defects="keep")
    quiet = nd.deconvolve(image, PSF, recipe.replace(read_noise=read)).estimate
    read[32, 32] = 30.0
    noisy = nd.deconvolve(image, PSF, recipe.replace(read_noise=read)).estimate
    assert noisy.sum() < 0.4 * quiet.sum()


@pytest.mark.parametrize("factor", [1e-20, 0.3, 1e12])
def test_the_unit_of_the_counts_does_not_matter(factor):
    maps = sensor()
    image = recorded(np.random.default_rng(0).poisson(light(100)).astype(float), maps)
    recipe = nd.Recipe(iterations=5, background=OFFSET + 10 * GAIN, **maps)
    scaled = {name: maps[name] * factor for name in ("offset", "gain")}
    again = recipe.replace(background=recipe.background * factor, **scaled)
    want = nd.deconvolve(image, PSF, recipe).estimate
    assert difference(nd.deconvolve(image * factor, PSF, again).estimate / factor, want) < 1e-5


@pytest.mark.parametrize("known", [("offset",), ("gain",), ("read_noise",), ("offset", "gain", "read_noise")], ids=str)
def test_the_recipe_of_a_result_repeats_it(known):
    maps = sensor()
    image = recorded(np.random.default_rng(0).poisson(light(100)).astype(float), maps)
    result = nd.deconvolve(image, PSF, nd.Recipe(**{name: maps[name] for name in known}))
    again = nd.deconvolve(image, PSF, nd.Recipe.from_json(result.recipe.to_json()))
    np.testing.assert_array_equal(again.estimate, result.estimate)
    assert again.recipe == result.recipe


def test_saturated_samples_stay_saturated():
    photons, maps = light(200), sensor()
    image = np.minimum(recorded(photons, maps), 255).round().astype(np.uint8)
    recipe = nd.Recipe(iterations=20, background=OFFSET + 20 * GAIN, **maps)
    capped = nd.deconvolve(image, PSF, recipe).estimate
    as_counts = nd.deconvolve(image.astype(float), PSF, recipe).estimate
    assert capped.max() > 1.1 * as_counts.max()


# ---- where they lie


def series(count: int = 3) -> np.ndarray:
    frames = [np.random.default_rng(one).poisson(light(50 * (one + 1), seed=one)).astype(float) for one in range(count)]
    return np.stack(frames)


@pytest.mark.parametrize("recipe", [nd.Recipe(iterations=3), nd.Recipe(method="wiener", regularization=0.01)], ids=str)
def test_a_map_of_a_plane_holds_for_every_frame_of_a_series(recipe):
    maps = sensor()
    image = recorded(series(), maps)
    result = nd.deconvolve(image, PSF, recipe.replace(**maps))
    whole = {name: np.broadcast_to(one, image.shape) for name, one in maps.items()}
    np.testing.assert_array_equal(nd.deconvolve(image, PSF, recipe.replace(**whole)).estimate, result.estimate)
    for frame, found in zip(image, result.estimate, strict=True):
        np.testing.assert_allclose(found, nd.deconvolve(frame, PSF, recipe.replace(**maps)).estimate, rtol=1e-5)


def test_a_map_of_a_plane_holds_for_every_plane_of_a_stack():
    psf, maps = nd.psf.gaussian((2.0, 4.0, 4.0), ndim=3), sensor()
    image = recorded(np.random.default_rng(0).poisson(np.stack([light(60, seed=one) for one in range(5)])), maps)
    recipe = nd.Recipe(iterations=3, background=OFFSET + 6 * GAIN)
    result = nd.deconvolve(image, psf, recipe.replace(**maps))
    for front in (1, 5):
        more = {name: np.repeat(one[np.newaxis], front, axis=0) for name, one in maps.items()}
        np.testing.assert_array_equal(nd.deconvolve(image, psf, recipe.replace(**more)).estimate, result.estimate)


def test_axes_in_another_order_take_maps_in_that_order():
    maps, recipe = sensor((64, 48)), nd.Recipe(iterations=3, background=OFFSET + 6 * GAIN)
    image = recorded(np.random.default_rng(0).poisson(light(60, (64, 48))).astype(float), maps)
    want = nd.deconvolve(image, PSF, recipe.replace(**maps)).estimate
    stack = np.stack([image, image], axis=-1)
    for known in (maps, {name: np.stack([one, one], axis=-1) for name, one in maps.items()}):
        result = nd.deconvolve(stack, PSF, recipe.replace(**known), axes=(0, 1))
        np.testing.assert_allclose(result.estimate[..., 1], want, rtol=1e-5)


@pytest.mark.parametrize("shape", [(64,), (5, 64)])
def test_spectra_take_the_maps_of_their_detector(shape):
    psf, length = nd.psf.gaussian(4.0, ndim=1), shape[-1]
    maps = {name: one[0] for name, one in sensor().items()}
    photons = np.random.default_rng(0).poisson(200 + 2000 * np.exp(-(((np.arange(length) - 30) / 4) ** 2)), shape)
    image = recorded(photons.astype(float), maps)
    recipe = nd.Recipe(iterations=5, background=OFFSET + 200 * GAIN, defects="keep")
    result = nd.deconvolve(image, psf, recipe.replace(**maps))
    even = float(np.mean(maps["offset"])) + np.mean(maps["gain"]) * (image - maps["offset"]) / maps["gain"]
    want = nd.deconvolve(even, psf, recipe.replace(offset=float(np.mean(maps["offset"])), read_noise=READ))
    assert difference(result.estimate, want.estimate) < 0.01
    assert difference(result.estimate, nd.deconvolve(image, psf, recipe).estimate) > 0.02


def test_a_region_of_a_large_image_is_searched_with_its_part_of_the_maps():
    whole, maps = np.zeros((400, 400)), sensor((400, 400))
    whole[300:364, 20:84] = light(100) - 10
    image = recorded(np.random.default_rng(0).poisson(whole + 10).astype(float), maps)
    result = nd.deconvolve(image, PSF, nd.Recipe(**maps))
    region = result.choices[0].region
    assert region[0].start > 50
    part = nd.deconvolve(image[region], PSF, nd.Recipe(**{name: one[region] for name, one in maps.items()}))
    assert result.iterations == pytest.approx(part.iterations, rel=0.3)


def test_channels_may_have_been_recorded_by_different_cameras():
    first, second = sensor(), {name: 3 * one for name, one in sensor(seed=1).items()}
    photons = [np.random.default_rng(seed).poisson(light(100, seed=seed)).astype(float) for seed in (0, 1)]
    images = [recorded(own, maps) for own, maps in zip(photons, (first, second), strict=True)]
    both = {name: np.stack([first[name], second[name]]) for name in first}
    result = nd.deconvolve(np.stack(images), [PSF, PSF], nd.Recipe(**both), channel_axis=0)
    for image, maps, found, choice in zip(images, (first, second), result.estimate, result.choices, strict=True):
        alone = nd.deconvolve(image, PSF, nd.Recipe(**maps))
        assert choice.gain == pytest.approx(alone.gain)
        assert choice.iterations == alone.iterations
        np.testing.assert_allclose(found, alone.estimate, rtol=1e-4, atol=1e-4 * found.max())


# ---- what is refused


@pytest.mark.parametrize("name", ["offset", "gain", "read_noise"])
@pytest.mark.parametrize("shape", [(64, 63), (63,), (2, 64, 64), (3, 64)])
def test_maps_of_another_shape_are_refused_in_words(name, shape):
    called = nd.Recipe.parameter(name).noun or name
    with pytest.raises(nd.ParameterError, match=f"The {called} has shape .* and the image"):
        nd.deconvolve(np.full(SHAPE, 200.0), PSF, nd.Recipe(iterations=2, **{name: np.ones(shape)}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gain": 0.0}, "gain is 0 in 1 sample"),
        ({"gain": -2.0}, "gain is -2 in 1 sample"),
        ({"read_noise": -1.0}, "read noise is -1 in 1 sample"),
        ({"offset": np.nan}, "camera offset holds values that are not finite"),
        ({"gain": np.inf}, "gain holds values that are not finite"),
    ],
)
def test_maps_of_impossible_values_are_refused_in_words(changes, said):
    ((name, value),) = changes.items()
    known = np.ones((5, 6))
    known[2, 3] = value
    with pytest.raises(nd.ParameterError, match=said):
        nd.Recipe(**{name: known})


# ---- the command line


def test_the_command_line_takes_files_of_maps(tmp_path, capsys):
    maps = {name: one.astype(np.float32) for name, one in sensor().items()}
    image = recorded(np.random.default_rng(0).poisson(light(100)), maps).round().astype(np.uint16)
    psf = nd.psf.gaussian(0.4, spacing=(0.1, 0.1))
    write_image(tmp_path / "image.tif", image, spacing=(0.1, 0.1), units="um")
    nd.psf.save(psf, tmp_path / "psf.tif")
    options = []
    for name, one in maps.items():
        write_image(tmp_path / f"{name}.tif", one)
        options += [f"--{name.replace('_', '-')}", str(tmp_path / f"{name}.tif")]
    run = ["run", str(tmp_path / "image.tif"), "--psf", str(tmp_path / "psf.tif"), "-o", str(tmp_path / "out.tif")]
    assert cli.execute([*run, *options, "--iterations", "3"]) == 0
    out = read_image(tmp_path / "out.tif")
    want = nd.deconvolve(image, psf, nd.Recipe(iterations=3, **maps), spacing=(0.1, 0.1))
    np.testing.assert_array_equal(out.data, want.estimate)
    assert out.recipe == want.recipe
    capsys.readouterr()
    write_image(tmp_path / "gain.tif", maps["gain"][:50])
    assert cli.execute([*run, *options]) == 2
    assert "gain has shape (50, 64) and the image (64, 64)" in capsys.readouterr().err
