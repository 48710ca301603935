"""The engine: the one way from a job to its result.

A `Run` finds what the recipe leaves open, iterates over the items, and returns a `Result`. It is a computation like all
others (`work`), so that it can be paused, stopped and abandoned by whoever drives it. With all items in step
(`lockstep`) its iterations stay alive when it has ended: 30 iterations and 30 more are 60, bit by bit.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.arrays import as_iterations
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.samples import require_pixels
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
        self._keep_every = None if keep_every is None else as_iterations(keep_every, "interval of snapshots")
        self._resumable = resumable
        self._lives: list[Live] = []
        self._whole = False  # whether all live iterations are between two steps, and noted
        self._going = threading.Lock()

    @property
    def iteration(self) -> int:
        """How many iterations are done, over the item with the most."""
        return 0 if self.record is None else self.record.iterations

    @property
    def continuable(self) -> bool:
        """Whether it can do more iterations: they are alive, and no step was broken off by an error."""
        return self.lockstep and self._whole and self._lives[0].job.recipe.traits.continues

    @property
    def objective(self) -> float:
        """What the live iterations minimise, in counts: the deviance, and twice a prior's penalty."""
        return math.fsum(one.iteration.objective for one in self._lives)

    def work(self) -> Work[Result]:
        """Run to the end. A run in lockstep that is stopped while it iterates returns what it has."""
        with self._alone():
            record = yield from self._set_up()
            parts = self._batches()
            for group in [parts] if self.lockstep else [[items] for items in parts]:
                yield from self._to_end(self._open(group), record)
                if not self.lockstep:
                    self.close()
            return record.result()

    def more(self, iterations: int) -> Work[Result]:
        """Do so many more iterations, bit by bit as a longer run would have; raise `ParameterError` without a run."""
        count = as_iterations(iterations)
        with self._alone():
            record = self.record
            if not self.continuable or record is None:
                raise ParameterError("There is no run to continue; start one first.")
            for one in self._lives:
                one.extend(count)
            record.extend(count)
            yield from self._to_end(self._lives, record)
            return record.result()

    def states(self) -> Iterator[Iterate]:
        """Iterate all items in step without end: no settings are looked for, and no rule ends it."""
        with self._alone():
            require_pixels(self.job)
            job, found = finish(method_of(self.job.recipe).resolve(self.job))
            self.ready = Ready.as_given(job, found)
            self.record = Record(self.ready, self.job.asked or self.job.recipe)
            lives = self._open(self._batches())
            for one in lives:
                one.conditions = ()
            try:
                while not all(one.resting for one in lives):
                    if self._step(lives, self.record):
                        yield self.state()
            finally:
                self.close()

    def state(self) -> Iterate:
        """Return the present estimate of the whole image, between two steps of a run whose items are in step."""
        if not self._whole or sum(len(one.items) for one in self._lives) < len(self.job):
            raise ParameterError("There is no estimate of the whole image: no step has ended yet, or the run is over.")
        return Iterate(self.iteration, assembled(self.job_of(0), self._lives), total_deviance(self._lives))

    def result_at(self, state: Iterate) -> Result:
        """Return the result of an earlier state, for a run that was ended within an iteration."""
        if self.record is None or not self._lives or sum(len(one.items) for one in self._lives) < len(self.job):
            raise ParameterError("There is no run that this state could be of; start one, and do not close it before.")
        self.record.ended_early = True
        self.record.keep(self._lives, state)
        return self.record.result()

    def job_of(self, item: int) -> Job:
        """Return the job with the settings of an item."""
        return self.job if self.ready is None else self.ready.of(item)

    def close(self) -> None:
        """Let memory and threads go; what was found stays."""
        lives, self._lives, self._whole = self._lives, [], False
        with ExitStack() as stack:
            for one in lives:
                stack.callback(one.close)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Refuse a second computation as long as one is going: both would move the same iterations."""
        if not self._going.acquire(blocking=False):
            raise ParameterError("This run is going already; wait for its end, or stop it first.")
        try:
            yield
        finally:
            self._going.release()

    def _set_up(self) -> Work[Record]:
        require_pixels(self.job)
        self.ready = yield from method_of(self.job.recipe).setup(self.job)
        self.record = Record(self.ready, self.job.asked or self.job.recipe, self._keep_every, resumable=self._resumable)
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
                self._lives.append(Live(self.job_of(items[0]), items))
        except BaseException:
            self.close()
            raise
        self._whole = True
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
        if not self.lockstep:
            for one in lives:  # they are over: what is made of them takes the place of their transforms
                one.close()
        record.keep(lives)

    def _step(self, lives: Sequence[Live], record: Record) -> bool:
        """Do an iteration of all that do not rest; return whether anything changed."""
        self._whole = False
        moved = [one for one in lives if not one.resting and one.step()]
        for one in moved:
            record.note(one)
        self._whole = True
        return bool(moved)
