"""Temporary names beside a file that is being written, and the removal of those that a killed process left.

A name in use is locked by the system, which frees the lock when its process ends, however that happens. So what is not
locked is left over. Where the system has no such locks, only age tells.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # on Windows
    LOCKS = False
else:
    LOCKS = True

NAME = re.compile(r"\.[0-9a-f]{16}\.part")
JUST_MADE = 2.0  # seconds, in which a new file may not be locked yet
SURELY_LEFT = 86400.0  # seconds without a change, where locks cannot tell

_cleared: set[Path] = set()  # folders: once by each process is enough


def part_of(target: Path) -> Path:
    """Return a new temporary name in the folder of a target, from which leftovers are removed."""
    if target.parent not in _cleared:
        _cleared.add(target.parent)
        clear(target.parent)
    return target.with_name(f".{secrets.token_hex(8)}.part")


def clear(folder: Path) -> None:
    """Remove the temporary files and folders that no process is writing; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        for entry in folder.iterdir():
            if NAME.fullmatch(entry.name) and _left_over(entry):
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    with contextlib.suppress(OSError):
                        entry.unlink()


@contextlib.contextmanager
def in_use(part: Path) -> Iterator[None]:
    """Keep a file or folder that was just made locked, so that no other process takes it for a leftover."""
    handle = _locked(part)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _left_over(part: Path) -> bool:
    try:
        age = time.time() - part.stat().st_mtime
    except OSError:
        return False  # its process was just done with it
    if not LOCKS or age > SURELY_LEFT:
        return age > SURELY_LEFT
    handle = _locked(part) if age > JUST_MADE else None
    if handle is None:
        return False
    os.close(handle)
    return True


def _locked(part: Path) -> int | None:
    """Return a handle that locks a file or folder; None where another process has, or the system cannot."""
    if not LOCKS:
        return None
    handle = None
    try:
        handle = os.open(part, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if handle is not None:
            os.close(handle)
        return None
    return handle
