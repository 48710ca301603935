"""What a TIFF file says of an image beside its samples: OME-XML first, then its maker, ImageJ and plain tags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from napari_deconvolve.formats.colours import notes_on_samples
from napari_deconvolve.formats.imagej import imagej_steps
from napari_deconvolve.formats.ome import OmeFacts, read_ome
from napari_deconvolve.formats.printed import plain_steps
from napari_deconvolve.formats.stored import Steps, known_steps, standard_axes
from napari_deconvolve.formats.tiff_images import FileImage
from napari_deconvolve.formats.tiff_json import json_channels, json_steps
from napari_deconvolve.formats.tiff_makers import made_by
from napari_deconvolve.formats.tiff_optics import optics_in_tiff
from napari_deconvolve.formats.tiff_turned import turned_note


@dataclass(frozen=True, slots=True)
class TiffFacts:
    """What is said of one image, by whomever."""

    steps: Steps = field(default_factory=dict)
    name: str = ""
    channels: tuple[str, ...] = ()
    own: Mapping[str, Any] | None = None  # as this program wrote it
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def facts_of(tif: Any, xml: str | None, image: FileImage) -> TiffFacts:
    """Return what a file says of an image of it; `xml` is its OME-XML, wherever that was found."""
    ome = OmeFacts() if xml is None else read_ome(xml, image.ome)
    made = made_by(tif)
    steps: Steps
    notes: tuple[str, ...] = ()
    if xml is not None:
        steps = {}
    elif tif.is_imagej:
        steps, notes = imagej_steps(tif.imagej_metadata or {}, tif.pages.first)
    else:
        steps, notes = plain_steps(image.keyframe)
        said, more = json_steps(image.keyframe, standard_axes(image.axes, len(image.shape)))
        steps, notes = {**steps, **said}, (*more, *(() if {"X", "Y"} <= said.keys() else notes))
    known, unknown = known_steps({**steps, **made.steps, **ome.steps})
    notes = () if {"X", "Y"} <= set(made.steps) else notes
    samples = notes_on_samples(image.keyframe, imagej=bool(tif.is_imagej))
    channels = ome.channels or made.channels or _labels(tif) or json_channels(image.keyframe)
    optics = {**optics_in_tiff(tif, _channels_of(image)), **ome.optics}
    damage = (ome.damage,) if ome.damage else ()
    said_of = (*notes, *unknown, *damage, *samples, *turned_note(image.keyframe))
    return TiffFacts(known, ome.name, channels, ome.own, _extra(ome, optics), said_of)


def _channels_of(image: FileImage) -> int:
    """Return how many channels an image has; colours are some too."""
    return math.prod(image.shape[place] for place, letter in enumerate(image.axes) if letter in "CS")


def _extra(ome: OmeFacts, optics: Mapping[str, Any]) -> dict[str, Any]:
    extra = dict(ome.own.get("extra", {})) if ome.own else {}
    if optics:
        extra.setdefault("optics", dict(optics))
    return extra


def _labels(tif: Any) -> tuple[str, ...]:
    """Return ImageJ's labels where it has one for each channel of a single plane."""
    metadata = (tif.imagej_metadata or {}) if tif.is_imagej else {}
    labels, channels = metadata.get("Labels"), metadata.get("channels", 1)
    alone = isinstance(labels, (list, tuple)) and len(labels) == channels == metadata.get("images", 1)
    return tuple(str(label) for label in labels) if labels and alone and channels > 1 else ()
