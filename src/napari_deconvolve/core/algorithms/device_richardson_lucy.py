"""Richardson-Lucy on whole arrays of a device: the same steps as `RichardsonLucy` takes slab by slab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from napari_deconvolve.core.accelerations.nesterov import factor
from napari_deconvolve.core.accelerations.steps import Steps
from napari_deconvolve.core.algorithms.iterate import frame_snapshot
from napari_deconvolve.core.algorithms.richardson_lucy import DEVIANCE_ROUNDING, require_start
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.device import Array
from napari_deconvolve.core.likelihood.device_comparison import DeviceComparison
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.operators.blur import extended
from napari_deconvolve.core.operators.device_blur import DeviceBlur
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.priors.device_penalty import DevicePenalty
from napari_deconvolve.core.priors.prior import Prior

ARRAYS = 16  # of the box: 6 are kept, 5 to 7 more are made in a step, and transforms take 1 to 3


class DeviceRichardsonLucy:
    """The live state of one iteration over one item; see `RichardsonLucy` for the parameters.

    It looks ahead by momentum, or with `momentum` False not at all.
    """

    def __init__(
        self,
        blur: DeviceBlur,
        noise: PoissonData,
        *,
        start: FloatArray | None = None,
        momentum: bool = True,
        prior: Prior | None = None,
        spacing: Sequence[float] | None = None,
        sieve: Sieve | None = None,
        steps: Steps | None = None,
    ) -> None:
        self.blur, self.noise = blur, noise
        self.iteration = 0
        self.restarted = False  # whether looking ahead failed in the last step
        self._device, self._xp = blur.device, blur.device.xp
        self._momentum, self._sieve, self._given = momentum, sieve, steps
        self._compared = DeviceComparison(blur.device, noise)
        self._inverse = blur.inverse_sensitivity(noise.valid)
        self._estimate = self._first(start) * self._xp.astype(self._inverse > 0, self._inverse.dtype)
        self._last: Array = None
        self._steps = 0
        mean = noise.mean_signal()
        self._penalty = None if prior is None else DevicePenalty(prior, blur, self._inverse, mean, spacing)
        self._tolerance = DEVIANCE_ROUNDING * abs(float(np.sum(noise.data, dtype=np.float64)))
        self._deviance = 0.0
        self._ratio, self._deviance = self._look(self._estimate)
        self._roughness: float = self._rough()

    @property
    def deviance(self) -> float:
        """Poisson deviance of the present estimate, in counts."""
        return self._deviance * self.noise.scale

    @property
    def objective(self) -> float:
        """The minimised function: the deviance, and with a prior twice its strength times the roughness, in counts."""
        return (self._deviance + 2 * self._roughness) * self.noise.scale

    def states(self) -> Iterator[DeviceRichardsonLucy]:
        """Iterate without end; yield this live object, to be read before the next step."""
        while True:
            self.step()
            yield self

    def step(self) -> None:
        """Do one iteration; if looking ahead failed, do without. Raise `DeviceMemoryError` where memory runs out."""
        self._device.checked(self._step)

    def rehearse(self) -> None:
        """Do the largest part of a step and forget it, so that memory that does not do is known beforehand."""
        self._device.checked(lambda: self._look(self._stepped()))

    def snapshot(self) -> FloatArray:
        """Return a read-only copy of the frame's part of the estimate, in counts."""
        return frame_snapshot(self._device.get(self._estimate), self.blur, self._sieve, self.noise.scale)

    def _step(self) -> None:
        before, looks_ahead = self._deviance + 2 * self._roughness, self._steps > 0
        stepped = self._stepped()
        ahead = self._ahead(stepped) if looks_ahead else stepped
        self._estimate, self._last = ahead, stepped if self._momentum else None
        self._steps += self._momentum
        self._ratio, self._deviance = self._look(ahead)
        self._roughness = self._rough()
        if self._given is not None:
            self.restarted = looks_ahead and self.iteration + 1 in self._given.restarts
        else:
            self.restarted = looks_ahead and self._deviance + 2 * self._roughness > before + self._tolerance
        if self.restarted:
            self._estimate, self._steps = self._last, 0
            self._ratio, self._deviance = self._look(self._estimate)
            self._roughness = self._rough()
        self.iteration += 1

    def _stepped(self) -> Array:
        """Return the result of a plain step; round-off of the transform may not make it negative."""
        corrected = self._inverse * self.blur.adjoint(self._ratio)
        corrected = self._xp.maximum(corrected, self._device.number(0.0, corrected)) * self._estimate
        return corrected if self._penalty is None else self._penalty.balanced(corrected)

    def _ahead(self, x: Array) -> Array:
        """Look ahead from the last two results, as `nesterov.growth` does."""
        a = factor(float(self._steps))
        step = (x - self._last) * ((1 + a) / 2)
        half = x - step
        below = self._xp.maximum(half, x) + half + float(np.finfo(self.blur.dtype).tiny)
        return x * (1 + step / below * (4 * a / (1 + a)))

    def _look(self, estimate: Array) -> tuple[Array, float]:
        """Return data over the blurred estimate, for the next step, and the estimate's deviance."""
        return self._compared.of(self.blur.forward(estimate))

    def _rough(self) -> float:
        """Return strength * R of the estimate; the next step, which starts from it, is prepared."""
        return 0.0 if self._penalty is None else self._penalty.prepare(self._estimate)

    def _first(self, start: FloatArray | None) -> Array:
        if start is None:
            return self._device.put(np.full(self.blur.domain, self.noise.mean_signal(), self.blur.dtype))
        require_start(start.shape, self.blur.layout)
        given = start / self.noise.scale
        whole = given if start.shape == self.blur.domain else extended(given, self.blur.layout)
        return self._device.put(whole.astype(self.blur.dtype))
