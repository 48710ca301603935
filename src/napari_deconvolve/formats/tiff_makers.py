"""What makers of microscopes and cameras write into TIFF beside the pixels, as far as tifffile reads it.

Each maker has a function from an open file to the steps along its axes; what it does not say is not guessed.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from napari_deconvolve.formats.stored import Steps, axis_unit, positive

METRES = 1e6  # um
UM = "um"


@dataclass(frozen=True, slots=True)
class Made:
    """What a maker's own data say of an image."""

    steps: Steps = field(default_factory=dict)
    channels: tuple[str, ...] = ()


def made_by(tif: Any) -> Made:
    """Return what the file's maker says of it; nothing for files of makers that are not known, or that are damaged."""
    for is_theirs, read in MAKERS:
        try:
            found = read(tif) if is_theirs(tif) else Made()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError):
            continue  # of a version that writes it in another way
        if found.steps or found.channels:
            return found
    return Made()


def _in_um(**steps: object) -> dict[str, tuple[float, str]]:
    known = {letter: positive(value) for letter, value in steps.items()}
    return {letter: (float(f"{value:.9g}"), UM) for letter, value in known.items() if value is not None}


def _in_metres(**steps: object) -> dict[str, tuple[float, str]]:
    known = {letter: positive(value) for letter, value in steps.items()}
    return _in_um(**{letter: value * METRES for letter, value in known.items() if value is not None})


def _seconds(value: object) -> dict[str, tuple[float, str]]:
    step = positive(value)
    return {} if step is None else {"T": (float(f"{step:.9g}"), "s")}


def _micromanager(tif: Any) -> Made:
    """Read Micro-Manager's summary in the head of the file, and what each plane says."""
    summary: Mapping[str, Any] = {}
    with contextlib.suppress(ValueError):
        summary = (tif.micromanager_metadata or {}).get("Summary") or {}
    plane = _plane(tif)
    pixel = positive(summary.get("PixelSize_um")) or positive(plane.get("PixelSizeUm", plane.get("PixelSize_um")))
    depth = positive(summary.get("z-step_um"))
    interval = positive(summary.get("Interval_ms"))
    steps = {**_in_um(X=pixel, Y=pixel, Z=depth), **_seconds(None if interval is None else interval / 1000)}
    given = summary.get("ChNames")
    names = given if isinstance(given, Sequence) and not isinstance(given, str) else ()
    return Made(steps, tuple(str(name) for name in names) if len(names) > 1 else ())


def _plane(tif: Any) -> Mapping[str, Any]:
    value = tif.pages.first.tags.valueof(51123)
    if isinstance(value, (str, bytes)):
        value = json.loads(value)
    return value if isinstance(value, Mapping) else {}


def _scanimage(tif: Any) -> Made:
    """Read ScanImage's frame data: the field of view, the step of the piezo, the rate of frames."""
    data: dict[str, Any] = dict((tif.scanimage_metadata or {}).get("FrameData") or {})
    if not data:
        from tifffile import matlabstr2py

        page = tif.pages.first
        for text in (page.software, page.description):
            found = matlabstr2py(text)
            data |= found if isinstance(found, dict) else {}
    page = tif.pages.first
    steps: dict[str, tuple[float, str]] = {}
    field_um = data.get("SI.hRoiManager.imagingFovUm")
    if isinstance(field_um, Sequence) and len(field_um) >= 3:
        corners = np.asarray(field_um, np.float64)
        across, down = np.ptp(corners[:, 0]), np.ptp(corners[:, 1])
        steps |= _in_um(X=float(across) / page.imagewidth, Y=float(down) / page.imagelength)
    stack = "SI.hStackManager."
    depth = data.get(f"{stack}actualStackZStepSize", data.get(f"{stack}stackZStepSize"))
    steps |= _in_um(Z=depth if depth is not None else data.get("scanimage.SI4.stackZStepSize"))
    volumes = positive(data.get("SI.hRoiManager.scanVolumeRate")) if data.get("SI.hFastZ.enable") else None
    rate = volumes or positive(data.get("SI.hRoiManager.scanFrameRate", data.get("scanimage.SI4.scanFrameRate")))
    return Made({**steps, **_seconds(None if rate is None else 1 / rate)})


def _lsm(tif: Any) -> Made:
    """Read the head of LSM files, in metres."""
    facts = tif.lsm_metadata
    names = (facts.get("ChannelColors") or {}).get("ColorNames") or ()
    interval = positive(facts.get("TimeIntervall"))
    stamps = facts.get("TimeStamps")
    if interval is None and stamps is not None and len(stamps) > 1:
        interval = positive(float(stamps[-1] - stamps[0]) / (len(stamps) - 1))
    steps = _in_metres(X=facts.get("VoxelSizeX"), Y=facts.get("VoxelSizeY"), Z=facts.get("VoxelSizeZ"))
    return Made({**steps, **_seconds(interval)}, tuple(str(name) for name in names))


