"""Stop rules that follow a run: each an object, called after every iteration (see `iterate.until`).

`iterate.after` stops at a number. The two here are worse than a search (benchmarks/stopping.py), but common elsewhere.
Searches for the best number before the run are in `held_out` and `search`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from napari_deconvolve.core.algorithms.iterate import State

MIN_RELATIVE_CHANGE = 0.02
MAX_SEARCH_ITERATIONS = 500


@dataclass(slots=True)
class RelativeChange:
    """Stop when the deviance falls by less than a share of itself, as other programs do; noise is not considered.

    Attributes
    ----------
    share : float
        Per iteration.
    """

    share: float = MIN_RELATIVE_CHANGE
    _last: float = field(default=float("inf"), init=False, repr=False)

    def __call__(self, state: State) -> bool:
        """Return whether to stop; asked once per iteration."""
        last, self._last = self._last, state.deviance
        return last - state.deviance < self.share * state.deviance if last < float("inf") else False


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Stop when the misfit is that of noise alone: a deviance of one per voxel (Bertero et al. 2010).

    Inverse Probl. 26:105004. It needs the gain, and a correct PSF and background.

    Attributes
    ----------
    count : int
        Number of data.
    gain : float
        Counts per photon.
    """

    count: int
    gain: float = 1.0

    def __call__(self, state: State) -> bool:
        """Return whether to stop."""
        return state.deviance <= self.count * self.gain
