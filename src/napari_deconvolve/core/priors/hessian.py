"""The Hessian's penalty: R = sum sqrt(|D2u|^2 + e^2) - e.

At its best strength and iteration the least error over that without a prior is .88 to 1.00 for balls of 5 voxels'
diameter and .98 for shells, from 20 to 1000 photons (benchmarks/priors.py, 2D).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from napari_deconvolve.core.priors.majorizers import Operator, Strides, second_differences
from napari_deconvolve.core.priors.prior import EDGE_SHARE, PRIORS
from napari_deconvolve.core.priors.squared_differences import SquaredDifferences


@dataclass(frozen=True, slots=True)
class Hessian(SquaredDifferences):
    """Second differences: slopes and threads, without the stairs of total variation.

    Lefkimmiatis, Bourquard & Unser 2012, IEEE Trans. Image Process. 21:983.

    Parameters
    ----------
    strength : float
        From 1e-6 to 1e3; around 3e-3 is a start.
    """

    name: ClassVar[str] = "hessian"
    rank: ClassVar[int] = 40
    short: ClassVar[str] = "Hessian"
    meaning: ClassVar[str] = "slopes and threads"
    noun: ClassVar[str] = "second derivatives"
    source: ClassVar[str] = "Lefkimmiatis, Bourquard & Unser 2012, IEEE Trans. Image Process. 21:983"
    relative_cost: ClassVar[float] = 4.0
    margin: ClassVar[int] = 2
    competes: ClassVar[bool] = True
    edge: ClassVar[float] = EDGE_SHARE

    def operators(self, patch: Strides, spacing: Sequence[float]) -> list[Operator]:
        """See `SquaredDifferences`."""
        return second_differences(patch, spacing)


PRIORS.add(Hessian)