def _stk(tif: Any) -> Made:
    """Read MetaMorph's tags: a calibration across, and a distance of planes that all of them share."""
    facts = tif.stk_metadata
    unit = axis_unit("X", str(facts.get("CalibrationUnits", "")))
    calibrated = bool(facts.get("SpatialCalibration", True)) and unit not in ("pixel", "")
    steps: dict[str, tuple[float, str]] = {}
    for letter, name in (("X", "XCalibration"), ("Y", "YCalibration")):
        size = positive(_number(facts.get(name)))
        if size is not None and calibrated:
            steps[letter] = (float(f"{size:.9g}"), unit)
    distances = np.atleast_1d(np.asarray(facts.get("ZDistance", 0.0), np.float64))
    distances = distances[np.isfinite(distances) & (distances != 0)]
    if len(distances) and np.ptp(distances) <= 1e-3 * abs(distances[0]):
        steps |= _in_um(Z=float(abs(distances[0])))
    times = np.atleast_1d(np.asarray(facts.get("TimeCreated", ()), np.float64))
    if len(times) > 1 and not len(distances):
        steps |= _seconds(float(times[-1] - times[0]) / (len(times) - 1) / 1000)
    return Made(steps)


def _number(value: object) -> object:
    """Turn a fraction of two whole numbers into a number."""
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2 and value[1]:
        return float(value[0]) / float(value[1])
    return value


def _fluoview(tif: Any) -> Made:
    """Read FluoView's dimensions: name, size, origin, resolution, unit."""
    steps: dict[str, tuple[float, str]] = {}
    for name, _, _, resolution, unit in tif.fluoview_metadata["Dimensions"]:
        letter = {"X": "X", "Y": "Y", "Z": "Z", "T": "T", "TIME": "T"}.get(str(name).upper())
        size = positive(resolution)
        if letter is not None and size is not None and str(unit).strip():
            steps[letter] = (float(f"{size:.9g}"), axis_unit(letter, str(unit)))
    return Made(steps)


def _metaseries(tif: Any) -> Made:
    """Read the XML of MetaMorph and MetaXpress."""
    planes = tif.metaseries_metadata["PlaneInfo"]
    unit = axis_unit("X", str(planes.get("spatial-calibration-units", "um")))
    if planes.get("spatial-calibration-state") in (False, "off"):
        return Made()
    sizes = {letter: positive(planes.get(f"spatial-calibration-{letter.lower()}")) for letter in "XY"}
    return Made({letter: (size, unit) for letter, size in sizes.items() if size is not None})


def _fei(tif: Any) -> Made:
    """Read electron microscopes' pixel width and height, in metres."""
    facts = tif.fei_metadata
    part = next(facts[name] for name in ("Scan", "EScan", "IScan", "Image") if "PixelWidth" in facts.get(name, {}))
    return Made(_in_metres(X=part["PixelWidth"], Y=part.get("PixelHeight", part["PixelWidth"])))


def _zeiss_sem(tif: Any) -> Made:
    name, size, *unit = tif.sem_metadata.get("ap_image_pixel_size", tif.sem_metadata.get("ap_pixel_size"))
    step = (float(size), axis_unit("X", str(unit[0])))
    return Made({"X": step, "Y": step} if name and step[0] > 0 and math.isfinite(step[0]) else {})


def _sis(tif: Any) -> Made:
    """Read Olympus's pixel size, in metres, and its bands."""
    facts = tif.sis_metadata
    return Made(_in_metres(X=facts.get("pixelsizex"), Y=facts.get("pixelsizey")))


def _tvips(tif: Any) -> Made:
    """Read the pixel size of cameras of TVIPS, in nm."""
    facts = tif.tvips_metadata
    x, y = positive(facts.get("PixelSizeX")), positive(facts.get("PixelSizeY"))
    return Made(_in_um(X=x and x / 1000, Y=y and y / 1000))


Maker = tuple[Callable[[Any], bool], Callable[[Any], Made]]
MAKERS: tuple[Maker, ...] = (
    (lambda tif: tif.is_lsm, _lsm),
    (lambda tif: tif.is_mmstack or tif.is_micromanager, _micromanager),
    (lambda tif: tif.is_scanimage, _scanimage),
    (lambda tif: tif.is_stk, _stk),
    (lambda tif: tif.is_fluoview, _fluoview),
    (lambda tif: tif.is_metaseries, _metaseries),
    (lambda tif: tif.is_fei, _fei),
    (lambda tif: tif.is_sem, _zeiss_sem),
    (lambda tif: tif.is_sis, _sis),
    (lambda tif: tif.is_tvips, _tvips),
)
