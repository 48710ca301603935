"""TIFF files: OME, ImageJ and plain ones in, OME out."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.formats.images import FORMATS, ImageFormat
from napari_deconvolve.formats.ome import OmeFacts, read_ome, write_ome
from napari_deconvolve.formats.reading import damaged, reading
from napari_deconvolve.formats.stored import Stored, axis_unit, standard_axes
from napari_deconvolve.image import SampledArray

SUFFIXES = (".tif", ".tiff")
MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
MAX_CLASSIC_BYTES = 3_900_000_000  # bytes: beyond, offsets of 32 bits do not reach
PLAUSIBLE = (1e-4, 20.0)  # um: other resolutions in plain files are those of screens and printers
MICRONS = {2: 25_400.0, 3: 10_000.0}  # by ResolutionUnit: inch, centimetre
COLOURS = ("RGB", "YCBCR", "CMYK", "CIELAB")

Steps = Mapping[str, tuple[float, str]]


def read_tiff(path: str | os.PathLike[str]) -> Stored:
    """Read the first image of a TIFF file with what the file says of it.

    `FileError` is raised for other files, colour images, and damaged ones, `ResourceError` for lack of memory.
    """
    import tifffile

    with reading(path, "a TIFF image") as source, _complaints() as said, tifffile.TiffFile(source) as tif:
        if not tif.series:
            raise damaged(path, "it holds no image")
        series = tif.series[0]
        _refuse_colour(path, series)
        _require_complete(path, tif, series, said)
        facts = _facts(tif)
        data = np.asarray(series.asarray())
        if not 1 <= data.ndim <= 5:
            raise FileError(f"{path} holds an image of {data.ndim} axes; save a part of at most 5.")
        images = len(tif.series)
        notes = (f"the first of {images} images in the file",) if images > 1 else ()
        return _own_layout(data, facts, notes) or _foreign_layout(data, series.axes, facts, notes)


def write_tiff(path: str | os.PathLike[str], stored: Stored) -> None:
    """Write an OME-TIFF; the file is complete or absent.

    `FileError` is raised for a name that is no TIFF's, for a place where nothing can be written, and for numbers of a
    type that OME does not know.
    """
    import tifffile

    if not str(path).lower().endswith(SUFFIXES):
        raise FileError(f"{path} does not end in .ome.tif, .tif or .tiff; give such a name.")
    data = _storable(path, np.asarray(stored.image.data))
    axes, metadata = write_ome(stored)
    image = data.reshape((1,) * (len(axes) - data.ndim) + data.shape)
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            np.ascontiguousarray(image),
            ome=True,
            bigtiff=image.nbytes > MAX_CLASSIC_BYTES,
            photometric="minisblack",
            planarconfig=None,
            metadata=metadata,
            software="napari-deconvolve",
        )


def _storable(path: str | os.PathLike[str], data: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers in a type that OME knows and that loses nothing."""
    if data.size == 0 or data.dtype.kind not in "buif":
        raise FileError(f"{path} cannot hold {data.dtype} of shape {data.shape}; give real numbers, at least one.")
    if data.dtype == np.bool_:
        return data.astype(np.uint8)
    if data.dtype == np.float16:
        return data.astype(np.float32)
    if data.dtype.kind in "ui" and data.dtype.itemsize == 8:
        short = np.dtype(f"{data.dtype.kind}4")
        limits = np.iinfo(short)
        if data.min() < limits.min or data.max() > limits.max:
            raise FileError(
                f"{path} cannot hold {data.dtype} beyond {limits.max}; convert to float64, or save as .npy."
            )
        return data.astype(short)
    if data.dtype.itemsize > 8:
        raise FileError(f"{path} cannot hold {data.dtype}; convert to float64, or save as .npy.")
    return data.astype(data.dtype.newbyteorder("="), copy=False)


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what tifffile would print about a file."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("tifffile")
    spoke, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = spoke


def _refuse_colour(path: str | os.PathLike[str], series: Any) -> None:
    photometric = getattr(series.keyframe.photometric, "name", "")
    if "S" in series.axes or photometric in COLOURS:
        raise FileError(
            f"{path} is a colour (RGB) image, not counts of light; split it into channels, in Fiji with "
            "Image > Color > Split Channels, and save the one you want."
        )


