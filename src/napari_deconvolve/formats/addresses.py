"""Addresses of data that lie elsewhere, such as s3://bucket/cells.zarr: known from paths, and refused for results."""

from __future__ import annotations

import os
import re

from napari_deconvolve.errors import FileError

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: C:// is a drive


def is_address(path: str | os.PathLike[str]) -> bool:
    """Return whether a name is an address, s3://, gs://, https:// and the like, and no path."""
    return ADDRESS.match(os.fspath(path)) is not None


def refuse_to_write(path: str | os.PathLike[str]) -> None:
    """Refuse an address where something is to be written."""
    if is_address(path):
        raise FileError(f"{path} is an address, and results go into local files; give a path, and copy the result.")
