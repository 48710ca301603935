"""Settings that a person keeps, as a JSON file: read as a whole or refused, written as a whole or left as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.schema import parsed

MAX_BYTES = 4_000_000  # of a file: a larger one is none of ours


def read_settings(path: Path, noun: str) -> Any:
    """Return what a file of settings holds.

    Raises
    ------
    ParameterError
        Where it is no JSON, no text, or too large.
    OSError
        Where it cannot be read: it may be missing.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ParameterError(f"The {noun} in {path} is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ParameterError(f"The {noun} in {path} is not text in UTF-8 ({error.reason}).") from None
    return parsed(text, noun)


def write_settings(path: Path, values: Any, lost: str) -> None:
    """Write a file of settings, and its folder; raise `FileError` where that fails, which says what is `lost`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{path.parent} cannot be made ({error.strerror}); {lost}.") from error
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(values, indent=1, ensure_ascii=False), encoding="utf-8")
