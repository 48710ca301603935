"""How an iteration steps: plainly, or with an acceleration, which looks ahead.

A step starts from a *point* and ends at an estimate. Plain iteration starts from the last estimate itself; an
acceleration looks ahead along the way that the last steps went. The methods see pieces (rows, see `Blur.rows`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from napari_deconvolve.core.accelerations.batch import BatchAcceleration
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.registry import Registry
from napari_deconvolve.core.transforms.boundary import Layout
from napari_deconvolve.core.transforms.fft import Index, Sums


class Step(ABC):
    """The memory of one iteration between its steps.

    Parameters
    ----------
    estimate : ndarray
        The start, as rows; only its shape and dtype matter.
    frame : ndarray
        Any array of the data's shape, as rows.

    Attributes
    ----------
    starts_elsewhere : bool
        Whether a step starts from another point than the estimate; a prior then has to look at both.
    repeats : bool
        Whether a step that failed is done again without looking ahead; else its own result is taken.
    reads_data : bool
        Whether the steps are read off the data, so that parts of one image would take others.
    far : float
        How far the present step looks ahead, where that is read off the data; else 0.
    model : ndarray or None
        Room for H u + b of the present estimate, as rows, where it is needed; the iteration writes it after each step.
    """

    starts_elsewhere: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    reads_data: ClassVar[bool] = False
    far: float = 0.0
    model: FloatArray | None = None

    @abstractmethod
    def __init__(self, estimate: FloatArray, frame: FloatArray) -> None: ...

    @classmethod
    def recorded(cls) -> type[Step]:
        """Return the kind whose steps are recorded for others to take: what it reads, it reads in the frame alone."""
        return cls

    @property
    @abstractmethod
    def looks_ahead(self) -> bool:
        """Whether the present step does not only do what plain iteration does."""

    @classmethod
    @abstractmethod
    def samples(cls, plan: Layout) -> int:
        """Return how many samples the memory holds."""

    def point(self, index: Index, estimate: FloatArray) -> FloatArray:
        """Return a piece of the point from which the step starts."""
        return estimate[index]

    def whole_point(self, estimate: FloatArray) -> FloatArray:
        """Return that point as a whole, for a prior that looks at neighbours."""
        return estimate

    def compared(self, index: Index, expected: FloatArray, least: float) -> FloatArray:
        """Return the blurred point, at least `least`, from the estimate's H u + b; called once before each step."""
        return expected

    @abstractmethod
    def take(self, index: Index, point: FloatArray, stepped: FloatArray) -> Sums:
        """Take a piece of the step's result, and turn it in place into what is to be blurred next."""

    @abstractmethod
    def advance(self, estimate: FloatArray, sums: Sums, far: float | None = None) -> FloatArray:
        """Return the new estimate, when all pieces are taken; `sums` adds up what `take` returned.

        `far` is how far to look ahead next, where that is another iteration's and not to be read off the data.
        """

    @abstractmethod
    def restart(self, estimate: FloatArray) -> FloatArray:
        """Return the estimate without the last look ahead, and forget the direction."""


class Plain(Step):
    """The textbook step, in place (Richardson 1972, Lucy 1974)."""

    def __init__(self, estimate: FloatArray, frame: FloatArray) -> None:
        pass

    @property
    def looks_ahead(self) -> bool:
        """Never."""
        return False

    @classmethod
    def samples(cls, plan: Layout) -> int:
        """Return 0: nothing is kept."""
        return 0

    def take(self, index: Index, point: FloatArray, stepped: FloatArray) -> Sums:
        """Write the result over the point."""
        point[...] = stepped
        return ()

    def advance(self, estimate: FloatArray, sums: Sums, far: float | None = None) -> FloatArray:
        """Return the estimate, which has been written over."""
        return estimate

    def restart(self, estimate: FloatArray) -> FloatArray:
        """Return the estimate as it is."""
        return estimate


class Acceleration(Step):
    """A step that looks ahead.

    Attributes
    ----------
    name, rank : str, int
        In recipes, and the place among the choices.
    """

    name: ClassVar[str]
    rank: ClassVar[int] = 0

    @classmethod
    @abstractmethod
    def batch(cls, estimate: FloatArray) -> BatchAcceleration:
        """Return the memory over many items, of shape (items, *domain)."""


PLAIN = "none"
DEFAULT_ACCELERATION = "nesterov"

ACCELERATIONS: Registry[type[Acceleration]] = Registry(
    "acceleration", package="napari_deconvolve.core.accelerations", also=(PLAIN,)
)


def step_of(name: str | type[Step] | None) -> type[Step]:
    """Return the kind of step of an acceleration's name in recipes; None and "none" are plain iteration."""
    if isinstance(name, type):
        return name
    return Plain if name is None or name == PLAIN else ACCELERATIONS.look_up(name)
