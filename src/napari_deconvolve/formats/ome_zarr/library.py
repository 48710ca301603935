"""The libraries of OME-Zarr, which are an extra."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from napari_deconvolve.formats.optional import optional_library

SUFFIX = ".zarr"


def library(path: str | os.PathLike[str], name: str = "zarr") -> Any:
    """Import a library for a store; raise `FileError` that says how to get it where it is missing."""
    return optional_library(path, name, "big", "use OME-TIFF")


def is_installed(path: str | os.PathLike[str]) -> bool:
    """Return whether stores can be read here."""
    return importlib.util.find_spec("zarr") is not None


def is_store(path: str | os.PathLike[str]) -> bool:
    """Return whether a name is that of a Zarr store."""
    return Path(path).suffix.lower() == SUFFIX
