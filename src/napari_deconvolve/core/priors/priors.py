"""Priors: what is known of objects before any data, as a penalty on roughness.

The estimate minimises ``KL(d, H u + b) + strength * R(u)``. All four penalties grow in proportion to the counts, as the
divergence does, so a strength is a pure number: the same picture in other units of brightness, or on a grid in
other units of length, needs the same strength. A picture of more photons needs less.

* `TotalVariation`, ``tv``: R = sum sqrt(|Du|^2 + e^2) - e
* `Tikhonov`, ``tikhonov``: R = sum |Du|^2 / 2m
* `GoodsRoughness`, ``good``: R = sum (u_i - u_j)^2 / (u_i + u_j) over neighbours, which is |Du|^2 / 2u
* `Hessian`, ``hessian``: R = sum sqrt(|D2u|^2 + e^2) - e

Here m is the mean signal of the data and e = `EDGE_SHARE` m. D takes differences of neighbours over their distance
in units of the finest spacing, and D2 takes second ones, mixed ones included.

What they gain at their best strength and iteration, as least error over that without a prior, from 20 to 1000 photons
(benchmarks/priors.py, 2D): balls of 5 samples' diameter tv .71-.97, tikhonov .86-.96, hessian .88-1.00; shells hessian
.98; filaments 1.00 with any; points 1.0 and above with any, tikhonov 1.1-2.4, since it takes a point for roughness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.priors.differences import Patch
from napari_deconvolve.core.priors.majorizers import (
    Bend,
    Operator,
    RowSums,
    Surrogate,
    between_contrasts,
    between_parabolas,
    contrast,
    contrasts,
    first_differences,
    parabolas,
    second_differences,
    squares,
)
from napari_deconvolve.errors import ParameterError

EDGE_SHARE = 0.02  # of the mean signal: smaller differences cost in proportion to their square
MIN_STRENGTH, MAX_STRENGTH = 1e-6, 1e3  # of a strength
DEFAULT_STRENGTH = 3e-3  # the best for balls from 20 to 1000 photons is within a factor of 10 of it


class Prior(Protocol):
    """What the iteration needs of a prior: a new one is one class with these, and its name in `PRIORS`.

    Attributes
    ----------
    name : str
        In recipes and on the command line.
    margin : int
        How many neighbours on each side a sample's penalty reaches.
    """

    name: ClassVar[str]
    margin: ClassVar[int]

    @property
    def strength(self) -> float:
        """A pure number."""

    def value(self, patch: Patch, spacing: Sequence[float], mean: float) -> RowSums:
        """Return the part of R of each of a block's rows; `mean` is the data's mean signal."""

    def surrogate(self, patch: Patch, spacing: Sequence[float], mean: float) -> Surrogate:
        """Return stiffness and wish of a block's samples, and its rows' parts of R."""

    def balance(self, corrected: FloatArray, trust: FloatArray, wish: FloatArray, mean: float) -> None:
        """Turn RL's result into the minimum of both majorizers, in place; where `trust` is 0 it stays.

        `trust` is strength * stiffness / sensitivity.
        """


@dataclass(frozen=True, slots=True)
class _Strength:
    strength: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "strength", as_strength(self.strength))


@dataclass(frozen=True, slots=True)
class _Parabolic(_Strength):
    """Penalties of squared differences."""

    name: ClassVar[str]
    margin: ClassVar[int] = 1
    edge: ClassVar[float] = 0.0

    def value(self, patch: Patch, spacing: Sequence[float], mean: float) -> RowSums:
        """See `Prior`."""
        size, _ = squares(patch, self._operators(patch, spacing))
        return self._bend(mean).cost(patch, size)

    def surrogate(self, patch: Patch, spacing: Sequence[float], mean: float) -> Surrogate:
        """See `Prior`."""
        return parabolas(patch, self._operators(patch, spacing), self._bend(mean))

    def balance(self, corrected: FloatArray, trust: FloatArray, wish: FloatArray, mean: float) -> None:
        """See `Prior`."""
        between_parabolas(corrected, trust, wish, mean)

    def _operators(self, patch: Patch, spacing: Sequence[float]) -> list[Operator]:
        return first_differences(patch, spacing)

    def _bend(self, mean: float) -> Bend:
        return Bend(mean, self.edge * mean)


@dataclass(frozen=True, slots=True)
class TotalVariation(_Parabolic):
    """Total variation: flat regions, sharp borders, and points on empty ground.

    Rudin, Osher & Fatemi 1992, Physica D 60:259.

    Parameters
    ----------
    strength : float
        From 1e-6 to 1e3; around 3e-3 is a start.
    """

    name: ClassVar[str] = "tv"
    edge: ClassVar[float] = EDGE_SHARE


@dataclass(frozen=True, slots=True)
class Tikhonov(_Parabolic):
    """Squared differences of neighbours: smooth objects.

    Parameters
    ----------
    strength : float
        From 1e-6 to 1e3; around 3e-3 is a start.
    """

    name: ClassVar[str] = "tikhonov"


@dataclass(frozen=True, slots=True)
class Hessian(_Parabolic):
    """Second differences: slopes and threads, without the stairs of total variation.

    Lefkimmiatis, Bourquard & Unser 2012, IEEE Trans. Image Process. 21:983.

    Parameters
    ----------
    strength : float
        From 1e-6 to 1e3; around 3e-3 is a start.
    """

    name: ClassVar[str] = "hessian"
    margin: ClassVar[int] = 2
    edge: ClassVar[float] = EDGE_SHARE

    def _operators(self, patch: Patch, spacing: Sequence[float]) -> list[Operator]:
        return second_differences(patch, spacing)


@dataclass(frozen=True, slots=True)
class GoodsRoughness(_Strength):
    """Squared differences over brightness: noise of dark places is smoothed most.

    Good & Gaskins 1971, Biometrika 58:255; Verveer, Gemkow & Jovin 1999, J. Microsc. 193:50.

    Parameters
    ----------
    strength : float
        From 1e-6 to 1e3; around 3e-3 is a start.
    """

    name: ClassVar[str] = "good"
    margin: ClassVar[int] = 1

    def value(self, patch: Patch, spacing: Sequence[float], mean: float) -> RowSums:
        """See `Prior`."""
        return contrast(patch, first_differences(patch, spacing))

    def surrogate(self, patch: Patch, spacing: Sequence[float], mean: float) -> Surrogate:
        """See `Prior`."""
        return contrasts(patch, first_differences(patch, spacing))

    def balance(self, corrected: FloatArray, trust: FloatArray, wish: FloatArray, mean: float) -> None:
        """See `Prior`."""
        between_contrasts(corrected, trust, wish)


PRIORS: dict[str, type[TotalVariation] | type[Tikhonov] | type[GoodsRoughness] | type[Hessian]] = {
    kind.name: kind for kind in (TotalVariation, Tikhonov, GoodsRoughness, Hessian)
}


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
    if name is None or name == "none":
        return None
    if not isinstance(name, str) or name not in PRIORS:
        raise ParameterError(f"The prior is {name!r}; choose one of none, {', '.join(PRIORS)}.")
    return name


def prior_name(prior: object) -> str:
    """Return a prior's name in recipes."""
    for name, kind in PRIORS.items():
        if isinstance(prior, kind):
            return name
    known = ", ".join(kind.__name__ for kind in PRIORS.values())
    raise ParameterError(f"The prior is {prior!r}; give one of {known}, such as TotalVariation(0.01).")


def make_prior(name: str | None, strength: float) -> Prior | None:
    """Make a prior by its name; None for none."""
    chosen = as_prior(name)
    return None if chosen is None else PRIORS[chosen](strength)


def read_prior(text: str) -> Prior | None:
    """Read ``NAME:STRENGTH``, as on the command line; ``none`` is none.

    Raises
    ------
    ParameterError
        With what was read and what to write.
    """
    name, colon, strength = text.partition(":")
    chosen = as_prior(name.strip().lower())
    if chosen is None and not colon:
        return None
    try:
        value = float(strength)
    except ValueError:
        raise ParameterError(f"The prior is {text!r}; write NAME:STRENGTH, such as tv:0.01.") from None
    return make_prior(chosen, value)
