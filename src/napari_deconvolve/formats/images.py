"""Formats of image files, one file each: found by themselves, and chosen by the ending of a file's name."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from napari_deconvolve.core.registry import Registry
from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.stored import Stored

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """A format of image files.

    `read` raises `FileError` for files that it cannot read. `holds_image` says by the head of a file whether it is an
    image of this format: viewers ask, which have other readers too.
    """

    name: str
    rank: int  # its place in sentences that list endings
    suffixes: tuple[str, ...]  # in small letters, with their dots
    read: Callable[[PathLike], Stored]
    write: Callable[[PathLike, Stored], None] | None = None  # None where the format is only read
    holds_image: Callable[[PathLike], bool] = lambda path: True  # the ending says enough
    extra: bool = False  # whether sentences that list endings leave it out
    several: Callable[[PathLike, int | None], Stored] | None = None  # reads the image of a number from 1, if it can
    recognises: Callable[[PathLike], bool] | None = None  # names without an ending that says a format
    later: Callable[[PathLike, int | None], Stored] | None = None  # leaves samples in the file until they are needed

    def open(self, path: PathLike, number: int | None = None, *, lazily: bool = False) -> Stored:
        """Read the image of a number from 1, or the one that the format chooses; refuse 2 where there is only one."""
        if lazily and self.later is not None:
            return self.later(path, number)
        if self.several is not None:
            return self.several(path, number)
        if number not in (None, 1):
            raise FileError(f"{path} holds one image, and number {number} is asked for; leave the number out.")
        return self.read(path)


FORMATS: Registry[ImageFormat] = Registry("image format", "napari_deconvolve.formats")


def format_of(path: PathLike) -> ImageFormat | None:
    """Return the format that a file's name says, or else one that recognises it; None for others."""
    suffix = suffix_of(path)
    found = next((one for one in FORMATS.values() if suffix in one.suffixes), None)
    if found is not None:
        return found
    return next((one for one in FORMATS.values() if one.recognises is not None and one.recognises(path)), None)


def image_suffixes() -> tuple[str, ...]:
    """Return all endings of images that can be read."""
    return tuple(suffix for one in FORMATS.values() for suffix in one.suffixes)


def usual_suffixes() -> tuple[str, ...]:
    """Return the endings that sentences list: not those of an extra, or that only describe images."""
    return tuple(suffix for one in FORMATS.values() if not one.extra for suffix in one.suffixes)


def writer_of(path: PathLike) -> Callable[[PathLike, Stored], None]:
    """Return the function that writes an image under a name; raise `FileError` if no format has its ending."""
    found = format_of(path)
    if found is None or found.write is None:
        written = [suffix for one in FORMATS.values() if one.write is not None for suffix in one.suffixes]
        raise FileError(f"{path} has no ending that can be written; give a name that ends in {listed(written)}.")
    return found.write


def require_suffix(path: PathLike) -> None:
    """Refuse a name under which no image can be written."""
    writer_of(path)


def listed(endings: tuple[str, ...] | list[str]) -> str:
    """Write endings for a sentence: ".tif, .tiff or .npy"."""
    return " or ".join(part for part in (", ".join(endings[:-1]), endings[-1]) if part)
