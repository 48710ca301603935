"""Memory that this process may use: of the machine, of a container or a cluster's job, and by the user's limit.

This is the only place that asks for it. Numbers are bytes.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from napari_deconvolve.errors import ParameterError

USABLE_MEMORY = 0.9  # of the free: the rest is for the viewer and the system
UNITS = {"": 1, "B": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
MMAP_THRESHOLD, LARGE_BLOCK = -3, 4 << 20  # glibc's name of the option; bytes, above those that each iteration takes
CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
# Per version: limit, present use, statistics, and what in these can be let go.
V2 = ("memory.max", "memory.current", "memory.stat", "inactive_file")
V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", "total_inactive_file")

_WRITTEN = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(?:e\+?(\d{1,2}))?\s*([KMGT]?)(I?)B?", re.IGNORECASE)


def free_bytes() -> int:
    """Return the memory that can be had without swapping: the least of what machine, container and limits leave."""
    import psutil

    left = [int(psutil.virtual_memory().available), *cgroup_free(), *_address_space_left()]
    return max(0, min(left))


def used_bytes() -> int:
    """Return the resident memory of this process."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def room(memory: int | None = None) -> int:
    """Return how much more this process may use: a share of what is free, and no more than up to `memory` in all."""
    usable = int(USABLE_MEMORY * free_bytes())
    return usable if memory is None else max(0, min(usable, memory - used_bytes()))


def keep_no_large_blocks() -> None:
    """Let large arrays go back to the system when they are freed, where the allocator would learn to keep them (glibc).

    It is for all of this process, and for long runs under a cap: kept blocks of tiles that differ in size add up.
    """
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE_BLOCK)


def let_go() -> None:
    """Hand memory that is free within this process back to the system, where its allocator keeps it (glibc)."""
    import ctypes
    import gc

    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def as_bytes(given: int | float | str, what: str = "memory") -> int:
    """Return a number of bytes, or what a text such as "1.5GB" or "800 MiB" means; `what` it is, for errors."""
    if isinstance(given, str):
        found = _WRITTEN.fullmatch(given.strip())
        if found is not None:
            number, power, unit, binary = found.groups()
            factor = UNITS[unit.upper()] if not binary else 1 << 10 * "BKMGT".index(unit.upper() or "B")
            return _positive(float(f"{number}e{power or 0}") * factor, given, what)
    elif not isinstance(given, bool):
        return _positive(float(given), given, what)
    raise ParameterError(f"The {what} is {given!r}; give bytes, or a number with its unit, such as 1.5GB.")


def _positive(value: float, given: object, what: str) -> int:
    if not 0 < value < float("inf"):
        raise ParameterError(f"The {what} is {given!r}; give more than 0.")
    return int(value)


def size_text(count: float) -> str:
    """Return bytes in words: "1.5 GB"."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"


def duration_text(seconds: float) -> str:
    """Return a time in words: "21 min"."""
    if seconds < 1:
        return "1 s" if seconds > 0.5 else "less than 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def cgroup_free(own: Path = OWN_CGROUPS, root: Path = CGROUPS) -> Iterator[int]:
    """Yield what the limits of this process's control groups leave: those of containers, and of a cluster's jobs."""
    for line in _text(own).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        base, names = (root / "memory", V1) if controllers else (root, V2)
        below = Path(path.lstrip("/"))
        for folder in (base / below, *(base / parent for parent in below.parents)):
            left = _left(folder, *names)
            if left is not None:
                yield left


def _left(folder: Path, limit: str, use: str, statistics: str, reclaimable: str) -> int | None:
    most, used = _text(folder / limit).strip(), _text(folder / use).strip()
    if not (most.isdigit() and used.isdigit()):
        return None
    fields = dict(line.split()[:2] for line in _text(folder / statistics).splitlines() if " " in line)
    return max(0, int(most) - int(used) + int(fields.get(reclaimable, 0)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _address_space_left() -> Iterator[int]:
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    import psutil

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        yield max(0, most - int(psutil.Process().memory_info().vms))
