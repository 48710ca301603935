"""Sets of OME-TIFF files that describe each other: what is there is read, and what is missing is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.tiff_images import FileImage
from napari_deconvolve.formats.tiff_list import open_tiff

Element = ElementTree.Element

MOST_FILES = 500  # of a folder that are looked into for one that was renamed
MOST_BYTES = 200_000_000  # of a text that describes a set
MOST_PLANES = 10_000_000


@dataclass(frozen=True, slots=True)
class Description:
    """The OME-XML that describes a file, which may lie in another one, and notes on where it is."""

    xml: str
    notes: tuple[str, ...] = ()
    elsewhere: bool = False


def description_of(path: Path, xml: str) -> Description | None:
    """Follow a reference to the file that describes the set; None where that is missing."""
    root = ElementTree.fromstring(xml)
    partner = root.find("{*}BinaryOnly")
    if partner is None:
        return Description(xml)
    name = _base(partner.get("MetadataFile", ""))
    file = path.with_name(name) if name else None
    if file is not None and file.is_file():
        return Description(text_of(file), (f"described by {name}",), True)
    for other in _others(path, (".ome", ".xml", ".tif", ".tiff")):
        found = _text_or_none(other)
        if found is not None and _uuid(found) == partner.get("UUID") and _uuid(found):
            return Description(found, (f"described by {other.name}, which was called {name}",), True)
    return None


def text_of(path: Path) -> str:
    """Return the OME-XML in a companion file, or in a TIFF file."""
    if path.suffix.lower() in (".ome", ".xml"):
        if path.stat().st_size > MOST_BYTES:
            raise FileError(f"{path} has {path.stat().st_size} bytes, too many for a description; give the TIFF file.")
        return path.read_text(encoding="utf-8")
    with open_tiff(path) as tif:
        return tif.ome_metadata or ""


def missing_partner(path: Path, xml: str) -> str:
    """Name the file that describes this one's set, for a sentence."""
    partner = ElementTree.fromstring(xml).find("{*}BinaryOnly")
    name = "" if partner is None else _base(partner.get("MetadataFile", ""))
    return name or "another file"


def names_in(path: Path, xml: str) -> tuple[str, ...]:
    """Return the names of the files that a description asks for, in its order, without repetitions."""
    found = (one.get("FileName", "") for one in ElementTree.fromstring(xml).iterfind(".//{*}TiffData/{*}UUID"))
    return tuple(dict.fromkeys(_base(name) for name in found if name)) or (path.name,)


def _base(name: str) -> str:
    """Return the name of a file without its folders, which Windows parts by a backslash."""
    return name.replace("\\", "/").rpartition("/")[2]


def needs_care(path: Path, xml: str) -> bool:
    """Return whether not every file that a description asks for lies beside this one under its name."""
    names = [name for name in names_in(path, xml) if name != path.name]
    return any(not path.with_name(name).is_file() for name in names)


def require_ends(path: Path, xml: str) -> None:
    """Raise `FileError` where a list of pages has no end in another file of a set; tifffile would follow it."""
    for other in (path.with_name(name) for name in names_in(path, xml) if name != path.name):
        try:
            open_tiff(other).close()
        except FileError:
            raise
        except (OSError, ValueError):  # missing, or damaged in a way that is seen soon
            continue


def assembled(path: Path, tif: Any, xml: str, files: ExitStack) -> tuple[FileImage, ...]:
    """Return the images that a description tells of, as far as their planes are there.

    `files` keeps the other files of the set open until their planes are read.
    """
    parts = _Parts(path, tif, xml, files)
    images = []
    for number, image in enumerate(ElementTree.fromstring(xml).findall("{*}Image")):
        found = _image(image, number, parts)
        if found is not None:
            images.append(found)
    return tuple(images)


