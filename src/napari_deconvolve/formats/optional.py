"""Libraries of extras: imported where a file needs them, and named with the way to get them where they are missing."""

from __future__ import annotations

import importlib
import os
from typing import Any

from napari_deconvolve.errors import FileError


def optional_library(path: str | os.PathLike[str], name: str, extra: str, instead: str) -> Any:
    """Import the library that a file needs; raise `FileError` where it is missing.

    The sentence names the `extra` that brings it, and what can be done `instead`.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise FileError(
            f"{path} needs the library {package}, which is not installed; "
            f'pip install "napari-deconvolve[{extra}]", or {instead}.'
        ) from None
