"""One state of an iteration, and how to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData


@dataclass(frozen=True, slots=True, eq=False)
class Iterate:
    """An estimate on the way.

    Attributes
    ----------
    iteration : int
        How many iterations led here, from 1.
    estimate : ndarray
        The image's shape, read-only: a viewer may keep it.
    deviance : float
        Poisson deviance 2 sum(d log(d/c) - d + c) of this very estimate against the data, in counts.
    """

    iteration: int
    estimate: FloatArray
    deviance: float


class State(Protocol):
    """What stop rules look at: an `Iterate`, or the live iteration itself."""

    @property
    def iteration(self) -> int:
        """How many iterations are done."""

    @property
    def deviance(self) -> float:
        """Poisson deviance of the present estimate."""


class Closable(Protocol):
    """What holds memory or threads."""

    def close(self) -> None:
        """Let them go."""


class Iteration(State, Protocol):
    """A live iteration over one item, whatever its method."""

    noise: PoissonData

    @property
    def blur(self) -> Closable:
        """What it blurs with, to be closed at the end."""

    @property
    def objective(self) -> float:
        """What it minimises, in counts: the deviance, and twice a prior's penalty if there is one."""

    def step(self) -> None:
        """Go on by one iteration."""

    def states(self) -> Iterator[Iteration]:
        """Step on and on; some methods come to an end by themselves."""

    def freeze(self) -> Iterate:
        """Return the present state as a value to keep."""

    def snapshot(self) -> FloatArray:
        """Return the present estimate, read-only."""


S = TypeVar("S", bound=State)
StopRule = Callable[[State], bool]


def after(iterations: int) -> StopRule:
    """Stop when this many iterations are done."""
    return lambda state: state.iteration >= iterations


def until(states: Iterable[S], *rules: StopRule) -> Iterator[S]:
    """Pass on every state up to and including the first that satisfies a rule."""
    for state in states:
        yield state
        if any(rule(state) for rule in rules):
            return
