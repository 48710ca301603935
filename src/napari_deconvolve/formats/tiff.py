"""TIFF files: OME, ImageJ and plain ones in, OME out."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.colours import channels_of_samples, colour_axis, photometric, unusable
from napari_deconvolve.formats.imagej import calibrated
from napari_deconvolve.formats.images import FORMATS, ImageFormat
from napari_deconvolve.formats.lazy_tiff import lazy_samples
from napari_deconvolve.formats.reading import damaged, reading, require_memory
from napari_deconvolve.formats.stored import Stored, standard_axes
from napari_deconvolve.formats.tiff_facts import TiffFacts, facts_of
from napari_deconvolve.formats.tiff_images import FileImage, chosen, images_of, require_complete
from napari_deconvolve.formats.tiff_list import open_tiff
from napari_deconvolve.formats.tiff_sets import (
    Description,
    assembled,
    description_of,
    is_of_one_form,
    missing_partner,
    names_in,
    needs_care,
    require_ends,
    text_of,
)
from napari_deconvolve.formats.tiff_undescribed import broken_xml, set_is_elsewhere, with_the_rest
from napari_deconvolve.formats.tiff_writer import SUFFIXES, write_tiff
from napari_deconvolve.image import SampledArray, is_lazy

MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
GREY = ("MINISBLACK", "MINISWHITE")
MOST_COMPLAINTS = 1000  # of a file, after which further damage ends the reading


def read_tiff(path: str | os.PathLike[str], number: int | None = None, *, lazily: bool = False) -> Stored:
    """Read an image of a TIFF file with what the file says of it: that of a number from 1, or else the largest.

    Colours are channels, before Y and X. With `lazily` samples are read when they are asked for, where the file lets
    that be. `FileError` is raised for other files and damaged ones, `ResourceError` for lack of memory.
    """
    with reading(path, "a TIFF image") as source, _complaints() as said, ExitStack() as files:
        return _read(source, number, said, files, lazily)


def read_lazily(path: str | os.PathLike[str], number: int | None = None) -> Stored:
    """Read all but the samples; see `read_tiff`."""
    return read_tiff(path, number, lazily=True)


def read_companion(path: str | os.PathLike[str], number: int | None = None) -> Stored:
    """Read the image that a companion file, OME-XML by itself, describes; see `read_tiff`."""
    with reading(path, "a description of OME-TIFF files") as source:
        xml = text_of(source)
        names = names_in(source, xml)
        there = [source.with_name(name) for name in names if source.with_name(name).is_file()]
        if not there:
            raise FileError(f"{path} describes {names[0]}, which is not beside it; copy both into one folder.")
        return read_tiff(there[0], number)


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what tifffile would print about a file; raise `ValueError` where it finds damage without end."""
    said: list[str] = []

    def note(record: logging.LogRecord) -> None:
        said.append(record.getMessage())
        if len(said) > MOST_COMPLAINTS and record.levelno >= logging.ERROR:
            raise ValueError(f"more than {MOST_COMPLAINTS} of its entries are damaged")

    handler = logging.Handler()
    handler.emit = note  # type: ignore[method-assign]
    logger = logging.getLogger("tifffile")
    spoke, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = spoke


def _read(path: Path, number: int | None, said: list[str], files: ExitStack, lazily: bool) -> Stored:
    tif = files.enter_context(open_tiff(path))
    described = _description(path, tif)
    in_set = described is not None and len(names_in(path, described.xml)) > 1
    own = _said_of_pages(tif, said) if in_set else said  # of the set's other files the notes tell
    images = _images(path, tif, described, said, files, in_set)
    image, notes = chosen(path, images, number)
    _require_light(path, image)
    _require_whole_list(path, tif, image, own)
    require_complete(path, image)
    later = lazy_samples(path, tif, image) if lazily else None
    if later is None:
        require_memory(path, image.nbytes)
    facts = facts_of(tif, None if described is None else described.xml, image)
    data, calibrations = _samples(image.read() if later is None else later, tif, image)
    if not 1 <= data.ndim <= 5:
        raise FileError(f"{path} holds an image of {data.ndim} axes; save a part of at most 5.")
    lost = () if described is not None or not tif.is_ome else (_undescribed(path, tif),)
    said_of = () if described is None else described.notes
    every = (*notes, *said_of, *lost, *broken_xml(tif), *image.notes, *facts.notes, *calibrations)
    return _own_layout(data, facts, every) or _foreign_layout(data, image, facts, every)


def _said_of_pages(tif: Any, said: list[str]) -> list[str]:
    len(tif.pages)  # goes through the list of planes
    return list(said)


def _description(path: Path, tif: Any) -> Description | None:
    return description_of(path, tif.ome_metadata) if tif.is_ome and tif.ome_metadata else None


def _undescribed(path: Path, tif: Any) -> str:
    partner = missing_partner(path, tif.ome_metadata)
    return f"{partner}, which describes its set, cannot be found beside it: its planes are read as they come"


