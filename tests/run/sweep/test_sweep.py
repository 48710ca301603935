"""Sweeps: what each estimate is, what it costs, what the table says, and what is left when it is stopped."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest
import tifffile
from following import followed
from scipy import ndimage

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.run.sweep import score
from napari_deconvolve.run.sweep import store as sweep_store
from napari_deconvolve.run.sweep.cost import sweep_cost
from napari_deconvolve.run.sweep.run import SweepRun
from napari_deconvolve.run.sweep.table import SWEEP_COLUMNS, Setting, as_counts, as_settings
from napari_deconvolve.work import finish

COUNTS = (10, 20, 40, 80)


@pytest.fixture
def psf():
    return nd.psf.gaussian(4.0, ndim=2)


def spots(shape=(48, 56), seed=0, photons=400.0):
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape, np.float32)
    for _ in range(12):
        truth[tuple(rng.integers(2, length - 2, ()) for length in shape)] = photons * rng.uniform(5, 20)
    return truth


def noisy(truth, psf, seed=1, background=20.0):
    blurred = nd.convolve(truth, psf)
    return np.random.default_rng(seed).poisson(blurred + background).astype(np.float32)


def close(one, other):
    return np.abs(one - other).max() <= 1e-5 * np.abs(other).max()


@pytest.mark.parametrize("acceleration", [None, "biggs-andrews"])
@pytest.mark.parametrize("prior", [None, nd.TotalVariation(0.02)])
def test_each_estimate_is_that_of_a_run_of_its_own(psf, acceleration, prior):
    image = noisy(spots(), psf)
    found = nd.sweep(image, psf, COUNTS, prior=prior, background=20, acceleration=acceleration, score=True)
    assert [row.iterations for row in found.table] == list(COUNTS)
    for row, estimate in zip(found.table, found.estimates, strict=True):
        alone = nd.richardson_lucy(image, psf, row.iterations, background=20, acceleration=acceleration, prior=prior)
        assert close(estimate, alone)
        assert found.estimate(row) is estimate
        again = nd.deconvolve(image, psf, found.recipe(row))
        assert close(again.estimate, estimate)
        assert again.trace[-1] == pytest.approx(row.deviance, rel=1e-4)


def test_a_sweep_costs_one_run_of_the_last_number_for_each_strength(psf, monkeypatch):
    steps = []
    step = RichardsonLucy.step
    monkeypatch.setattr(RichardsonLucy, "step", lambda self: (steps.append(1), step(self))[1])
    truth = spots()
    nd.sweep(noisy(truth, psf), psf, COUNTS, truth=truth)
    assert len(steps) == 80
    steps.clear()
    nd.sweep(noisy(truth, psf), psf, (5, 10), prior="tv", strengths=(None, 1e-3, 1e-2), truth=truth)
    assert len(steps) == 30


def test_on_the_tutorials_images_the_error_falls_as_it_should(shared_data):
    folder = shared_data / "tutorial_sweep"
    tables = json.loads((folder / "mse_tables.json").read_text())
    line = np.exp(-((np.arange(25) - 12.0) ** 2) / 8)
    kernel = np.outer(line, line) / line.sum() ** 2
    cases = {
        "tutorial_recovered(8bit*200+b) | tutorial uint16 reflect": "tutorial_recovered_70x70_uint16.tif",
        "bbii_nucleus/4 crop | tutorial uint16 reflect": "bbii_nucleus_4_crop_70x70_uint16.tif",
        "skimage.cell crop*200 | tutorial uint16 reflect": "skimage.cell_cropx200_70x70_uint16.tif",
    }
    for case, name in cases.items():
        truth = tifffile.imread(folder / name)
        found = nd.sweep(ndimage.convolve(truth, kernel, mode="reflect"), kernel, COUNTS, truth=truth)
        errors = [row.mse for row in found.table]
        assert errors == sorted(errors, reverse=True), case
        for row in found.table:
            assert row.mse == pytest.approx(tables[case][str(row.iterations)]["rl_nc"], rel=0.05)
        assert found.best.iterations == 80


def test_the_table_measures_every_estimate(psf):
    truth = spots()
    image = noisy(truth, psf)
    found = nd.sweep(image, psf, (5, 20), prior="tv", strengths=(0, 0.01, 0.1), truth=truth, background=20, score=True)
    assert [(row.prior, row.strength, row.iterations) for row in found.table] == [
        *((None, 0.0, count) for count in (5, 20)),
        *(("tv", 0.01, count) for count in (5, 20)),
        *(("tv", 0.1, count) for count in (5, 20)),
    ]
    for row, estimate in zip(found.table, found.estimates, strict=True):
        assert row.mse == pytest.approx(np.mean((estimate.astype(float) - truth) ** 2), rel=1e-5)
        assert row.psnr == pytest.approx(10 * np.log10(np.ptp(truth) ** 2 / row.mse), rel=1e-5)
        assert 0 < row.ssim < 1
        assert row.flux == pytest.approx(estimate.sum() / (image - 20).sum(), rel=1e-4)
        assert math.isfinite(row.score)
        assert row.whiteness < 0
        assert list(row) == list(SWEEP_COLUMNS)
        assert dict(row)["iterations"] == row["iterations"] == row.iterations
    best = min(found.table, key=lambda row: row.mse)
    assert found.best is best
    plain = [row for row in found.table if row.prior is None]
    assert plain[1].deviance < plain[0].deviance
    assert plain[1].whiteness > plain[0].whiteness  # 5 iterations leave structure behind


def test_without_a_truth_the_score_finds_a_good_number(psf):
    truth = spots(photons=20)
    image = noisy(truth, psf, background=5)
    counts = (2, 5, 10, 20, 40, 80, 160, 320)
    blind = nd.sweep(image, psf, counts, background=5)
    assert all(row.mse is None and row.psnr is None and row.ssim is None for row in blind.table)
    errors = {row.iterations: row.mse for row in nd.sweep(image, psf, counts, truth=truth, background=5).table}
    assert errors[blind.best.iterations] < 1.3**2 * min(errors.values())
    assert nd.sweep(image, psf, (2, 5), score=False).best is None


def test_scores_do_not_depend_on_the_gain(psf):
    image = noisy(spots(photons=20), psf)
    once, scaled = (nd.sweep(image * gain, psf, (3, 10, 30), background=20 * gain) for gain in (1, 3.7))
    for row, other in zip(once.table, scaled.table, strict=True):
        assert row.score == pytest.approx(other.score, rel=0.02)


def test_of_large_images_the_brightest_part_tells_the_score(psf, monkeypatch):
    seen = []
    region = score.brightest_region
    monkeypatch.setattr(score, "brightest_region", lambda *given: seen.append(region(*given, 900)) or seen[-1])
    image = noisy(spots(), psf)
    image[20:40, 25:45] += 1000
    found = nd.sweep(image, psf, (5, 20), background=20)
    assert image[seen[0]].size <= 1000
    assert image[seen[0]].mean() > 2 * image.mean()
    assert all(math.isfinite(row.score) for row in found.table)
    assert close(found.estimates[1], nd.richardson_lucy(image, psf, 20, background=20))


def test_series_are_swept_frame_by_frame_along_any_axis(psf):
    truth = np.stack([spots(seed=seed) for seed in range(3)], axis=1)  # y, t, x
    image = np.stack([noisy(truth[:, time], psf, seed=time) for time in range(3)], axis=1)
    found = nd.sweep(image, psf, (4, 9), axes=(0, 2), truth=truth, background=20, score=True)
    for row, estimate in zip(found.table, found.estimates, strict=True):
        assert estimate.shape == image.shape
        alone = nd.richardson_lucy(image, psf, row.iterations, axes=(0, 2), background=20)
        assert close(estimate, alone)
        assert row.mse == pytest.approx(np.mean((estimate.astype(float) - truth) ** 2), rel=1e-5)


def test_a_part_can_be_kept(psf):
    truth = spots()
    image = noisy(truth, psf)
    keep = (slice(5, 30), slice(10, 50))
    job = prepare(image, psf, nd.Recipe(background=20.0, acceleration=None))
    whole, part = SweepRun(job, (3, 6), truth=truth), SweepRun(job, (3, 6), truth=truth[keep], keep=keep)
    kept = finish(part.work())
    assert np.array_equal(kept.estimates[1], finish(whole.work()).estimates[1][keep])
    error = np.mean((kept.estimates[1].astype(float) - truth[keep]) ** 2)
    assert part.table[1].mse == pytest.approx(error, rel=1e-5)
    assert finish(SweepRun(job, (3, 6), truth=truth, keep=keep).work()).table[1].mse == part.table[1].mse


def test_estimates_cannot_be_written_to(psf):
    found = nd.sweep(noisy(spots(), psf), psf, (2,))
    with pytest.raises(ValueError, match="read-only"):
        found.estimates[0][0, 0] = 1


def test_more_than_fits_goes_to_disk_and_leaves_nothing_behind(psf, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_store.tempfile, "tempdir", str(tmp_path))
    image = noisy(spots(), psf)
    with pytest.warns(nd.DeconvolutionWarning, match="on disk"):
        found = nd.sweep(image, psf, (2, 5), memory=1000)
    assert found.note
    assert len(list(tmp_path.rglob("*.dat"))) == 1
    kept = found.estimates[1]
    assert np.array_equal(kept, nd.sweep(image, psf, (2, 5)).estimates[1])
    del found
    assert list(tmp_path.iterdir())  # an estimate is still held
    assert kept.max() > 0
    del kept
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told(psf, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_store.tempfile, "tempdir", str(tmp_path))
    usage = sweep_store.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(sweep_store.shutil, "disk_usage", lambda path: usage._replace(free=100))
    with pytest.raises(nd.ResourceError, match="fewer settings"):
        nd.sweep(noisy(spots(), psf), psf, (2, 5), memory=0)
    assert not list(tmp_path.iterdir())
    with pytest.raises(nd.ParameterError, match="-1 bytes"):
        nd.sweep(noisy(spots(), psf), psf, (2, 5), memory=-1)


def test_the_table_is_written_whole_or_not_at_all(psf, tmp_path):
    found = nd.sweep(noisy(spots(), psf), psf, (2, 5), prior="tikhonov", strengths=(0, 0.1))
    path = tmp_path / "table.csv"
    found.to_csv(path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert list(rows[0]) == [*SWEEP_COLUMNS, "image", "recipe", "made", "time"]
    assert [(row["prior"], float(row["strength"]), int(row["iterations"]), row["mse"]) for row in rows] == [
        ("none", 0.0, 2, ""),
        ("none", 0.0, 5, ""),
        ("tikhonov", 0.1, 2, ""),
        ("tikhonov", 0.1, 5, ""),
    ]
    assert float(rows[3]["score"]) == found.table[3].score
    assert found.made is not None
    for row, of in zip(rows, found.table, strict=True):
        assert (row["image"], row["made"], row["time"]) == (found.made.image, str(found.made), found.made.time)
        assert nd.Recipe.from_json(row["recipe"]) == found.recipe(of)
    with pytest.raises(nd.FileError, match="no folder"):
        found.to_csv(tmp_path / "absent" / "table.csv")
    assert [one.name for one in tmp_path.iterdir()] == ["table.csv"]


def test_a_row_is_made_again_by_its_recipe_and_its_account(psf, tmp_path):
    image = noisy(spots(), psf)
    found = nd.sweep(image, psf, (2, 5), prior="tv", strengths=(0, 0.1))
    found.to_csv(tmp_path / "table.csv")
    *_, row = csv.DictReader((tmp_path / "table.csv").read_text().splitlines())
    recipe = nd.Recipe.from_json(row["recipe"])
    again = nd.deconvolve(image, rebuild(recipe.psf), recipe)
    assert np.array_equal(again.estimate, found.estimates[-1])
    assert again.made is not None
    assert (row["image"], row["made"]) == (again.made.image, str(again.made))


def test_a_psf_of_samples_stands_in_the_table_by_its_digest(psf, tmp_path):
    samples = np.random.default_rng(0).random(tuple(2 * length + 31 for length in psf.shape))
    one, other = (nd.psf.PSF(samples * factor, psf.spacing, psf.unit) for factor in (1, 1 + 0.1 * samples))
    cells = []
    for known in (one, other):
        nd.sweep(noisy(spots(), psf), known, (2,), score=False).to_csv(tmp_path / "table.csv")
        (row,) = csv.DictReader((tmp_path / "table.csv").read_text().splitlines())
        cells.append(row["recipe"])
        assert len(row["recipe"]) < 4000
        with pytest.raises(nd.ParameterError, match="PSF"):
            rebuild(nd.Recipe.from_json(row["recipe"]).psf)
    assert cells[0] != cells[1]


def test_the_stream_tells_where_it_is_and_what_is_finished(psf):
    job = prepare(noisy(spots(), psf), psf)
    run = SweepRun(job, (2, 3), as_settings("tv", (0, 0.1)))
    preparing, seen = [], []
    for state in followed(run.work())[0]:
        (seen if state.done else preparing).append(state)
    assert preparing  # the halves of the photons
    assert [state.done for state in seen] == list(range(1, 7))
    assert {state.total for state in seen} == {6}
    assert [(state.detail.run, state.detail.iteration) for state in seen if state.detail.row] == [
        (1, 2),
        (1, 3),
        (2, 2),
        (2, 3),
    ]
    assert run.data.shape == (2, 2, 48, 56)
    assert [row.strength for row in run.table] == [0, 0, 0.1, 0.1]


@pytest.mark.parametrize("how", ["closed", "cancelled"])
def test_what_was_finished_is_kept(psf, how):
    stop = []
    job = prepare(noisy(spots(), psf), psf, cancelled=lambda: bool(stop))
    run = SweepRun(job, (2, 4, 50), as_settings("tv", (0, 0.1)))
    states = run.work()
    for state in states:
        if state.detail.iteration == 5:
            break
    if how == "closed":
        states.close()
    else:
        stop.append(True)
        with pytest.raises(nd.Cancelled):
            next(states)
    found = run.result()
    assert [row.iterations for row in found.table] == [2, 4]
    assert len(found.estimates) == 2
    assert found.best is not None


def test_numbers_of_iterations_and_strengths_are_read():
    assert as_counts(7) == (7,)
    assert as_counts(range(10, 41, 10)) == (10, 20, 30, 40)
    assert as_counts([20, 10, 20]) == (10, 20)
    assert as_settings(None, ()) == (Setting(),) == as_settings(None, [None])
    assert as_settings("tv", ()) == (Setting("tv", DEFAULT_STRENGTH),)
    assert as_settings(nd.Hessian(0.3), ()) == (Setting("hessian", 0.3),)
    assert as_settings("tv", 0.1) == as_settings("tv", (0.1, 0.1)) == (Setting("tv", 0.1),)
    assert as_settings("tv", (None, 0.1)) == (Setting(), Setting("tv", 0.1))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"iterations": ()}, "0 numbers of iterations"),
        ({"iterations": (10, 0)}, "0"),
        ({"iterations": "10"}, "'10'"),
        ({"strengths": (0.1,)}, "no prior"),
        ({"prior": "tvv"}, "'tvv'"),
        ({"prior": "tv", "strengths": (-1,)}, "-1"),
        ({"prior": "tv", "strengths": "0.1"}, "'0.1'"),
        ({"truth": np.ones((4, 4))}, r"\(4, 4\)"),
        ({"truth": np.ones((48, 56), complex)}, "complex"),
    ],
)
def test_what_cannot_be_used_is_refused(psf, arguments, words):
    with pytest.raises(nd.ParameterError, match=words):
        nd.sweep(spots(), psf, **{"iterations": (2,), **arguments})


def test_the_cost_of_a_sweep_is_foretold():
    once, thrice = (sweep_cost((48, 56), (9, 9), (10, 80), (Setting(),) * runs) for runs in (1, 3))
    assert thrice.seconds == pytest.approx(3 * once.seconds)
    assert thrice.bytes - once.bytes == 4 * 48 * 56 * 4  # four estimates more
    assert sweep_cost((48, 56), (9, 9), (10, 80), score=True).seconds > 2 * once.seconds
    assert sweep_cost((48, 56), (9, 9), (80,), (Setting("hessian", 0.1),)).seconds > 2 * once.seconds
    part = sweep_cost((1000, 1000), (9, 9), (10,), kept=(10, 10))
    assert part.bytes < sweep_cost((1000, 1000), (9, 9), (10,)).bytes
