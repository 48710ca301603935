"""The gain of data, and what their PSF leaves unexplained: by a run and its twin, before photons can be split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.risk import RiskMeter
from napari_deconvolve.core.model_selection.search import MakeIteration

CALIBRATION_ITERATIONS = 15  # after which what is left of the data is noise, unless it falls on
READ_EVERY, SETTLED = 5, 0.985  # iterations, and the share of the last reading above which the next one has settled
MAX_CALIBRATION_ITERATIONS = 60  # of bright points and lines, whose light takes so many to be followed
EARLY_ITERATIONS, LATE_ITERATIONS = 10, 25  # between which noise that is not white has to stay
MAX_FALL = 2.5  # what falls by more between them is the object, in an image without noise


class Left(NamedTuple):
    """What a fit leaves of its data, and what it leaves of noise, both over the noise's form: its size is open."""

    residual: NDArray[np.floating]
    noise: NDArray[np.floating]


class GainCalibration:
    """Measures the variance over the mean of data in counts: of its iterator, better after each iteration.

    It is known at once where photons were counted one by one. Noise that is not `white` counts where it disturbs. It
    is 0 where there is none: of data without light, or mostly below a level that is not theirs; and before the first
    reading. To be `thorough` takes more iterations of noise that is white.

    Attributes
    ----------
    left : Left or None
        Of the last iteration; None before, and where the gain is known at once.
    """

    def __init__(
        self,
        make: MakeIteration,
        noise: PoissonData,
        psf: FloatArray,
        *,
        white: bool = True,
        thorough: bool = False,
    ) -> None:
        self._make, self._noise, self._psf, self._white = make, noise, psf, white
        self._least = LATE_ITERATIONS if thorough else CALIBRATION_ITERATIONS
        self.left: Left | None = None

    def __iter__(self) -> Iterator[float]:
        noise, white = self._noise, self._white
        if (known := noise.photon()) is not None:
            yield known * noise.scale
            return
        meter = RiskMeter(noise, self._psf)
        leader = self._make(noise)
        twin = self._make(meter.twin, leader)
        early, found, number, settled = 0.0, np.inf, 0, False
        with closing(leader.blur), closing(twin.blur):
            while not (number >= self._least and settled if white else number == LATE_ITERATIONS):
                leader.step()
                twin.step()
                number += 1
                if number % READ_EVERY == 0:
                    reading = meter.read(leader.model, twin.model)
                    shared = 0.0 if white else meter.correlated(reading)
                    early = shared if number == EARLY_ITERATIONS else early
                    last, found = found, (reading.phi if shared * MAX_FALL < early or white else shared) * noise.scale
                    settled = found > SETTLED * last or number >= MAX_CALIBRATION_ITERATIONS
                yield found if np.isfinite(found) else 0.0
            self.left = Left(*meter.left(leader.model, twin.model))
