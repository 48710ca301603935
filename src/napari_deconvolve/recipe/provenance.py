"""Runs that followed each other, the later from where the earlier ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from napari_deconvolve.recipe.naming import ending


@dataclass(frozen=True, slots=True)
class ProvenanceStep:
    """A run of one recipe, as a part of the way to a result."""

    recipe: dict[str, Any]  # plain JSON types
    iterations: int  # that were done
    exact: bool = False  # whether the next run went on from all that this one held, rather than from its estimate

    @property
    def name(self) -> str:
        """Say what was done: "RL 20", "TV 10"."""
        return ending(self.recipe, self.iterations)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, for the metadata of layers and files."""
        known = {"name": self.name, "iterations": self.iterations, "recipe": self.recipe}
        return {**known, "exact": True} if self.exact else known


def provenance_of(stored: Mapping[str, Any]) -> tuple[ProvenanceStep, ...]:
    """Read from metadata the runs that led to a result, in their order; none if its recipe is unknown."""
    recipe, count = stored.get("recipe"), stored.get("iterations")
    if not isinstance(recipe, Mapping) or not isinstance(count, int):
        return ()
    before = stored.get("branched_from", ())
    steps = [ProvenanceStep(dict(one["recipe"]), int(one["iterations"]), one.get("exact") is True) for one in before]
    return (*steps, ProvenanceStep({**recipe, "iterations": max(1, count)}, count))