class _Parts:
    """The files of a set: by their UUID where they have one, so that names do not matter, else by name."""

    def __init__(self, path: Path, tif: Any, xml: str, files: ExitStack) -> None:
        self._path, self._tif, self._files = path, tif, files
        self._open: dict[tuple[str, str], Any] = {}
        self._by_uuid: dict[str, Path] | None = None
        self._by_letters: dict[str, Path] | None = None
        self.own = _uuid(tif.ome_metadata or "")
        self.names = names_in(path, xml)
        absent = [name for name in self.names if not path.with_name(name).is_file()]
        self._renamed = absent[0] if path.name not in self.names and len(absent) == 1 and not self.own else ""
        self.missing: list[str] = []
        self.renamed: dict[str, str] = {}

    def file(self, name: str, uuid: str) -> Any | None:
        """Return an open file; None where it is missing."""
        if not name or (uuid and uuid == self.own) or (name in (self._path.name, self._renamed) and not self.own):
            return self._tif
        if name == self._path.name:
            return self._tif
        if (name, uuid) not in self._open:
            self._open[name, uuid] = self._opened(name, uuid)
        return self._open[name, uuid]

    def _opened(self, name: str, uuid: str) -> Any | None:
        path = self._path.with_name(name)
        if not path.is_file():
            path = self._same_uuid(uuid) or self._same_letters(name) or path
        if path == self._path:
            return self._tif
        try:
            found = self._files.enter_context(open_tiff(path))
            len(found.pages)
        except (OSError, ValueError):
            self.missing.append(name)
            return None
        if path.name != name:
            self.renamed[name] = path.name
        return found

    def _same_uuid(self, uuid: str) -> Path | None:
        if self._by_uuid is None:
            texts = ((other, _text_or_none(other)) for other in _others(self._path, (".tif", ".tiff")))
            self._by_uuid = {_uuid(text): other for other, text in texts if text is not None}
        return self._by_uuid.get(uuid) if uuid else None

    def _same_letters(self, name: str) -> Path | None:
        """Return the file whose name differs in capitals alone."""
        if self._by_letters is None:
            self._by_letters = {other.name.casefold(): other for other in self._path.parent.iterdir()}
        return self._by_letters.get(name.casefold())


