"""Which image of a file, and where the zero lag of a PSF is, in the commands that make and check PSFs."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve.cli import execute

sys.path.append(str(Path(__file__).resolve().parents[1] / "formats"))
import tiff_variants as variants

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
DECAY = np.exp(-np.arange(24) / 4.0)


def run(*words: object) -> int:
    return execute([str(word) for word in words])


@pytest.fixture
def two_images(tmp_path):
    """Write a plane of 0.5 um, and a larger stack of 0.3, 0.1, 0.1 um."""
    return variants.two_ome_images(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["gaussian", "--fwhm", "1"],
        ["lorentzian", "--fwhm", "1"],
        ["formula", "exp(-x^2-y^2)", "--shape", "9,9"],
        ["points", "--offsets", "0,0;0,1", "--weights", "1,1"],
        ["microscope", "widefield", "--na", "0.5", "--emission", "0.6", "--shape", "9,9"],
    ],
    ids=lambda words: words[0],
)
def test_spacing_is_that_of_the_image_chosen(words, two_images, tmp_path):
    out = tmp_path / "psf.ome.tif"
    command = ["psf", *words, "--spacing-from", two_images, "-o", out]
    assert run(*command) == 0
    assert nd.psf.load(out).spacing[-1] == pytest.approx(0.1)
    assert run(*command, "--image", "1") == 0
    assert nd.psf.load(out).spacing[-1] == pytest.approx(0.5)


def test_optics_are_those_of_the_image_chosen(tmp_path, capsys):
    lens = '<Objective ID="Objective:{n}" LensNA="{na}" Immersion="Air"/>'
    image = (
        '<Image ID="Image:{n}"><ObjectiveSettings ID="Objective:{n}"/><Pixels ID="Pixels:{n}" DimensionOrder="XYZCT" '
        'Type="uint16" SizeX="24" SizeY="{rows}" SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="{step}" '
        'PhysicalSizeY="{step}"><Channel ID="Channel:{n}:0" EmissionWavelength="520" SamplesPerPixel="1" '
        'AcquisitionMode="WideField"/><TiffData IFD="{n}"/></Pixels></Image>'
    )
    xml = (
        f'<?xml version="1.0"?><OME xmlns="{variants.OME}"><Instrument ID="Instrument:0">'
        f"{lens.format(n=0, na=0.5)}{lens.format(n=1, na=0.8)}</Instrument>"
        f"{image.format(n=0, rows=16, step=0.2)}{image.format(n=1, rows=32, step=0.1)}</OME>"
    )
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as file:
        file.write(variants.FRAME[:16], description=xml.encode(), metadata=None)
        file.write(variants.FRAME, metadata=None)
    out = tmp_path / "psf.ome.tif"
    command = ["psf", "microscope", "--optics-from", tmp_path / "a.ome.tif", "--shape", "9,9", "-o", out]
    for words, aperture, step in (([], 0.8, 0.1), (["--image", "1"], 0.5, 0.2)):
        assert run(*command, *words) == 0
        psf = nd.psf.load(out)
        assert (psf.info["numerical_aperture"], psf.spacing[-1]) == (aperture, pytest.approx(step))
    assert run(*command, "--image", "3") == 2
    assert "no image number 3" in capsys.readouterr().err


def test_lobes_are_those_of_the_image_chosen(tmp_path, capsys):
    kernel = nd.psf.points([(-2.0, 0, 0), (0.0, 0, 0), (2.0, 0, 0)], [0.4, 1, 0.4], (0.5, 0.1, 0.1))
    truth = np.zeros((40, 48, 48))
    for y, x in ((8, 8), (8, 40), (40, 8), (40, 40), (24, 24)):
        truth[20, y, x] = 2000
    spot = nd.psf.gaussian((0.9, 0.3, 0.3), (0.5, 0.1, 0.1))
    stack = np.rint(nd.convolve(nd.convolve(truth, kernel), spot) + 5).astype(np.uint16)
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as file:
        for data in (stack, np.full((60, 48, 48), 5, np.uint16)):
            file.write(data, photometric="minisblack", metadata={"axes": "ZYX", "PhysicalSizeX": 0.1,
                       "PhysicalSizeY": 0.1, "PhysicalSizeZ": 0.5})  # fmt: skip
    command = ["psf", "points", "--lobes-of", tmp_path / "a.ome.tif", "-o", tmp_path / "psf.ome.tif"]
    assert run(*command) == 2  # the largest holds nothing
    assert "2 images" in capsys.readouterr().err
    assert run(*command, "--image", "1") == 0
    found = nd.psf.load(tmp_path / "psf.ome.tif")
    line = found.data.sum((1, 2))
    assert line[len(line) // 2 + 4] / line[len(line) // 2] == pytest.approx(0.4, abs=0.05)


def test_a_number_without_a_file_is_refused(tmp_path, capsys):
    assert run("psf", "gaussian", "--fwhm", "1", "--image", "2", "-o", tmp_path / "psf.ome.tif") == 2
    assert "--image is 2" in capsys.readouterr().err


# -- the zero lag ------------------------------------------------------------------------------------------------------


@pytest.fixture
def causal(tmp_path):
    np.save(tmp_path / "decay.npy", DECAY)
    return tmp_path / "decay.npy"


def test_a_causal_kernel_is_in_order_where_its_zero_lag_is_said(causal, capsys):
    assert run("psf", "check", causal) == 0
    assert "warning: centre" in capsys.readouterr().out.replace("  ", " ")
    assert run("psf", "check", causal, "--center", "first") == 0
    said = capsys.readouterr().out
    assert "warning" not in said
    assert "zero lag is at 0" in said


@pytest.mark.parametrize("center", ["first", "0", "3"])
def test_a_correction_places_the_zero_lag_where_it_is_said_to_be(center, causal, tmp_path, capsys):
    out = tmp_path / "fixed.ome.tif"
    assert run("psf", "check", causal, "--center", center, "--fix", "-o", out) == 0
    fixed = nd.psf.load(out)
    place = 0 if center == "first" else int(center)
    middle = len(fixed.data) // 2
    expected = np.zeros(len(fixed.data))
    expected[middle - place : middle - place + len(DECAY)] = DECAY
    np.testing.assert_allclose(fixed.data, expected / expected.sum(), atol=1e-6)
    assert nd.psf.load(causal, center=center if center == "first" else place, background=0).data == pytest.approx(
        fixed.data, abs=1e-6
    )


def test_other_corrections_keep_the_place(tmp_path, capsys):
    spoilt = DECAY + 0.0
    spoilt[7] = np.nan
    np.save(tmp_path / "a.npy", spoilt)
    out = tmp_path / "fixed.ome.tif"
    assert run("psf", "check", tmp_path / "a.npy", "--center", "first", "--fix", "-o", out) == 0
    fixed = nd.psf.load(out)
    assert int(np.argmax(fixed.data)) == len(fixed.data) // 2
    assert "values" in capsys.readouterr().out


@pytest.mark.parametrize("center", ["90", "1,1", "corner"])
def test_places_that_are_none_are_refused(center, causal, capsys):
    assert run("psf", "check", causal, "--center", center) == 2
    assert "--center" in capsys.readouterr().err


def test_examine_takes_the_place_too():
    told = {one.name: one for one in nd.psf.examine(DECAY, spacing=1.0, center="first")}
    assert (told["centre"].severity, told["border"].severity) == ("ok", "ok")
    blind = {one.name: one for one in nd.psf.examine(DECAY, spacing=1.0)}
    assert blind["centre"].severity == "warning"
    cut = {one.name: one for one in nd.psf.examine(DECAY[:6], spacing=1.0, center="first")}
    assert cut["border"].severity == "warning"  # its end is cut off all the same
