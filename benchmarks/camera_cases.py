"""One image of `cameras`: how it is made, what the default makes of it, and the best there is."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import dapi
import numpy as np
from oracle import best
from scenes import Camera, Scene, draw

import napari_deconvolve as nd


@dataclass(frozen=True)
class Case:
    """One image to be made and deconvolved."""

    scene: str
    peak: float
    seed: int
    ndim: int
    background: str
    camera: Camera = field(default_factory=Camera)
    hot: float = 0.0

    def draw(self) -> Scene:
        """Make the image."""
        if self.scene == dapi.NAME:
            return dapi.draw(self.peak, self.seed, self.camera)
        one = draw(self.scene, self.peak, self.seed, ndim=self.ndim, background=self.background, camera=self.camera)
        return one.with_hot_pixels(self.hot, self.seed) if self.hot else one


@dataclass(frozen=True)
class Row:
    """What became of a case; NaN where the run failed."""

    case: Case
    default: float
    best: float
    zero: float  # error with offset off and background 0; NaN where nobody asked
    chosen: int
    best_iterations: int
    level: float  # what was taken off, in counts
    right_level: float
    gain: float
    offset: float = np.nan  # counts without noise, as the image tells them
    failure: str = ""

    @property
    def ratio(self) -> float:
        """Default over best."""
        return self.default / self.best

    @property
    def right_offset(self) -> float:
        """Counts without noise: the camera's offset less the counts that make as much noise as reading does."""
        return self.case.camera.offset - self.case.camera.gain * self.case.camera.read_noise**2

    @property
    def name(self) -> str:
        """Name of the case, for tables."""
        return f"{self.case.scene} {self.case.peak:g} #{self.case.seed}"


def measure(case: Case, zero: bool = False) -> Row:
    """Run one case."""
    warnings.simplefilter("ignore")
    one = case.draw()
    # Hot pixels disturb what knows all as well: the best is that of the image without them.
    known = best(replace(case, hot=0.0).draw())
    right = case.camera.offset + case.camera.gain * float(one.background.mean())
    alone = np.nan
    if zero:
        told = nd.deconvolve(one.counts - case.camera.offset, one.psf, nd.Recipe(background=0))
        alone = one.error(told.estimate)
    row = Row(case, np.nan, known.error, alone, 0, known.iterations, np.nan, right, np.nan)
    try:
        found = nd.deconvolve(one.counts, one.psf)
    except Exception as problem:  # a table tells of a crash as of an error
        return replace(row, failure=f"{type(problem).__name__}: {problem}")
    gain = found.choices[0].gain if found.choices else found.gain
    error = one.error(found.estimate)
    offset = found.camera[0].offset.value
    return replace(row, default=error, chosen=found.iterations, level=level_of(found), gain=gain, offset=offset)


def level_of(found: nd.Result) -> float:
    """Return the mean counts that a run takes off: background, as number or map, and offset where it has one."""
    offset = getattr(found, "offset", 0.0)
    return float(np.mean(np.asarray(found.background, float))) + (float(offset) if np.isscalar(offset) else 0.0)


def write(path: str, rows: Sequence[Row]) -> None:
    """Write all cases to a CSV file."""
    columns = ["default", "best", "zero", "chosen", "best_iterations"]
    columns += ["level", "right_level", "gain", "offset", "failure"]
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["scene", "peak", "seed", "ndim", "background", "offset", "hot", "ratio", *columns])
        for row in rows:
            one = row.case
            where = [one.scene, one.peak, one.seed, one.ndim, one.background, one.camera.offset, one.hot]
            table.writerow([*where, f"{row.ratio:.4f}", *(getattr(row, name) for name in columns)])
