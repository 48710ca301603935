"""The libraries of OME-Zarr, which are an extra."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from napari_deconvolve.formats.addresses import is_address
from napari_deconvolve.formats.optional import optional_library

SUFFIX = ".zarr"
MARKS = ("zarr.json", ".zgroup", ".zarray")  # files that every Zarr group or array has


def library(path: str | os.PathLike[str], name: str = "zarr") -> Any:
    """Import a library for a store; raise `FileError` that says how to get it where it is missing."""
    return optional_library(path, name, "big", "use OME-TIFF")


def is_installed(path: str | os.PathLike[str]) -> bool:
    """Return whether stores can be read here."""
    return importlib.util.find_spec("zarr") is not None


def is_store(path: str | os.PathLike[str]) -> bool:
    """Return whether a name is that of a Zarr store."""
    return Path(path).suffix.lower() == SUFFIX


def may_be_store(path: str | os.PathLike[str]) -> bool:
    """Return whether a name without an ending may be that of a Zarr store, as that of an image within another."""
    return is_address(path) or any((Path(path) / name).is_file() for name in MARKS)
