"""What a run knows of its camera: values, uncertainties, their sources; the background and the report as files."""

from __future__ import annotations

import csv
import math
import re

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.psf.description import rebuild

PSF = nd.psf.gaussian((0.4, 0.4), (0.1, 0.1))
SHAPE = (72, 72)
TILT = 1 + 0.5 * np.linspace(-1, 1, SHAPE[0])[:, np.newaxis] + np.zeros(SHAPE)
LEVEL, GAIN, GROUND = 100 - 2.2 * 1.6**2, 2.2, 20.0


def counts(ground: float | np.ndarray = GROUND, seed: int = 0) -> np.ndarray:
    rng, truth = np.random.default_rng(seed), np.zeros(SHAPE)
    for _ in range(12):
        truth[tuple(rng.integers(6, 66, 2))] = rng.uniform(2000, 6000)
    light = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    return 100 + GAIN * (rng.poisson(light + ground) + 1.6 * rng.normal(size=SHAPE))


@pytest.mark.parametrize("ground", [GROUND, 40 * TILT], ids=["flat", "tilted"])
def test_the_uncertainties_hold(ground):
    away = {"offset": [], "gain": [], "background": []}
    right = {"offset": LEVEL, "gain": GAIN, "background": 100 + GAIN * float(np.mean(ground))}
    for seed in range(12):
        (camera,) = nd.deconvolve(counts(ground, seed), PSF, nd.Recipe(iterations=1)).camera
        for name, values in away.items():
            one = getattr(camera, name)
            assert one.source == "image"
            values.append((one.value - right[name]) / one.sd)
    for name, values in away.items():
        assert 0.2 < math.sqrt(np.mean(np.square(values))) < 2.5, name
        assert np.abs(values).max() < 6, name


def test_what_was_given_is_said_to_be_and_has_no_uncertainty():
    recipe = nd.Recipe(iterations=1, offset=100, read_noise=1.6, gain=2.2, background=144)
    (camera,) = nd.deconvolve(counts(), PSF, recipe).camera
    for one, value in ((camera.offset, 100), (camera.read_noise, 1.6), (camera.gain, 2.2), (camera.background, 144)):
        assert (one.value, one.sd, one.source) == (value, 0.0, "given")


def test_of_maps_the_means_are_said():
    offset, gain = np.full(SHAPE, 100.0) + np.arange(72) % 3, np.full(SHAPE, 2.2) * TILT
    (camera,) = nd.deconvolve(counts(), PSF, nd.Recipe(iterations=1, offset=offset, gain=gain)).camera
    assert camera.offset.value == pytest.approx(101)
    assert camera.gain.value == pytest.approx(2.2)
    assert camera.offset.source == camera.gain.source == "given"


def test_the_read_noise_alone_is_never_said_to_be_known():
    (camera,) = nd.deconvolve(counts(), PSF, nd.Recipe(iterations=1)).camera
    assert math.isnan(camera.read_noise.value)
    assert "read noise" not in str(camera)


def test_each_channel_has_its_camera():
    result = nd.deconvolve(
        np.stack([counts(), 3 * counts(seed=1)]), [PSF, PSF], nd.Recipe(iterations=1), channel_axis=0
    )
    first, second = result.camera
    assert second.gain.value == pytest.approx(3 * GAIN, rel=0.25)
    assert (first.item, second.item) == (0, 1)


def test_a_background_guessed_under_a_full_field_has_no_uncertainty():
    smooth = nd.convolve(np.random.default_rng(0).random((128, 128)), nd.psf.gaussian(12, ndim=2))
    full = 200 * (smooth / smooth.mean()) ** 4
    image = 100 + GAIN * np.random.default_rng(0).poisson(full + 20)
    result = nd.deconvolve(image, PSF, nd.Recipe(iterations=1))
    (told,) = (word for word in result.words if word.startswith("No part of the image is empty"))
    camera, dark = result.camera[0], re.search(r"darkest part \((\S+) counts\)", told)
    assert dark is not None
    assert f"the camera's offset ({camera.offset.value:.4g} counts)" in told
    assert f"; {camera.background.value:.4g} was taken" in told
    assert camera.offset.value < camera.background.value <= float(dark[1]) < np.quantile(image, 0.3)
    assert math.isnan(camera.background.sd)


