"""Priors: knowledge of objects before any data, as a penalty on roughness.

The estimate minimises ``KL(d, H u + b) + strength * R(u)``. All penalties grow in proportion to the counts, as the
divergence does, so a strength is a pure number: the same picture in other units of brightness, or on a grid in
other units of length, needs the same strength. A picture of more photons needs less.

Each prior is one file of this package, which defines R. In these, m is the mean signal of the data, e = `EDGE_SHARE` m,
D takes differences of neighbours over their distance in units of the finest spacing, and D2 takes second ones, mixed
ones included.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.priors.differences import Patch
from napari_deconvolve.core.priors.majorizers import RowSums, Surrogate
from napari_deconvolve.core.registry import Registry
from napari_deconvolve.errors import ParameterError

EDGE_SHARE = 0.02  # of the mean signal: smaller differences cost in proportion to their square
MIN_STRENGTH, MAX_STRENGTH = 1e-6, 1e3
DEFAULT_STRENGTH = 3e-3  # the best for balls from 20 to 1000 photons is within a factor of 10 of it


@dataclass(frozen=True, slots=True)
class Prior(ABC):
    """Everything that a prior's name stands for; `PRIORS` finds it in its file.

    Attributes
    ----------
    name : str
        In recipes and on the command line.
    rank : int
        Its place among the choices.
    short : str
        In the names of layers.
    meaning : str
        The kind of object that it favours, as it ends the sentence "The object is ...".
    noun, source : str
        For a paper: what is penalised, and where it was published.
    relative_cost : float
        Time of an iteration over that of one without prior, measured in 2D and 3D.
    margin : int
        How many neighbours on each side a voxel's penalty reaches.
    competes : bool
        Whether "auto" tries it: those that are much better than none where they fit (benchmarks/priors.py).
    """

    strength: float

    name: ClassVar[str]
    rank: ClassVar[int]
    short: ClassVar[str]
    noun: ClassVar[str]
    source: ClassVar[str]
    meaning: ClassVar[str]
    relative_cost: ClassVar[float]
    margin: ClassVar[int] = 1
    competes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "strength", as_strength(self.strength))

    @abstractmethod
    def value(self, patch: Patch, spacing: Sequence[float], mean: float) -> RowSums:
        """Return the part of R of each of a block's rows; `mean` is the data's mean signal."""

    @abstractmethod
    def surrogate(self, patch: Patch, spacing: Sequence[float], mean: float) -> Surrogate:
        """Return stiffness and wish of a block's voxels, and its rows' parts of R."""

    @abstractmethod
    def balance(self, corrected: FloatArray, trust: FloatArray, wish: FloatArray, mean: float) -> None:
        """Turn RL's result into the minimum of both majorizers, in place; where `trust` is 0 it stays.

        `trust` is strength * stiffness / sensitivity.
        """


PRIORS: Registry[type[Prior]] = Registry("prior", package="napari_deconvolve.core.priors", also=("none",))


def as_strength(value: object) -> float:
    """Accept a number from `MIN_STRENGTH` to `MAX_STRENGTH`."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not MIN_STRENGTH <= float(value) <= MAX_STRENGTH:  # type: ignore[arg-type]
        raise ParameterError(
            f"The strength of the prior is {value!r}; "
            f"give a number from {MIN_STRENGTH:g} to {MAX_STRENGTH:g}, or no prior."
        )
    return float(value)  # type: ignore[arg-type]


def as_prior(name: object) -> str | None:
    """Accept the name of a prior, or None or ``"none"``."""
    return None if name is None or name == "none" else PRIORS.look_up(name).name


def prior_name(prior: object) -> str:
    """Return a prior's name in recipes; raise `ParameterError` if it is none."""
    for name, kind in PRIORS.items():
        if isinstance(prior, kind):
            return name
    known = [kind.__name__ for kind in PRIORS.values()]
    raise ParameterError(f"The prior is {prior!r}; give one of {', '.join(known)}, such as {known[0]}(0.01).")


def make_prior(name: str | None, strength: float) -> Prior | None:
    """Make a prior by its name; None for none."""
    chosen = as_prior(name)
    return None if chosen is None else PRIORS[chosen](strength)