def _require_complete(path: str | os.PathLike[str], tif: Any, series: Any, said: list[str]) -> None:
    size = os.path.getsize(path)
    if series.dataoffset is not None and series.dataoffset + series.nbytes > size:
        raise damaged(path, f"{series.nbytes} bytes of image in a file of {size}")
    for page in series.pages:
        if page is None:
            raise damaged(path, "a plane is missing")
        ends = zip(page.dataoffsets, page.databytecounts, strict=False)
        if series.dataoffset is None and any(start + count > size for start, count in ends):
            raise damaged(path, "a plane lies beyond its end")
    lost = [text for text in said if "offset" in text or "truncated" in text]
    if lost:
        raise damaged(path, "its list of planes breaks off")
    claimed = (tif.imagej_metadata or {}).get("images", 0) if tif.is_imagej else 0
    if claimed > 1 and claimed * int(np.prod(series.keyframe.shape)) > series.size:
        raise damaged(path, f"it claims {claimed} planes and holds fewer")


def _facts(tif: Any) -> OmeFacts:
    if tif.is_ome and tif.ome_metadata:
        return read_ome(tif.ome_metadata)
    page = tif.pages.first
    if tif.is_imagej:
        return OmeFacts(_imagej_steps(tif.imagej_metadata or {}, page))
    return OmeFacts(_plain_steps(page))


def _imagej_steps(metadata: Mapping[str, Any], page: Any) -> Steps:
    unit = axis_unit("X", str(metadata.get("unit", "")))
    steps = {}
    for letter, tag in (("X", "XResolution"), ("Y", "YResolution")):
        size = _pixel_size(page, tag)
        own = axis_unit(letter, str(metadata.get(f"{letter.lower()}unit", unit)))
        if size is not None and (own != "pixel" or size != 1):
            steps[letter] = (size, own)
    depth = _number(metadata.get("spacing"))
    if depth is not None:
        steps["Z"] = (depth, axis_unit("Z", str(metadata.get("zunit", unit))))
    interval = _number(metadata.get("finterval"))
    if interval is not None:
        steps["T"] = (interval, axis_unit("T", str(metadata.get("tunit", "s"))))
    return steps


def _plain_steps(page: Any) -> Steps:
    """Read the resolution tags, unless they speak of a screen or a printer."""
    tag = page.tags.get("ResolutionUnit")
    microns = MICRONS.get(int(tag.value)) if tag is not None else None
    steps = {}
    for letter, name in (("X", "XResolution"), ("Y", "YResolution")):
        size = _pixel_size(page, name)
        if microns is not None and size is not None and PLAUSIBLE[0] <= size * microns <= PLAUSIBLE[1]:
            steps[letter] = (size * microns, "um")
    return steps


def _pixel_size(page: Any, name: str) -> float | None:
    tag = page.tags.get(name)
    if tag is None or not np.ndim(tag.value) or len(tag.value) != 2:
        return None
    samples, length = tag.value
    return length / samples if samples > 0 and length > 0 else None


def _number(value: object) -> float | None:
    """Take a distance; ImageJ writes negative ones for stacks from the top down."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value) or value == 0:
        return None
    return abs(float(value))


def _foreign_layout(data: NDArray[Any], axes: str, facts: OmeFacts, notes: tuple[str, ...]) -> Stored:
    letters = standard_axes(axes, data.ndim)
    known = [facts.steps.get(letter) for letter in letters]
    spacing = tuple(None if step is None else step[0] for step in known)
    units = tuple("pixel" if step is None else step[1] for step in known)
    extra = dict(facts.own.get("extra", {})) if facts.own else {}
    if facts.optics:
        extra.setdefault("optics", dict(facts.optics))
    channels = facts.channels if "C" in letters else ()
    return Stored(SampledArray(data, tuple(letters), spacing, units), facts.name, channels, extra, notes)


def _own_layout(data: NDArray[Any], facts: OmeFacts, notes: tuple[str, ...]) -> Stored | None:
    """Put back what OME cannot say; None when this program did not write the file, or another changed its shape."""
    own = facts.own
    if own is None or int(np.prod(own["shape"])) != data.size or len(own["axes"]) != len(own["shape"]):
        return None
    whole = data.reshape(own["shape"]).astype(np.dtype(own["dtype"]), copy=False)
    image = SampledArray(whole, tuple(own["axes"]), tuple(own["spacing"] or ()), tuple(own["units"]))
    return Stored(image, own["name"], tuple(own["channels"]), own["extra"], notes)


def _is_grey(path: str | os.PathLike[str]) -> bool:
    import tifffile

    with open(path, "rb") as file:
        if file.read(4) not in MAGIC:
            return False
    try:
        with tifffile.TiffFile(path) as tif:
            page = tif.pages.first
            return page.photometric.name not in COLOURS and page.samplesperpixel == 1
    except Exception:  # a damaged file can make its decoder raise anything; whatever it is, this is no image
        return False


FORMATS.add(ImageFormat("TIFF", 0, SUFFIXES, read_tiff, write_tiff, _is_grey))
