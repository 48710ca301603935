"""Settings that a person keeps for the next session: plain JSON in the user's folder of settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.settings import read_settings, write_settings
from napari_deconvolve.schema import mapping

FILE = "docks.json"


def kept_path() -> Path:
    """Return the file, which need not exist."""
    from platformdirs import user_config_path

    return user_config_path("napari-deconvolve", appauthor=False) / FILE


def kept(dock: str) -> dict[str, Any]:
    """Return the settings that were kept of a dock; none where there are none, or their file is damaged."""
    found = _read().get(dock)
    return dict(found) if isinstance(found, dict) else {}


def keep(dock: str, values: Mapping[str, Any] | None) -> Path:
    """Keep settings of a dock, or forget them, and return the file; raise `FileError` where it cannot be written."""
    path = kept_path()
    known = {name: one for name, one in _read().items() if name != dock}
    if values is not None:
        known[dock] = dict(values)
    write_settings(path, known, "the settings are not kept")
    return path


def _read() -> dict[str, Any]:
    try:
        return mapping(read_settings(kept_path(), "settings of the docks"), "settings of the docks")
    except (OSError, ParameterError):
        return {}
