"""TIFF files as instruments and programs write them, each with what is right to read from it.

``python tests/formats/tiff_variants.py`` writes them all, reads them, and prints what was found and said.
"""

from __future__ import annotations

import sys
import tempfile
import uuid
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import raw_tiff
import tifffile

RNG = np.random.default_rng(14)
STACK = RNG.integers(1, 900, (6, 32, 24)).astype(np.uint16)
FRAME = STACK[0]
SERIES = RNG.integers(1, 900, (2, 3, 4, 32, 24)).astype(np.uint16)
RGB = RNG.integers(0, 255, (32, 24, 3)).astype(np.uint8)
RGBA = np.concatenate([RGB, RNG.integers(0, 255, (32, 24, 1)).astype(np.uint8)], -1)
UUIDS = [f"urn:uuid:{uuid.UUID(int=number + 1)}" for number in range(9)]

Make = Callable[[Path], Path]


@dataclass(frozen=True)
class Variant:
    """A file, and what is right: data, axes, steps of the axes with a unit, and words that are said; or a refusal."""

    make: Make
    data: np.ndarray | None = None
    axes: str = ""
    steps: dict[str, tuple[float, str]] = field(default_factory=dict)
    said: tuple[str, ...] = ()  # none: nothing is said
    channels: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    how: dict[str, Any] = field(default_factory=dict)  # arguments of `read_image`


VARIANTS: dict[str, Variant] = {}


def variant(**right: Any) -> Callable[[Make], Make]:
    def add(make: Make) -> Make:
        VARIANTS[make.__name__] = Variant(make, **right)
        return make

    return add


def um(**steps: float) -> dict[str, tuple[float, str]]:
    return {letter: (step, "um") for letter, step in steps.items()}


# -- several images ----------------------------------------------------------------------------------------------------


def _each(path: Path, pages: Sequence[np.ndarray], **how: Any) -> Path:
    with tifffile.TiffWriter(path) as file:
        for page in pages:
            file.write(page, photometric="minisblack", **how)
    return path


@variant(data=STACK, axes="ZYX")
def planes_appended_one_by_one(folder: Path) -> Path:
    return _each(folder / "a.tif", STACK)


@variant(data=STACK, axes="ZYX")
def planes_appended_without_words(folder: Path) -> Path:
    return _each(folder / "a.tif", STACK, metadata=None)


@variant(data=STACK, axes="ZYX")
def planes_appended_each_packed_in_another_way(folder: Path) -> Path:
    path = folder / "a.tif"
    for number, page in enumerate(STACK):
        tifffile.imwrite(path, page, append=number > 0, compression="zlib" if number % 2 else None, metadata=None)
    return path


@variant(data=SERIES[0, 0][np.newaxis].repeat(3, 0), axes="TZYX"[-4:])
def stacks_appended(folder: Path) -> Path:
    return _each(folder / "a.tif", [SERIES[0, 0]] * 3)


@variant(data=STACK, axes="ZYX", said=("2 images", "number 2", "largest", "--image"))
def page_and_stack(folder: Path) -> Path:
    return _each(folder / "a.tif", [FRAME[:8, :8], *STACK], metadata=None)


@variant(data=FRAME[:8, :8], axes="YX", how={"image": 1})
def page_of_page_and_stack(folder: Path) -> Path:
    return page_and_stack(folder)


@variant(refused=("no image number 3", "2 images"), how={"image": 3})
def image_that_is_not_there(folder: Path) -> Path:
    return page_and_stack(folder)


@variant(data=STACK, axes="ZYX")
def thumbnail_first(folder: Path) -> Path:
    path = folder / "a.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(FRAME[::4, ::4], subfiletype=1, metadata=None)
        for page in STACK:
            file.write(page, metadata=None)
    return path


@variant(data=STACK, axes="ZYX")
def thumbnail_after_each_plane(folder: Path) -> Path:
    pages = [page for plane in STACK for page in (plane, plane[::4, ::4])]
    return raw_tiff.write(folder / "a.tif", pages, previews=range(1, 12, 2))


