"""Few photons: whole numbers with zeros among them, as noisy as photons, have a gain of one.

The row: peaks of 0.05 to 2 counts, discs and sparse beads. Other members: stacks, spectra, dark counts, averaged frames
(steps of a quarter), watts, uint8 and float32; and data that only look like it (other gains, masks, smoothed counts).
"""

from __future__ import annotations

import numpy as np
import pytest
from fault_scenes import mean_of, scene
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.counting import counts_photons

PEAKS = (0.05, 0.2, 0.5, 1.0, 2.0)


@pytest.mark.parametrize("kind", ["discs", "points"])
@pytest.mark.parametrize(("shape", "seeds"), [((96, 96), 2), ((8, 32, 32), 1), ((256,), 3)], ids=str)
def test_it_is_near_the_best_number_of_iterations(kind, shape, seeds):
    ratios = []
    for peak in PEAKS:
        for seed in range(seeds):
            one = scene(kind, shape, peak, seed)
            ratios.append(one.excess(one.photons(seed=seed)))
    assert mean_of(ratios) < 1.15


@pytest.mark.parametrize("peak", [0.2, 1.0])
def test_dark_counts_do_not_matter(peak):
    ratios, dark = [], 0.2 * peak
    for seed in range(3):
        one = scene("discs", (96, 96), peak, seed)
        ratios.append(one.excess(one.photons(dark, seed), dark, nd.Recipe(background=dark)))
    assert mean_of(ratios) < 1.2


@pytest.mark.parametrize("peak", [5.0, 20.0, 100.0])
@pytest.mark.parametrize(("shape", "seeds"), [((96, 96), 3), ((8, 32, 32), 2)], ids=str)
def test_nor_do_more_photons_where_the_dark_is_empty(peak, shape, seeds):
    scenes = [scene("discs", shape, peak, seed) for seed in range(seeds)]
    assert nd.deconvolve(scenes[0].photons(), scenes[0].psf).gain == 1
    assert mean_of([one.excess(one.photons()) for one in scenes]) < 1.2


@pytest.mark.parametrize(
    ("unit", "dtype"), [(1.0, "uint8"), (1.0, "uint16"), (1.0, "float32"), (3.7e-19, "float64"), (1 / 4095, "float32")]
)
def test_the_gain_is_one_in_any_unit(unit, dtype):
    one = scene("discs", (64, 64), 1.0)
    result = nd.deconvolve((one.photons() * unit).astype(dtype), one.psf)
    assert result.gain == pytest.approx(unit, rel=1e-6)
    assert result.recipe.offset == 0


def test_the_gain_of_averaged_frames_is_their_step():
    one = scene("discs", (64, 64), 1.0)
    frames = [one.photons(seed=seed) for seed in range(4)]
    result = nd.deconvolve(np.mean(frames, axis=0), one.psf)
    assert result.gain == pytest.approx(0.25)
    assert one.error(result.estimate) < one.error(nd.deconvolve(frames[0], one.psf).estimate)


@pytest.mark.parametrize("method", [{"stop": "risk"}, {"method": "blind"}], ids=str)
def test_other_methods_know_it_too(method):
    one = scene("discs", (64, 64), 2.0)
    result = nd.deconvolve(one.photons(), one.psf, nd.Recipe(**method))
    assert np.isfinite(result.estimate).all()
    assert one.error(result.estimate) < 1.3 * one.least_error(one.photons())


@pytest.mark.parametrize("shape", [(64, 64), (12, 32, 32), (400,)], ids=str)
@pytest.mark.parametrize("peak", [0.3, 2.0, 30.0])
def test_photons_are_recognised(shape, peak):
    one = scene("discs", shape, peak)
    assert counts_photons(one.photons())
    gap = one.photons().astype(float)
    gap[..., 5:9] = np.nan
    assert counts_photons(gap)


@pytest.mark.parametrize("gain", [0.3, 2.2, 10.0])
def test_whole_numbers_of_another_gain_are_not(gain):
    one = scene("discs", (96, 96), 30.0)
    assert not counts_photons(np.rint(gain * one.photons()))


def test_other_whole_numbers_with_zeros_are_not():
    one = scene("discs", (96, 96), 20.0)
    assert not counts_photons(one.truth > 0)  # a mask
    assert not counts_photons(np.rint(gaussian_filter(one.photons().astype(float), 1.0)))
    assert not counts_photons(one.photons(20.0) - 20)
    assert not counts_photons(one.photons(20.0))  # no zeros: the noise tells the gain
    assert not counts_photons(np.zeros((9, 9)))
    assert not counts_photons(np.full((9, 9), np.nan))
    assert not counts_photons(one.photons() / 3.0)


@pytest.mark.parametrize("kind", ["points", "discs"])
@pytest.mark.parametrize("peak", [0.2, 1.0, 2.0, 5.0, 20.0])
def test_a_small_stack_of_few_photons_is_no_bright_field(kind, peak):
    for seed in (200, 201, 202):
        one = scene(kind, (8, 32, 32), peak, seed)
        words = nd.deconvolve(one.photons(seed=seed), one.psf, nd.Recipe(iterations=2)).words
        assert not any("bright with dark details" in word for word in words)
