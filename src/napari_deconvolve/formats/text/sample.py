"""Lines of a text by which its style is found: the first ones, and some of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

FIRST, REST = 4200, 500  # lines: all of a spectrum from a camera of 4096 pixels
MOST = 300_000  # characters
LONG = 4000  # characters of a line that count


def sample(parts: Iterable[Sequence[str]], total: int) -> list[str]:
    """Return lines that are not empty: the first, and others at even distances in a text of `total` characters."""
    found: list[str] = []
    budget, seen, wanted = MOST, 0, 0
    for line in _each(parts):
        seen += len(line) + 1
        if not line.strip():
            continue
        if len(found) >= FIRST or budget <= 0:
            if seen < wanted:
                continue
            wanted = seen + total // REST
            if len(found) >= FIRST + REST:
                break
        found.append(line[:LONG])
        budget -= min(LONG, len(line))
    return found


def _each(parts: Iterable[Sequence[str]]) -> Iterator[str]:
    for part in parts:
        yield from part
