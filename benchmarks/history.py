"""What was measured before: lines of JSON, each with the machine, commit and versions that it belongs to."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "numpy",
    "scipy",
    "ducc0",
    "scikit-image",
    "SimpleITK",
    "redlionfish",
    "torch",
    "ci-deconvolve",
)


def circumstances(others: dict[str, str]) -> dict[str, Any]:
    """Return what a figure depends on, apart from what was measured: also versions of others than packages."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "commit": commit(),
        "load": load(),
        "versions": versions() | others,
    }


def machine() -> str:
    """Return processor and number of cores; no name of the computer, which says nothing to others."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def load() -> float | None:
    """Return how many processes wanted a core in the last minute: many disturb all that was timed."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


def commit() -> str:
    """Return the commit of this folder, with a + where files differ from it; empty outside a repository."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    try:
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that are there."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def append(path: Path, entry: dict[str, Any]) -> None:
    """Add a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def latest(path: Path, **like: Any) -> dict[str, Any] | None:
    """Return the newest line whose fields are those given; None where there is none."""
    if not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = (json.loads(line) for line in reversed(lines) if line)
    return next((entry for entry in entries if all(entry.get(name) == value for name, value in like.items())), None)
