"""What a stop rule is: all that its name means in a recipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

from napari_deconvolve.core.algorithms.iterate import StopRule
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.search import MakeIteration, SearchPoint
from napari_deconvolve.core.registry import Registry


class ScoreSearch(Protocol):
    """A search for the best number of iterations: loop over it, then ask for the `best`."""

    @property
    def points(self) -> Sequence[SearchPoint]:
        """The scores so far."""

    @property
    def best(self) -> int:
        """The best number of iterations."""

    @property
    def phi(self) -> float:
        """Variance over mean of the data."""

    def __iter__(self) -> Iterator[SearchPoint]: ...


class StopRuleKind:
    """A rule that chooses the number of iterations: by a search before the run, or by a condition during it.

    Attributes
    ----------
    name, meaning : str
        In recipes, and a phrase for help texts.
    rank : int
        Its place among the choices.
    searches : bool
        Whether the number is found before the run, on a part of the image.
    judges_settings : bool
        Whether its scores compare sieves and strengths too.
    measures_gain : bool
        Whether it needs the gain, which is then measured if the recipe does not give it.
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    rank: ClassVar[int]
    searches: ClassVar[bool] = True
    judges_settings: ClassVar[bool] = False
    measures_gain: ClassVar[bool] = False

    def search(self, make: MakeIteration, noise: PoissonData, psf: FloatArray, gain: float | None) -> ScoreSearch:
        """Set up the search for the best number; only rules that have a search define it.

        `make` makes an iteration that keeps its model; the gain is that of the recipe, if given.
        """
        raise NotImplementedError(f"The stop rule {self.name} has no search.")

    def conditions(self, samples: int, gain: float) -> tuple[StopRule, ...]:
        """Return the conditions that end a run on its way; none for rules that search.

        `samples` is the number of pixels that say something, and the gain is in counts per photon.
        """
        return ()


STOP_RULES: Registry[StopRuleKind] = Registry("stop rule", "napari_deconvolve.core.model_selection.rules")
