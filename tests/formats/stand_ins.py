"""Stand-ins for the libraries of makers' own formats that keep to what their documentation says."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType, SimpleNamespace

import numpy as np

CZI = """<ImageDocument><Metadata><Information>
<Instrument><Objectives><Objective Id="Objective:1" Name="Plan-Apochromat 63x/1.40 Oil"><LensNA>1.4</LensNA>
<NominalMagnification>63</NominalMagnification><Immersion>Oil</Immersion></Objective>
<Objective Id="Objective:2" Name="other"><LensNA>0.3</LensNA></Objective></Objectives></Instrument>
<Image><ObjectiveSettings><ObjectiveRef Id="Objective:1"/><RefractiveIndex>1.518</RefractiveIndex></ObjectiveSettings>
<Dimensions><Channels>
<Channel Id="Channel:0" Name="DAPI"><AcquisitionMode>LaserScanningConfocalMicroscopy</AcquisitionMode>
<EmissionWavelength>460</EmissionWavelength><ExcitationWavelength>405</ExcitationWavelength>
<PinholeSize>50</PinholeSize></Channel>
<Channel Id="Channel:1" Name="GFP"><AcquisitionMode>LaserScanningConfocalMicroscopy</AcquisitionMode>
<EmissionWavelength>525</EmissionWavelength></Channel></Channels>
<T><Positions><Interval><Increment>2.5</Increment></Interval></Positions></T></Dimensions></Image></Information>
<Scaling><Items><Distance Id="X"><Value>1e-07</Value></Distance><Distance Id="Y"><Value>1e-07</Value></Distance>
<Distance Id="Z"><Value>3e-07</Value></Distance></Items></Scaling></Metadata></ImageDocument>"""


def czi_module(data: np.ndarray) -> ModuleType:
    """Return a stand-in for pylibCZIrw.czi with an image of 2 channels and 5 planes."""
    read: list[dict[str, int]] = []

    class File:
        total_bounding_box = {"T": (0, 1), "C": (0, 2), "Z": (0, 5), "X": (0, 24), "Y": (0, 32)}  # noqa: RUF012
        scenes_bounding_rectangle: dict = {}  # noqa: RUF012
        pixel_types = {0: "Gray16", 1: "Gray16"}  # noqa: RUF012
        raw_metadata = CZI

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def read(self, plane, scene):
            read.append(plane)
            return data[plane["C"], plane["Z"]][..., np.newaxis]

    module = ModuleType("pylibCZIrw.czi")
    module.open_czi = lambda path: File()
    module.read = read
    return module


def nd2_module(positions: Sequence[np.ndarray]) -> ModuleType:
    """Return a stand-in for nd2 with images of 2 channels and 5 planes."""
    lens = SimpleNamespace(
        objectiveNumericalAperture=1.45, immersionRefractiveIndex=1.515, objectiveMagnification=100.0,
        objectiveName="Plan Apo", pinholeDiameterUm=None, modalityFlags=["fluorescence", "spinningDiskConfocal"],
    )  # fmt: skip
    volume = SimpleNamespace(axesCalibrated=(True, True, True))
    lights = [SimpleNamespace(name=name, emissionLambdaNm=nm) for name, nm in (("DAPI", 450.0), ("GFP", 520.0))]
    channels = [SimpleNamespace(channel=light, microscope=lens, volume=volume) for light in lights]

    class File:
        sizes = {"P": len(positions), "C": 2, "Z": 5, "Y": 32, "X": 24}  # noqa: RUF012
        metadata = SimpleNamespace(channels=channels)
        experiment = (SimpleNamespace(parameters=SimpleNamespace(periodMs=500.0, periodDiff=None)),)

        def __init__(self, path):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def to_dask(self):
            return np.stack(positions)

        def voxel_size(self):
            return SimpleNamespace(x=0.065, y=0.065, z=0.2)

    module = ModuleType("nd2")
    module.ND2File = File
    return module
