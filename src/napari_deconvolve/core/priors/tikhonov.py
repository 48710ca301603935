"""Tikhonov's penalty: R = sum |Du|^2 / 2m.

At its best strength and iteration the least error over that without a prior is .86 to .96 for balls of 5 voxels'
diameter, from 20 to 1000 photons (benchmarks/priors.py, 2D), and 1.1 to 2.4 for points, which it takes for roughness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.core.priors.squared_differences import SquaredDifferences


@dataclass(frozen=True, slots=True)
class Tikhonov(SquaredDifferences):
    """Squared differences of neighbours: smooth objects.

    Parameters
    ----------
    strength : float
        From 1e-6 to 1e3; around 3e-3 is a start.
    """

    name: ClassVar[str] = "tikhonov"
    rank: ClassVar[int] = 20
    short: ClassVar[str] = "Tikhonov"
    meaning: ClassVar[str] = "smooth"
    noun: ClassVar[str] = "squared differences"
    source: ClassVar[str] = "Tikhonov 1963, Sov. Math. Dokl. 4:1035"
    relative_cost: ClassVar[float] = 2.3


PRIORS.add(Tikhonov)
