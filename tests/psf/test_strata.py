"""PSFs of several depths: where they lie, what is said of them, and what files keep."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve.psf.microscope.depths import depth_shown, middles, stage_at

OIL_INTO_WATER = {
    "numerical_aperture": 1.4,
    "immersion_index": 1.515,
    "sample_index": 1.33,
    "emission_um": 0.52,
    "model": "scalar",
}
GRID = {"spacing": (0.3, 0.1, 0.1), "shape": (41, 21, 21)}


@pytest.fixture(scope="module")
def strata() -> nd.psf.Strata:
    return nd.psf.microscope_strata("widefield", depths_um=(0, 5, 10), **GRID, **OIL_INTO_WATER)


def _gaussians(*fwhm: float, **how) -> list[nd.PSF]:
    return [nd.psf.gaussian(width, (0.3, 0.1, 0.1), shape=(15, 11, 11), **how) for width in fwhm]


def test_each_stratum_is_the_psf_of_its_depth(strata):
    for depth, psf in zip((0, 5, 10), strata.psfs, strict=True):
        single = nd.psf.microscope("widefield", depth_um=depth, **GRID, **OIL_INTO_WATER)
        np.testing.assert_array_equal(psf.data, single.data)
        assert psf.info == single.info


def test_strata_lie_where_the_stage_has_them_in_focus(strata):
    """PSF.md: 10 um deep in water under oil, the focus is moved by 2.26 um."""
    assert strata.depths == pytest.approx((0, 6.30, 12.26), abs=0.02)
    assert strata.nodes(60) == pytest.approx([depth / 0.3 for depth in strata.depths])
    assert strata.stretch == pytest.approx(1.226, abs=0.002)
    assert any("stretched 1.22" in note for note in strata.notes)


def test_matched_layers_move_nothing():
    strata = nd.psf.microscope_strata(
        "widefield", depths_um=(0, 10), **GRID, **{**OIL_INTO_WATER, "sample_index": 1.515}
    )
    assert strata.depths == pytest.approx((0, 10))
    np.testing.assert_allclose(strata.psfs[0].data, strata.psfs[1].data, atol=1e-9)
    assert not any("stretch" in note for note in strata.notes)


def test_a_range_is_cut_into_strata_of_equal_thickness():
    strata = nd.psf.microscope_strata("widefield", depth_range_um=(0, 12), strata=3, **GRID, **OIL_INTO_WATER)
    assert [psf.info["depth_um"] for psf in strata.psfs] == [2, 6, 10]
    assert strata.top == 0  # the plane at the coverslip, and not the middle of the first stratum
    assert strata.nodes(50)[0] == pytest.approx(strata.depths[0] / 0.3)
    deeper = nd.psf.microscope_strata("widefield", depth_range_um=(4, 8), strata=2, **GRID, **OIL_INTO_WATER)
    shift = nd.psf.microscope("widefield", depth_um=4, **GRID, **OIL_INTO_WATER).info["focus_shift_um"]
    assert deeper.top == pytest.approx(4 + shift)


def test_middles_are_the_middles():
    assert middles(0, 10, 2) == (2.5, 7.5)
    assert middles(3, 6, 3) == (3.5, 4.5, 5.5)


def test_a_shape_of_its_own_holds_the_widest():
    how = {**OIL_INTO_WATER, "spacing": (0.5, 0.2, 0.2)}
    strata = nd.psf.microscope_strata("widefield", depths_um=(0, 15), **how)
    each = [nd.psf.microscope("widefield", depth_um=depth, **how).shape for depth in (0, 15)]
    assert strata.shape == tuple(np.max(each, axis=0))


def test_the_coverslip_at_the_last_plane_turns_all_round(strata):
    turned = nd.psf.Strata(strata.psfs, strata.depths, coverslip="last")
    assert turned.nodes(60) == pytest.approx([59 - depth / 0.3 for depth in strata.depths])
    for one, other in zip(turned.kernels(), strata.kernels(), strict=True):
        np.testing.assert_array_equal(one, other[::-1])
    assert not np.allclose(strata.kernels()[2], strata.kernels()[2][::-1])


@pytest.mark.parametrize("coverslip", ["first", "last"])
def test_a_part_of_an_image_has_its_own_depths(coverslip):
    strata = nd.psf.Strata(_gaussians(1, 2), (1.0, 4.0), top=0.4, coverslip=coverslip)
    whole, part = strata.nodes(40), strata.within(10, 25, 40).nodes(15)
    assert part == pytest.approx([place - 10 for place in whole])


def test_the_top_is_by_default_the_first_stratum():
    assert nd.psf.Strata(_gaussians(1, 2), (3.0, 6.0)).nodes(20) == pytest.approx([0, 10])


def test_resampled_strata_stay_at_their_depths(strata):
    coarse = strata.resampled((0.6, 0.1, 0.1))
    assert coarse.nodes(30) == pytest.approx([node / 2 for node in strata.nodes(60)])
    assert coarse.spacing == (0.6, 0.1, 0.1)
    assert [psf.data.sum() for psf in coarse.psfs] == pytest.approx([1] * 3)


def test_another_unit_is_the_same_thing(strata):
    nano = strata.in_unit("nm")
    assert nano.spacing == pytest.approx((300, 100, 100))
    assert nano.nodes(60) == pytest.approx(strata.nodes(60))
    assert nano.stretch == pytest.approx(strata.stretch)


def test_a_file_gives_the_very_strata_again(strata, tmp_path):
    path = tmp_path / "strata.ome.tif"
    turned = nd.psf.Strata(strata.psfs, strata.depths, 1.5, "last", ("one", "two"))
    nd.psf.save(turned, path)
    again = nd.psf.load(path)
    assert isinstance(again, nd.psf.Strata)
    assert (again.depths, again.top, again.coverslip, again.notes) == (turned.depths, 1.5, "last", ("one", "two"))
    for one, other in zip(again.psfs, turned.psfs, strict=True):
        np.testing.assert_array_equal(one.data, other.data)
        assert (one.spacing, one.unit, one.info, one.notes) == (other.spacing, other.unit, other.info, other.notes)
    assert tifffile.imread(path).shape == (3, 41, 21, 21)


def test_a_file_of_strata_says_its_spacing_to_others(strata, tmp_path):
    path = tmp_path / "strata.ome.tif"
    nd.psf.save(strata, path)
    with tifffile.TiffFile(path) as tif:
        assert 'PhysicalSizeZ="0.3"' in tif.ome_metadata
        assert 'PhysicalSizeX="0.1"' in tif.ome_metadata


def test_strata_are_loaded_as_they_are(strata, tmp_path):
    path = tmp_path / "strata.ome.tif"
    nd.psf.save(strata, path)
    for how in ({"center": "peak"}, {"background": 1.0}, {"spacing": 0.2}, {"unit": "nm"}):
        with pytest.raises(nd.PSFError, match=r"several depths.*taken as they are"):
            nd.psf.load(path, **how)


def test_changed_samples_are_no_strata_any_more(strata, tmp_path):
    path = tmp_path / "strata.ome.tif"
    nd.psf.save(strata, path)
    with tifffile.TiffFile(path, mode="r+b") as tif:
        page = tif.pages.first
        samples = page.asarray()
        samples[3, 3] += 1
        tif.filehandle.seek(page.dataoffsets[0])
        tif.filehandle.write(samples.astype("<f4").tobytes())
    with pytest.raises(nd.PSFError, match="cut out one"):
        nd.psf.load(path)  # four axes, and no PSF that is known


def test_the_doctor_looks_at_each_stratum():
    wide = _gaussians(1)[0].data.copy()
    wide += wide.max() / 3  # a pedestal, in the second only
    strata = nd.psf.Strata([*_gaussians(1), nd.PSF(wide, (0.3, 0.1, 0.1))], (0.0, 5.0))
    findings = {finding.name: finding for finding in nd.psf.examine(strata)}
    assert findings["pedestal"].severity in ("warning", "error")
    assert findings["pedestal"].text.startswith("Stratum 2 of 2, at 5 um: ")
    assert findings["pedestal"].fix is None  # one stratum alone is not cured
    assert findings["size"].severity == "ok"


def test_calculated_strata_are_as_wide_as_they_should_be(strata):
    """A deep PSF is wider than a perfect lens has it, and that is no fault of its making."""
    findings = {finding.name: finding for finding in nd.psf.examine(strata)}
    assert findings["width"].severity == "ok"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"depths": (0.0,)}, "depths are"),
        ({"depths": (5.0, 0.0)}, "depths are"),
        ({"depths": (0.0, np.nan)}, "depths are"),
        ({"psfs": 1, "depths": (0.0,)}, "1 strata; give 2 to 5"),
        ({"psfs": 6, "depths": range(6)}, "6 strata; give 2 to 5"),
        ({"coverslip": "top"}, "'first' or 'last'"),
        ({"top": np.inf}, "top plane is inf"),
    ],
)
def test_what_cannot_be_is_refused(how, words):
    psfs = _gaussians(*range(1, 1 + how.pop("psfs", 2)))
    with pytest.raises(nd.DeconvolutionError, match=words):
        nd.psf.Strata(psfs, **{"depths": (0.0, 5.0), **how})


def test_psfs_of_different_grids_are_refused():
    one, other = _gaussians(1)[0], nd.psf.gaussian(1, (0.3, 0.1, 0.1), shape=(15, 13, 13))
    with pytest.raises(nd.PSFError, match=r"\(15, 11, 11\) and \(15, 13, 13\)"):
        nd.psf.Strata([one, other], (0.0, 5.0))
    with pytest.raises(nd.PSFError, match="1 axis"):
        nd.psf.Strata([nd.psf.gaussian(2, ndim=1, shape=9)] * 2, (0.0, 5.0))
    with pytest.raises(nd.PSFError, match="not all PSFs"):
        nd.psf.Strata([one, one.data], (0.0, 5.0))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({}, "either depths_um"),
        ({"depths_um": (0, 5), "depth_range_um": (0, 5)}, "either depths_um"),
        ({"depth_range_um": (5, 0)}, "go from 5 to 0"),
        ({"depth_range_um": (0, 5, 10)}, "two numbers"),
        ({"depth_range_um": (0, 5), "strata": 9}, "number of strata is 9"),
        ({"depths_um": (0, 5), "spacing": (0.1, 0.1), "shape": (21, 21)}, "strata are of depth"),
        ({"depths_um": (-1, 5)}, "depth_um"),
    ],
)
def test_depths_that_cannot_be_are_refused(how, words):
    with pytest.raises(nd.DeconvolutionError, match=words):
        nd.psf.microscope_strata("widefield", **{**GRID, **OIL_INTO_WATER, **how})


@pytest.mark.parametrize("sample_index", [1.33, 1.42, 1.6])
def test_the_depth_that_the_stage_shows_is_told_both_ways(sample_index):
    optics = {**OIL_INTO_WATER, "numerical_aperture": 1.2, "sample_index": sample_index}
    place = stage_at(8.0, "widefield", **optics)
    assert (place > 8) == (sample_index < 1.515)
    assert depth_shown(place, "widefield", **optics) == pytest.approx(8, abs=0.01)
    assert depth_shown(0.0, "widefield", **optics) == 0
