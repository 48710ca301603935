"""How many threads work at once: fewer than there are cores where other processes of a batch need theirs.

How work is divided does not follow this number, so that results do not either.
"""

from __future__ import annotations

_most = [1 << 16]


def limit_threads(most: int) -> None:
    """Let no computation of this process use more threads from now on."""
    _most[0] = max(1, most)


def at_once(workers: int) -> int:
    """Return how many threads do the work of so many."""
    return min(workers, _most[0])
