"""The files of a batch: those of folders, of patterns, of a list; each once."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.addresses import is_address
from napari_deconvolve.formats.images import image_suffixes, listed, usual_suffixes
from napari_deconvolve.formats.ome_zarr.library import is_store
from napari_deconvolve.formats.reading import reading, suffix_of

MARKS = re.compile(r"[*?\[]")  # of a pattern


def files_of(given: Sequence[str], list_file: str | None = None, without: Iterable[str] = ()) -> tuple[str, ...]:
    """Return all files, in the order given; those of a folder or a pattern in that of their names.

    Files `without` are left out of folders and patterns, where nobody named them. Raise `FileError` where a folder or a
    pattern holds none, or there is nothing at all.
    """
    hidden = {_real(path) for path in without}
    found: dict[str, str] = {}
    for path in (*given, *(() if list_file is None else _listed(list_file))):
        for file in _files(path, hidden):
            found.setdefault(_real(file), file)
    if not found:
        raise FileError("There are no files to run; give a folder, files, a pattern in quotes, or --list FILES.txt.")
    return tuple(found.values())


def _files(path: str, hidden: set[str]) -> Iterator[str]:
    if Path(path).is_dir() and not is_store(path):
        inside = [str(one) for one in Path(path).iterdir()]
        yield from _some(path, "The folder", inside, hidden)
    elif not is_address(path) and MARKS.search(path) and not Path(path).exists():
        yield from _some(path, "The pattern", glob.glob(path, recursive=True), hidden)
    else:
        yield path  # one that is not there has a row, which says so


def _some(given: str, what: str, paths: Iterable[str], hidden: set[str]) -> list[str]:
    """Return those files that may be images; of a pattern also tables, which it names."""
    named = what != "The folder"
    found = [path for path in paths if _may_be(path, named) and _real(path) not in hidden]
    if not found:
        kinds = listed(usual_suffixes())
        raise FileError(f"{what} {given} holds no images that can be read; give one with {kinds} files.")
    return sorted(found, key=_in_order)


def _may_be(path: str, named: bool) -> bool:
    if os.path.basename(path).startswith("."):
        return False
    if Path(path).is_dir():
        return is_store(path)
    return named or suffix_of(path) in image_suffixes()


def _in_order(path: str) -> list[tuple[int, str]]:
    """Return a key by which 2 comes before 10."""
    parts = re.split(r"(\d+)", path.casefold())
    return [(int(part) if part.isdigit() else -1, part) for part in parts]


def _listed(path: str) -> list[str]:
    """Return the names in a text file, one a line, as seen from its folder; lines that begin with # are comments."""
    with reading(path, "a list of files") as source:
        lines = [line.strip() for line in source.read_text(encoding="utf-8-sig").splitlines()]
    named = [line for line in lines if line and not line.startswith("#")]
    return [line if is_address(line) else str(Path(path).parent / line) for line in named]


def _real(path: str) -> str:
    return path if is_address(path) else os.path.normcase(os.path.realpath(path))
