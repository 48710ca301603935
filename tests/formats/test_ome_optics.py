"""What OME-XML says of the optics reaches the image, its layers, and the file it is written to again."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.readers import read_layers
from napari_deconvolve._napari.layers.writers import write_image_layer
from napari_deconvolve.formats.ome import read_ome
from napari_deconvolve.io import read_image, write_image

HEAD = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
LENS = (
    '<Instrument ID="Instrument:0">'
    '<Objective ID="Objective:0" LensNA="0.3" Immersion="Air" NominalMagnification="10"/>'
    '<Objective ID="Objective:1" LensNA="1.4" Immersion="Oil" NominalMagnification="63" Model="Plan-Apo 63x"/>'
    "</Instrument>"
)
CHANNELS = {
    "Name": ["DAPI", "GFP"],
    "AcquisitionMode": ["SpinningDiskConfocal"] * 2,
    "EmissionWavelength": [461.0, 0.509],
    "EmissionWavelengthUnit": ["nm", "µm"],
    "ExcitationWavelength": [405.0, 488.0],
    "PinholeSize": [50.0, 60.0],
}


def xml_of(lens=LENS, settings='<ObjectiveSettings ID="Objective:1"/>', channels="<Channel ID='Channel:0:0'/>"):
    image = (
        f'<Image ID="Image:0" Name="a">{settings}<Pixels ID="Pixels:0" SizeX="7" SizeY="6" SizeZ="4" SizeC="2" '
        f'SizeT="1" Type="uint16" DimensionOrder="XYZCT" PhysicalSizeX="0.1" PhysicalSizeY="0.1" PhysicalSizeZ="0.3">'
        f"{channels}<TiffData/></Pixels></Image>"
    )
    return f"{HEAD}{lens}{image}</OME>"


@pytest.fixture
def path(tmp_path):
    """A file of two channels as tifffile writes it, with the objective that OME has and tifffile has not."""
    data = np.random.default_rng(0).integers(0, 100, (2, 4, 6, 7)).astype(np.uint16)
    plain = tmp_path / "plain.ome.tif"
    metadata = {"axes": "CZYX", "Channel": CHANNELS, "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1, "PhysicalSizeZ": 0.3}
    tifffile.imwrite(plain, data, photometric="minisblack", metadata=metadata)
    with tifffile.TiffFile(plain) as tif:
        xml = tif.ome_metadata
    start = xml.index("<Image ")
    end = xml.index(">", start) + 1
    xml = f'{xml[:start]}{LENS}{xml[start:end]}<ObjectiveSettings ID="Objective:1"/>{xml[end:]}'
    path = tmp_path / "cells.ome.tif"
    tifffile.imwrite(path, data, photometric="minisblack", description=xml.encode(), metadata=None)
    return path


def test_lens_and_light_are_read(path):
    optics = read_image(path).optics
    assert optics["numerical_aperture"] == 1.4
    assert optics["immersion_index"] == 1.515
    assert optics["magnification"] == 63
    assert optics["objective"] == "Plan-Apo 63x"
    assert optics["modality"] == "spinning-disk"
    assert optics["emission_um"] == pytest.approx([0.461, 0.509])
    assert optics["excitation_um"] == pytest.approx([0.405, 0.488])
    assert optics["pinhole_um"] == pytest.approx([50, 60])


def test_each_channel_s_layer_has_its_own_light(path):
    first, second = (keywords["metadata"][KEY] for _, keywords, _ in read_layers(str(path)))
    assert first["optics"]["emission_um"] == pytest.approx(0.461)
    assert second["optics"]["emission_um"] == pytest.approx(0.509)
    assert second["optics"]["excitation_um"] == pytest.approx(0.488)
    assert second["optics"]["numerical_aperture"] == 1.4
    assert first["channel"] == {"index": 0, "of": 2, "image": "cells"}
    assert second["channel"] == {"index": 1, "of": 2, "image": "cells"}


def test_a_layer_that_is_written_keeps_its_optics(path, tmp_path):
    data, keywords, _ = read_layers(str(path))[1]
    write_image_layer(str(tmp_path / "one.ome.tif"), data, keywords)
    ((_, back, _),) = read_layers(str(tmp_path / "one.ome.tif"))
    assert back["metadata"][KEY]["optics"] == keywords["metadata"][KEY]["optics"]
    assert back["metadata"][KEY]["channel"] == {"index": 1, "of": 2, "image": "cells"}
    with tifffile.TiffFile(tmp_path / "one.ome.tif") as tif:
        channel = tifffile.xml2dict(tif.ome_metadata)["OME"]["Image"]["Pixels"]["Channel"]
    assert channel["EmissionWavelength"] == pytest.approx(509)  # other programs read it, too


def test_an_image_that_is_written_keeps_its_optics(path, tmp_path):
    image = read_image(path)
    again = tmp_path / "again.ome.tif"
    write_image(again, image.data, axes=image.axes, channels=image.channels, extra=image.metadata)
    assert read_image(again).optics == image.optics
    with tifffile.TiffFile(again) as tif:
        assert read_ome(tif.ome_metadata).optics["emission_um"] == pytest.approx([0.461, 0.509])


@pytest.mark.parametrize(
    ("settings", "index"),
    [
        ('<ObjectiveSettings ID="Objective:1" RefractiveIndex="1.518"/>', 1.518),
        ('<ObjectiveSettings ID="Objective:1" Medium="Glycerol"/>', 1.47),
        ('<ObjectiveSettings ID="Objective:0"/>', 1.0),
        ('<ObjectiveSettings ID="Objective:1" RefractiveIndex="0"/>', 1.515),
    ],
)
def test_the_immersion_is_what_was_set_before_what_the_lens_is_made_for(settings, index):
    assert read_ome(xml_of(settings=settings)).optics["immersion_index"] == index


def test_of_several_objectives_none_is_guessed():
    assert "numerical_aperture" not in read_ome(xml_of(settings="")).optics


@pytest.mark.parametrize(
    "channels",
    [
        "<Channel ID='c' EmissionWavelength='no number'/>",
        "<Channel ID='c' EmissionWavelength='-5'/>",
        "<Channel ID='c' EmissionWavelength='520' EmissionWavelengthUnit='GHz'/>",
        "<Channel ID='c' EmissionWavelength='520' EmissionWavelengthUnit='m'/>",
        "<Channel ID='c' AcquisitionMode='Other'/>",
    ],
)
def test_what_cannot_be_is_left_out(channels):
    optics = read_ome(xml_of(lens="", settings="", channels=channels)).optics
    assert optics == {}


def test_a_channel_that_does_not_tell_is_none():
    channels = "<Channel ID='a' EmissionWavelength='520'/><Channel ID='b'/>"
    assert read_ome(xml_of(channels=channels)).optics["emission_um"] == [0.52, None]
