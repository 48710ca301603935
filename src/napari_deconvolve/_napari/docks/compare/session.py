"""A sweep in a worker."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from napari_deconvolve._napari.layers.source import Source
from napari_deconvolve._napari.work.plan import Plan, prepared
from napari_deconvolve._napari.work.task import Task
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.psf import PSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.made import Made
from napari_deconvolve.run.sweep.run import SweepRun
from napari_deconvolve.run.sweep.table import Row, Setting, Sweep
from napari_deconvolve.work import Progress, Work

RECENT_ITERATIONS = 20  # iterations whose time tells what the next will take


@dataclass(frozen=True, slots=True, eq=False)
class SweepPlan:
    """All that decides a sweep, fixed when Run is pressed.

    Attributes
    ----------
    base : Plan
        What all settings share.
    counts : tuple of int
        Numbers of iterations.
    settings : tuple of Setting
        One run for each.
    truth : Source or None
        Of the image's shape.
    """

    base: Plan
    counts: tuple[int, ...]
    settings: tuple[Setting, ...]
    truth: Source | None = None

    @property
    def recipe(self) -> Recipe:
        """Of the longest run."""
        return self.base.recipe.replace(iterations=self.counts[-1])


class SweepSession(Task[SweepPlan, Sweep]):
    """A sweep and what it has found; rows that are finished are there while it runs, and stay when it is stopped.

    Attributes
    ----------
    latest : Progress or None
        Where it stands; its detail is a `SweepStep`.
    rows : tuple of Row
        The finished ones; scores become better known as more come.
    base : Recipe or None
        What all settings share, PSF included, once it is known.
    psf : PSF or None
        Whose width sieves are a share of, likewise.
    made : Made or None
        By what the rows were made.
    note : str
        A sentence on where the estimates are, if that is not in memory.
    """

    noun: ClassVar[str] = "sweep"
    patient: ClassVar[bool] = True

    def __init__(self, number: int, plan: SweepPlan) -> None:
        super().__init__(number, plan)
        self.latest: Progress | None = None
        self.rows: tuple[Row, ...] = ()
        self.base: Recipe | None = None
        self.psf: PSF | None = None
        self.made: Made | None = None
        self.note = ""
        self._run: SweepRun | None = None
        self._seconds: list[float] = []
        self._begun = time.perf_counter()

    @property
    def done(self) -> bool:
        """Whether all rows are there."""
        return len(self.rows) == len(self.plan.counts) * len(self.plan.settings)

    @property
    def data(self) -> FloatArray | None:
        """All estimates, zero where they are yet to come: settings, iterations, then the image's axes."""
        return None if self._run is None else self._run.data

    def place(self, row: Row) -> tuple[int, int]:
        """Return the place of a row in `data`."""
        return self.plan.settings.index(row.setting), self.plan.counts.index(row.iterations)

    def seconds_left(self) -> float | None:
        """Predict from the last iterations how long the rest takes."""
        if self.latest is None or not self._seconds:
            return None
        return (self.latest.total - self.latest.done) * float(np.median(self._seconds[-RECENT_ITERATIONS:]))

    def free(self) -> None:
        """Let the estimates go, unless something else holds them; the table stays."""
        self._run = None

    def _work(self) -> Work[Sweep]:
        plan = self.plan
        job = prepared(plan.base, self.control.cancelled)
        require_memory(job)
        crop = plan.base.crop
        truth = None if plan.truth is None else np.asarray(plan.truth.data[crop.outer])[crop.inner]
        self._run = run = SweepRun(job, plan.counts, plan.settings, truth=truth, keep=crop.inner)
        self.note, self.base, self.psf = run.note, run.base, run.psf
        return (yield from run.work())

    def _tell(self, progress: Progress) -> None:
        step = progress.detail
        if step.iteration:
            self._seconds.append(time.perf_counter() - self._begun)
        if step.row is not None and self._run is not None:
            self.rows, self.made = self._run.table, self._run.made
        self.latest = progress
        super()._tell(progress)
        self._begun = time.perf_counter()
