"""All items of a job, iterated in step with each other; those whose stop rule has ended them rest."""

from __future__ import annotations

import math
from contextlib import ExitStack, closing
from dataclasses import dataclass

from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.job.problem import Job
from napari_deconvolve.run.engine import stop_rules
from napari_deconvolve.run.items import Live, assembled, batches, live


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What an iteration over all items came to.

    Attributes
    ----------
    state : Iterate
        Of the image's shape; the deviance is the sum over items.
    objective : float
        What is minimised: the deviance, and a prior's penalty if there is one.
    """

    state: Iterate
    objective: float


class Steps:
    """The live iterations of all items.

    Parameters
    ----------
    job : Job
        With settings that were given or chosen.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        with ExitStack() as stack:
            self._live: list[Live] = []
            for items in batches(job):
                self._live.append(live(job, items))
                stack.enter_context(closing(self._live[-1].iteration.blur))
            self._open = stack.pop_all()
        ruled = job.recipe.automatic and job.recipe.method != "wiener"
        self._rules = [stop_rules(job.recipe, one.iteration.noise) for one in self._live] if ruled else []
        self._resting = [False] * len(self._live)

    @property
    def ruled(self) -> bool:
        """Whether a rule says on the way when to stop."""
        return bool(self._rules)

    @property
    def resting(self) -> bool:
        """Whether the rules have ended all items."""
        return all(self._resting)

    def wake(self) -> None:
        """Go on without rules."""
        self._rules = []
        self._resting = [False] * len(self._live)

    def step(self) -> Step | None:
        """Do one iteration; None when none changes anything any more."""
        moved = [self._step(number) for number in range(len(self._live)) if not self._resting[number]]
        if not any(moved):
            return None
        each = [one.iteration for one in self._live]
        iteration, deviance = max(one.iteration for one in each), math.fsum(one.deviance for one in each)
        state = Iterate(iteration, assembled(self.job, self._live), deviance)
        return Step(state, math.fsum(one.objective for one in each))

    def close(self) -> None:
        """Let memory and threads go."""
        self._open.close()

    def _step(self, number: int) -> bool:
        one = self._live[number].iteration
        before = one.iteration
        one.step()
        moved = one.iteration > before
        rules = self._rules[number] if self._rules else ()
        held = [rule(one) for rule in rules]  # every rule has to see every iteration
        self._resting[number] = not moved or any(held)
        return moved
