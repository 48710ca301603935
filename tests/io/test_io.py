"""Image files: what goes in comes out, and what cannot be read is refused in words."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.io import read_image, write_image

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
RNG = np.random.default_rng(1)
SHAPES = {1: (17,), 2: (6, 7), 3: (4, 6, 7), 4: (3, 4, 6, 7), 5: (2, 3, 4, 6, 7)}

needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the real data are not at {SHARED}")


def counts(ndim: int, dtype: str = "uint16") -> np.ndarray:
    return (RNG.random(SHAPES[ndim]) * 100).astype(dtype)


def refusal(call, *words: str) -> str:
    """The one sentence of the error, after checking that it names what it must."""
    with pytest.raises(nd.FileError) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    for word in words:
        assert word in text
    return text


@pytest.mark.parametrize("ndim", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("suffix", [".ome.tif", ".tif", ".ome.tiff"])
def test_shape_spacing_and_units_return(tmp_path, ndim, suffix):
    data = counts(ndim)
    spacing = tuple(np.linspace(0.1, 0.7, ndim))
    units = ("s", "pixel", "um", "nm", "um")[-ndim:]
    path = tmp_path / f"a{suffix}"
    write_image(path, data, spacing=spacing, units=units, name='x "µ" <1>')
    back = read_image(path)
    assert back.data.dtype == data.dtype
    np.testing.assert_array_equal(back.data, data)
    assert back.data.shape == data.shape
    assert (back.spacing, back.units) == (spacing, units if ndim != 4 else ("pixel", "um", "nm", "um"))
    assert back.axes == {1: "X", 2: "YX", 3: "ZYX", 4: "TZYX", 5: "TCZYX"}[ndim]
    assert back.name == 'x "µ" <1>'


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "int16", "uint32", "int64", "uint64", "float16", "float32", "float64", ">u2"]
)
def test_types_of_numbers_return(tmp_path, dtype):
    data = counts(3, dtype)
    write_image(tmp_path / "a.tif", data)
    back = read_image(tmp_path / "a.tif")
    assert back.data.dtype == data.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back.data, data)


def test_samples_of_length_one_and_other_axes_return(tmp_path):
    data = counts(4)[:1, :, :1]
    write_image(tmp_path / "a.tif", data, axes="IZYX", spacing=(1, 2, 3, 4), units=("pixel", "um", "um", "um"))
    back = read_image(tmp_path / "a.tif")
    assert back.data.shape == data.shape
    assert back.axes == "IZYX"
    assert back.spatial == (1, 2, 3)
    assert back.grid((1, 2, 3)) == ((2, 3, 4), "um")


def test_a_unit_that_ome_does_not_know_returns(tmp_path):
    write_image(tmp_path / "a.ome.tif", counts(1, "float64"), spacing=0.05, units="eV")
    back = read_image(tmp_path / "a.ome.tif")
    assert (back.spacing, back.units) == ((0.05,), ("eV",))


def test_mixed_units_are_converted_to_the_last(tmp_path):
    write_image(tmp_path / "a.tif", counts(3), spacing=(300, 0.1, 0.1), units=("nm", "um", "um"))
    steps, unit = read_image(tmp_path / "a.tif").grid((0, 1, 2))
    assert unit == "um"
    assert steps == pytest.approx((0.3, 0.1, 0.1))


def test_the_recipe_with_its_psf_returns_bit_by_bit(tmp_path):
    psf = nd.psf.from_array(RNG.random((5, 7, 6)), (0.3, 0.1, 0.1), center="middle", background=0)
    image = counts(3)
    result = nd.deconvolve(image, psf, nd.Recipe(iterations=2))
    assert result.recipe.psf["source"] == "array"
    write_image(
        tmp_path / "a.ome.tif", result.estimate, recipe=result.recipe, extra={"iterations": 2, "background": 1.5}
    )
    back = read_image(tmp_path / "a.ome.tif")
    assert back.recipe == result.recipe
    assert back.recipe.to_json() == result.recipe.to_json()
    assert (back.iterations, back.background) == (2, 1.5)


def test_a_recipe_of_another_version_does_not_hide_the_image(tmp_path):
    recipe = {**nd.Recipe().to_dict(), "warp": 9}
    write_image(tmp_path / "a.tif", counts(2), extra={"recipe": recipe})
    back = read_image(tmp_path / "a.tif")
    assert back.recipe is None
    assert "warp" in back.notes[0]


def test_other_programs_find_size_units_and_channels(tmp_path):
    path = tmp_path / "a.ome.tif"
    write_image(
        path, counts(5), spacing=(2, 1, 0.3, 0.1, 0.2), units=("s", "", "um", "um", "um"), channels=("A", "B", "C")
    )
    with tifffile.TiffFile(path) as tif:
        assert tif.is_ome
        assert tif.series[0].axes == "TCZYX"
        pixels = tifffile.xml2dict(tif.ome_metadata)["OME"]["Image"]["Pixels"]
    assert (pixels["PhysicalSizeX"], pixels["PhysicalSizeXUnit"]) == (0.2, "µm")
    assert pixels["PhysicalSizeZ"] == 0.3
    assert (pixels["TimeIncrement"], pixels["TimeIncrementUnit"]) == (2, "s")
    assert [channel["Name"] for channel in pixels["Channel"]] == ["A", "B", "C"]
    assert read_image(path).channels == ("A", "B", "C")


def test_foreign_ome_tiff(tmp_path):
    metadata = {"axes": "ZYX", "PhysicalSizeX": 65, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.1, "Name": "cells"}
    tifffile.imwrite(tmp_path / "a.ome.tif", counts(3), metadata=metadata)
    back = read_image(tmp_path / "a.ome.tif")
    assert (back.spacing, back.units, back.name) == ((1.0, 0.1, 65.0), ("pixel", "um", "nm"), "cells")
    assert back.grid((0, 1, 2)) is None  # nobody knows z
    assert back.grid((1, 2))[0] == pytest.approx((100, 65))


@pytest.mark.parametrize("unit", ["\\u00B5m", "micron", "um"])
def test_imagej_tiff(tmp_path, unit):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        counts(4),
        imagej=True,
        resolution=(1 / 0.0225, 1 / 0.03),
        metadata={"axes": "TZYX", "spacing": 0.125, "unit": unit, "finterval": 1.5},
    )
    back = read_image(path)
    assert back.axes == "TZYX"
    assert back.units == ("s", "um", "um", "um")
    assert back.spacing == pytest.approx((1.5, 0.125, 0.03, 0.0225), rel=1e-5)


@pytest.mark.parametrize(
    ("resolution", "unit", "size"), [(1e5, 3, 0.1), (254000, 2, 0.1), (72, 2, None), (5e4, 1, None)]
)
def test_resolution_tags_of_plain_tiffs(tmp_path, resolution, unit, size):
    tifffile.imwrite(tmp_path / "a.tif", counts(2), resolution=(resolution, resolution), resolutionunit=unit)
    back = read_image(tmp_path / "a.tif")
    assert back.spacing == (None if size is None else pytest.approx((size, size)))


def test_npy(tmp_path):
    data = counts(3, "float32")
    write_image(tmp_path / "a.npy", data, spacing=0.1, units="um")
    back = read_image(tmp_path / "a.npy")
    np.testing.assert_array_equal(back.data, data)
    assert back.spacing is None
    assert back.axes == "ZYX"
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    refusal(lambda: read_image(tmp_path / "objects.npy"), "objects.npy")


def test_what_cannot_be_read_is_refused_in_words(tmp_path):
    (tmp_path / "text.tif").write_text("not an image")
    (tmp_path / "empty.tif").write_bytes(b"")
    (tmp_path / "a.docx").write_bytes(b"1")
    tifffile.imwrite(tmp_path / "ink.tif", np.zeros((8, 9, 4), np.uint8), photometric="separated")
    refusal(lambda: read_image(tmp_path / "none.tif"), "none.tif", "no file")
    refusal(lambda: read_image(tmp_path / "none.xyz"), "none.xyz", "no file")
    refusal(lambda: read_image(tmp_path), str(tmp_path), "folder")
    refusal(lambda: read_image(tmp_path / "text.tif"), "text.tif")
    refusal(lambda: read_image(tmp_path / "empty.tif"), "empty.tif", "empty")
    refusal(lambda: read_image(tmp_path / "a.docx"), "a.docx", ".tif")
    refusal(lambda: read_image(tmp_path / "ink.tif"), "ink.tif", "SEPARATED", "RGB")


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"metadata": None},
        {"compression": "zlib"},
        {"imagej": True},
        {"ome": True},
        {"compression": "lzw", "tile": (16, 16)},
    ],
    ids=str,
)
def test_truncated_files_are_refused_wherever_they_break_off(tmp_path, how, capsys):
    path = tmp_path / "a.tif"
    data = RNG.integers(0, 60_000, (6, 32, 32)).astype(np.uint16)
    tifffile.imwrite(path, data, **how)
    whole = path.read_bytes()
    for part in np.linspace(0.01, 0.98, 25):
        path.write_bytes(whole[: int(part * len(whole))])
        try:
            back = read_image(path)
        except nd.FileError as error:
            assert "a.tif" in str(error)  # noqa: PT017 - reading may also succeed, if all samples are there
        else:
            np.testing.assert_array_equal(back.data, data)
    path.write_bytes(whole[: len(whole) // 2])
    refusal(lambda: read_image(path), "a.tif")
    assert capsys.readouterr().err == ""


def test_what_cannot_be_written_is_refused_in_words(tmp_path):
    data = counts(2)
    (tmp_path / "folder.tif").mkdir()
    refusal(lambda: write_image(tmp_path / "a.png", data), "a.png", ".tif")
    refusal(lambda: write_image(tmp_path / "none" / "a.tif", data), "no folder", "none")
    refusal(lambda: write_image(tmp_path / "folder.tif", data), "folder")
    refusal(lambda: write_image(tmp_path / "a.tif", data.astype(complex)), "complex")
    refusal(lambda: write_image(tmp_path / "a.tif", np.array([2**40])), "int64")
    with pytest.raises(nd.ParameterError, match="spacing"):
        write_image(tmp_path / "a.tif", data, spacing=(1, 2, 3))
    with pytest.raises(nd.ParameterError, match="stored"):
        write_image(tmp_path / "a.tif", data, extra={"thing": object()})
    assert sorted(os.listdir(tmp_path)) == ["folder.tif"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def interrupted() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == ["a.txt"]
    assert target.read_text() == "old"
    with replacing(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


@needs_data
@pytest.mark.parametrize(
    ("name", "shape", "spacing", "unit"),
    [
        ("bian/Bead_Image1_crop.tif", (41, 150, 150), (0.125, 0.0224919, 0.0224919), "um"),
        ("bbii_decon_dapi/DAPI_GroundTruth.tif", (576, 972), (0.0436443, 0.0436443), "um"),
        ("redlionfish/PSF_RFI_8bit.tif", (61, 32, 32), (300, 300.03, 300.03), "nm"),
        ("flowdec_neuron/data.tif", (50, 256, 256), None, "pixel"),
        ("pyotf_beads/BIL113_zstack_z300nm_current.tif", (21, 128, 128), None, "pixel"),
    ],
)
def test_real_files(name, shape, spacing, unit):
    back = read_image(SHARED / name)
    assert back.data.shape == shape
    assert back.spacing == (None if spacing is None else pytest.approx(spacing, rel=1e-5))
    assert set(back.units) == {unit}


@needs_data
def test_all_real_tiffs_can_be_read():
    paths = sorted(SHARED.glob("*/*.tif"))
    assert len(paths) >= 20
    for path in paths:
        np.testing.assert_array_equal(read_image(path).data, tifffile.imread(path))
