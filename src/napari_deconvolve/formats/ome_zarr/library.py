"""The libraries of OME-Zarr, which are an extra."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

from napari_deconvolve.errors import FileError

SUFFIX = ".zarr"
EXTRA = 'pip install "napari-deconvolve[big]"'


def library(path: str | os.PathLike[str], name: str = "zarr") -> Any:
    """Import a library for a store; raise `FileError` that says how to get it where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise FileError(
            f"{path} needs the library {package}, which is not installed; {EXTRA}, or use OME-TIFF."
        ) from None


def is_installed(path: str | os.PathLike[str]) -> bool:
    """Return whether stores can be read here."""
    return importlib.util.find_spec("zarr") is not None


def is_store(path: str | os.PathLike[str]) -> bool:
    """Return whether a name is that of a Zarr store."""
    return Path(path).suffix.lower() == SUFFIX
