"""Files of other programs on the command line: which image, which axes, which spacing, and what is said of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve.cli import execute
from napari_deconvolve.io import read_image, write_image

sys.path.append(str(Path(__file__).resolve().parents[1] / "formats"))
import tiff_variants as variants

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FEW = ["--iterations", "2", "--gain", "1", "--background", "0"]
LOPSIDED = np.zeros((3, 5, 7), np.float32)
LOPSIDED[1, 2, 3], LOPSIDED[2, 2, 3], LOPSIDED[1, 1, 3], LOPSIDED[1, 2, 6] = 6, 3, 2, 1
PSF = nd.psf.PSF(LOPSIDED, (0.3, 0.1, 0.1), "um")
RECIPE = nd.Recipe(iterations=2, gain=1, background=0)


def run(*words: object) -> int:
    return execute([str(word) for word in words])


@pytest.fixture
def psf(tmp_path):
    nd.psf.save(PSF, tmp_path / "psf.ome.tif")
    return tmp_path / "psf.ome.tif"


@pytest.mark.parametrize("axes", ["ZYX", "YXZ", "XYZ", "ZAYX", "ZPYX", "YZX", "TYXZ", "CZTYX", "ZTYX"])
def test_the_psf_acts_along_its_own_axes_wherever_they_lie(axes, tmp_path, psf):
    shape = tuple({"Z": 6, "Y": 12, "X": 14}.get(letter, 2) for letter in axes)
    data = np.random.default_rng(2).integers(5, 90, shape).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", data, metadata={"axes": axes}, photometric="minisblack")
    assert (
        run("run", tmp_path / "a.tif", "--psf", psf, "--spacing", "0.3,0.1,0.1", "-o", tmp_path / "b.ome.tif", *FEW)
        == 0
    )
    back = read_image(tmp_path / "b.ome.tif")
    assert back.axes == axes
    order = [axes.index(letter) for letter in "ZYX"]
    moved = np.moveaxis(data, order, range(-3, 0))
    expected = nd.deconvolve(moved, PSF, RECIPE).estimate
    np.testing.assert_allclose(np.moveaxis(back.data, order, range(-3, 0)), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("axes", ["TYX", "CYX", "AYX"])
def test_frames_are_refused_until_they_are_said_to_be_planes(axes, tmp_path, psf, capsys):
    data = np.random.default_rng(2).integers(5, 90, (6, 12, 14)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", data, metadata={"axes": axes}, photometric="minisblack")
    words = ["run", tmp_path / "a.tif", "--psf", psf, "-o", tmp_path / "b.ome.tif", "--spacing"]
    assert run(*words, "0.1,0.1", *FEW) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert run(*words, "0.3,0.1,0.1", "--axes", "ZYX", *FEW) == 0
    back = read_image(tmp_path / "b.ome.tif")
    assert (back.axes, back.spacing) == ("ZYX", pytest.approx((0.3, 0.1, 0.1)))
    np.testing.assert_allclose(back.data, nd.deconvolve(data, PSF, RECIPE).estimate, rtol=1e-5)


@pytest.mark.parametrize("axes", ["ZY", "ZZYX", "ZYY", "Z1X", "", "ZYXT"])
def test_names_that_do_not_fit_are_refused(axes, tmp_path, capsys):
    write_image(tmp_path / "a.tif", np.ones((3, 4, 5)))
    assert run("inspect", tmp_path / "a.tif", "--axes", axes) == 2
    assert "--axes" in capsys.readouterr().err


def test_an_image_is_chosen_by_its_number_in_every_command(tmp_path, capsys):
    path = variants.page_and_stack(tmp_path)
    assert run("inspect", path, "--image", "1") == 0
    assert "8 x 8" in capsys.readouterr().out
    out = tmp_path / "out.ome.tif"
    for words, written in (
        (["run", path, "--gaussian", "2", "-o", out, *FEW], out),
        (["blur", path, "--gaussian", "2", "-o", out], out),
        (["sweep", path, "--gaussian", "2", "--iterations", "2", "-o", tmp_path / "t.csv", "--stack", out], out),
    ):
        assert run(*words, "--image", "1") == 0
        assert read_image(written).data.shape[-2:] == (8, 8)
        assert "2 images" not in capsys.readouterr().err
        assert run(*words) == 0
        assert read_image(written).data.shape[-3:] == (6, 32, 24)
        assert "number 2 is read, the largest" in capsys.readouterr().err
    assert run("camera", path, "--gaussian", "2", "--image", "7") == 2
    assert "no image number 7" in capsys.readouterr().err


def test_notes_on_other_files_are_shown_too(tmp_path, capsys):
    path = variants.page_and_stack(tmp_path)
    write_image(tmp_path / "image.tif", variants.STACK)
    out = ["-o", tmp_path / "out.ome.tif", *FEW]
    assert run("run", tmp_path / "image.tif", "--gaussian", "2", "--start", path, *out) == 0
    assert "2 images" in capsys.readouterr().err
    assert run("run", tmp_path / "image.tif", "--psf", path, "--center", "middle", *out) == 0
    assert "2 images" in capsys.readouterr().err
    sweep = ["sweep", tmp_path / "image.tif", "--gaussian", "2", "--iterations", "2", "-o", tmp_path / "t.csv"]
    assert run(*sweep, "--truth", path) == 0
    assert "2 images" in capsys.readouterr().err


@pytest.mark.parametrize("make", [variants.unit_with_a_lost_letter, variants.unit_of_a_plot])
def test_a_unit_that_nobody_knows_blocks_nothing_and_what_is_given_counts(make, tmp_path, psf, capsys):
    path = make(tmp_path)
    words = ["run", path, "--psf", psf, "-o", tmp_path / "b.ome.tif", *FEW]
    assert run(*words) == 2
    assert "--spacing" in capsys.readouterr().err
    assert run(*words, "--spacing", "0.3,0.1,0.1") == 0
    back = read_image(tmp_path / "b.ome.tif")
    assert (back.spacing, back.units) == (pytest.approx((0.3, 0.1, 0.1)), ("um",) * 3)


@pytest.mark.parametrize("name", ["rgb", "rgba", "grey_and_alpha", "rgb_plane_by_plane"])
def test_colours_are_run_one_by_one_and_opacity_stays(name, tmp_path):
    one = variants.VARIANTS[name]
    path = one.make(tmp_path)
    assert run("run", path, "--gaussian", "2", "-o", tmp_path / "b.ome.tif", *FEW) == 0
    back = read_image(tmp_path / "b.ome.tif")
    assert (back.axes, back.channels) == ("CYX", one.channels)
    light = [number for number, channel in enumerate(one.channels) if channel != "alpha"]
    for number in light:
        expected = nd.deconvolve(one.data[number], nd.psf.gaussian(2.0, ndim=2), RECIPE).estimate
        np.testing.assert_allclose(back.data[number], expected, rtol=1e-4)
    if "alpha" in one.channels:
        np.testing.assert_array_equal(back.data[-1], one.data[-1])


# -- a scientist's folder ----------------------------------------------------------------------------------------------

OPTICS = (
    '<Instrument ID="Instrument:0"><Objective ID="Objective:0" LensNA="{na}" NominalMagnification="63" '
    'Immersion="{medium}"/></Instrument>'
)


def _with_optics(
    path: Path, data: np.ndarray, axes: str, sizes: tuple[float, ...], unit: str, na: float, medium: str
) -> Path:
    """Write a foreign OME-TIFF with lens and light."""
    channels = data.shape[axes.index("C")] if "C" in axes else 1
    each = "".join(
        f'<Channel ID="Channel:0:{number}" Name="dye {number}" SamplesPerPixel="1" AcquisitionMode="WideField" '
        f'EmissionWavelength="{520 + 80 * number}"/>'
        for number in range(channels)
    )
    lengths = {letter: data.shape[axes.index(letter)] if letter in axes else 1 for letter in "XYZCT"}
    size = "".join(f' Size{letter}="{length}"' for letter, length in lengths.items())
    steps = "".join(
        f' PhysicalSize{letter}="{step}" PhysicalSize{letter}Unit="{unit}"'
        for letter, step in zip("ZYX"[-len(sizes) :], sizes, strict=True)
    )
    order = "XY" + "".join(reversed([letter for letter in axes if letter in "ZCT"]))
    order += "".join(letter for letter in "ZCT" if letter not in order)
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{variants.OME}">{OPTICS.format(na=na, medium=medium)}'
        f'<Image ID="Image:0" Name="cells"><ObjectiveSettings ID="Objective:0"/><Pixels ID="Pixels:0" '
        f'DimensionOrder="{order}" Type="uint16"{size}{steps}>{each}<TiffData/></Pixels></Image></OME>'
    )
    return variants._described(path, data, xml)


RNG = np.random.default_rng(21)
STACK = RNG.poisson(40, (7, 24, 22)).astype(np.uint16)
FOLDER = {
    "ome_stack.ome.tif": (STACK, "ZYX", (0.3, 0.1, 0.1), "µm", 1.4, "Oil"),
    "ome_channels.ome.tif": (np.stack([STACK, STACK + 3]), "CZYX", (0.3, 0.1, 0.1), "µm", 1.2, "Water"),
    "ome_in_nm.ome.tif": (STACK, "ZYX", (300, 100, 100), "nm", 0.8, "Air"),
    "ome_series.ome.tif": (np.stack([STACK, STACK]), "TZYX", (0.4, 0.12, 0.12), "µm", 1.3, "Glycerol"),
    "ome_plane.ome.tif": (STACK[0], "YX", (0.1, 0.1), "µm", 1.4, "Oil"),
    "ome_late_channels.ome.tif": (np.stack([STACK, STACK + 3], 1), "ZCYX", (0.3, 0.1, 0.1), "µm", 0.95, "Air"),
}


@pytest.mark.parametrize("name", FOLDER)
def test_files_with_optics_run_with_the_psf_that_they_tell(name, tmp_path, capsys):
    data, axes, sizes, unit, na, medium = FOLDER[name]
    path = _with_optics(tmp_path / name, data, axes, sizes, unit, na, medium)
    assert run("inspect", path) == 0
    said = capsys.readouterr().out
    assert " x ".join(map(str, data.shape)) in said
    assert f"axes:        {axes}" in said
    assert all(f"{letter} {step:g} " in said for letter, step in zip("ZYX"[-len(sizes) :], sizes, strict=True))
    assert f"{na:g}" in said
    channels = data.shape[axes.index("C")] if "C" in axes else 1
    psfs = []
    for channel in range(channels):
        psfs += ["--psf", tmp_path / f"psf{channel}.ome.tif"]
        words = ["psf", "microscope", "--optics-from", path, "--spacing-from", path, "-o", psfs[-1], "--shape"]
        assert run(*words, "5,9,9" if "Z" in axes else "9,9", "--channel", channel) == 0
        assert f"{0.52 + 0.08 * channel:g}" in str(nd.psf.load(psfs[-1]).info["emission_um"])
    capsys.readouterr()
    assert run("run", path, *psfs, "-o", tmp_path / "out.ome.tif", *FEW) == 0
    back = read_image(tmp_path / "out.ome.tif")
    assert (back.axes, back.data.shape) == (axes, data.shape)


@pytest.mark.parametrize(
    "name",
    ["metamorph_stack", "zeiss_lsm", "olympus_fluoview", "micromanager_stack", "scanimage", "imagej_step_of_one",
     "set_without_its_first_file", "two_ome_images", "imagej_hyperstack_in_another_order", "companion_itself"],
)  # fmt: skip
def test_files_without_optics_tell_their_layout_and_run(name, tmp_path, capsys):
    one = variants.VARIANTS[name]
    path = one.make(tmp_path)
    assert run("inspect", path) == 0
    said = capsys.readouterr().out
    assert " x ".join(map(str, one.data.shape)) in said
    assert f"axes:        {one.axes}" in said
    assert all(f"{letter} {step:g} {unit}" in said for letter, (step, unit) in one.steps.items())
    assert all(word in said for word in one.said)
    assert run("run", path, "--gaussian", "1.5,0.6,0.6", "-o", tmp_path / "out.ome.tif", *FEW) == 0
    said = capsys.readouterr().err
    assert all(word in said for word in one.said)
    assert read_image(tmp_path / "out.ome.tif").axes == one.axes
