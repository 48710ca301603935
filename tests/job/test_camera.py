"""A camera's offset, backgrounds that are not flat, and samples without data, from the image to the result."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.core.likelihood.maps import Surface
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.image import SampledArray
from napari_deconvolve.io import read_image, write_image

SHAPE = (72, 72)
PSF = nd.psf.gaussian(4.0, ndim=2)
LINE_PSF = nd.psf.gaussian(4.0, ndim=1)
OFFSET, GAIN, READ, GROUND, PEAK = 100.0, 2.2, 1.6, 20.0, 200.0
TILT = 1 + 0.5 * np.linspace(-1, 1, SHAPE[0])[:, np.newaxis] + np.zeros(SHAPE)


def discs(shape: tuple[int, ...] = SHAPE, number: int = 9, seed: int = 0) -> np.ndarray:
    rng, out = np.random.default_rng(seed), np.zeros(shape)
    grid = np.ogrid[tuple(slice(0, n) for n in shape)]
    for _ in range(number):
        distance = np.sqrt(sum((axis - rng.uniform(6, n - 6)) ** 2 for axis, n in zip(grid, shape, strict=True)))
        out += rng.uniform(0.3, 1) * np.clip(rng.uniform(1.5, 5) - distance + 0.5, 0, 1)
    return out * PEAK / nd.convolve(out, PSF, boundary="zero").max()


def counts(truth: np.ndarray, ground: float | np.ndarray = GROUND, offset: float = OFFSET, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    light = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    return offset + GAIN * (rng.poisson(light + ground) + READ * rng.normal(size=truth.shape))


TRUTH = discs()


@pytest.fixture
def image() -> np.ndarray:
    return counts(TRUTH)


def error(estimate: np.ndarray, where: np.ndarray | bool = True) -> float:
    """Return the relative error of an estimate in counts, over a part."""
    part = np.broadcast_to(where, TRUTH.shape)
    return float(np.linalg.norm((estimate / GAIN - TRUTH)[part]) / np.linalg.norm(TRUTH[part]))


def difference(found: np.ndarray, want: np.ndarray) -> float:
    return float(np.linalg.norm(found - want) / np.linalg.norm(want))


# ---- the camera's offset


@pytest.fixture(scope="module")
def at_a_hundred() -> nd.Result:
    return nd.deconvolve(counts(TRUTH), PSF)


@pytest.mark.parametrize("offset", [-40, 60, 400, 1000])
def test_a_constant_shifts_background_and_offset_and_leaves_the_estimate(at_a_hundred, image, offset):
    more = offset - OFFSET
    result = nd.deconvolve(image + more, PSF)
    assert difference(result.estimate, at_a_hundred.estimate) < 1e-3
    assert result.iterations == at_a_hundred.iterations
    assert result.background == pytest.approx(at_a_hundred.background + more, abs=0.01)
    assert result.recipe.offset == pytest.approx(at_a_hundred.recipe.offset + more, abs=0.01)
    assert result.gain == pytest.approx(at_a_hundred.gain, rel=1e-3)


def test_offset_and_background_are_about_those_of_the_camera(at_a_hundred):
    assert at_a_hundred.recipe.offset == pytest.approx(OFFSET - READ**2 * GAIN, abs=30)
    assert at_a_hundred.background == pytest.approx(OFFSET + GROUND * GAIN, abs=5)
    assert at_a_hundred.words == ()


def test_a_given_offset_and_background_shift_together(image):
    known = {"iterations": 5, "read_noise": READ, "gain": GAIN}
    want = nd.deconvolve(image, PSF, nd.Recipe(offset=100, background=144, **known))
    for more in (-200, -144, 1000):
        found = nd.deconvolve(image + more, PSF, nd.Recipe(offset=100 + more, background=144 + more, **known))
        assert difference(found.estimate, want.estimate) < 1e-5
        assert found.background == 144 + more


def test_read_noise_lowers_the_level_by_its_variance_in_counts(image):
    known = {"iterations": 5, "background": 144, "gain": 2.0}
    read = nd.deconvolve(image, PSF, nd.Recipe(offset=100, read_noise=3, **known))
    none = nd.deconvolve(image, PSF, nd.Recipe(offset=100 - 3**2 * 2.0, read_noise=0, **known))
    np.testing.assert_array_equal(read.estimate, none.estimate)
    assert read.recipe.offset == 82


def test_a_negative_background_is_a_background(image):
    result = nd.deconvolve(image - 200, PSF, nd.Recipe(background=-56, offset=-100, iterations=5))
    assert result.background == -56
    want = nd.deconvolve(image, PSF, nd.Recipe(background=144, offset=100, iterations=5))
    assert difference(result.estimate, want.estimate) < 1e-5


@pytest.mark.parametrize("background", [90, np.full(SHAPE, 90.0), np.where(TILT < 0.6, 99.0, 150.0)])
def test_a_background_below_the_offset_is_refused_in_words(background):
    with pytest.raises(nd.ParameterError, match=r"counts the offset too, so give at least 100\."):
        nd.Recipe(offset=100, background=background)


@pytest.mark.parametrize(("dark", "offset"), [(9.0, -9.0), (0, 0.0), (0.0, 0.0), ("auto", "auto")])
def test_a_recipe_of_the_past_holds_the_opposite_of_an_offset(dark, offset):
    recipe = nd.Recipe.from_json(json.dumps({"iterations": 3, "background": 5.0, "dark_noise": dark}))
    assert recipe.offset == offset
    assert recipe.read_noise == ("auto" if dark == "auto" else 0)
    assert (recipe.iterations, recipe.background) == (3, 5.0)
    assert "dark_noise" not in recipe.to_dict()


@pytest.mark.parametrize("dark", ["x", None, True, [1], float("nan")])
def test_a_recipe_of_the_past_that_holds_nonsense_is_refused_in_words(dark):
    with pytest.raises(nd.ParameterError, match="offset"):
        nd.Recipe.from_json(json.dumps({"dark_noise": dark}))


# ---- maps


def test_the_recipe_of_a_result_with_a_surface_repeats_it():
    tilted = counts(TRUTH, GROUND * TILT)
    result = nd.deconvolve(tilted, PSF)
    assert isinstance(result.recipe.background, Surface)
    found = result.recipe.background.values(SHAPE)
    assert difference(found, OFFSET + GAIN * GROUND * TILT) < 0.05
    assert result.background == pytest.approx(found.mean(), rel=1e-5)
    for recipe in (result.recipe, nd.Recipe.from_json(result.recipe.to_json())):
        again = nd.deconvolve(tilted, PSF, recipe)
        np.testing.assert_array_equal(again.estimate, result.estimate)
        assert again.recipe == result.recipe


def test_a_surface_is_better_than_a_number_where_the_background_is_tilted():
    tilted, flat = counts(TRUTH, 3 * GROUND * TILT), nd.Recipe(background=OFFSET + GAIN * 3 * GROUND)
    assert error(nd.deconvolve(tilted, PSF).estimate) < 0.9 * error(nd.deconvolve(tilted, PSF, flat).estimate)


def same_as_a_number(image: np.ndarray, psf: nd.PSF, shape: tuple[int, ...] | None = None, **changes: object) -> None:
    """Compare a map of one value with the number."""
    where = {key: changes.pop(key) for key in ("axes",) if key in changes}
    number, under = (
        nd.deconvolve(image, psf, nd.Recipe(background=value, offset=100, **changes), **where)
        for value in (140.0, np.full(shape or image.shape, 140.0))
    )
    np.testing.assert_allclose(under.estimate, number.estimate, rtol=1e-5, atol=1e-5 * number.estimate.max())
    assert np.ravel(under.background) == pytest.approx(140)
    assert under.iterations == number.iterations


@pytest.mark.parametrize(
    "changes",
    [
        {"iterations": 5},
        {"iterations": 5, "acceleration": None, "dtype": "float64"},
        {"iterations": 3, "target_fwhm": 3.0},
        {},
        {"stop": "risk"},
        {"method": "rl-gc"},
        {"method": "wiener"},
        {"method": "wiener", "regularization": "negative"},
        {"method": "blind", "blind": "alternate", "iterations": 3},
        {"method": "blind", "blind": "width", "iterations": 3},
        {"prior": "tv"},
        *({"iterations": 4, "prior": prior, "strength": 0.01} for prior in PRIORS),
        *({"iterations": 4, "boundary": kind} for kind in ("periodic", "reflect", "edge", "zero")),
    ],
    ids=str,
)
def test_a_map_of_one_value_is_as_good_as_the_number(image, changes):
    same_as_a_number(image[:48, :40], PSF, **changes)


@pytest.mark.parametrize("changes", [{"iterations": 4}, {}, {"method": "wiener"}], ids=str)
@pytest.mark.parametrize("shape", [SHAPE, SHAPE[1:]])
def test_a_map_of_one_value_is_as_good_as_the_number_in_lines(image, shape, changes):
    same_as_a_number(image, LINE_PSF, shape, **changes)
    same_as_a_number(image, LINE_PSF, shape, axes=[0], **changes)


def test_a_map_of_one_value_is_as_good_as_the_number_in_one_line(image):
    same_as_a_number(image[36], LINE_PSF, iterations=4)


@pytest.mark.parametrize("changes", [{"iterations": 4}, {"method": "wiener", "regularization": 0.01}], ids=str)
def test_each_line_has_the_background_that_the_map_gives_it(image, changes):
    more = np.where(np.arange(72) % 2, 0.0, 40.0)[:, np.newaxis] + np.linspace(0, 30, 72)
    recipe = nd.Recipe(offset=100, read_noise=0, defects="keep", **changes)
    under = 140 + more
    whole = nd.deconvolve(image + more, LINE_PSF, recipe.replace(background=under)).estimate
    for line in (0, 1, 35, 71):
        alone = nd.deconvolve((image + more)[line], LINE_PSF, recipe.replace(background=under[line])).estimate
        np.testing.assert_allclose(whole[line], alone, rtol=1e-6, atol=1e-6 * alone.max())


@pytest.fixture(scope="module")
def series() -> np.ndarray:
    return np.stack([counts(discs(seed=one), GROUND * (1 + one) * TILT, seed=one)[:48] for one in range(3)])


@pytest.mark.parametrize("changes", [{"iterations": 3}, {"method": "wiener", "regularization": 0.01}], ids=str)
def test_a_series_may_have_a_map_per_frame(series, changes):
    maps = np.stack([OFFSET + GAIN * GROUND * (1 + one) * TILT[:48] for one in range(3)])
    recipe = nd.Recipe(offset=100, **changes)
    result = nd.deconvolve(series, PSF, recipe.replace(background=maps))
    for frame, under, found in zip(series, maps, result.estimate, strict=True):
        want = nd.deconvolve(frame, PSF, recipe.replace(background=under)).estimate
        np.testing.assert_array_equal(found, want)
    assert result.background == pytest.approx(tuple(maps.mean((1, 2))), rel=1e-6)
    again = nd.deconvolve(series, PSF, nd.Recipe.from_json(result.recipe.to_json()))
    np.testing.assert_array_equal(again.estimate, result.estimate)


def test_a_series_may_have_one_map_for_all_frames(series):
    under = OFFSET + GAIN * GROUND * TILT[:48]
    result = nd.deconvolve(series, PSF, nd.Recipe(background=under, offset=100, iterations=3))
    whole = nd.deconvolve(
        series, PSF, nd.Recipe(background=np.broadcast_to(under, series.shape), offset=100, iterations=3)
    )
    np.testing.assert_array_equal(result.estimate, whole.estimate)


@pytest.mark.parametrize("shape", [(6, 14, 16), (14, 14, 14)])
def test_axes_in_another_order_take_their_map_in_that_order(shape):
    """Where all axes are of one length the shape does not tell the order, and a map lies on its image."""
    psf = nd.psf.gaussian((2.5, 3.0, 3.0), ndim=3)
    rng = np.random.default_rng(0)
    under = 100 + 40 * (np.arange(np.prod(shape)).reshape(shape) / np.prod(shape))
    under[0] += 30
    stack = rng.poisson(under + 500.0 * (rng.random(shape) < 0.02)).astype(float)
    want = nd.deconvolve(stack, psf, nd.Recipe(iterations=3, background=under)).estimate
    turned, below = np.moveaxis(stack, 0, -1), np.moveaxis(under, 0, -1)
    for given in (below, SampledArray(below, axes="YXZ")):
        result = nd.deconvolve(SampledArray(turned, axes="YXZ"), psf, nd.Recipe(iterations=3, background=given))
        np.testing.assert_allclose(np.moveaxis(result.estimate, -1, 0), want, rtol=1e-5, atol=1e-4)
        again = nd.deconvolve(SampledArray(turned, axes="YXZ"), psf, nd.Recipe.from_json(result.recipe.to_json()))
        np.testing.assert_array_equal(again.estimate, result.estimate)


@pytest.mark.parametrize("shape", [(40, 24), (24, 39), (40,), (2, 24, 40), (1, 24, 40), (960,)])
def test_a_map_of_another_shape_is_refused_in_words(image, shape):
    with pytest.raises(nd.ParameterError, match=r"background has shape .* and the image \(24, 40\); give equal"):
        nd.deconvolve(image[:24, :40], PSF, nd.Recipe(background=np.full(shape, 140.0), iterations=2))


def test_a_surface_of_another_image_is_refused_in_words(image):
    recipe = nd.Recipe(background=Surface((140.0, 5.0, 0.0, 0.0, 0.0, 0.0), (40, 40)), iterations=2)
    nd.deconvolve(image[:40, :40], PSF, recipe)
    with pytest.raises(nd.ParameterError, match="found under an image of 40 x 40 samples"):
        nd.deconvolve(image, PSF, recipe)
    with pytest.raises(nd.ParameterError, match="give the background of this image"):
        nd.deconvolve(image[0], LINE_PSF, recipe)


@pytest.mark.parametrize("kind", ["given", "found"])
def test_a_region_of_a_large_image_is_searched_with_its_part_of_the_map(kind):
    shape = (400, 400)
    truth = discs((72, 72), 12)
    whole = np.pad(truth, ((300, 28), (20, 308)))
    tilt = 1 + 0.6 * np.linspace(-1, 1, 400)[:, np.newaxis] + np.zeros(shape)
    large, under = counts(whole, 3 * GROUND * tilt), OFFSET + GAIN * 3 * GROUND * tilt
    recipe = nd.Recipe(background=under, offset=100) if kind == "given" else nd.Recipe()
    result = nd.deconvolve(large, PSF, recipe)
    region = result.choices[0].region
    assert any(axis.stop - axis.start < 400 for axis in region)
    assert region[0].start > 50
    part = nd.deconvolve(large[region], PSF, nd.Recipe(background=under[region], offset=100))
    assert result.iterations == pytest.approx(part.iterations, rel=0.3)
    assert result.gain == pytest.approx(GAIN, rel=0.25)
    assert np.linalg.norm(result.estimate / GAIN - whole) < 0.6 * np.linalg.norm(whole)


# ---- samples without data


def test_hot_pixels_are_left_out_and_counted(image):
    rng = np.random.default_rng(3)
    hot = image.copy()
    hot.flat[rng.choice(image.size, 12, replace=False)] += GAIN * PEAK * np.exp(rng.uniform(0.3, 2, 12))
    clean, found, kept = (
        nd.deconvolve(data, PSF, recipe)
        for data, recipe in ((image, nd.Recipe()), (hot, nd.Recipe()), (hot, nd.Recipe(defects="keep")))
    )
    assert any(word.startswith("12 samples are brighter or darker than any light") for word in found.words)
    assert error(found.estimate) < 1.15 * error(clean.estimate)
    assert error(kept.estimate) > 2 * error(clean.estimate)
    assert not any("left out" in word for word in (*kept.words, *clean.words))


def test_a_wedge_of_zeros_under_an_offset_is_left_out_and_counted(image):
    wedge = np.add.outer(np.arange(72), np.arange(72)) < 26
    clean = nd.deconvolve(image, PSF)
    found = nd.deconvolve(np.where(wedge, 0.0, image), PSF)
    kept = nd.deconvolve(np.where(wedge, 0.0, image), PSF, nd.Recipe(defects="keep"))
    share = f"{100 * wedge.mean():.2g} % of the samples hold exactly 0 in connected areas and are left out"
    assert any(word.startswith(share) for word in found.words)
    assert error(found.estimate, ~wedge) < 1.15 * error(clean.estimate, ~wedge)
    assert found.background == pytest.approx(clean.background, abs=5)
    assert error(kept.estimate, ~wedge) > error(found.estimate, ~wedge)
    assert not any("left out" in word for word in kept.words)


def test_wedge_and_hot_pixels_together_equal_a_mask(image):
    wedge = np.add.outer(np.arange(72), np.arange(72)) < 26
    spoiled = np.where(wedge, 0.0, image)
    spoiled[40, 50] += 5000
    found = nd.deconvolve(spoiled, PSF, nd.Recipe(iterations=5))
    known = ~wedge
    known[40, 50] = False
    want = nd.deconvolve(image, PSF, nd.Recipe(iterations=5, defects="keep"), mask=known)
    np.testing.assert_array_equal(found.estimate, want.estimate)
    assert any(word.startswith("1 sample is brighter or darker") for word in found.words)


def test_the_recipe_of_a_result_with_defects_repeats_it(image):
    spoiled = image.copy()
    spoiled[20, 30] += 5000
    result = nd.deconvolve(spoiled, PSF)
    assert result.recipe.defects == "mask"
    np.testing.assert_array_equal(nd.deconvolve(spoiled, PSF, result.recipe).estimate, result.estimate)


def test_zeros_of_photon_counts_are_data():
    light = np.maximum(nd.convolve(TRUTH, PSF, boundary="zero"), 0) / 10
    photons = np.random.default_rng(2).poisson(light).astype(float)
    assert np.mean(photons == 0) > 0.5
    masked = nd.deconvolve(photons, PSF)
    assert not any("left out" in word for word in masked.words)
    np.testing.assert_array_equal(masked.estimate, nd.deconvolve(photons, PSF, nd.Recipe(defects="keep")).estimate)


def texture(sigma: float, seed: int) -> np.ndarray:
    smooth = gaussian_filter(np.random.default_rng(seed).normal(size=(128, 128)), sigma, mode="wrap")
    return (smooth - smooth.mean()) / smooth.std()


def test_an_object_that_fills_the_field_is_said_to():
    full = np.clip(1 + 0.35 * texture(7, 0), 0.3, None) * (1 + np.clip(texture(5, 1), 0, None))
    image = OFFSET + GAIN * np.random.default_rng(0).poisson(200 * full + 20)
    result = nd.deconvolve(image, PSF, nd.Recipe(iterations=2))
    assert any(word.startswith("No part of the image is empty") for word in result.words)
    found = result.recipe.background  # a number, or a map
    assert result.recipe.offset <= np.min(found if isinstance(found, float) else found.values(image.shape))
    known = nd.deconvolve(image, PSF, nd.Recipe(iterations=2, background=OFFSET + 20 * GAIN))
    assert not any("empty" in word for word in known.words)


def test_a_bright_field_with_dark_details_is_said_to_be_one():
    shade = np.clip(1.2 * gaussian_filter(discs((128, 128), 30), 2.0) / 200, 0, 0.9)
    image = OFFSET + GAIN * np.random.default_rng(0).poisson(200 * (1 - shade) + 20)
    result = nd.deconvolve(image, PSF, nd.Recipe(iterations=2))
    assert any(word.startswith("The image is bright with dark details") for word in result.words)
    assert result.background == pytest.approx(result.recipe.offset)


# ---- the command line


def test_the_command_line_says_the_offset(tmp_path, capsys, image):
    whole = np.round(image).astype(np.uint16)
    write_image(tmp_path / "image.tif", whole, spacing=(0.1, 0.1), units="um", name="discs")
    psf = nd.psf.gaussian(0.4, spacing=(0.1, 0.1))
    nd.psf.save(psf, tmp_path / "psf.tif")
    arguments = [str(tmp_path / "image.tif"), "--psf", str(tmp_path / "psf.tif"), "-o", str(tmp_path / "out.tif")]
    assert cli.execute(["run", *arguments, "--iterations", "4"]) == 0
    said = capsys.readouterr().err
    recipe = read_image(tmp_path / "out.tif").recipe
    assert recipe.offset == pytest.approx(OFFSET, abs=30)
    assert f"(the camera's offset {recipe.offset:.4g} of it)" in said
    np.testing.assert_array_equal(read_image(tmp_path / "out.tif").data, nd.deconvolve(whole, psf, recipe).estimate)