def _others(path: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    found = sorted(other for other in path.parent.iterdir() if other.suffix.lower() in endings and other != path)
    yield from found[:MOST_FILES]


def _text_or_none(path: Path) -> str | None:
    try:
        return text_of(path) or None
    except Exception:  # of any other file in the folder, which nobody asked for
        return None


def _uuid(xml: str) -> str:
    try:
        return ElementTree.fromstring(xml).get("UUID", "") if xml else ""
    except ElementTree.ParseError:
        return ""


def _image(image: Element, number: int, parts: _Parts) -> FileImage | None:
    pixels = image.find("{*}Pixels")
    if pixels is None:
        return None
    order = "".join(reversed(pixels.get("DimensionOrder", "XYZCT")))[:-2]
    channel = pixels.find("{*}Channel")
    samples = 1 if channel is None else max(1, int(channel.get("SamplesPerPixel", "1")))
    lengths = [int(pixels.get(f"Size{letter}", "1")) // (samples if letter == "C" else 1) for letter in order]
    if np.prod(lengths, dtype=np.float64) > MOST_PLANES or min(lengths) < 1:
        return None
    planes = np.full(lengths, None, object)
    for data in pixels.findall("{*}TiffData"):
        _place(planes, order, data, parts)
    frame = (int(pixels.get("SizeY", "0")), int(pixels.get("SizeX", "0")))
    return _cut(planes, order, frame, parts, number, image.get("Name", ""))


def _place(planes: NDArray[np.object_], order: str, data: Element, parts: _Parts) -> None:
    """Put the pages that an entry names where they belong; those that a file does not have stay None."""
    uuid = data.find("{*}UUID")
    name = "" if uuid is None else _base(uuid.get("FileName", ""))
    file = parts.file(name, "" if uuid is None else (uuid.text or "").strip())
    if file is None:
        return
    first = int(data.get("IFD", "0"))
    count = int(data.get("PlaneCount", "1" if "IFD" in data.attrib else str(len(file.pages))))
    begin = tuple(int(data.get(f"First{letter}", "0")) for letter in order)
    if any(not 0 <= place < length for place, length in zip(begin, planes.shape, strict=True)):
        return
    start = int(np.ravel_multi_index(begin, planes.shape))
    for step in range(min(count, planes.size - start, len(file.pages) - first)):
        planes.flat[start + step] = file.pages[first + step]


def _cut(
    planes: NDArray[np.object_], order: str, frame: tuple[int, int], parts: _Parts, number: int, name: str
) -> FileImage | None:
    """Keep the largest block of planes that are all there and of one size."""
    whole = [page for page in planes.flat if page is not None and _is_whole(page)]
    forms = [_form(page) for page in whole]
    if not forms:
        return None
    stated = [one for one in forms if one[0][:2] == frame]
    common = max(set(stated or forms), key=(stated or forms).count)
    good = {id(page) for page, form in zip(whole, forms, strict=True) if form == common}
    there = np.vectorize(lambda page: id(page) in good, otypes=[bool])(planes)
    block = planes[np.ix_(*_block(there))]
    pages: tuple[Any, ...] = tuple(block.flat)
    every: tuple[Any, ...] = tuple(planes.flat)
    bad = [page.parent.filename for page in every if page is not None and id(page) not in good]
    notes = _notes(planes.size, block.size, bad, parts)
    shape, axes = tuple(block.shape), order
    full = (*shape, *common[0])
    axes += "YX" if len(common[0]) == 2 else str(pages[0].axes)
    squeezed = [axis for axis, length in enumerate(full) if length > 1 or axis >= len(order)]
    final = tuple(full[axis] for axis in squeezed)
    letters = "".join(axes[axis] for axis in squeezed)
    dtype = np.dtype(common[1])
    return FileImage(final, letters, dtype, pages, _reader(pages, final, dtype), None, notes, number, name)


def _is_whole(page: Any) -> bool:
    """Return whether a plane's samples lie in its file; the file of a set may have been cut off."""
    size = int(page.parent.filehandle.size)
    return all(start + count <= size for start, count in zip(page.dataoffsets, page.databytecounts, strict=False))


def is_of_one_form(image: FileImage) -> bool:
    """Return whether all planes of an image have one shape and type; those of other files may have others."""
    return len({_form(page) for page in image.pages}) == 1


def _form(page: Any) -> tuple[tuple[int, ...], str]:
    key = getattr(page, "keyframe", page)
    return tuple(int(length) for length in key.shape), np.dtype(key.dtype).str


def _reader(pages: Sequence[Any], shape: tuple[int, ...], dtype: np.dtype[Any]) -> Callable[[], NDArray[Any]]:
    def read() -> NDArray[Any]:
        first = getattr(pages[0], "keyframe", pages[0])
        whole = np.empty((len(pages), *first.shape), dtype)
        for place, page in enumerate(pages):
            whole[place] = page.asarray()
        return whole.reshape(shape)

    return read


def _block(there: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Leave out, along each axis, the places where most is missing, until nothing is."""
    kept = [np.arange(length) for length in there.shape]
    while not there[np.ix_(*kept)].all():
        part = there[np.ix_(*kept)]
        every = range(part.ndim)
        shares = [part.mean(axis=tuple(other for other in every if other != axis)) for axis in every]
        able = [axis for axis in range(part.ndim) if part.shape[axis] > 1]
        worst = min(able, key=lambda axis: (shares[axis].min(), -part.shape[axis]))
        kept[worst] = np.delete(kept[worst], int(np.argmin(shares[worst])))
    return kept


def _notes(asked: int, kept: int, bad: Sequence[str], parts: _Parts) -> tuple[str, ...]:
    """Say which files are missing, renamed or do not fit, and how many planes are read."""
    notes = [f"{old} of its set was found as {new}" for old, new in parts.renamed.items()]
    if parts.missing:
        notes.append(f"of its set, {_few(list(dict.fromkeys(parts.missing)))} cannot be found beside it")
    if bad:
        notes.append(f"planes in {_few(list(dict.fromkeys(bad)))} have another size or type, or are cut off")
    if kept < asked:
        notes.append(f"{kept} of {asked} planes are read")
    return tuple(notes)


def _few(names: Sequence[str], most: int = 3) -> str:
    return ", ".join(names if len(names) <= most else [*names[:most], f"and {len(names) - most} more"])
