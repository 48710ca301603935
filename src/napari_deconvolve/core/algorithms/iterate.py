"""One state of an iteration, and how to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.transforms.boundary import Layout


@dataclass(frozen=True, slots=True, eq=False)
class Iterate:
    """An estimate after some iterations.

    Attributes
    ----------
    iteration : int
        Number of iterations, from 1.
    estimate : ndarray
        The image's shape, read-only: a viewer may keep it.
    deviance : float
        Poisson deviance 2 sum(d log(d/c) - d + c) of this estimate against the data, in counts.
    """

    iteration: int
    estimate: FloatArray
    deviance: float


class State(Protocol):
    """The input of stop rules: an `Iterate`, or the live iteration itself."""

    @property
    def iteration(self) -> int:
        """Number of iterations done."""

    @property
    def deviance(self) -> float:
        """Poisson deviance of the present estimate."""


class Closable(Protocol):
    """An object that holds memory or threads."""

    def close(self) -> None:
        """Release them."""


class Framed(Closable, Protocol):
    """A blur, of which the frame's part of an object is asked."""

    @property
    def layout(self) -> Layout:
        """Where frame, object and padding lie."""

    def crop(self, estimate: FloatArray) -> FloatArray:
        """Return the frame's part of an object."""


class Running(State, Protocol):
    """A live iteration over one item or many."""

    @property
    def blur(self) -> Closable:
        """The blur, to be closed at the end."""

    @property
    def objective(self) -> float:
        """The minimised function in counts: the deviance, and twice a prior's penalty if there is one."""

    def step(self) -> None:
        """Do one iteration."""

    def snapshot(self) -> FloatArray:
        """Return the present estimate, read-only; of many items, items first."""


class Iteration(Running, Protocol):
    """A live iteration over one item, by any method."""

    noise: PoissonData

    def states(self) -> Iterator[Iteration]:
        """Step without end; some methods end by themselves."""


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


def frame_snapshot(estimate: FloatArray, blur: Framed, sieve: Sieve | None, scale: float) -> FloatArray:
    """Return a read-only copy of the frame's part of an estimate, through the sieve, in counts.

    The estimate is over the blur's domain, in units of `scale`.
    """
    shown = estimate if sieve is None else sieve.smooth(estimate, blur.layout.boundary, blur.layout.frame)
    inside = blur.crop(shown)
    copy = np.multiply(inside, scale, dtype=inside.dtype)
    copy.flags.writeable = False
    return copy
