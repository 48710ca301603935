"""Planes of a file that its OME-XML does not tell of, and OME-XML that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from napari_deconvolve.formats.tiff_images import FileImage, images_by_pages

BEGINS = 4000  # characters of a description in which OME-XML begins


def with_the_rest(tif: Any, images: Sequence[FileImage]) -> tuple[FileImage, ...]:
    """Return the images of one file's OME-XML, and those of its planes that are in none of them.

    Planes were appended, or the series grew and its description did not. Behind a single described plane all are one
    stack; else the rest are further images, with further numbers, and nobody takes them for what was described.
    """
    used = {page.index for one in images for page in one.pages if page is not None}
    if len(tif.pages) <= len(used):
        return tuple(images)
    every = [page for page in map(tif.pages.get, range(len(tif.pages))) if not (page.is_reduced or page.is_mask)]
    rest = [page for page in every if page.index not in used]
    if not rest:
        return tuple(images)
    if len(used) > 1:
        return (*images, *images_by_pages(rest))
    return tuple(_with_first(one, images[0], used) for one in images_by_pages(every))


def _with_first(one: FileImage, described: FileImage, used: set[int]) -> FileImage:
    """Return a stack that the single described plane is one of as what that is said to be; others as they are."""
    if used.isdisjoint(page.index for page in one.pages):
        return one
    count = len(one.pages)
    note = f"its OME-XML tells of 1 plane, and {count} like it are in the file: all are read, as they come"
    return replace(one, notes=(note,) if count > 1 else (), ome=described.ome, name=described.name)


def set_is_elsewhere(images: Sequence[FileImage], names: Sequence[str]) -> tuple[FileImage, ...]:
    """Return the images of a file whose OME-XML tells of other files alone, with a note that says so."""
    few = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    note = (
        f"its OME-XML describes {few}, which cannot be found beside it: this file's own planes are read, as they come"
    )
    return tuple(replace(one, notes=(*one.notes, note)) for one in images)


def broken_xml(tif: Any) -> tuple[str, ...]:
    """Return a note where a file's OME-XML breaks off, so that nobody can read it."""
    text = str(tif.pages.first.description or "")[:BEGINS].lstrip()
    broken = not tif.is_ome and text.startswith("<") and "<OME" in text
    return ("its OME-XML breaks off: names and distances in it are left out",) if broken else ()
