"""The engine: the one way from a job to its result.

A `Run` finds what the recipe leaves open, iterates over the items, and returns a `Result`. It is a computation like all
others (`work`), so that it can be paused, stopped and abandoned by whoever drives it. With all items in step
(`lockstep`) its iterations stay alive when it has ended: 30 iterations and 30 more are 60, bit by bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.arrays import as_iterations
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import require_pixels
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.base import Ready, method_of
from napari_deconvolve.run.live import Live, assembled, batches, total_deviance
from napari_deconvolve.run.record import Record
from napari_deconvolve.run.result import Result
from napari_deconvolve.work import Progress, Stopped, Work, finish


class Run:
    """A job on its way to its result.

    Parameters
    ----------
    job : Job
        From `prepare`.
    lockstep : bool
        Iterate all items in step, so that the whole estimate is there after every iteration, and keep the iterations
        alive at the end, so that the run can be continued. Otherwise items follow each other, in less memory.
    keep_every, resumable
        See `deconvolve`.

    Attributes
    ----------
    ready : Ready or None
        The job with its settings; None until they are known.
    record : Record or None
        Of the iterations so far.
    """

    def __init__(
        self, job: Job, *, lockstep: bool = False, keep_every: int | None = None, resumable: bool = False
    ) -> None:
        self.job, self.lockstep = job, lockstep
        self.ready: Ready | None = None
        self.record: Record | None = None
        self._keep_every = None if keep_every is None else as_iterations(keep_every)
        self._resumable = resumable
        self._lives: list[Live] = []

    @property
    def iteration(self) -> int:
        """How many iterations are done, over the item with the most."""
        return 0 if self.record is None else self.record.iterations

    @property
    def continuable(self) -> bool:
        """Whether it can do more iterations."""
        return self.lockstep and bool(self._lives) and self._lives[0].job.recipe.traits.continues

    @property
    def objective(self) -> float:
        """What the live iterations minimise, in counts: the deviance, and twice a prior's penalty."""
        return math.fsum(one.iteration.objective for one in self._lives)

    def work(self) -> Work[Result]:
        """Run to the end. A run in lockstep that is stopped while it iterates returns what it has."""
        record = yield from self._set_up()
        groups = [batches(self.job_of(0))] if self.lockstep else [[items] for items in self._batches()]
        for group in groups:
            yield from self._to_end(self._open(group), record)
            if not self.lockstep:
                self.close()
        return record.result()

    def more(self, iterations: int) -> Work[Result]:
        """Do so many more iterations, bit by bit as a longer run would have; raise `ParameterError` without a run."""
        record = self.record
        if not self.continuable or record is None:
            raise ParameterError("There is no run to continue; start one first.")
        for one in self._lives:
            one.extend(iterations)
        record.ended_early, record.extended = False, True
        yield from self._to_end(self._lives, record)
        return record.result()

    def states(self) -> Iterator[Iterate]:
        """Iterate all items in step without end: no settings are looked for, and no rule ends it."""
        require_pixels(self.job)
        job, found = finish(method_of(self.job.recipe).resolve(self.job))
        self.ready = Ready(job, (job,) * len(job.psfs), found=found)
        self.record = Record(self.ready)
        lives = self._open(batches(job))
        for one in lives:
            one.conditions = ()
        try:
            while not all(one.resting for one in lives):
                if self._step(lives, self.record):
                    yield self.state()
        finally:
            self.close()

    def state(self) -> Iterate:
        """Return the present estimate of the whole image; all items have to be in step."""
        return Iterate(self.iteration, assembled(self.job_of(0), self._lives), total_deviance(self._lives))

    def result_at(self, state: Iterate) -> Result:
        """Return the result of an earlier state, for a run that was ended within an iteration."""
        assert self.record is not None, "there is no state before the first iteration"
        self.record.ended_early = True
        self.record.keep(self._lives, state)
        return self.record.result()

    def job_of(self, channel: int) -> Job:
        """Return the job with the settings of a channel."""
        return self.job if self.ready is None else self.ready.channels[channel]

    def close(self) -> None:
        """Let memory and threads go; what was found stays."""
        lives, self._lives = self._lives, []
        with ExitStack() as stack:
            for one in lives:
                stack.callback(one.close)

    def _set_up(self) -> Work[Record]:
        require_pixels(self.job)
        self.ready = yield from method_of(self.job.recipe).setup(self.job)
        self.record = Record(self.ready, self._keep_every, resumable=self._resumable)
        return self.record

    def _batches(self) -> list[tuple[int, ...]]:
        if self._resumable:  # lines that are run together do not tell their whole domains
            return [(item,) for item in range(len(self.job))]
        return batches(self.job_of(0))

    def _open(self, group: Sequence[tuple[int, ...]]) -> list[Live]:
        """Set up the iterations of a group; when one cannot be, those before it are closed."""
        self.close()
        try:
            for items in group:
                self._lives.append(Live(self.job_of(self.job_of(0).channel(items[0])), items))
        except BaseException:
            self.close()
            raise
        return self._lives

    def _to_end(self, lives: Sequence[Live], record: Record) -> Work[None]:
        """Iterate until all rest, and keep their estimates; in lockstep also those of a run that is stopped."""
        try:
            while not all(one.resting for one in lives):
                if self._step(lives, record):
                    yield Progress(record.done, record.total, total_deviance(lives))
        except Stopped:
            if not self.lockstep:
                raise
            record.ended_early = True
        record.keep(lives)

    def _step(self, lives: Sequence[Live], record: Record) -> bool:
        """Do an iteration of all that do not rest; return whether anything changed."""
        moved = [one for one in lives if not one.resting and one.step()]
        for one in moved:
            record.note(one)
        return bool(moved)
