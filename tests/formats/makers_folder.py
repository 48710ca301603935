"""A scientist's folder: files as different makers write them, each with what is right to read of it and its optics.

``python tests/formats/makers_folder.py`` writes them all, inspects them, and runs each with the PSF of its own optics.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import raw_tiff
import stand_ins
import tifffile

RNG = np.random.default_rng(31)
STACK = RNG.poisson(40, (5, 32, 24)).astype(np.uint16)
CHANNELS = np.stack([STACK, STACK + 3])
OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"

Make = Callable[[Path], Path]


@dataclass(frozen=True)
class Right:
    """What is right: shape, axes, steps with their unit, names of channels, optics; and what is missing for a PSF."""

    make: Make
    shape: tuple[int, ...]
    axes: str
    steps: dict[str, tuple[float, str]]
    optics: dict[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    options: tuple[str, ...] = ()  # by which `psf microscope` is told what is missing
    modules: dict[str, Callable[[], ModuleType]] = field(default_factory=dict)


FOLDER: dict[str, Right] = {}


def right(**what: Any) -> Callable[[Make], Make]:
    def add(make: Make) -> Make:
        FOLDER[make.__name__] = Right(make, **what)
        return make

    return add


def um(**steps: float) -> dict[str, tuple[float, str]]:
    return {letter: (step, "um") for letter, step in steps.items()}


# -- OME-TIFF ----------------------------------------------------------------------------------------------------------


def _ome(path: Path, data: np.ndarray, axes: str, sizes: str, lens: str, settings: str, channels: list[str]) -> Path:
    lengths = {letter: data.shape[axes.index(letter)] if letter in axes else 1 for letter in "XYZCT"}
    size = "".join(f' Size{letter}="{length}"' for letter, length in lengths.items())
    each = "".join(
        f'<Channel ID="Channel:0:{place}" SamplesPerPixel="1" {said}/>' for place, said in enumerate(channels)
    )
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{OME}"><Instrument ID="Instrument:0">{lens}</Instrument>'
        f'<Image ID="Image:0" Name="cells"><InstrumentRef ID="Instrument:0"/>{settings}<Pixels ID="Pixels:0" '
        f'DimensionOrder="XYZCT" Type="uint16"{size}{sizes}>{each}<TiffData/></Pixels></Image></OME>'
    )
    tifffile.imwrite(path, data, description=xml.encode(), metadata=None, photometric="minisblack")
    return path


@right(
    shape=(5, 32, 24),
    axes="ZYX",
    steps=um(Z=0.3, Y=0.1, X=0.1),
    optics={"numerical_aperture": 1.4, "immersion_index": 1.518, "emission_um": [0.525], "modality": "widefield"},
)
def ome_stack(folder: Path) -> Path:
    sizes = ' PhysicalSizeX="0.1" PhysicalSizeY="0.1" PhysicalSizeZ="0.3"'
    lens = '<Objective ID="Objective:0" LensNA="1.4" NominalMagnification="60" Immersion="Oil"/>'
    settings = '<ObjectiveSettings ID="Objective:0" RefractiveIndex="1.518"/>'
    said = ['AcquisitionMode="WideField" EmissionWavelength="525" EmissionWavelengthUnit="nm"']
    return _ome(folder / "stack.ome.tif", STACK, "ZYX", sizes, lens, settings, said)


@right(
    shape=(2, 5, 32, 24),
    axes="CZYX",
    steps=um(Z=0.3, Y=0.1, X=0.1),
    channels=("DAPI", "GFP"),
    optics={
        "numerical_aperture": 1.2,
        "immersion_index": 1.33,
        "emission_um": [0.46, 0.525],
        "excitation_um": [0.405, 0.488],
        "modality": "confocal",
    },
)
def ome_with_the_lens_by_its_name_and_two_lenses(folder: Path) -> Path:
    sizes = ' PhysicalSizeX="100" PhysicalSizeXUnit="nm" PhysicalSizeY="100" PhysicalSizeYUnit="nm"'
    sizes += ' PhysicalSizeZ="0.3" PhysicalSizeZUnit="µm"'
    lens = '<Objective ID="Objective:0" Model="EC Plan-Neofluar 10x/0.30 M27"/>'
    lens += '<Objective ID="Objective:1" Model="C-Apochromat 40x/1.2 W Korr FCS M27"/>'
    mode = 'AcquisitionMode="LaserScanningConfocalMicroscopy"'
    said = [
        f'Name="DAPI" {mode} EmissionWavelength="460" ExcitationWavelength="405"',
        f'Name="GFP" {mode} EmissionWavelength="525" ExcitationWavelength="488"',
    ]
    return _ome(
        folder / "channels.ome.tif", CHANNELS, "CZYX", sizes, lens, '<ObjectiveSettings ID="Objective:1"/>', said
    )


@right(
    shape=(5, 32, 24),
    axes="TYX",
    steps={"T": (2.0, "s"), **um(Y=0.16, X=0.16)},
    optics={"numerical_aperture": 0.75, "immersion_index": 1.0, "emission_um": [0.61]},
)
def ome_film_of_one_plane_without_its_kind(folder: Path) -> Path:
    sizes = ' PhysicalSizeX="160" PhysicalSizeXUnit="nm" PhysicalSizeY="0.16" TimeIncrement="2000"'
    sizes += ' TimeIncrementUnit="ms"'
    lens = '<Objective ID="Objective:0" LensNA="0.75" Immersion="Air"/>'
    return _ome(
        folder / "film.ome.tif",
        STACK,
        "TYX",
        sizes,
        lens,
        "",
        ['EmissionWavelength="0.61" EmissionWavelengthUnit="µm"'],
    )


@right(
    shape=(2, 5, 32, 24),
    axes="CZYX",
    steps=um(Z=0.3, Y=0.1, X=0.1),
    optics={
        "numerical_aperture": 1.3,
        "immersion_index": 1.47,
        "emission_um": [0.525, None],
        "modality": "spinning-disk",
    },
    missing=("emission wavelength of channel 1",),
    options=("--emission", "600nm"),
)
def ome_with_transmitted_light(folder: Path) -> Path:
    sizes = ' PhysicalSizeX="0.1" PhysicalSizeY="0.1" PhysicalSizeZ="0.3"'
    lens = '<Objective ID="Objective:0" LensNA="1.3" Immersion="Glycerol"/>'
    said = ['AcquisitionMode="SpinningDiskConfocal" EmissionWavelength="525"', 'AcquisitionMode="Other"']
    return _ome(folder / "light.ome.tif", CHANNELS, "CZYX", sizes, lens, "", said)


# -- ImageJ, with what Bio-Formats and others leave in "Info" ----------------------------------------------------------


def _imagej(path: Path, data: np.ndarray, axes: str, info: str, step: float, **more: Any) -> Path:
    metadata = {"axes": axes, "unit": "micron", "Info": info, **more}
    tifffile.imwrite(path, data, imagej=True, resolution=(1 / step, 1 / step), metadata=metadata)
    return path


@right(
    shape=(5, 2, 32, 24),
    axes="ZCYX",
    steps=um(Z=0.25, Y=0.1, X=0.1),
    optics={
        "numerical_aperture": 1.4,
        "immersion_index": 1.518,
        "emission_um": [0.4605, 0.525],
        "excitation_um": [0.405, 0.488],
        "modality": "confocal",
    },
)
def imagej_from_czi(folder: Path) -> Path:
    info = (
        " BitsPerPixel = 16\nInformation|Image|Channel|AcquisitionMode #1 = LaserScanningConfocalMicroscopy\n"
        "Information|Image|Channel|AcquisitionMode #2 = LaserScanningConfocalMicroscopy\n"
        "Information|Image|Channel|EmissionWavelength #1 = 460.5\n"
        "Information|Image|Channel|EmissionWavelength #2 = 525\n"
        "Information|Image|Channel|ExcitationWavelength #1 = 405\n"
        "Information|Image|Channel|ExcitationWavelength #2 = 488\n"
        "Information|Image|ObjectiveSettings|RefractiveIndex #1 = 1.518\n"
        "Information|Instrument|Objective|Immersion #1 = Oil\n"
        "Information|Instrument|Objective|LensNA #1 = 1.4\n"
        "Information|Instrument|Objective|Manufacturer|Model #1 = Plan-Apochromat 63x/1.40 Oil DIC M27\n"
        "Information|Instrument|Microscope|Manufacturer|Model = LSM 880\nLocation = a.czi\n"
    )
    return _imagej(folder / "czi.tif", np.moveaxis(CHANNELS, 0, 1), "ZCYX", info, 0.1, spacing=0.25)


@right(
    shape=(5, 32, 24),
    axes="ZYX",
    steps=um(Z=0.4, Y=0.12, X=0.12),
    optics={"numerical_aperture": 1.42, "immersion_index": 1.516, "emission_um": [0.523]},
)
def imagej_from_deltavision(folder: Path) -> Path:
    info = (
        "Wavelength 1 (in nm) = 523\nPixel height (in um) = 0.12\nLens ID Number = 10612.0\nImmersion medium = Oil\n"
        "Objective = Olympus 60X/1.42, Plan Apo N, UIS2, 1-U2B933\nNumerical Aperture = 1.42\n"
        "Refractive Index of immersion: 1.516\nImmersion refractive index = 1.516\n"
    )
    return _imagej(folder / "dv.tif", STACK, "ZYX", info, 0.12, spacing=0.4)


@right(
    shape=(5, 32, 24),
    axes="ZYX",
    steps=um(Z=0.3, Y=0.1, X=0.1),
    optics={
        "numerical_aperture": 1.3,
        "immersion_index": 1.45,
        "pinhole_um": [95.5],
        "objective": "HC PL APO CS2 63x/1.30 GLYC",
    },
    missing=("emission wavelength",),
    options=("--emission", "0.52"),
)
def imagej_from_lif(folder: Path) -> Path:
    each = "Image|ATLConfocalSettingDefinition"
    info = (
        f"{each}|NumericalAperture = 1.3\n{each}|RefractionIndex = 1.45\n{each}|Immersion = GLYCEROL\n"
        f"{each}|Pinhole = 9.55E-5\n{each}|ObjectiveName = HC PL APO CS2 63x/1.30 GLYC\n{each}|Zoom = 2.0\n"
    )
    return _imagej(folder / "lif.tif", STACK, "ZYX", info, 0.1, spacing=0.3)


@right(
    shape=(5, 32, 24), axes="ZYX", steps=um(Z=1, Y=0.1, X=0.1), missing=("numerical aperture and the emission",),
    options=("--na", "1.2", "--emission", "520nm", "--immersion-index", "1.33"),
)  # fmt: skip
def imagej_without_words(folder: Path) -> Path:
    return _imagej(folder / "plain.tif", STACK, "ZYX", "Adjusted by hand\n", 0.1)


# -- makers ------------------------------------------------------------------------------------------------------------


def _micromanager(path: Path, said: dict[str, Any]) -> Path:
    planes = {(channel, z, 0): CHANNELS[channel, z] for z in range(5) for channel in range(2)}
    summary = {"MicroManagerVersion": "1.4", "Frames": 1, "Slices": 5, "Channels": 2, "Positions": 1}
    more = {"PixelSize_um": 0.108, "z-step_um": 0.25, "Interval_ms": 0, "ChNames": ["DAPI", "GFP"]}
    return raw_tiff.write_micromanager(path, planes, {**summary, **more}, json.dumps(said).encode())


@right(
    shape=(5, 2, 32, 24),
    axes="ZCYX",
    steps=um(Z=0.25, Y=0.108, X=0.108),
    channels=("DAPI", "GFP"),
    optics={"numerical_aperture": 1.4, "immersion_index": 1.515, "objective": "3-Plan Apo VC 60x Oil 1.40"},
    missing=("emission wavelength",),
    options=("--emission", "520nm", "--modality", "widefield"),
)
def micromanager(folder: Path) -> Path:
    return _micromanager(
        folder / "a_MMStack.tif", {"TINosePiece-Label": "3-Plan Apo VC 60x Oil 1.40", "Camera-Binning": "1"}
    )


@right(
    shape=(5, 2, 32, 24),
    axes="ZCYX",
    steps=um(Z=0.25, Y=0.108, X=0.108),
    channels=("DAPI", "GFP"),
    optics={"numerical_aperture": 1.2, "immersion_index": 1.33},
    missing=("emission wavelength",),
    options=("--emission", "520nm"),
)
def micromanager_2(folder: Path) -> Path:
    said = {"ScopeData": {"Objective-Label": {"PropType": "STRING", "PropVal": "UPLSAPO60XW NA:1.20"}}}
    return _micromanager(folder / "b_MMStack.tif", said)


@right(
    shape=(5, 32, 24),
    axes="ZYX",
    steps=um(Z=0.3, Y=0.1, X=0.1),
    optics={
        "numerical_aperture": 1.4,
        "immersion_index": 1.515,
        "emission_um": [0.5175],
        "excitation_um": [0.488],
        "pinhole_um": [60.0],
        "modality": "confocal",
    },
)
def zeiss_lsm(folder: Path) -> Path:
    scan = raw_tiff.lsm_scan("Plan-Apochromat 63x/1.4 Oil DIC", [(488, 505, 530, 60)])
    pages = [page for plane in STACK for page in (plane, plane[::4, ::4])]
    tags = raw_tiff.lsm((1, 5, 1, 32, 24), (3e-7, 1e-7, 1e-7), scan_at=8)
    return raw_tiff.write(folder / "a.lsm.tif", pages, tags, scan, previews=range(1, 10, 2))


@right(
    shape=(5, 32, 24),
    axes="ZYX",
    steps=um(Z=1.0, Y=0.2, X=0.2),
    optics={"numerical_aperture": 1.0, "immersion_index": 1.33, "emission_um": [0.525], "modality": "two-photon"},
)
def zeiss_lsm_of_two_photons(folder: Path) -> Path:
    scan = raw_tiff.lsm_scan("W Plan-Apochromat 20x/1.0 DIC", [(920, 500, 550, 600)])
    tags = raw_tiff.lsm((1, 5, 1, 32, 24), (1e-6, 2e-7, 2e-7), scan_at=8)
    pages = [page for plane in STACK for page in (plane, plane[::4, ::4])]
    return raw_tiff.write(folder / "b.lsm.tif", pages, tags, scan, previews=range(1, 10, 2))


@right(
    shape=(5, 32, 24), axes="ZYX", steps=um(Z=0.3, Y=0.1, X=0.1), missing=("numerical aperture and the emission",),
    options=("--na", "0.8", "--emission", "600nm", "--immersion-index", "1"),
)  # fmt: skip
def metamorph(folder: Path) -> Path:
    return raw_tiff.write_stk(folder / "stk.tif", STACK, 0.3, 0.1, "um")


@right(
    shape=(32, 24),
    axes="YX",
    steps=um(Y=0.16, X=0.16),
    optics={"numerical_aperture": 0.75, "immersion_index": 1.0},
    missing=("emission wavelength",),
    options=("--emission", "520nm"),
)
def metaxpress(folder: Path) -> Path:
    facts = [("spatial-calibration-state", "bool", "on"), ("spatial-calibration-units", "string", "um")]
    facts += [(f"spatial-calibration-{letter}", "float", 0.16) for letter in "xy"]
    facts += [("_MagNA_", "float", 0.75), ("_MagRI_", "float", 1), ("_IllumSetting_", "string", "GFP")]
    entries = "".join(f'<prop id="{name}" type="{kind}" value="{value}"/>' for name, kind, value in facts)
    words = f"<MetaData><PlaneInfo>{entries}</PlaneInfo></MetaData>"
    tags = {270: raw_tiff.text(words), 305: raw_tiff.text("MetaSeries")}
    return raw_tiff.write(folder / "meta.tif", [STACK[0]], tags)


@right(
    shape=(5, 32, 24),
    axes="ZYX",
    steps=um(Z=0.4, Y=0.1, X=0.1),
    optics={"numerical_aperture": 1.35, "immersion_index": 1.515, "modality": "confocal"},
    missing=("emission wavelength",),
    options=("--emission", "520nm"),
)
def fluoview(folder: Path) -> Path:
    words = "[Acquisition Parameters]\r\nMagnification=60.0\r\nObjective Lens=UPLSAPO 60XO NA:1.35\r\n"
    dimensions = [("X", 24, 0.1, "um"), ("Y", 32, 0.1, "um"), ("Z", 5, 0.4, "um")]
    tags = {**raw_tiff.fluoview(dimensions), 270: raw_tiff.text(f"{words}[Acquisition Parameters End]\r\n")}
    return raw_tiff.write(folder / "fv.tif", list(STACK), tags)


@right(
    shape=(5, 32, 24),
    axes="ZYX",
    steps=um(Z=2.5, Y=0.5, X=1),
    optics={"modality": "two-photon"},
    missing=("numerical aperture and the emission",),
    options=("--na", "0.8", "--emission", "520nm", "--immersion-index", "1.33"),
)
def scanimage(folder: Path) -> Path:
    words = (
        "SI.VERSION_MAJOR = 2018\nSI.hChannels.channelSave = 1\nSI.hStackManager.framesPerSlice = 1\n"
        "SI.hStackManager.stackZStepSize = 2.5\nSI.hRoiManager.imagingFovUm = [-12 -8;12 -8;12 8;-12 8]\n"
    )
    return raw_tiff.write(folder / "si.tif", list(STACK), {305: raw_tiff.text(words)})


@right(
    shape=(2, 5, 32, 24),
    axes="CZYX",
    steps=um(Z=0.3, Y=0.1, X=0.1),
    channels=("DAPI", "GFP"),
    optics={"numerical_aperture": 1.4, "immersion_index": 1.518, "emission_um": [0.46, 0.525], "modality": "confocal"},
    modules={
        "pylibCZIrw": lambda: ModuleType("pylibCZIrw"),
        "pylibCZIrw.czi": lambda: stand_ins.czi_module(CHANNELS),
    },
)
def czi(folder: Path) -> Path:
    (folder / "a.czi").write_bytes(b"anything")
    return folder / "a.czi"


@right(
    shape=(2, 5, 32, 24),
    axes="CZYX",
    steps=um(Z=0.2, Y=0.065, X=0.065),
    channels=("DAPI", "GFP"),
    optics={
        "numerical_aperture": 1.45,
        "immersion_index": 1.515,
        "emission_um": [0.45, 0.52],
        "modality": "spinning-disk",
    },
    modules={"nd2": lambda: stand_ins.nd2_module([CHANNELS])},
)
def nd2(folder: Path) -> Path:
    (folder / "a.nd2").write_bytes(b"anything")
    return folder / "a.nd2"


@contextlib.contextmanager
def made(name: str, folder: Path) -> Iterator[Path]:
    """Write a file, and let the libraries that read it be there."""
    one, before = FOLDER[name], dict[str, ModuleType | None]()
    for module, stand_in in one.modules.items():
        before[module] = sys.modules.get(module)
        sys.modules[module] = stand_in()
    try:
        yield one.make(folder)
    finally:
        for module, real in before.items():
            if real is None:
                del sys.modules[module]
            else:
                sys.modules[module] = real


def main() -> None:
    """Print for each file what `inspect` says of its optics, and how a run with them ends."""
    from napari_deconvolve.cli import execute

    for name, one in FOLDER.items():
        with tempfile.TemporaryDirectory() as place, made(name, Path(place)) as path:
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                codes = (
                    execute(["inspect", str(path)]),
                    execute(["run", str(path), "--optics", "-o", str(Path(place) / "out.ome.tif")]),
                )
            said = re.findall(
                r"^(?:shape|axes|spacing|NA|immersion index|modality|emission): +(.*)$", out.getvalue(), re.M
            )
            print(f"{name:46}{codes} {'as it should' if codes[1] == (2 if one.missing else 0) else 'WRONG'}")
            print(f"    {'; '.join(said)}")
            for line in err.getvalue().replace(f"{place}/", "").splitlines():
                print(f"    > {line[:230]}")


if __name__ == "__main__":
    main()