def _images(
    path: Path, tif: Any, described: Description | None, said: list[str], files: ExitStack, in_set: bool
) -> tuple[FileImage, ...]:
    """Return the images of a file; those of a set with gaps by hand, as far as they are there."""
    if described is None:
        return images_of(tif)
    require_ends(path, described.xml)
    if not described.elsewhere and not needs_care(path, described.xml):
        found = images_of(tif)
        whole = found and tif.series[0].kind != "generic" and all(None not in one.pages for one in found)
        if whole and not any("OME series" in text for text in said) and all(map(is_of_one_form, found)):
            return found if in_set else with_the_rest(tif, found)
    found, names = assembled(path, tif, described.xml, files), names_in(path, described.xml)
    if found or path.name in names:
        return found or images_of(tif)
    return set_is_elsewhere(images_of(tif), names)


def _samples(data: Any, tif: Any, image: FileImage) -> tuple[NDArray[Any], tuple[str, ...]]:
    if not tif.is_imagej:
        return data, ()
    return calibrated(data, tif.imagej_metadata or {})


def _require_light(path: Path, image: FileImage) -> None:
    """Refuse samples that are no amounts of light, and numbers that are not real."""
    kind = unusable(image.keyframe)
    if kind:
        raise FileError(f"{path} holds colours as {kind}, which are no amounts of light; save it as RGB.")
    if image.dtype.kind not in "buif":
        raise FileError(f"{path} holds {image.dtype} numbers; save real ones.")


def _require_whole_list(path: Path, tif: Any, image: FileImage, said: list[str]) -> None:
    """Refuse a file whose list of planes breaks off, or that has fewer than ImageJ wrote down."""
    if any(("offset" in text or "truncated" in text) and "TiffTag" not in text for text in said):
        raise damaged(path, "its list of planes breaks off")
    claimed = (tif.imagej_metadata or {}).get("images", 0) if tif.is_imagej else 0
    if claimed > 1 and claimed * int(np.prod(image.keyframe.shape)) > image.size:
        raise damaged(path, f"it claims {claimed} planes and holds fewer")


def _foreign_layout(data: NDArray[Any], image: FileImage, facts: TiffFacts, notes: tuple[str, ...]) -> Stored:
    """Name the axes as the file does; samples of a pixel are channels, before Y and X."""
    axes, colours = image.axes, channels_of_samples(image.keyframe)
    if "S" in axes and "C" not in axes and len(axes) == data.ndim:
        place = axes.index("S")
        target = min(axes.replace("S", "").find("Y") % len(axes), place)
        data = np.moveaxis(data, place, target)
        axes = axes.replace("S", "")
        axes = f"{axes[:target]}C{axes[target:]}"
    letters = standard_axes(axes, data.ndim)
    known = [facts.steps.get(letter) for letter in letters]
    spacing = tuple(None if step is None else step[0] for step in known)
    units = tuple("pixel" if step is None else step[1] for step in known)
    channels = (colours or facts.channels) if "C" in letters else ()
    if channels and len(channels) != data.shape[letters.index("C")]:
        channels = ()
    names = tuple(colour_axis(channels) if letter == "C" else letter for letter in letters)
    sampled = SampledArray(data, names, spacing, units)
    return Stored(sampled, facts.name, channels, dict(facts.extra), notes)


def _own_layout(data: NDArray[Any], facts: TiffFacts, notes: tuple[str, ...]) -> Stored | None:
    """Put back what OME cannot say; None when this program did not write the file, or another changed its shape."""
    own = facts.own
    if own is None or math.prod(own["shape"]) != data.size or len(own["axes"]) != len(own["shape"]):
        return None
    same = is_lazy(data) and data.shape == tuple(own["shape"]) and data.dtype == np.dtype(own["dtype"])
    whole = data if same else np.asarray(data).reshape(own["shape"]).astype(np.dtype(own["dtype"]), copy=False)
    names = [colour_axis(own["channels"]) if letter == "C" else letter for letter in own["axes"]]
    image = SampledArray(whole, names, tuple(own["spacing"] or ()), tuple(own["units"]))
    return Stored(image, own["name"], tuple(own["channels"]), own["extra"], notes)


def _is_grey(path: str | os.PathLike[str]) -> bool:
    import tifffile

    with open(path, "rb") as file:
        if file.read(4) not in MAGIC:
            return False
    try:
        with tifffile.TiffFile(path) as tif:
            page = tif.pages.first
            return photometric(page) in GREY and page.samplesperpixel == 1
    except Exception:  # a damaged file can make its decoder raise anything; whatever it is, this is no image
        return False


FORMATS.add(ImageFormat("TIFF", 0, SUFFIXES, read_tiff, write_tiff, _is_grey, several=read_tiff, later=read_lazily))
FORMATS.add(ImageFormat("OME companion", 2, (".ome",), read_companion, extra=True, several=read_companion))
