"""A sweep that a worker drives; the rows that are finished are there while it runs, and stay when it is stopped."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from napari_deconvolve._napari.layers.source import Source
from napari_deconvolve._napari.work.mailbox import Mailbox
from napari_deconvolve._napari.work.plan import Plan, prepared
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import Cancelled, DeconvolutionError
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.sweep.sweep import Row, Setting, SweepProgress, SweepRun

log = logging.getLogger(__name__)

RECENT = 20  # iterations whose time tells what the next will take


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


@dataclass(slots=True, eq=False)
class SweepSession:
    """A sweep and what it has found. One worker drives it; the window only reads.

    Attributes
    ----------
    number : int
        Later sessions have higher ones.
    latest : SweepProgress or None
        Where it stands.
    rows : tuple of Row
        The finished ones; scores become better known as more come.
    base : Recipe or None
        What all settings share, PSF included, once it is known.
    note : str
        A sentence on where the estimates are, if that is not in memory.
    error : str
        Why it ended, in words; empty when it ended as it should.
    """

    number: int
    plan: SweepPlan
    mailbox: Mailbox[SweepProgress] = field(default_factory=Mailbox)
    latest: SweepProgress | None = None
    rows: tuple[Row, ...] = ()
    base: Recipe | None = None
    note: str = ""
    error: str = ""
    stopped: bool = False
    hurried: bool = False
    abandoned: bool = False
    _run: SweepRun | None = None
    _seconds: list[float] = field(default_factory=list)
    _aborted: Callable[[], bool] = field(default=lambda: False)

    @property
    def continuable(self) -> bool:
        """A sweep that has ended does not go on."""
        return False

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
        return (self.latest.total - self.latest.done) * float(np.median(self._seconds[-RECENT:]))

    def stop(self) -> None:
        """End after the present iteration; asked a second time, end within it. What is finished is kept."""
        self.hurried = self.stopped
        self.stopped = True

    def abandon(self) -> None:
        """End within the present iteration; nobody wants the result."""
        self.stopped = self.hurried = self.abandoned = True

    def free(self) -> None:
        """Let the estimates go, unless something else holds them; the table stays."""
        self._run = None

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready; `aborted` tells that napari wants its worker to end."""
        self._aborted = aborted

    def drive(self) -> Iterator[None]:
        """Run to the end: what the worker does. No exception leaves it."""
        try:
            self._run = self._set_up()
            yield from self._follow(self._run)
        except Cancelled:
            log.info("a sweep was stopped within an iteration")
        except DeconvolutionError as error:
            self.error = str(error)
        except MemoryError:
            self.error = "There is not enough memory for this sweep; take a smaller region or fewer settings."
        except Exception as error:
            log.exception("a sweep failed")
            self.error = f"The sweep failed unexpectedly ({type(error).__name__}: {error}); the log tells more."

    def _follow(self, run: SweepRun) -> Iterator[None]:
        begin = time.perf_counter()
        for state in run:
            if state.iteration:
                self._seconds.append(time.perf_counter() - begin)
            if state.row is not None:
                self.rows = run.table
            self.latest = state
            self.mailbox.put(state)
            yield
            if self.stopped:
                return
            begin = time.perf_counter()

    def _set_up(self) -> SweepRun:
        plan = self.plan
        job = prepared(plan.base, self._cancelled)
        require_memory(job)
        if self.stopped:
            raise Cancelled("The sweep was stopped before its first iteration.")
        crop = plan.base.crop
        truth = None if plan.truth is None else np.asarray(plan.truth.data[crop.outer])[crop.inner]
        run = SweepRun(job, plan.counts, plan.settings, truth=truth, keep=crop.inner)
        self.note, self.base = run.note, run.base
        return run

    def _cancelled(self) -> bool:
        return self.hurried or self._aborted()
