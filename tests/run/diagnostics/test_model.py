"""What a result says of the model behind it: nothing if all is right, and else what is wrong."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve.psf.scaling import scaled

OFFSET, GAIN, READ_NOISE, BACKGROUND = 100.0, 2.0, 1.5, 10.0
DARK = OFFSET + GAIN * BACKGROUND
TOO_WIDE = (
    "The PSF is too wide: the image holds finer detail than it lets through. Check numerical aperture, wavelength, "
    "refractive index and spacing, or measure it with beads."
)


@cache
def psf(ndim=2, **optics):
    return nd.psf.microscope(
        "widefield",
        numerical_aperture=optics.pop("aperture", 1.3),
        emission_um=0.52,
        spacing=(0.22, 0.09, 0.09)[-ndim:],
        shape=(11, 23, 23)[-ndim:],
        **optics,
    )


def counted(seed, kernel=None, *, peak=500.0, shape=(72, 76), count=32):
    """Give what a camera counts of points and discs, which lie beyond the image, too."""
    kernel = kernel or psf(len(shape))
    rng = np.random.default_rng(seed)
    whole = tuple(length + 2 * (size // 2) for length, size in zip(shape, kernel.shape, strict=True))
    truth = np.zeros(whole)
    truth[tuple(rng.integers(0, length, count) for length in whole)] = rng.uniform(0.4, 1, count)
    truth = gaussian_filter(truth, 0.5)
    middles = np.zeros(whole)
    middles[tuple(rng.integers(0, length, count // 8) for length in whole)] = 1
    spread = gaussian_filter(middles, 3.0)
    truth += 0.04 * (spread > 0.3 * spread.max())
    inside = tuple(slice(size // 2, size // 2 + length) for length, size in zip(shape, kernel.shape, strict=True))
    light = np.maximum(nd.convolve(truth, kernel, boundary="zero")[inside], 0)
    photons = rng.poisson(light / light.max() * peak + BACKGROUND) + READ_NOISE * rng.normal(size=shape)
    return OFFSET + GAIN * photons


def said(counts, kernel, recipe=None, **how):
    """Give what is said of a default run, but for its number of iterations: points ask for many."""
    return tuple(
        word for word in nd.deconvolve(counts, kernel, recipe, **how).words if not word.startswith("The score")
    )


def test_right_models_are_left_alone():
    silent = [said(counted(seed), psf()) == () for seed in range(20)]
    assert sum(silent) >= 19


@pytest.mark.parametrize("ndim", [2, 3])
def test_a_psf_that_is_too_wide_is_named(ndim):
    counts = counted(0, shape=(72, 76) if ndim == 2 else (14, 40, 40), peak=2000.0, count=32 if ndim == 2 else 12)
    wide = psf(ndim, aperture=0.93)
    assert TOO_WIDE in said(counts, wide)
    result = nd.deconvolve(counts, wide, nd.Recipe(iterations=25))
    if ndim == 2:  # without the search there is less to judge by
        assert TOO_WIDE in result.words
        assert TOO_WIDE in nd.residual(counts, wide, result.estimate, result.recipe).words


def test_a_psf_that_is_a_fifth_too_wide_is_named_as_well():
    every = [said(counted(seed, peak=2000.0), scaled(psf(), 1.2)) for seed in range(5)]
    assert sum(TOO_WIDE in words for words in every) >= 4


def test_spherical_aberration_is_named():
    deep = psf(3, depth_um=12.0, sample_index=1.38)
    counts = counted(1, deep, shape=(14, 40, 40), peak=1000.0, count=16)
    words = said(counts, psf(3))
    assert any("spherical aberration" in word and "standard deviations" in word for word in words)
    assert not any("symmetric" in word for word in said(counts, deep))


@pytest.mark.parametrize(("recipe", "aperture"), [(nd.Recipe(iterations=20), 0.93), (None, 1.3)], ids=["wide", "right"])
def test_a_single_plane_has_no_sides_along_z(recipe, aperture):
    """Whatever is wrong with a PSF: of an axis of one sample nothing can be said."""
    plane = counted(1, peak=5000.0)[np.newaxis]
    result = nd.deconvolve(plane, psf(3, aperture=aperture), recipe)
    left = nd.residual(plane, psf(3, aperture=aperture), result.estimate, result.recipe)
    assert not any("along z" in word for word in (*result.words, *left.words))


@pytest.mark.parametrize(("offset", "side"), [(OFFSET + 25, "high"), (OFFSET - 40, "low")])
def test_a_wrong_offset_is_named(offset, side):
    counts = counted(2, peak=150.0)
    words = said(counts, psf(), nd.Recipe(offset=offset, read_noise=READ_NOISE))
    (word,) = (word for word in words if "offset is too" in word)
    assert word.startswith(f"The camera's offset is too {side}: with the read noise, ")
    assert word.endswith("Leave offset and read noise at auto, or look them up.")
    assert not any("PSF is" in word for word in words)  # what a wrong camera makes of a residual says nothing of a PSF
    right = nd.Recipe(offset=OFFSET, read_noise=READ_NOISE)
    assert said(counts, psf(), right) == ()


@pytest.mark.parametrize(("background", "side", "where"), [(DARK + 15, "high", "below"), (DARK - 15, "low", "above")])
def test_a_wrong_background_is_named(background, side, where):
    counts = counted(3)
    (word,) = said(counts, psf(), nd.Recipe(background=background))
    assert word.startswith(f"The background is too {side}: {background:.4g} counts were given, and the empty parts of ")
    assert f"lie {where} that, at 1" in word
    assert said(counts, psf(), nd.Recipe(background=DARK)) == ()


@pytest.mark.parametrize("seed", range(4))
def test_points_may_stand_on_a_weak_even_ground(seed):
    """Where the background is given, an even light above it is the object's; too much of that is none."""
    rng, ground = np.random.default_rng(seed), 0.25 * BACKGROUND
    light = np.maximum((counted(seed, peak=200.0) - DARK) / GAIN, 0)
    image = OFFSET + GAIN * (
        rng.poisson(gaussian_filter(light, 1.5) + ground + BACKGROUND) + rng.normal(size=light.shape)
    )
    for given, wrong in ((DARK, False), (DARK - 15, True)):
        words = said(image, psf(), nd.Recipe(background=given, iterations=20))
        assert any(word.startswith("The background is too low") for word in words) == wrong