@variant(data=STACK, axes="ZYX", steps=um(Z=0.3, Y=0.1, X=0.1), said=("2 images", "number 2", "largest"))
def two_ome_images(folder: Path) -> Path:
    path = folder / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        file.write(FRAME, metadata={"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5})
        file.write(STACK, metadata={"axes": "ZYX", **_sizes(Z=0.3, Y=0.1, X=0.1)}, photometric="minisblack")
    return path


@variant(data=FRAME, axes="YX", steps=um(Y=0.5, X=0.5), how={"image": 1})
def the_other_of_two_ome_images(folder: Path) -> Path:
    return two_ome_images(folder)


@variant(data=STACK, axes="ZYX", said=("2 images", "number 1", "first"))
def two_positions_of_one_size(folder: Path) -> Path:
    path = folder / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        for data in (STACK, STACK + 1):
            file.write(data, metadata={"axes": "ZYX"}, photometric="minisblack")
    return path


@variant(data=STACK, axes="ZYX", steps=um(Y=0.1, X=0.1, Z=0.3))
def pyramid_in_sub_ifds(folder: Path) -> Path:
    path = folder / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        file.write(STACK, metadata={"axes": "ZYX", **_sizes(Z=0.3, Y=0.1, X=0.1)}, subifds=1, photometric="minisblack")
        file.write(STACK[:, ::2, ::2], subfiletype=1, photometric="minisblack")
    return path


@variant(data=FRAME, axes="YX", said=("smaller copies",))
def pyramid_page_by_page(folder: Path) -> Path:
    return _each(folder / "a.tif", [FRAME, FRAME[::2, ::2], FRAME[::4, ::4]], metadata=None)


@variant(data=STACK, axes="ZYX")
def smaller_copies_below_each_plane(folder: Path) -> Path:
    path = folder / "a.tif"
    with tifffile.TiffWriter(path) as file:
        for page in STACK:
            file.write(page, subifds=1, metadata=None)
            file.write(page[::3, ::3], metadata=None)
    return path


# -- names of axes -----------------------------------------------------------------------------------------------------


def _named(axes: str, shape: tuple[int, ...]) -> None:
    data = RNG.integers(1, 900, shape).astype(np.uint16)

    def make(folder: Path) -> Path:
        path = folder / "a.tif"
        tifffile.imwrite(path, data, metadata={"axes": axes}, photometric="minisblack")
        return path

    VARIANTS[f"axes_{axes}"] = Variant(make, data, axes)


for _axes in ("YXZ", "ZAYX", "ZPYX", "CZTYX", "XYZ", "YX"):
    _named(_axes, tuple({"Y": 32, "X": 24, "Z": 6}.get(_letter, 5) for _letter in _axes))


@variant(data=STACK, axes="ZYX", how={"axes": "ZYX"}, steps=um(Y=0.2, X=0.2), said=("2 s along Z", "left out"))
def frames_that_are_planes(folder: Path) -> Path:
    path = folder / "a.tif"
    metadata = {"axes": "TYX", "finterval": 2, "unit": "um"}
    tifffile.imwrite(path, STACK, imagej=True, resolution=(5, 5), metadata=metadata)
    return path


# -- sets --------------------------------------------------------------------------------------------------------------


def _sizes(**steps: float) -> dict[str, float | str]:
    return {f"PhysicalSize{letter}": step for letter, step in steps.items()}


def ome_of_set(names: Sequence[str], own: str, planes: int, each: int, unit: str = "µm") -> str:
    entries = "".join(
        f'<TiffData FirstC="0" FirstZ="{number * each}" FirstT="0" IFD="0" PlaneCount="{each}">'
        f'<UUID FileName="{name}">{UUIDS[number]}</UUID></TiffData>'
        for number, name in enumerate(names)
    )
    sizes = "".join(f' PhysicalSize{letter}="{step}" PhysicalSize{letter}Unit="{unit}"' for letter, step in STEPS)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{OME}"{own}><Image ID="Image:0" Name="cells">'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="24" SizeY="32" SizeC="1" SizeZ="{planes}" '
        f'SizeT="1"{sizes}><Channel ID="Channel:0:0" SamplesPerPixel="1"/>{entries}</Pixels></Image></OME>'
    )


OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
STEPS = (("X", 0.1), ("Y", 0.1), ("Z", 0.3))
NAMES = [f"part_{number}.ome.tif" for number in range(6)]
SAMPLED = um(Z=0.3, Y=0.1, X=0.1)


def write_set(folder: Path, *, known: bool = True, each: int = 1) -> list[Path]:
    names = NAMES[: 6 // each]
    for number, name in enumerate(names):
        own = f' UUID="{UUIDS[number]}"' if known else ""
        _described(folder / name, STACK[number * each : (number + 1) * each], ome_of_set(names, own, 6, each))
    return [folder / name for name in names]


def _described(path: Path, data: np.ndarray, xml: str) -> Path:
    tifffile.imwrite(path, data, description=xml.encode(), metadata=None, photometric="minisblack")
    return path


@variant(data=STACK, axes="ZYX", steps=SAMPLED)
def whole_set(folder: Path) -> Path:
    return write_set(folder)[3]


@variant(data=STACK[1:], axes="ZYX", steps=SAMPLED, said=("part_0.ome.tif", "5 of 6 planes"))
def set_without_its_first_file(folder: Path) -> Path:
    files = write_set(folder)
    files[0].unlink()
    return files[3]


@variant(data=STACK, axes="ZYX", steps=SAMPLED, said=("part_0.ome.tif", "other name.ome.tif"))
def set_with_a_renamed_file(folder: Path) -> Path:
    files = write_set(folder)
    files[0].rename(folder / "other name.ome.tif")
    return files[2]


@variant(data=STACK, axes="ZYX", steps=SAMPLED)
def renamed_file_of_a_set(folder: Path) -> Path:
    return write_set(folder, known=False)[0].rename(folder / "other name.ome.tif")


@variant(data=STACK[1:], axes="ZYX", steps=SAMPLED, said=("part_0.ome.tif", "another size", "5 of 6"))
def set_with_a_smaller_first_file(folder: Path) -> Path:
    files = write_set(folder)
    _described(files[0], FRAME[:8, :8], ome_of_set(NAMES, f' UUID="{UUIDS[0]}"', 6, 1))
    return files[0]


@variant(data=STACK[3:], axes="ZYX", steps=SAMPLED, said=("part_0.ome.tif", "cut off", "3 of 6"))
def set_with_a_file_cut_off(folder: Path) -> Path:
    files = write_set(folder, each=3)
    files[0].write_bytes(files[0].read_bytes()[:1200])
    return files[1]


@variant(data=STACK, axes="ZYX", steps=SAMPLED)
def renamed_single_file(folder: Path) -> Path:
    return _described(folder / "new.ome.tif", STACK, ome_of_set(["old.ome.tif"], "", 6, 6))


@variant(data=STACK[:4], axes="ZYX", steps=SAMPLED, said=("4 of 6 planes",))
def series_that_was_stopped(folder: Path) -> Path:
    return _described(folder / "a.ome.tif", STACK[:4], ome_of_set(["a.ome.tif"], f' UUID="{UUIDS[0]}"', 6, 6))


def _companion(folder: Path) -> Path:
    (folder / "x.companion.ome").write_text(ome_of_set(NAMES, f' UUID="{UUIDS[8]}"', 6, 1), encoding="utf-8")
    partner = f'<BinaryOnly MetadataFile="x.companion.ome" UUID="{UUIDS[8]}"/>'
    for number, name in enumerate(NAMES):
        _described(folder / name, STACK[number], f'<OME xmlns="{OME}" UUID="{UUIDS[number]}">{partner}</OME>')
    return folder / "x.companion.ome"


@variant(data=STACK, axes="ZYX", steps=SAMPLED, said=("x.companion.ome",))
def file_with_a_companion(folder: Path) -> Path:
    return _companion(folder).with_name(NAMES[0])


@variant(data=STACK, axes="ZYX", steps=SAMPLED, said=("x.companion.ome",))
def companion_itself(folder: Path) -> Path:
    return _companion(folder)


@variant(data=STACK, axes="ZYX", steps=SAMPLED, said=("y.companion.ome", "x.companion.ome"))
def renamed_companion(folder: Path) -> Path:
    _companion(folder).rename(folder / "y.companion.ome")
    return folder / NAMES[1]


@variant(data=STACK[3], axes="YX", said=("x.companion.ome", "cannot be found"))
def missing_companion(folder: Path) -> Path:
    _companion(folder).unlink()
    return folder / NAMES[3]


@variant(refused=("part_0.ome.tif", "not beside"))
def companion_alone(folder: Path) -> Path:
    companion = _companion(folder)
    for name in NAMES:
        (folder / name).unlink()
    return companion


@variant(data=STACK, axes="ZYX", steps=SAMPLED)
def set_with_folders_of_windows_in_its_names(folder: Path) -> Path:
    names = [f"D:\\scans\\{name}" for name in NAMES]
    for number, name in enumerate(NAMES):
        _described(folder / name, STACK[number], ome_of_set(names, "", 6, 1))
    return folder / NAMES[2]


@variant(data=STACK, axes="ZYX", steps=SAMPLED, said=("PART_1.OME.TIF", "found as part_1.ome.tif"))
def set_with_names_in_capitals(folder: Path) -> Path:
    names = [name.upper() for name in NAMES]
    for number, name in enumerate(NAMES):
        _described(folder / name, STACK[number], ome_of_set(names, "", 6, 1))
    return folder / NAMES[0]


@variant(data=FRAME, axes="YX", steps=um(Y=0.1, X=0.1), said=("part_0.ome.tif", "cannot be found beside it"))
def set_whose_files_were_all_renamed(folder: Path) -> Path:
    for number, file in enumerate(write_set(folder, known=False)):
        file.rename(folder / f"cell 5, {number}.tif")
    return folder / "cell 5, 0.tif"


@variant(data=STACK[1:], axes="ZYX", steps=SAMPLED, said=("part_0.ome.tif", "another size or type", "5 of 6"))
def set_with_a_file_of_another_type(folder: Path) -> Path:
    files = write_set(folder)
    _described(files[0], FRAME.astype(np.float32), ome_of_set(NAMES, f' UUID="{UUIDS[0]}"', 6, 1))
    return files[1]


@variant(data=STACK, axes="ZYX", steps=SAMPLED, said=("tells of 1 plane", "6 like it"))
def description_of_the_first_plane_alone(folder: Path) -> Path:
    return _described(folder / "a.ome.tif", STACK, ome_of_set(["a.ome.tif"], f' UUID="{UUIDS[0]}"', 1, 1))


@variant(data=STACK[:4], axes="ZYX", steps=SAMPLED, said=("2 images", "2 x 32 x 24", "--image"))
def more_planes_than_described(folder: Path) -> Path:
    return _described(folder / "a.ome.tif", STACK, ome_of_set(["a.ome.tif"], f' UUID="{UUIDS[0]}"', 4, 4))


@variant(data=STACK, axes="ZYX", said=("OME-XML breaks off",))
def description_that_breaks_off(folder: Path) -> Path:
    return _described(folder / "a.ome.tif", STACK, ome_of_set(["a.ome.tif"], "", 6, 6)[:-40])


# -- ImageJ ------------------------------------------------------------------------------------------------------------


def _imagej(folder: Path, data: np.ndarray = STACK, resolution: tuple[float, float] = (5, 5), **metadata: Any) -> Path:
    path = folder / "a.tif"
    tifffile.imwrite(path, data, imagej=True, resolution=resolution, metadata={"axes": "ZYX"[-data.ndim :], **metadata})
    return path


@variant(data=STACK, axes="ZYX", steps=um(Z=1, Y=0.2, X=0.2))
def imagej_step_of_one(folder: Path) -> Path:
    return _imagej(folder, unit="micron")


@variant(data=STACK, axes="ZYX", steps=um(Z=0.5, Y=0.2, X=0.2))
def imagej_stack_from_the_top_down(folder: Path) -> Path:
    return _imagej(folder, unit="\\u00B5m", spacing=-0.5)


@variant(data=STACK, axes="ZYX", steps=dict.fromkeys("ZYX", (1.0, "nm")))
def imagej_all_steps_of_one(folder: Path) -> Path:
    return _imagej(folder, resolution=(1, 1), unit="nm")


@variant(data=(STACK.astype(np.int32) - 32768).astype(np.int16), axes="ZYX", said=("32768", "ImageJ"))
def imagej_signed(folder: Path) -> Path:
    return _imagej(folder, resolution=(1, 1), cf=0, c0=-32768, c1=1, vunit="gray value")


@variant(data=STACK.astype(np.float32) * 0.5 + 3, axes="ZYX", said=("3 + 0.5 times",))
def imagej_calibrated(folder: Path) -> Path:
    return _imagej(folder, resolution=(1, 1), cf=0, c0=3, c1=0.5)


@variant(data=STACK, axes="ZYX", said=("function 8", "not applied"))
def imagej_optical_density(folder: Path) -> Path:
    return _imagej(folder, resolution=(1, 1), cf=8, c0=1, c1=2)


@variant(data=STACK, axes="ZYX", said=("72 pixels per inch",))
def imagej_for_a_screen(folder: Path) -> Path:
    return _imagej(folder, resolution=(72, 72))


@variant(data=STACK, axes="ZYX", said=("300 pixels per inch",))
def imagej_for_print_in_inches(folder: Path) -> Path:
    return _imagej(folder, resolution=(300, 300), unit="inch")


@variant(data=STACK, axes="ZYX", said=("72 pixels per inch",))
def imagej_for_a_screen_in_centimetres(folder: Path) -> Path:
    return _imagej(folder, resolution=(28.346, 28.346), unit="cm")


@variant(data=SERIES, axes="TCZYX", steps={"T": (2.5, "s"), **um(Z=0.4, Y=0.2, X=0.2)})
def imagej_hyperstack_in_another_order(folder: Path) -> Path:
    metadata = {"axes": "TZCYX", "order": "zct", "finterval": 2.5, "unit": "um", "spacing": 0.4}
    # Of ImageJ's usual order tifffile writes 4 slices of 3 channels; by "zct" they are 3 channels of 4 slices.
    path = folder / "a.tif"
    tifffile.imwrite(path, SERIES.reshape(2, 4, 3, 32, 24), imagej=True, resolution=(5, 5), metadata=metadata)
    return path


# -- makers ------------------------------------------------------------------------------------------------------------


@variant(data=STACK, axes="ZYX", steps=um(Z=0.3, Y=0.1, X=0.1))
def metamorph_stack(folder: Path) -> Path:
    return raw_tiff.write_stk(folder / "a.tif", STACK, 0.3, 0.1, "um")


@variant(data=STACK, axes="ZYX", steps=um(Z=0.3, Y=0.1, X=0.1))
def zeiss_lsm(folder: Path) -> Path:
    pages = [page for plane in STACK for page in (plane, plane[::4, ::4])]
    tags = raw_tiff.lsm((1, 6, 1, 32, 24), (3e-7, 1e-7, 1e-7))
    return raw_tiff.write(folder / "a.tif", pages, tags, previews=range(1, 12, 2))


@variant(data=STACK, axes="ZYX", steps=um(Z=0.4, Y=0.1, X=0.1))
def olympus_fluoview(folder: Path) -> Path:
    dimensions = [("X", 24, 0.1, "um"), ("Y", 32, 0.1, "um"), ("Z", 6, 0.4, "um")]
    return raw_tiff.write(folder / "a.tif", list(STACK), raw_tiff.fluoview(dimensions))


@variant(
    data=np.stack([STACK, STACK + 1], 1), axes="ZCYX", steps=um(Z=0.25, Y=0.108, X=0.108), channels=("DAPI", "GFP")
)
def micromanager_stack(folder: Path) -> Path:
    planes = {(channel, z, 0): STACK[z] + channel for z in range(6) for channel in range(2)}
    summary = {"MicroManagerVersion": "1.4", "Frames": 1, "Slices": 6, "Channels": 2, "Positions": 1}
    more = {"PixelSize_um": 0.108, "z-step_um": 0.25, "Interval_ms": 0, "ChNames": ["DAPI", "GFP"]}
    return raw_tiff.write_micromanager(folder / "a_MMStack.tif", planes, {**summary, **more})


@variant(data=STACK, axes="ZYX", steps=um(Z=2.5, Y=0.5, X=1))
def scanimage(folder: Path) -> Path:
    words = (
        "SI.VERSION_MAJOR = 2018\nSI.hChannels.channelSave = 1\nSI.hStackManager.framesPerSlice = 1\n"
        "SI.hStackManager.stackZStepSize = 2.5\nSI.hRoiManager.imagingFovUm = [-12 -8;12 -8;12 8;-12 8]\n"
    )
    return raw_tiff.write(folder / "a.tif", list(STACK), {305: raw_tiff.text(words)})


@variant(data=FRAME, axes="YX", steps=um(Y=0.16, X=0.16))
def metaxpress(folder: Path) -> Path:
    facts = (("state", "bool", "on"), ("x", "float", 0.16), ("y", "float", 0.16), ("units", "string", "um"))
    entries = "".join(
        f'<prop id="spatial-calibration-{name}" type="{kind}" value="{value}"/>' for name, kind, value in facts
    )
    words = f"<MetaData><PlaneInfo>{entries}</PlaneInfo></MetaData>"
    return raw_tiff.write(folder / "a.tif", [FRAME], {270: raw_tiff.text(words), 305: raw_tiff.text("MetaSeries")})


@variant(data=FRAME, axes="YX", steps=um(Y=0.004, X=0.004))
def fei_microscope(folder: Path) -> Path:
    words = "[Scan]\r\nPixelWidth=4e-9\r\nPixelHeight=4e-9\r\n"
    return raw_tiff.write(folder / "a.tif", [FRAME], {34682: raw_tiff.text(words)})


@variant(data=FRAME, axes="YX", steps=dict.fromkeys("YX", (5.5, "nm")))
def zeiss_sem(folder: Path) -> Path:
    words = "0\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 5.5 nm\r\n"
    return raw_tiff.write(folder / "a.tif", [FRAME], {34118: raw_tiff.text(words)})


# -- units -------------------------------------------------------------------------------------------------------------


@variant(data=STACK, axes="ZYX", said=("?m", "not known", "Z, Y, X"))
def unit_with_a_lost_letter(folder: Path) -> Path:
    return _described(folder / "a.ome.tif", STACK, ome_of_set(["a.ome.tif"], "", 6, 6, unit="?m"))


@variant(data=STACK, axes="ZYX", steps=SAMPLED)
def unit_in_the_wrong_letters(folder: Path) -> Path:
    return _described(folder / "a.ome.tif", STACK, ome_of_set(["a.ome.tif"], "", 6, 6, unit="Âµm"))


@variant(data=STACK, axes="ZYX", said=("[Data]",))
def unit_of_a_plot(folder: Path) -> Path:
    return _imagej(folder, unit="[Data]")


@variant(data=FRAME, axes="YX", steps=um(Y=0.1, X=0.1))
def plain_in_centimetres(folder: Path) -> Path:
    path = folder / "a.tif"
    tifffile.imwrite(path, FRAME, resolution=(1e5, 1e5), resolutionunit=3)
    return path


@variant(data=FRAME, axes="YX", said=("300 pixels per inch",))
def plain_for_print(folder: Path) -> Path:
    path = folder / "a.tif"
    tifffile.imwrite(path, FRAME, resolution=(300, 300), resolutionunit=2)
    return path


# -- colours -----------------------------------------------------------------------------------------------------------

COLOURS = ("red", "green", "blue")


def _colours(data: np.ndarray, **how: Any) -> Make:
    def make(folder: Path) -> Path:
        path = folder / "a.tif"
        tifffile.imwrite(path, data, **{"photometric": "rgb", **how})
        return path

    return make


FIRST, FIRST_A = np.moveaxis(RGB, -1, 0), np.moveaxis(RGBA, -1, 0)
VARIANTS |= {
    "rgb": Variant(_colours(RGB), FIRST, "CYX", channels=COLOURS),
    "rgb_plane_by_plane": Variant(_colours(FIRST, planarconfig="separate"), FIRST, "CYX", channels=COLOURS),
    "rgba": Variant(_colours(RGBA), FIRST_A, "CYX", channels=(*COLOURS, "alpha")),
    "rgb_stack": Variant(_colours(np.stack([RGB] * 3)), np.stack([FIRST] * 3), "ZCYX", channels=COLOURS),
    "grey_and_alpha": Variant(
        _colours(RGBA[..., :2], photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig"),
        FIRST_A[:2],
        "CYX",
        channels=("grey", "alpha"),
    ),
    "ink": Variant(_colours(RGBA, photometric="separated"), refused=("SEPARATED", "RGB")),
    "white_is_zero": Variant(_colours(RGB[..., 0], photometric="miniswhite"), RGB[..., 0], "YX", said=("white",)),
    "colour_table": Variant(
        _colours(RGB[..., 0], photometric="palette", colormap=np.zeros((3, 256), np.uint16)),
        RGB[..., 0],
        "YX",
        said=("table",),
    ),
}


# -- what lies another way on the screen -------------------------------------------------------------------------------


def _turned(orientation: int) -> Make:
    def make(folder: Path) -> Path:
        path = folder / "a.tif"
        tifffile.imwrite(path, FRAME, extratags=[(274, "H", 1, orientation, True)], photometric="minisblack")
        return path

    return make


WORDS_OF_TURNS = ("left to right", "180", "top to bottom", "exchanged", "90 degrees clockwise", "exchanged", "counter")
for _number, _words in enumerate(WORDS_OF_TURNS, 2):
    VARIANTS[f"orientation_{_number}"] = Variant(_turned(_number), FRAME, "YX", said=(f"tag, {_number},", _words))
for _number in (0, 1, 9):
    VARIANTS[f"orientation_{_number}"] = Variant(_turned(_number), FRAME, "YX")


@variant(data=STACK, axes="ZYX", said=("tag, 3", "180"))
def orientation_of_a_stack_page_by_page(folder: Path) -> Path:
    return _each(folder / "a.tif", STACK, metadata=None, extratags=[(274, "H", 1, 3, True)])


# -- tifffile's own JSON -----------------------------------------------------------------------------------------------


def _json(name: str, right: dict[str, Any], data: np.ndarray = STACK, how: Any = None, **metadata: Any) -> None:
    def make(folder: Path) -> Path:
        path = folder / "a.tif"
        tifffile.imwrite(path, data, metadata=metadata, **{"photometric": "minisblack", **(how or {})})
        return path

    VARIANTS[f"json_{name}"] = Variant(make, data, **{"axes": "ZYX", **right})


TAKEN = "is taken for that along"
_json("spacing_as_in_imagej", {"steps": um(Z=0.35), "said": (TAKEN, "Z")}, axes="ZYX", spacing=0.35, unit="um")
_json(
    "spacing_beside_resolution",
    {"steps": um(Z=0.35, Y=0.125, X=0.125), "said": (TAKEN,)},
    how={"resolution": (8, 8), "resolutionunit": "NONE"},
    axes="ZYX",
    spacing=0.35,
    unit="micron",
)
_json(
    "spacing_beside_centimetres",
    {"steps": um(Z=0.35, Y=0.1, X=0.1), "said": (TAKEN,)},
    how={"resolution": (1e5, 1e5), "resolutionunit": 3},
    axes="ZYX",
    spacing=0.35,
    unit="um",
)
_json("spacing_of_each_axis", {"steps": um(Z=0.4, Y=0.11, X=0.12)}, axes="ZYX", spacing=[0.4, 0.11, 0.12], unit="um")
_json("spacing_without_names_of_axes", {"steps": um(Z=0.4, Y=0.1, X=0.1)}, spacing=[0.4, 0.1, 0.1], unit="um")
_json(
    "spacing_of_one_frame",
    {"axes": "YX", "steps": um(Y=0.2, X=0.2), "said": (TAKEN, "X and Y")},
    FRAME,
    spacing=0.2,
    unit="um",
)
_json(
    "spacing_beside_channels",
    {"axes": "ZCYX", "steps": um(Z=0.4, Y=0.1, X=0.1)},
    SERIES[0].transpose(1, 0, 2, 3),
    axes="ZCYX",
    spacing=[0.4, 0.1, 0.1],
    unit="um",
)
_json(
    "as_in_ome",
    {"steps": {"Z": (300.0, "nm"), **um(Y=0.1, X=0.1)}},
    axes="ZYX",
    PhysicalSizeX=0.1,
    PhysicalSizeXUnit="um",
    PhysicalSizeY=0.1,
    PhysicalSizeYUnit="µm",
    PhysicalSizeZ=300,
    PhysicalSizeZUnit="nm",
)
_json(
    "voxel_size_by_letters", {"steps": um(Z=0.5, Y=0.1, X=0.1)}, voxel_size={"z": 0.5, "y": 0.1, "x": 0.1}, units="um"
)
_json("scale_of_a_layer", {"steps": um(Z=0.5, Y=0.1, X=0.1)}, axes="ZYX", scale=[0.5, 0.1, 0.1], unit="micrometer")
_json(
    "a_unit_of_each_axis",
    {"steps": {"Z": (250.0, "nm"), **um(Y=0.1, X=0.1)}},
    axes="ZYX",
    spacing=[250, 0.1, 0.1],
    unit=["nm", "um", "um"],
)
_json("pixel_size_in_its_name", {"steps": um(Y=0.065, X=0.065)}, axes="ZYX", pixel_size_um=0.065)
_json("steps_by_letters", {"steps": um(Z=0.3, Y=0.1, X=0.1)}, dx=0.1, dy=0.1, dz=0.3, unit="um")
_json("without_a_unit", {"steps": {"Z": (0.3, "pixel")}, "said": ("without a unit",)}, axes="ZYX", spacing=0.3)
_json("a_unit_nobody_knows", {"said": ("'furlong' is not known", TAKEN)}, axes="ZYX", spacing=0.3, unit="furlong")
_json("an_interval", {"axes": "TYX", "steps": {"T": (2.5, "s")}}, axes="TYX", finterval=2.5)
_json("frames_per_second", {"axes": "TYX", "steps": {"T": (0.04, "s")}}, axes="TYX", fps=25)
_json("what_nobody_understands", {"said": ("'um_per_px'", "left out")}, axes="ZYX", um_per_px=0.1, pixels="0.1 um")
_json("two_numbers_for_three_axes", {"said": ("[0.3, 0.1]", "left out")}, axes="ZYX", spacing=[0.3, 0.1], unit="um")
_json(
    "names_of_channels",
    {"axes": "CYX", "channels": ("DAPI", "GFP")},
    STACK[:2],
    axes="CYX",
    Channel={"Name": ["DAPI", "GFP"]},
)


# -- damaged -----------------------------------------------------------------------------------------------------------

LARGE = {256: raw_tiff.long(40_000), 257: raw_tiff.long(30_000), 278: raw_tiff.long(30_000)}


@variant(refused=("2400000000 bytes",))
def header_that_claims_more(folder: Path) -> Path:
    return raw_tiff.write(folder / "a.tif", [FRAME], LARGE)


@variant(refused=("bytes", "damaged"))
def packed_header_that_claims_more(folder: Path) -> Path:
    return raw_tiff.write(folder / "a.tif", [FRAME], {**LARGE, 259: raw_tiff.short(8)})


@variant(refused=("damaged",))
def planes_that_are_not_there(folder: Path) -> Path:
    path = _imagej(folder, unit="um")
    path.write_bytes(path.read_bytes()[:4000])
    return path


@variant(refused=("complex",))
def complex_numbers(folder: Path) -> Path:
    path = folder / "a.tif"
    tifffile.imwrite(path, FRAME.astype(np.complex64))
    return path


def main() -> None:
    """Print what is read from each, and what is said."""
    from napari_deconvolve.errors import DeconvolutionError
    from napari_deconvolve.io import read_image

    warnings.simplefilter("ignore")
    for name, one in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = read_image(one.make(Path(folder)), **one.how)
            except DeconvolutionError as error:
                print(f"{name:45} refused: {str(error).rpartition('/')[2]}")
                continue
            shape = " x ".join(map(str, found.data.shape))
            steps = ", ".join(
                f"{letter} {step:.4g} {unit}"
                for letter, step, unit in zip(found.axes, found.image.spacing, found.units, strict=True)
                if step is not None
            )
            print(f"{name:45} {shape:20} {found.axes:6} {steps or 'no spacing':32} {'; '.join(found.notes) or '-'}")


if __name__ == "__main__":
    sys.exit(main())
