"""PSFs of all kinds answer the same questions."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.strata_blur import StrataBlur
from napari_deconvolve.psf.channels import along_channels, channel_of
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.psf.given import as_psf, refuse_strata
from napari_deconvolve.psf.protocol import ChannelSpread, PointSpread, middles, strata_count
from napari_deconvolve.psf.scaling import scaled

GRID = (0.3, 0.1, 0.1)


def gaussian(fwhm: float, shape: tuple[int, ...] = (9, 7, 7)) -> nd.PSF:
    return nd.psf.gaussian(fwhm, GRID, shape=shape)


ONE = gaussian(0.5)
STRATA = nd.psf.Strata([gaussian(0.4), gaussian(0.5), gaussian(0.7)], (0.0, 2.0, 4.0))
CHANNELS = nd.psf.ChannelPSFs([gaussian(0.4), gaussian(0.6, (7, 5, 5))], 1)
KINDS: dict[str, PointSpread] = {"PSF": ONE, "strata": STRATA, "channels": CHANNELS}
SINGLE: dict[str, ChannelSpread] = {"PSF": ONE, "strata": STRATA}


@pytest.fixture(params=KINDS)
def spread(request) -> PointSpread:
    return KINDS[request.param]


@pytest.fixture(params=SINGLE)
def single(request) -> ChannelSpread:
    return SINGLE[request.param]


def test_all_are_made_of_psfs(spread):
    assert all(isinstance(one, nd.PSF) for one in (*spread.psfs, *middles(spread)))
    assert len(middles(spread)) == len(spread.channels)
    assert strata_count(spread) * len(spread.channels) == len(spread.psfs)
    assert {one.ndim for one in spread.psfs} == {spread.ndim} == {3}


def test_the_middle_stands_for_strata():
    assert middles(ONE) == (ONE,)
    assert middles(STRATA) == (STRATA.psfs[1],)
    assert middles(CHANNELS) == CHANNELS.psfs
    assert [strata_count(one) for one in KINDS.values()] == [1, 3, 1]


def test_a_change_of_each_keeps_the_kind_and_the_places(spread):
    changed = spread.each(lambda psf: nd.PSF(psf.data, 1.0))
    assert type(changed) is type(spread)
    assert {one.spacing for one in changed.psfs} == {(1.0, 1.0, 1.0)}
    assert changed.channel_axis == spread.channel_axis
    assert getattr(changed, "depths", ()) == getattr(spread, "depths", ())


def test_other_psfs_for_the_same_channels(spread):
    again = spread.with_channels(spread.channels)
    assert type(again) is type(spread)
    assert again.psfs == spread.psfs
    assert again.channel_axis == spread.channel_axis


def test_resampling_reaches_every_psf(spread):
    coarse = spread.resampled((0.6, 0.2, 0.2))
    for one, before in zip(coarse.psfs, spread.psfs, strict=True):
        np.testing.assert_array_equal(one.data, nd.psf.resample(before, (0.6, 0.2, 0.2)).data)
    assert all(one is before for one, before in zip(spread.resampled(GRID).psfs, spread.psfs, strict=True))


def test_scaling_reaches_every_psf(spread):
    assert scaled(spread, 1.0) is spread
    for one, before in zip(scaled(spread, 1.2).psfs, spread.psfs, strict=True):
        np.testing.assert_array_equal(one.data, scaled(before, 1.2).data)


def test_a_description_makes_it_again(spread):
    again = rebuild(describe(spread))
    assert type(again) is type(spread)
    for one, before in zip(again.psfs, spread.psfs, strict=True):
        np.testing.assert_array_equal(one.data, before.data)


@pytest.mark.parametrize("name", SINGLE)
def test_the_operator_blurs_as_its_psfs_do(name):
    frame, wide = (12, 16, 16), lambda kernel: kernel[1:-1, 1:-1, 1:-1]
    blur = SINGLE[name].operator(frame, "zero", np.dtype(float), workers=1)
    widened = SINGLE[name].operator(frame, "zero", np.dtype(float), widen=wide, workers=1)
    kinds = {"PSF": Blur, "strata": StrataBlur}
    assert type(blur) is type(widened) is kinds[name]
    image = np.random.default_rng(0).random(frame)
    if name == "PSF":
        np.testing.assert_array_equal(
            blur.forward(image), Blur(ONE.data, frame, "zero", np.dtype(float)).forward(image)
        )
    assert widened.layout.reach == (3, 2, 2)


def test_a_part_of_an_image_moves_strata_alone():
    assert ONE.within(3, 8, 20) is ONE
    assert STRATA.within(3, 8, 20).nodes(5) == pytest.approx([node - 3 for node in STRATA.nodes(20)])


def test_units_and_what_is_kept(single):
    nano = single.in_unit("nm")
    assert nano.spacing == pytest.approx((300, 100, 100))
    assert type(nano) is type(single)
    kept = single.stored_form(least_axes=3)
    assert kept.samples.dtype == np.float32
    assert kept.samples.ndim == 3 + kept.stacked
    assert kept.about["spacing"] == list(single.spacing)
    assert kept.key in ("psf", "strata")


def test_a_spectrum_kernel_is_kept_as_a_row_where_two_axes_are_needed():
    kept = nd.psf.gaussian(3.0, ndim=1).stored_form(least_axes=2)
    assert kept.samples.ndim == 2
    assert kept.about["ndim"] == 1


def test_another_spacing_is_for_samples_without_depths():
    moved = ONE.respaced((1.0, 1.0, 1.0), "nm")
    assert (moved.spacing, moved.unit, moved.info["source"]) == ((1.0, 1.0, 1.0), "nm", "array")
    np.testing.assert_array_equal(moved.data, ONE.data)
    with pytest.raises(nd.PSFError, match="3 depths keep their spacing"):
        STRATA.respaced((1.0, 1.0, 1.0), "nm")


def test_words_about_depths():
    assert (ONE.depths, ONE.depths_text("µm"), ONE.middle_text()) == ((), "", "")
    assert STRATA.depths_text("µm") == "3 strata at 0, 2, 4 µm from the coverslip, by the first plane"
    assert STRATA.middle_text() == "stratum 2 of 3, at 2 um"


def test_whose_optics_are_known():
    lens = nd.psf.microscope("widefield", numerical_aperture=0.8, emission_um=0.5, spacing=0.2, shape=(7, 7))
    assert [one.knows_optics for one in (ONE, STRATA, lens)] == [False, True, True]


def test_channels_are_found_along_the_image():
    shape, axes = (4, 2, 12, 16, 16), (2, 3, 4)
    assert along_channels(ONE, shape, axes, None) is ONE
    assert along_channels(STRATA, shape, axes, 1) is STRATA
    free = nd.psf.ChannelPSFs(CHANNELS.psfs)
    found = along_channels(free, shape, axes, None)
    assert found.channel_axis == 1
    assert [channel_of(found, (4, 2), axes, item) for item in range(8)] == [0, 1] * 4
    assert [channel_of(one, (4, 2), axes, 5) for one in (ONE, STRATA)] == [0, 0]
    assert along_channels(nd.psf.ChannelPSFs([ONE]), shape, axes, None) is ONE


def test_what_a_caller_may_give(spread):
    image = np.ones((12, 16, 16))
    assert as_psf(spread, image) is spread
    assert as_psf([ONE, ONE], image).psfs == (ONE, ONE)
    assert as_psf(ONE.data, image).psfs[0].shape == ONE.shape
    with pytest.raises(nd.PSFError, match="image itself"):
        as_psf(image, image)


def test_strata_are_refused_where_one_psf_is_wanted():
    for one in (ONE, CHANNELS):
        refuse_strata(one, "the method blind")
    with pytest.raises(nd.ParameterError, match=r"3 strata, but the method blind takes one"):
        refuse_strata(STRATA, "the method blind")