def test_hot_pixels_that_are_kept_are_counted():
    counts = counted(4)
    places = np.random.default_rng(0).integers(3, 69, (2, 12))
    counts[tuple(places)] += 4000
    (word,) = said(counts, psf(), nd.Recipe(defects="keep"))
    hot = len(set(zip(*places, strict=True)))
    assert word == (
        f"{hot} samples are brighter or darker than any light through the PSF ({hot} hot pixels, or cosmic rays) and "
        "kept, as the recipe says. Leave them out by the parameter defects."
    )
    assert "left out" in said(counts, psf())[0]


def test_saturated_samples_are_counted():
    counts = np.minimum(counted(5), 500.0)
    words = said(counts, psf())
    assert words == (
        f"{np.sum(counts == 500)} samples hold exactly the largest value, 500: the detector was saturated, and the "
        "estimate is too dark there. Expose less, or leave these samples out by a mask.",
    )
    assert said(counts, psf(), mask=counts < 500) == ()


def test_the_textbook_takes_counts_as_they_are():
    recipe = nd.Recipe(iterations=5, background=150.0, offset=0.0, read_noise=0.0, defects="keep")
    assert said(np.minimum(counted(6), 500.0), psf(), recipe) == ()


def test_a_filter_is_not_judged_by_its_residual():
    words = said(counted(7), psf(aperture=0.93), nd.Recipe(method="wiener"))
    assert not any("residual" in word or "PSF is" in word for word in words)


def test_samples_that_say_nothing_do_not_matter():
    counts, wide = counted(8, peak=1000.0), psf(aperture=1.0)
    counts[30:40, 30:40] = np.nan
    assert TOO_WIDE in said(counts, wide)
    assert said(counts, psf()) == ()


def test_too_few_iterations_are_told_as_well():
    result = nd.deconvolve(counted(9, peak=2000.0), psf(), nd.Recipe(iterations=2))
    assert any("the iterations may be too few, or the PSF wrong" in word for word in result.words)
    assert np.isnan(result.misfit)


def test_frames_are_judged_one_by_one():
    stack = np.stack([counted(10, peak=2000.0), counted(11, peak=2000.0)])
    assert said(stack, psf()) == ()
    assert TOO_WIDE in said(stack, psf(aperture=0.93))


def test_counts_in_another_unit_are_told_the_same():
    counts = counted(12, peak=2000.0)
    one, other = (said(scale * counts, psf(aperture=0.93)) for scale in (1.0, 1e-12))
    assert one == other
    assert TOO_WIDE in one
