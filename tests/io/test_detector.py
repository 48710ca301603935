"""What OME-XML says of the detector is taken where it helps, and where it is wrong it spoils nothing."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.readers import read_layers
from napari_deconvolve.io import read_image, write_image

PSF = nd.psf.gaussian((0.4, 0.4), (0.1, 0.1))
OFFSET, GAIN = 100.0, 2.2


def counts(photons: float, ground: float, shape: tuple[int, int] = (64, 64), seed: int = 0) -> np.ndarray:
    rng, truth = np.random.default_rng(seed), np.zeros(shape)
    for _ in range(max(1, shape[0] * shape[1] // 400)):
        truth[tuple(rng.integers(3, length - 3) for length in shape)] = rng.uniform(0.3, 1)
    light = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    noise = 1.6 * rng.normal(size=shape)
    return np.round(OFFSET + GAIN * (rng.poisson(photons * light / light.max() + ground) + noise)).astype(np.uint16)


TELLING = counts(300, 20)
SILENT = counts(3, 8, (20, 20))  # too few photons on too few samples


def write(path, data, detector="", settings=""):
    """Write an OME-TIFF with a detector for each channel, or for the only one."""
    channels = data.shape[0] if data.ndim == 3 else 1
    each = settings if isinstance(settings, list) else [settings] * channels
    inside = "".join(
        f'<Channel ID="Channel:0:{number}" SamplesPerPixel="1"><DetectorSettings ID="Detector:0" {one}/></Channel>'
        for number, one in enumerate(each)
    )
    height, width = data.shape[-2:]
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument ID="Instrument:0">'
        f'<Detector ID="Detector:0" {detector}/></Instrument><Image ID="Image:0" Name="a"><Pixels ID="Pixels:0" '
        f'SizeX="{width}" SizeY="{height}" SizeZ="1" SizeC="{channels}" SizeT="1" Type="uint16" '
        f'DimensionOrder="XYZCT" PhysicalSizeX="0.1" PhysicalSizeY="0.1">{inside}<TiffData/></Pixels></Image></OME>'
    )
    tifffile.imwrite(path, data, photometric="minisblack", description=xml.encode(), metadata=None)
    return path


def run(path, *more: str):
    """Return what the command line makes of a file."""
    nd.psf.save(PSF, path.with_name("psf.ome.tif"))
    out = path.with_name("out.ome.tif")
    psf = str(path.with_name("psf.ome.tif"))
    assert cli.execute(["run", str(path), "--psf", psf, "-o", str(out), "--iterations", "5", *more]) == 0
    return read_image(out)


# ---- what is read


def test_offset_and_gain_are_read_and_those_of_the_settings_go_first(tmp_path):
    path = write(tmp_path / "a.ome.tif", TELLING, 'Offset="100" Gain="3"', 'Gain="2.2"')
    optics = read_image(path).optics
    assert (optics["detector_offset"], optics["detector_gain"]) == ([100.0], [2.2])


@pytest.mark.parametrize("said", ["", 'Offset="0" Gain="0"', 'Offset="-3" Gain="x"', 'Offset="INF" Gain="NaN"'])
def test_numbers_that_nobody_set_are_missing(tmp_path, said):
    assert read_image(write(tmp_path / "a.ome.tif", TELLING, said)).optics == {}


def test_each_channel_s_layer_has_its_own_detector_and_the_file_is_written_with_it(tmp_path):
    both = np.stack([TELLING, TELLING])
    path = write(tmp_path / "a.ome.tif", both, settings=['Offset="100"', 'Offset="90"'])
    layers = read_layers(str(path))
    assert [one[1]["metadata"][KEY]["optics"]["detector_offset"] for one in layers] == [100.0, 90.0]
    image = read_image(path)
    write_image(tmp_path / "b.ome.tif", image.image, extra=image.metadata)
    assert read_image(tmp_path / "b.ome.tif").optics["detector_offset"] == [100.0, 90.0]


def test_inspect_says_what_becomes_of_them(tmp_path, capsys):
    assert cli.execute(["inspect", str(write(tmp_path / "a.ome.tif", TELLING, 'Offset="100" Gain="100"'))]) == 0
    said = capsys.readouterr().out
    assert "detector offset" in said
    assert "100 counts; taken where the image does not tell its own" in said
    assert "100, which may be a setting of the camera" in said


# ---- what is taken


def test_the_offset_is_taken_where_the_image_does_not_tell_it(tmp_path):
    assert not nd.camera_report(SILENT, PSF).rows[0].trusted
    found = run(write(tmp_path / "a.ome.tif", SILENT, f'Offset="{OFFSET}"'))
    assert found.recipe.offset == OFFSET
    want = nd.deconvolve(SILENT, PSF, nd.Recipe(iterations=5, offset=OFFSET, read_noise=0), spacing=(0.1, 0.1))
    np.testing.assert_array_equal(found.data, want.estimate)
    assert run(write(tmp_path / "b.ome.tif", SILENT)).recipe.offset != OFFSET


def test_each_channel_takes_its_own_offset(tmp_path):
    both = np.stack([SILENT, SILENT + np.uint16(50)])
    found = run(write(tmp_path / "a.ome.tif", both, settings=['Offset="100"', 'Offset="150"']))
    np.testing.assert_allclose(found.data[0], found.data[1], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("image", [TELLING, SILENT], ids=["telling", "silent"])
@pytest.mark.parametrize(
    "said", ['Offset="60000"', 'Offset="500" Gain="100"', 'Gain="100"', 'Gain="0.01"', 'Offset="0"']
)
def test_what_is_wrong_spoils_nothing(tmp_path, image, said):
    plain = run(write(tmp_path / "a.ome.tif", image))
    found = run(write(tmp_path / "b.ome.tif", image, said))
    np.testing.assert_array_equal(found.data, plain.data)
    assert found.recipe == plain.recipe


@pytest.mark.parametrize("said", [1.0, 30.0, 60.0, 110.0])
def test_an_offset_that_the_noise_speaks_against_is_left_out(tmp_path, said):
    plain = run(write(tmp_path / "a.ome.tif", TELLING))
    found = run(write(tmp_path / "b.ome.tif", TELLING, f'Offset="{said}"'))
    np.testing.assert_array_equal(found.data, plain.data)


def test_an_offset_that_the_noise_agrees_with_is_taken_in_place_of_what_the_noise_tells(tmp_path):
    (row,) = nd.camera_report(TELLING, PSF).rows
    assert row.trusted
    said = round(row.offset + 0.8 * row.offset_sd, 1)
    assert run(write(tmp_path / "a.ome.tif", TELLING, f'Offset="{said}"')).recipe.offset == said


def test_what_is_given_goes_before_what_the_file_says(tmp_path):
    found = run(write(tmp_path / "a.ome.tif", SILENT, f'Offset="{OFFSET}"'), "--offset", "95", "--read-noise", "0")
    assert found.recipe.offset == 95.0


def test_the_command_line_says_who_told_it(tmp_path, capsys):
    run(write(tmp_path / "a.ome.tif", SILENT, f'Offset="{OFFSET}"'))
    assert "offset 100 counts (metadata)" in capsys.readouterr().err
    run(write(tmp_path / "b.ome.tif", TELLING), "--gain", "2.2")
    said = capsys.readouterr().err
    assert "gain 2.2 counts per photon (given)" in said
    assert "± " in said