# ---- files


@pytest.fixture
def files(tmp_path):
    write_image(tmp_path / "image.tif", counts(40 * TILT), spacing=(0.1, 0.1), units="um")
    nd.psf.save(PSF, tmp_path / "psf.tif")
    return tmp_path


def test_the_background_is_written_and_taken_again(files):
    run = ["run", str(files / "image.tif"), "--psf", str(files / "psf.tif"), "--iterations", "3"]
    first, again, under = (str(files / name) for name in ("a.tif", "b.tif", "under.tif"))
    assert cli.execute([*run, "-o", first, "--save-background", under]) == 0
    saved, image = read_image(under), read_image(files / "image.tif").data
    np.testing.assert_allclose(saved.data, nd.background_map(image, PSF), rtol=1e-6)
    assert saved.spacing == (0.1, 0.1)
    assert saved.made is not None
    assert (saved.recipe, saved.made.image) == (read_image(first).recipe, read_image(first).made.image)
    assert cli.execute([*run, "-o", again, "--background", under]) == 0
    one, other = read_image(first), read_image(again)
    offset = one.recipe.offset
    want = nd.deconvolve(image, PSF, nd.Recipe(iterations=3, background=saved.data), spacing=(0.1, 0.1)).estimate
    np.testing.assert_array_equal(other.data, want)
    assert other.recipe.offset == pytest.approx(offset, abs=1e-6)
    np.testing.assert_allclose(other.data, one.data, rtol=1e-3, atol=1e-3 * one.data.max())


@pytest.mark.parametrize("name", ["a.tif", "image.tif", "nowhere/b.tif", "b.png"])
def test_a_file_that_cannot_hold_the_background_is_refused_before_the_run(files, capsys, name):
    run = ["run", str(files / "image.tif"), "--psf", str(files / "psf.tif"), "-o", str(files / "a.tif")]
    assert cli.execute([*run, "--save-background", str(files / name)]) == 2
    assert name.rpartition("/")[2] in capsys.readouterr().err
    assert not (files / "a.tif").exists()


def test_the_camera_is_reported_on_the_command_line(files, capsys):
    image, psf, table = (str(files / name) for name in ("image.tif", "psf.tif", "transfer.csv"))
    assert cli.execute(["camera", image, "--psf", psf, "-o", table]) == 0
    report = nd.camera_report(read_image(image).data, PSF)
    assert capsys.readouterr().out.strip() == str(report)
    rows = list(csv.DictReader((files / "transfer.csv").open()))
    assert [float(row["mean_counts"]) for row in rows] == report.rows[0].mean.tolist()
    assert [float(row["variance_counts2"]) for row in rows] == report.rows[0].variance.tolist()
    made = nd.deconvolve(read_image(image).data, PSF, nd.Recipe(iterations=1)).made
    assert made is not None
    assert {(row["image"], row["made"]) for row in rows} == {(made.image, str(made))}
    assert rebuild(nd.Recipe.from_json(rows[0]["recipe"]).psf).fwhm == PSF.fwhm


def test_an_uncertain_camera_is_said_to_be(files, capsys):
    write_image(files / "flat.tif", np.full((32, 32), 100.0), spacing=(0.1, 0.1), units="um")
    assert cli.execute(["camera", str(files / "flat.tif"), "--psf", str(files / "psf.tif")]) == 0
    assert "does not tell offset and gain for certain" in capsys.readouterr().err
    assert cli.execute(["camera", str(files / "flat.tif")]) == 2
    assert "No PSF is given" in capsys.readouterr().err
