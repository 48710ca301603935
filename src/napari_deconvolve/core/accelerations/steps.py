"""What an iteration reads off its data, recorded, so that others take the same steps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of an iteration.

    Attributes
    ----------
    restarts : frozenset of int
        After which of them looking ahead starts again, from 1.
    far : tuple of float
        How far the iteration looks ahead after each of them; empty where no data decide it.
    """

    restarts: frozenset[int] = frozenset()
    far: tuple[float, ...] = ()

    def after(self, step: int) -> float | None:
        """Return how far to look ahead after a step, from 1; None where no data decide it."""
        return self.far[step - 1] if self.far else None
