"""Makers' own formats: read by their libraries, with the optics that the PSF needs, or named in a sentence."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import stand_ins

import napari_deconvolve as nd
from napari_deconvolve.formats.czi import czi_facts
from napari_deconvolve.formats.leica import lif_facts
from napari_deconvolve.formats.olympus import oif_facts
from napari_deconvolve.formats.planes import Planes
from napari_deconvolve.io import read_image

STACK = np.random.default_rng(3).integers(1, 900, (2, 5, 32, 24)).astype(np.uint16)


@pytest.mark.parametrize(
    ("name", "module"), [("a.czi", "pylibCZIrw"), ("a.nd2", "nd2"), ("a.lif", "liffile"), ("a.oib", "oiffile")]
)
def test_without_the_extra_a_sentence_names_it(name, module, tmp_path, monkeypatch):
    (tmp_path / name).write_bytes(b"anything")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(nd.FileError, match=rf"{module}.*napari-deconvolve\[formats\]"):
        read_image(tmp_path / name)


def test_oir_is_refused_with_a_way_out(tmp_path):
    (tmp_path / "a.oir").write_bytes(b"anything")
    with pytest.raises(nd.FileError, match="OME-TIFF"):
        read_image(tmp_path / "a.oir")


def test_facts_of_czi():
    steps, channels, optics = czi_facts(stand_ins.CZI)
    assert {letter: pytest.approx(step) for letter, (step, _) in steps.items()} == {
        "X": 0.1,
        "Y": 0.1,
        "Z": 0.3,
        "T": 2.5,
    }
    assert steps["T"][1] == "s"
    assert channels == ("DAPI", "GFP")
    assert optics == {
        "numerical_aperture": 1.4,
        "immersion_index": 1.518,
        "magnification": 63,
        "objective": "Plan-Apochromat 63x/1.40 Oil",
        "modality": "confocal",
        "emission_um": [0.46, 0.525],
        "excitation_um": [0.405, None],
        "pinhole_um": [50, None],
    }


def test_planes_of_czi_are_read_when_they_are_asked_for(tmp_path, monkeypatch):
    module = stand_ins.czi_module(STACK)
    monkeypatch.setitem(sys.modules, "pylibCZIrw", ModuleType("pylibCZIrw"))
    monkeypatch.setitem(sys.modules, "pylibCZIrw.czi", module)
    (tmp_path / "a.czi").write_bytes(b"anything")
    found = read_image(tmp_path / "a.czi")
    assert (found.axes, found.data.shape, found.channels) == ("CZYX", STACK.shape, ("DAPI", "GFP"))
    assert found.image.lazy
    assert not module.read
    np.testing.assert_array_equal(found.data[1, 2:4], STACK[1, 2:4])
    assert len(module.read) == 2
    psf = nd.psf.gaussian(0.5, (0.3, 0.1, 0.1), ndim=3)
    recipe = nd.Recipe(iterations=2, gain=1, background=0)
    np.testing.assert_allclose(
        nd.deconvolve(found.image, psf, recipe).estimate, nd.deconvolve(STACK, psf, recipe).estimate, rtol=1e-5
    )


def test_a_real_czi(tmp_path):
    czi = pytest.importorskip("pylibCZIrw.czi")
    with czi.create_czi(str(tmp_path / "a.czi")) as file:
        for channel in range(2):
            for z in range(5):
                file.write(data=STACK[channel, z][..., np.newaxis], plane={"C": channel, "Z": z, "T": 0})
        file.write_metadata("a", channel_names={0: "DAPI", 1: "GFP"}, scale_x=1e-7, scale_y=1e-7, scale_z=3e-7)
    found = read_image(tmp_path / "a.czi")
    np.testing.assert_array_equal(np.asarray(found.data), STACK)
    assert (found.axes, found.spacing, found.channels) == ("CZYX", pytest.approx((1, 0.3, 0.1, 0.1)), ("DAPI", "GFP"))


def test_nd2(tmp_path, monkeypatch):
    module = stand_ins.nd2_module([STACK, STACK + 1, STACK + 2])
    monkeypatch.setitem(sys.modules, "nd2", module)
    (tmp_path / "a.nd2").write_bytes(b"anything")
    found = read_image(tmp_path / "a.nd2")
    assert (found.axes, found.spacing, found.channels) == ("CZYX", (1, 0.2, 0.065, 0.065), ("DAPI", "GFP"))
    assert "3 images" in found.notes[0]
    assert found.optics["emission_um"] == [0.45, 0.52]
    assert (found.optics["numerical_aperture"], found.optics["modality"]) == (1.45, "spinning-disk")
    np.testing.assert_array_equal(read_image(tmp_path / "a.nd2", image=3).data, STACK + 2)


def test_facts_of_lif():
    settings = {"NumericalAperture": 1.3, "RefractionIndex": 1.45, "Magnification": 63, "Pinhole": 9.5e-5}
    image = SimpleNamespace(
        coords={"X": np.arange(24) * 1e-7, "Y": np.arange(32) * 1e-7, "Z": -np.arange(5) * 3e-7},
        attrs={"HardwareSetting": {"ATLConfocalSettingDefinition": settings}},
    )
    steps, optics = lif_facts(image)
    assert {letter: pytest.approx(step) for letter, (step, _) in steps.items()} == {"X": 0.1, "Y": 0.1, "Z": 0.3}
    assert (optics["numerical_aperture"], optics["immersion_index"], optics["modality"]) == (1.3, 1.45, "confocal")


def test_facts_of_oib():
    settings = {
        "Reference Image Parameter": {"WidthConvertValue": 0.2, "WidthUnit": "um", "HeightConvertValue": 0.2},
        "Axis 3 Parameters Common": {
            "AxisCode": "Z", "StartPosition": 1000.0, "EndPosition": 3000.0, "MaxSize": 5, "UnitName": "nm",
        },
        "Acquisition Parameters Common": {"ObjectiveLens NAValue": 0.75, "Magnification": 20.0},
        "Channel 1 Parameters": {"DyeName": "GFP", "EmissionWavelength": 520, "ExcitationWavelength": 488},
    }  # fmt: skip
    steps, channels, optics = oif_facts(settings)
    assert steps == {"X": (0.2, "um"), "Y": (0.2, "um"), "Z": (500.0, "nm")}
    assert channels == ("GFP",)
    assert (optics["numerical_aperture"], optics["emission_um"]) == (0.75, [0.52])


def test_parts_of_planes():
    lazy = Planes(STACK.shape, STACK.dtype, lambda place: STACK[place])
    for index in (0, (1, 2), (slice(None), 3), (..., 5), (slice(0, 1), slice(1, 4), slice(2, 9), 3), (1, slice(0, 0))):
        np.testing.assert_array_equal(lazy[index], STACK[index])
    np.testing.assert_array_equal(np.asarray(lazy), STACK)
