"""Richardson-Lucy: the endless iteration.

``u <- u/n * H^T(d / (H u + b))`` with the sensitivity ``n = H^T 1`` (Richardson 1972; Lucy 1974), on a
domain that may be larger than the frame (Bertero & Boccacci 2005, Astron. Astrophys. 437:369).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from napari_deconvolve.core.accelerations.acceleration import Step, step_of
from napari_deconvolve.core.accelerations.steps import Steps
from napari_deconvolve.core.algorithms.iterate import frame_snapshot
from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.at_least import at_least
from napari_deconvolve.core.likelihood.noise import Comparison, PoissonData
from napari_deconvolve.core.likelihood.photons import is_power_of_two
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.repeated import Inverse, Whole, inverse_of
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.priors.penalty import Penalty
from napari_deconvolve.core.priors.prior import Prior
from napari_deconvolve.core.transforms.boundary import Layout
from napari_deconvolve.core.transforms.fft import Index, Sums
from napari_deconvolve.errors import ParameterError

# Over the data's scale, and iterations after which darker samples become 0: the dark of sparse objects falls to numbers
# that single precision hardly holds (denormal ones), with which a step takes three times as long.
FAINT, SIFTED_EVERY = 1e-30, 16
DEVIANCE_ROUNDING = 1e-6  # of the data's sum: a deviance that rises by less has not risen


class RichardsonLucy:
    """The live state of one iteration over one item; `states` drives it.

    Parameters
    ----------
    blur : Blur
        Not shared with another iteration: its spectrum holds part of the state.
    noise : PoissonData
        The data.
    start : ndarray, optional
        First estimate, of the frame's shape or the whole domain's, in counts; flat by default (a start from the data
        doubled the error under noise).
    acceleration : str or type of Step, optional
        How to look ahead: a name of `ACCELERATIONS`.
    leader : RichardsonLucy, optional
        Another iteration, over slightly different data, whose steps ahead this one takes too: call `step` of both
        in turn, the leader's first.
    keep_model : bool
        Keep the blurred estimate, `model`.
    prior : Prior, optional
        Penalise roughness: each step is then one of maximum a posteriori (see `priors`).
    spacing : sequence of float, optional
        Of the voxels, in any unit: for the prior.
    sieve : Sieve, optional
        Sieve of the estimate; the blur's PSF is widened by it.
    steps : Steps, optional
        Those of another iteration, which are taken whatever the data say, so that parts of one image take the same.
    inverse : Inverse, optional
        That of another iteration by such a blur, over data at the same places.
    """

    def __init__(
        self,
        blur: Blur,
        noise: PoissonData,
        *,
        start: FloatArray | None = None,
        acceleration: str | type[Step] | None = None,
        leader: RichardsonLucy | None = None,
        keep_model: bool = False,
        prior: Prior | None = None,
        spacing: Sequence[float] | None = None,
        sieve: Sieve | None = None,
        steps: Steps | None = None,
        inverse: Inverse | None = None,
    ) -> None:
        self.blur, self.noise, self._steps = blur, noise, steps
        self.iteration = 0
        self.restarted = False  # whether looking ahead failed in the last step
        self._leader, self._sieve = leader, sieve
        self._deviance = np.inf
        whole = None if prior is None else blur.inverse_sensitivity(noise.valid)
        known = inverse if whole is None else Whole(blur.rows(whole))
        self.inverse = known or inverse_of(blur, noise.valid)
        self._estimate = blur.rows(self._first(start))
        self.inverse.clear(self._estimate)
        rows = _as_rows(noise, blur)
        self._comparison = Comparison(rows)
        self._ahead: Step = step_of(acceleration)(self._estimate, rows.data)
        self._model = self._ahead.model
        if keep_model and self._model is None:
            self._model = np.empty(rows.data.shape, blur.dtype)
        self._tolerance = DEVIANCE_ROUNDING * abs(float(np.sum(noise.data, dtype=np.float64)))
        self._penalty = None if prior is None or whole is None else Penalty(prior, blur, whole, self._mean(), spacing)
        blur.project(self._domain(self._estimate))
        self._deviance = self._compare()
        self._roughness = self._look()

    @property
    def objective(self) -> float:
        """The minimised function: the deviance, and with a prior twice its strength times the roughness, in counts."""
        return (self._deviance + 2 * self._roughness) * self.noise.scale

    @property
    def deviance(self) -> float:
        """Poisson deviance of the present estimate, in counts."""
        return self._deviance * self.noise.scale

    @property
    def model(self) -> FloatArray:
        """The blurred estimate on its background, H u + b, over `noise.scale`: valid until the next step.

        Its shape is the data's; `keep_model` is needed.
        """
        assert self._model is not None, "the model is not kept"
        return self._model.reshape(self.blur.frame)

    @property
    def far(self) -> float:
        """How far the next step looks ahead, where that was read off the data; else 0."""
        return self._ahead.far

    def states(self) -> Iterator[RichardsonLucy]:
        """Iterate without end; yield this live object, to be read before the next step."""
        while True:
            self.step()
            yield self

    def step(self) -> None:
        """Do one iteration; if looking ahead failed, do without."""
        before = self._deviance + 2 * self._roughness
        looked_ahead = self._ahead.looks_ahead
        self._update()
        self._deviance = self._compare()
        self._roughness = self._look()
        if self._leader is not None:
            self.restarted = self._leader.restarted
        elif self._steps is not None:
            self.restarted = looked_ahead and self.iteration + 1 in self._steps.restarts
        else:
            self.restarted = looked_ahead and self._deviance + 2 * self._roughness > before + self._tolerance
        if self.restarted:
            self._restart()
        self.iteration += 1

    def snapshot(self) -> FloatArray:
        """Return a read-only copy of the frame's part of the estimate, in counts."""
        return frame_snapshot(self._domain(self._estimate), self.blur, self._sieve, self.noise.scale)

    def shown(self) -> FloatArray:
        """Return the same over `noise.scale`, but for rounding: for sums of squares."""
        whole, plan = self._domain(self._estimate), self.blur.layout
        if self._sieve is None:
            return frame_snapshot(whole, self.blur, None, 1.0)
        return self._sieve.roughly(whole, plan.boundary, plan.frame)

    @property
    def present(self) -> FloatArray:
        """The estimate over its whole domain, over `noise.scale`: valid until the next step."""
        return self._domain(self._estimate)

    def domain_estimate(self) -> FloatArray:
        """Return a copy of the estimate over its whole domain, beyond the frame too, in counts and without sieve.

        It is in double precision where the scale is no power of two, so that nothing of it is lost.
        """
        whole = self._domain(self._estimate)
        exact = is_power_of_two(self.noise.scale)
        return np.multiply(whole, self.noise.scale, dtype=whole.dtype if exact else np.float64)

    def _first(self, start: FloatArray | None) -> FloatArray:
        if start is not None:
            require_start(start.shape, self.blur.layout)
            given = start / self.noise.scale
            return np.array(given, self.blur.dtype) if start.shape == self.blur.domain else self.blur.extend(given)
        return np.full(self.blur.domain, self.noise.mean_signal(), self.blur.dtype)

    def _mean(self) -> float:
        """Return the mean signal, the leader's for one that follows: then both have the same prior."""
        if self._leader is None:
            return self.noise.mean_signal()
        return self._leader._mean() * self._leader.noise.scale / self.noise.scale

    def _domain(self, rows: FloatArray) -> FloatArray:
        return rows.reshape(self.blur.domain)

    def _look(self) -> float:
        """Return strength * R of the estimate; a step that starts from it is prepared."""
        if self._penalty is None:
            return 0.0
        return (self._penalty.value if self._ahead.starts_elsewhere else self._penalty.prepare)(self._estimate)

    def _update(self) -> None:
        if self._penalty is not None and self._ahead.starts_elsewhere:
            self._penalty.prepare(self._ahead.whole_point(self._estimate))
        sums = self.blur.correct(self._correct)
        self._estimate = self._ahead.advance(self._estimate, sums, self._given_far())

    def _given_far(self) -> float | None:
        """Return how far to look ahead after this step where another iteration says so."""
        if self._leader is not None:
            return self._leader.far
        return None if self._steps is None else self._steps.after(self.iteration + 1)

    def _correct(self, index: Index, adjoint: FloatArray) -> Sums:
        """Set ``u <- u/n * adjoint``, and look ahead; round-off of the transform may not make it negative."""
        point = self._ahead.point(index, self._estimate)
        self.inverse.scale(index, adjoint)
        at_least(adjoint, 0.0)
        adjoint *= point
        if self.iteration % SIFTED_EVERY == SIFTED_EVERY - 1:
            adjoint *= adjoint >= FAINT
        if self._penalty is not None:
            self._penalty.balance(index, adjoint)
        return self._ahead.take(index, point, adjoint)

    def _compare(self) -> float:
        """Turn the blurred estimate into the ratio for the next step; return the estimate's deviance."""
        (deviance,) = self.blur.compare(self._ratio)
        return max(deviance + self._comparison.offset, 0.0)

    def _ratio(self, index: Index, model: FloatArray) -> Sums:
        expected = self._comparison.with_background(model, index)
        self._comparison.ratio(index, self._ahead.compared(index, expected, self._comparison.floor), model)
        if self._model is not None:
            self._model[index] = expected
        return (self._comparison.deviance(index, expected),)

    def _restart(self) -> None:
        self._estimate = self._ahead.restart(self._estimate)
        self.blur.project(self._domain(self._estimate))
        self._deviance = self._compare()
        if self._ahead.repeats:
            self._update()
            self._deviance = self._compare()
        self._roughness = self._look()


def require_start(shape: Shape, plan: Layout) -> None:
    """Refuse, with a `ParameterError`, a first estimate that has neither the shape of the domain nor the frame's."""
    if shape not in (plan.domain, plan.frame):
        raise ParameterError(
            f"The start estimate has the shape {shape}, and this run needs {plan.domain}, or {plan.frame} without what "
            "lies beyond the image; give PSF, boundary and target resolution of the run that it came from."
        )


def _as_rows(noise: PoissonData, blur: Blur) -> PoissonData:
    if not blur.fft.flat:
        return noise
    flags = [None if flag is None else flag[np.newaxis] for flag in (noise.valid, noise.saturated)]
    background = noise.background[np.newaxis] if isinstance(noise.background, np.ndarray) else noise.background
    return replace(noise, data=noise.data[np.newaxis], background=background, valid=flags[0], saturated=flags[1])
