"""The best that Richardson-Lucy can do where camera and background are known: what no choice can beat by much.

The model is a shifted Poisson's: (counts - offset) / gain + (read noise)^2 has about the variance of its mean
H u + background + (read noise)^2, also where it is negative. The background is a map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scenes import Scene

from napari_deconvolve.core.operators.blur import Blur

Floats = NDArray[np.float32]

MOST = {2: 500, 3: 200}  # iterations
PAST_BEST, RISEN = 2.0, 1.03  # it ends when so many times the best number brought so much more error
FIRST = 25  # iterations before that
MIN_SHARE_AHEAD = 0.01  # looking ahead never makes a sample darker than this share


@dataclass(frozen=True)
class Best:
    """The least error of all iterations, and where it was."""

    error: float
    iterations: int


def best(scene: Scene) -> Best:
    """Return the least error |u - t| / |t| of accelerated Richardson-Lucy that knows all but the object."""
    camera, shift = scene.camera, scene.camera.read_noise**2
    data = (scene.counts - camera.offset) / camera.gain + shift
    least, at = np.inf, 0
    states = richardson_lucy(data, scene.background + shift, scene.psf.data)
    for number, estimate in enumerate(islice(states, MOST[data.ndim]), start=1):
        error = scene.error(estimate * camera.gain)
        if error < least:
            least, at = error, number
        if number > max(FIRST, PAST_BEST * at) and error > RISEN * least:
            break
    return Best(least, at)


def richardson_lucy(data: NDArray[np.float64], background: NDArray[np.float64], psf: Floats) -> Iterator[Floats]:
    """Yield the estimate after each iteration: extended beyond the image, looking ahead as Biggs and Andrews do."""
    blur = Blur(psf, data.shape)
    counts, ground = data.astype(np.float32), background.astype(np.float32)
    floor = np.float32(1e-6 * counts.max())
    inverse = blur.inverse_sensitivity()
    signal = max(float(np.mean(data - background)), 1e-3 * float(np.mean(np.abs(data))))
    estimate = np.where(inverse > 0, np.float32(signal), np.float32(0))
    before, last, step, deviance = estimate, np.zeros_like(estimate), 0.0, np.inf
    while True:
        ahead = np.maximum(estimate + np.float32(step) * (estimate - before), MIN_SHARE_AHEAD * estimate)
        model = np.maximum(blur.forward(ahead) + ground, floor)
        now = float(np.sum(model - counts * np.log(model), dtype=np.float64))
        if now > deviance and step > 0:
            step, deviance, last = 0.0, np.inf, np.zeros_like(estimate)  # too far ahead: once more from here
            continue
        before, deviance = estimate, now
        estimate = ahead * np.maximum(inverse * blur.adjoint(counts / model), 0)
        correction = estimate - ahead
        norm = float(np.vdot(last, last))
        step = float(np.clip(np.vdot(correction, last) / norm, 0, 1)) if norm > 0 else 0.0
        last = correction
        yield blur.crop(estimate)
