"""Runs with a PSF that changes with depth: they fit, repeat, choose, and say what they cost."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.test_region import brightest_region, region_job
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.psf.given import refuse_strata
from napari_deconvolve.tuning.psf_width import WidthSearch

SPACING = (0.3, 0.1, 0.1)
OPTICS = {"numerical_aperture": 1.4, "emission_um": 0.52, "sample_index": 1.33, "model": "scalar"}
FRAME = (30, 24, 24)
BACKGROUND = 5.0


def _strata(*sigmas: float, **how) -> nd.psf.Strata:
    """Give round PSFs of these widths, evenly over the frame."""
    z, y, x = np.ogrid[-9:10, -5:6, -5:6]
    psfs = [nd.PSF(np.exp(-(z**2 + 3 * y**2 + 3 * x**2) / (2 * s**2)), SPACING) for s in sigmas]
    return nd.psf.Strata(psfs, np.linspace(0, 0.3 * (FRAME[0] - 1), len(sigmas)), **how)


@pytest.fixture(scope="module")
def strata() -> nd.psf.Strata:
    return _strata(1.2, 2.2, 3.5)


@pytest.fixture(scope="module")
def scene(strata):
    """Points in a volume whose planes are blurred more and more, with noise: truth and counts."""
    rng = np.random.default_rng(3)
    truth = np.zeros(FRAME)
    truth[tuple(rng.integers(2, n - 2, 50) for n in FRAME)] = 4000
    return truth, rng.poisson(nd.convolve(truth, strata, boundary="zero") + BACKGROUND)


def execute(capsys, *arguments: str) -> tuple[int, list[str], str]:
    """Run the program in this process; give the exit code, the lines on stderr, and stdout."""
    capsys.readouterr()
    code = cli.execute(list(arguments))
    said = capsys.readouterr()
    return code, said.err.splitlines(), said.out


def _error(estimate, truth) -> float:
    return float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth))


def test_strata_find_what_one_psf_cannot(scene, strata):
    truth, counts = scene
    recipe = nd.Recipe(iterations=25, background=BACKGROUND)
    found = nd.deconvolve(counts, strata, recipe)
    singles = [nd.deconvolve(counts, psf, recipe) for psf in strata.psfs]
    assert found.trace[-1] == pytest.approx(counts.size, rel=0.1)  # as noise leaves it
    assert _error(found.estimate, truth) < 0.9 * min(_error(one.estimate, truth) for one in singles)
    assert found.estimate.shape == counts.shape
    assert found.flux_ratio == pytest.approx(1, abs=0.1)


def test_equal_strata_are_a_single_psf(scene, strata):
    _, counts = scene
    same = nd.psf.Strata([strata.middle] * 3, strata.depths)
    recipe = nd.Recipe(iterations=10, background=BACKGROUND)
    one, three = (nd.deconvolve(counts, psf, recipe).estimate for psf in (strata.middle, same))
    assert np.abs(one - three).max() < 1e-4 * one.max()


def test_microscope_strata_equal_at_every_depth_of_a_matched_sample():
    strata = nd.psf.microscope_strata(
        "widefield",
        depths_um=(0, 4, 8),
        spacing=SPACING,
        shape=(19, 15, 15),
        **{**OPTICS, "sample_index": None},
    )
    image = np.random.default_rng(0).poisson(20, (12, 20, 20))
    recipe = nd.Recipe(iterations=5, background=0.0)
    single = nd.deconvolve(image, strata.psfs[0], recipe).estimate
    assert nd.deconvolve(image, strata, recipe).estimate == pytest.approx(single, rel=1e-3)


def test_the_plain_iteration_and_the_stream_take_strata(scene, strata):
    _, counts = scene
    estimate = nd.richardson_lucy(counts, strata, 3, background=BACKGROUND)
    state = next(islice(nd.iterate(counts, strata, nd.Recipe(acceleration=None, background=BACKGROUND)), 2, None))
    np.testing.assert_allclose(state.estimate, estimate, rtol=1e-5)


def test_the_coverslip_at_the_last_plane_is_the_same_upside_down(scene, strata):
    _, counts = scene
    turned = replace(strata, coverslip="last")
    there = nd.richardson_lucy(counts, strata, 5, background=BACKGROUND)
    back = nd.richardson_lucy(counts[::-1], turned, 5, background=BACKGROUND)[::-1]
    np.testing.assert_allclose(back, there, atol=1e-3 * there.max())


def test_the_best_number_is_found_with_strata(scene, strata):
    truth, counts = scene
    recipe = nd.Recipe(background=BACKGROUND, target_fwhm=0.0)
    found = nd.deconvolve(counts, strata, recipe)
    least = min(_error(state.estimate, truth) for state in islice(nd.iterate(counts, strata, recipe), 60))
    assert found.iterations > 3
    assert _error(found.estimate, truth) < 1.3 * least


def test_a_recipe_repeats_the_run(scene, strata):
    _, counts = scene
    turned = replace(strata, coverslip="last", top=0.7, notes=("as told",))
    found = nd.deconvolve(counts, turned, nd.Recipe(iterations=4))
    again = nd.Recipe.from_json(found.recipe.to_json())
    psf = rebuild(again.psf)
    assert isinstance(psf, nd.psf.Strata)
    assert (psf.depths, psf.top, psf.coverslip, psf.notes) == (turned.depths, 0.7, "last", ("as told",))
    np.testing.assert_array_equal(nd.deconvolve(counts, psf, again).estimate, found.estimate)


def test_calculated_strata_are_told_by_their_parameters():
    strata = nd.psf.microscope_strata("widefield", depths_um=(0, 8), spacing=SPACING, shape=(19, 15, 15), **OPTICS)
    source = describe(strata)
    assert [one["depth_um"] for one in source["psfs"]] == [0, 8]
    assert "samples" not in source["psfs"][0]
    again = rebuild(source)
    for one, other in zip(again.psfs, strata.psfs, strict=True):
        np.testing.assert_array_equal(one.data, other.data)


@pytest.mark.parametrize("broken", [{"depths": [1.0]}, {"depths": "x"}, {"psfs": [3, 4]}, {"coverslip": "top"}])
def test_a_damaged_description_is_refused(strata, broken):
    with pytest.raises(nd.DeconvolutionError):
        rebuild({**describe(strata), **broken})


def test_a_crop_keeps_the_depths_of_its_planes(scene, strata):
    _, counts = scene
    job = prepare(counts, strata, nd.Recipe(background=BACKGROUND))
    part = region_job(job, 0, (slice(8, 22), slice(0, 24), slice(0, 24)))
    assert part.psf.nodes(14) == pytest.approx([node - 8 for node in strata.nodes(30)])


def test_settings_are_tried_on_all_depths(strata):
    """A part at one depth does not tell how many iterations the others need."""
    image = np.random.default_rng(0).poisson(20, (100, 90, 90))
    image[5, 40:60, 10:30] += 500
    region = brightest_region(image, strata)
    assert region[0] == slice(0, 100)
    assert all(part.stop - part.start < 90 for part in region[1:])
    assert region[1].start <= 40
    assert region[2].start <= 10
    assert brightest_region(image, strata.middle)[0] != slice(0, 100)


def test_other_axes_are_looped_and_depth_may_lie_elsewhere(scene, strata):
    _, counts = scene
    recipe = nd.Recipe(iterations=3, background=BACKGROUND)
    alone = nd.deconvolve(counts, strata, recipe).estimate
    twice = nd.deconvolve(np.stack([counts, counts]), strata, recipe).estimate
    np.testing.assert_allclose(twice, np.stack([alone, alone]), rtol=1e-6)
    moved = nd.deconvolve(np.moveaxis(counts, 0, 2), strata, recipe, axes=(2, 0, 1)).estimate
    np.testing.assert_allclose(np.moveaxis(moved, 2, 0), alone, rtol=1e-5, atol=1e-5 * alone.max())


def test_another_spacing_resamples_each_stratum(scene, strata):
    _, counts = scene
    fine = strata.resampled((0.15, 0.1, 0.1))
    job = prepare(counts, fine, spacing=(0.3, 0.1, 0.1))
    assert job.psf.spacing == pytest.approx((0.3, 0.1, 0.1))
    assert job.psf.nodes(30) == pytest.approx(strata.nodes(30))


def test_a_sweep_takes_strata(scene, strata):
    truth, counts = scene
    swept = nd.sweep(counts, strata, (3, 6), truth=truth)
    assert len(swept.table) == 2


def test_every_boundary_takes_strata(scene, strata):
    _, counts = scene
    for boundary in ("periodic", "reflect", "edge", "zero"):
        found = nd.richardson_lucy(counts, strata, 2, background=BACKGROUND, boundary=boundary)
        assert np.isfinite(found).all()
        assert found.min() >= 0


def test_a_sieve_widens_each_stratum(scene, strata):
    truth, counts = scene
    recipe = nd.Recipe(iterations=15, background=BACKGROUND, target_fwhm=(0.6, 0.2, 0.2))
    assert _error(nd.deconvolve(counts, strata, recipe).estimate, truth) < 1.0


def test_the_width_check_scales_each_stratum(scene, strata):
    _, counts = scene
    look = WidthSearch(prepare(counts, strata, nd.Recipe(background=BACKGROUND)))
    wider = look._job(1.25).psf
    assert isinstance(wider, nd.psf.Strata)
    assert wider.nodes(30) == pytest.approx(strata.nodes(30))
    for one, other in zip(wider.psfs[:2], strata.psfs[:2], strict=True):
        assert one.fwhm == pytest.approx([1.25 * width for width in other.fwhm], rel=0.03)


def test_strata_cost_more():
    one = nd.estimate_cost((32, 64, 64), (15, 15, 15), 10)
    three = nd.estimate_cost((32, 64, 64), (15, 15, 15), 10, strata=3)
    assert three.bytes > one.bytes
    assert one.seconds < three.seconds < 3 * one.seconds


def test_methods_that_know_one_psf_refuse_strata_in_words(strata):
    with pytest.raises(nd.ParameterError, match="3 strata, but the Wiener filter takes one PSF"):
        refuse_strata(strata, "the Wiener filter")
    refuse_strata(strata.middle, "the Wiener filter")


def test_the_command_line_makes_and_uses_strata(tmp_path, capsys):
    psf, image, out = (str(tmp_path / name) for name in ("strata.ome.tif", "cells.ome.tif", "out.ome.tif"))
    optics = ["--na", "1.4", "--emission", "520nm", "--sample-index", "1.33", "--model", "scalar"]
    grid = ["--spacing", "0.3,0.1,0.1", "--shape", "21,15,15"]
    made = execute(capsys, "psf", "microscope", "widefield", *optics, *grid, "--depths", "0,5,10", "-o", psf)
    assert made[0] == 0, made[1]
    assert "stratum 3:   10 um deep, shown at 12.2" in made[2]
    counts = np.random.default_rng(0).poisson(30, (20, 24, 24)).astype(np.uint16)
    write_image(image, counts, spacing=SPACING, units="um")
    ran = execute(capsys, "run", image, "--psf", psf, "--iterations", "3", "-o", out)
    assert ran[0] == 0, ran[1]
    result = read_image(out)
    assert result.recipe.psf["source"] == "strata"
    again = execute(capsys, "run", image, "--recipe", out, "-o", str(tmp_path / "again.ome.tif"))
    assert again[0] == 0, again[1]
    np.testing.assert_array_equal(read_image(tmp_path / "again.ome.tif").data, result.data)


def test_the_command_line_cuts_a_range_into_strata(tmp_path, capsys):
    psf = str(tmp_path / "strata.ome.tif")
    optics = ["--na", "1.2", "--immersion-index", "1.33", "--sample-index", "1.38", "--emission", "0.52"]
    how = ["--spacing", "0.3,0.1,0.1", "--shape", "21,15,15", "--strata", "2", "--depth-range", "0,8"]
    where = ["--coverslip-at", "last", "--top", "1um", "-o", psf]
    made = execute(capsys, "psf", "microscope", "confocal", *optics, *how, *where)
    assert made[0] == 0, made[1]
    strata = nd.psf.load(psf)
    assert ([one.info["depth_um"] for one in strata.psfs], strata.top, strata.coverslip) == ([2, 6], 1, "last")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--strata", "3"], "--depth-range"),
        (["--depths", "0,5", "--depth-range", "0,5"], "given"),
        (["--depths", "0,5", "--strata", "2"], "leave --strata out"),
        (["--depths", "0,5", "--depth", "3"], "leave it out"),
        (["--depths", "5,0"], "--depths: The depths are"),
        (["--depth-range", "0,5", "--strata", "8"], "--strata: The number of strata is 8"),
        (["--depth-range", "0,5", "--strata", "two"], "--strata is 'two'"),
        (["--depths", "0,5", "--coverslip-at", "top"], "--coverslip-at: The coverslip is at 'top'"),
        (["--depths", "0,deep"], "--depths is 'deep'"),
    ],
)
def test_the_command_line_refuses_in_one_line(tmp_path, capsys, options, words):
    psf = tmp_path / "strata.ome.tif"
    how = ["--na", "1.4", "--emission", "520nm", "--spacing", "0.3,0.1,0.1", "--shape", "21,15,15", "-o", str(psf)]
    made = execute(capsys, "psf", "microscope", "widefield", *how, *options)
    assert made[0] == 2
    assert len(made[1]) == 1
    assert words in made[1][0]
    assert not psf.exists()
