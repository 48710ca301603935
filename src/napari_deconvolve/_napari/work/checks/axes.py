"""Whether a PSF would act along axes that it is not of: time, channels, or one of which no size is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from napari_deconvolve._napari.layers.source import Source, is_uncalibrated, pretty_unit
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.units import is_length, kind

OTHER_KINDS = {"t": "time", "time": "time", "c": "channels", "channel": "channels", "channels": "channels"}
PERHAPS_SPACE = re.compile(r"[zyx]|depth|-?\d+", re.IGNORECASE)  # numbers are what napari puts where nobody named one


def misplaced(source: Source, psf: ChannelSpread) -> str:
    """Say why a PSF cannot act along an image's last axes; nothing where it can."""
    for axis in _axes(source, psf):
        label, unit = _label(source, axis), source.units[axis]
        other = OTHER_KINDS.get(label.lower(), "")
        if kind(unit) and kind(psf.unit) and kind(unit) != kind(psf.unit) and is_length(psf.unit):
            other = other or f"“{label}”, in {pretty_unit(unit)}"
        elif unit == "pixel" and _partly_known(source, psf) and not PERHAPS_SPACE.fullmatch(label):
            other = other or f"“{label}”"
        elif kind(unit) == kind(psf.unit) and kind(unit) and not is_length(unit):
            other = ""  # a trace over time and a kernel in time, say
        if other and (psf.ndim > 1 or is_length(psf.unit)):
            return (
                f"This PSF has {psf.ndim} axes and would blur along axis {axis} of the image, {other}; "
                f"{_remedy(psf.ndim)}."
            )
    return ""


def unknown_step(source: Source, psf: ChannelSpread) -> str:
    """Say along which axes, among others in lengths, a voxel size is taken for granted; nothing where none is."""
    if not _partly_known(source, psf):
        return ""
    unknown = [axis for axis in _axes(source, psf) if not is_length(source.units[axis])]
    names = " and ".join(_label(source, axis) for axis in unknown)
    steps = " and ".join(f"{source.spacing[axis]:.4g}" for axis in unknown)
    return (
        f"The voxel size along {names} is not known: {steps} {pretty_unit(psf.unit)} is taken. Set the layer's scale "
        f"and units; if {names} is no depth, {_remedy(psf.ndim)}."
    )


def _remedy(axes: int) -> str:
    return f"take a {axes - 1}D PSF" if axes > 1 else "choose another layer"


def _axes(source: Source, psf: ChannelSpread) -> Sequence[int]:
    return range(len(source.shape) - psf.ndim, len(source.shape))


def _label(source: Source, axis: int) -> str:
    labels: Any = source.placement.get("axis_labels", ())
    return str(labels[axis]) if len(labels) == len(source.shape) else str(axis)


def _partly_known(source: Source, psf: ChannelSpread) -> bool:
    """Return whether an axis in pixels lies beside others in lengths, and the PSF is in a length."""
    units = [source.units[axis] for axis in _axes(source, psf)]
    some = any(map(is_length, units)) and "pixel" in units
    return is_length(psf.unit) and some and not is_uncalibrated(source, psf.ndim)
