"""The list of a TIFF file's pages, which is bounded by what the file can hold before anybody follows it.

Each page says where the next one is, and where pages below it are. In a damaged file this can go round in a circle, or
thousands of pages can name the same places, so that a few kilobytes keep a reader busy for hours.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Any

from napari_deconvolve.formats.reading import damaged

MOST_ENTRIES = 4096  # of a page; where there are more, tifffile ends the list
MOST_SHARED = 4  # times that what pages say of themselves is larger than the file: they may share tables
BELOW = 330
TABLES = (273, 279, 324, 325, BELOW)  # where strips and tiles are and how long, and pages below: what is read at once
LETTERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}  # by which `struct` reads the types of whole numbers
ENTRY = {12: "I4s", 20: "Q8s"}  # number of values and what they are or where, by the length of an entry


def open_tiff(path: str | os.PathLike[str]) -> Any:
    """Open a file by tifffile; raise `FileError` where its list of pages has no end."""
    import tifffile

    tif = tifffile.TiffFile(path)
    try:
        most = MOST_SHARED * int(tif.filehandle.size)
        for size in _sizes(tif):
            most -= size
            if most < 0:
                raise damaged(path, "its list of planes has no end")
    except BaseException:
        tif.close()
        raise
    return tif


def _sizes(tif: Any) -> Iterator[int]:
    """Yield how many bytes the pages' entries and tables take, in the file's order."""
    try:
        offset = int(tif.pages.first.offset)
    except IndexError:
        return
    while offset:
        size, below, offset = _page(tif, offset)
        yield size
        for place in below:
            yield _page(tif, place)[0]


def _page(tif: Any, offset: int) -> tuple[int, tuple[int, ...], int]:
    """Return the bytes of the page at a place and of its tables, where pages below it are, and the next one, or 0."""
    tiff = tif.tiff
    below: tuple[int, ...] = ()
    head = _bytes(tif, offset, tiff.tagnosize)
    count = struct.unpack(tiff.tagnoformat, head)[0] if head else 0
    size = count * tiff.tagsize
    raw = _bytes(tif, offset + tiff.tagnosize, size + tiff.offsetsize) if head and count <= MOST_ENTRIES else b""
    if not raw:
        return tiff.tagnosize, (), 0
    taken = tiff.tagnosize + len(raw)
    for tag, kind, number, value in struct.iter_unpack(f"{tiff.byteorder}HH{ENTRY[tiff.tagsize]}", raw[:size]):
        letter = LETTERS.get(kind, "")
        within = number * struct.calcsize(letter)
        if tag in TABLES and within <= tif.filehandle.size:  # what cannot be in the file is not read
            taken += within
            below += _numbers(tif, f"{tiff.byteorder}{number}{letter}", value) if tag == BELOW and letter else ()
    return taken, below, int(struct.unpack(tiff.offsetformat, raw[size:])[0])


def _numbers(tif: Any, form: str, value: bytes) -> tuple[int, ...]:
    """Return the numbers of a table from its entry, or from the place that this names."""
    size = struct.calcsize(form)
    if size > len(value):
        value = _bytes(tif, int.from_bytes(value, "little" if tif.tiff.byteorder == "<" else "big"), size)
    return struct.unpack(form, value[:size]) if len(value) >= size else ()


def _bytes(tif: Any, offset: int, size: int) -> bytes:
    """Return so many bytes from a place of the file; none where they are not in it."""
    if offset + size > tif.filehandle.size:
        return b""
    tif.filehandle.seek(offset)
    return bytes(tif.filehandle.read(size))
