"""Blind Richardson-Lucy: image and PSF are estimated in turn.

Fish, Brinicombe, Pike & Walker 1995, J. Opt. Soc. Am. A 12:58. Object and PSF are interchangeable factors of a blur:
with the object held, the PSF is found by the same iteration,

    h <- h / (U^T 1) * U^T(d / (U h + b)),        U h = H u

with U the convolution with the object. Its adjoint is exact here, on the frame of the data and the object's own
domain, so the background, masked and saturated voxels and the object beyond the frame are treated as in the
iteration for the object. Then the constraints on the PSF are applied (`constraints`), and its sum is 1.

The alternation narrows a PSF that is too wide and hardly ever widens one that is too narrow, because a narrow PSF
with a soft object fits everything that a wide one fits: start with one that is too wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np

from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.algorithms.constraints import Constraint, apply_constraints
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import Comparison, PoissonData
from napari_deconvolve.core.operators.blur import Blur, wrapped
from napari_deconvolve.core.operators.unseen import weights
from napari_deconvolve.core.transforms.boundary import Boundary
from napari_deconvolve.core.transforms.fft import Cancel

IMAGE_STEPS = 5  # of the image in each cycle, looking ahead
PSF_STEPS = 3  # of the PSF
MIN_LIGHT_SHARE = 1e-4  # of the light that reaches most lags: below, the data hold nothing about the PSF there


class BlindRichardsonLucy:
    """The live state of the alternation over one item; `step` drives it.

    The box of the first PSF, odd-sized, is the support of the one that is found; the start, of the frame's shape, is in
    counts. One cycle has `image_steps` iterations of the image and `psf_steps` of the PSF.
    """

    def __init__(
        self,
        noise: PoissonData,
        kernel: FloatArray,
        *,
        boundary: Boundary = "extended",
        constraints: Sequence[Constraint] = (),
        image_steps: int = IMAGE_STEPS,
        psf_steps: int = PSF_STEPS,
        start: FloatArray | None = None,
        cancelled: Cancel | None = None,
        workers: int | None = None,
    ) -> None:
        self.noise, self.iteration, self.deviance = noise, 0, float("inf")
        self.constraints = tuple(constraints)
        self.kernel = apply_constraints(np.asarray(kernel, noise.data.dtype), self.constraints)
        self._boundary: Boundary = boundary
        self._steps = image_steps, psf_steps
        self._cancelled, self._workers = cancelled, workers
        self._over_scale = replace(noise, scale=1.0)  # what is iterated never leaves the scale, nor is it rounded there
        self._start = None if start is None else start / noise.scale
        self._whole: FloatArray | None = None
        self.estimate: FloatArray = np.zeros(noise.data.shape, noise.data.dtype)  # in counts, read-only after a step

    def restart(self) -> None:
        """Discard the object and keep the PSF: the next cycle starts from the first estimate."""
        self._whole = None

    def step(self) -> None:
        """Do one cycle: the image first, then the PSF."""
        self._improve_image()
        self._improve_psf()
        self.iteration += 1

    def _improve_image(self) -> None:
        blur = self._blur(self.kernel, self._boundary)
        with closing(blur):
            start = self._start if self._whole is None else self._whole
            run = RichardsonLucy(blur, self._over_scale, start=start, acceleration=DEFAULT_ACCELERATION)
            for _ in range(self._steps[0]):
                run.step()
            self._whole, self.deviance = run.domain_estimate(), run.deviance * self.noise.scale
            self.estimate = np.multiply(run.snapshot(), self.noise.scale, dtype=self.noise.data.dtype)
            self.estimate.flags.writeable = False

    def _improve_psf(self) -> None:
        """Hold the object, and iterate Richardson-Lucy for the PSF: the object is then the blur's kernel."""
        assert self._whole is not None
        step = PSFStep(self._blur_by(self._whole), self.noise, self.kernel.shape)
        with closing(step.blur):
            for _ in range(self._steps[1]):
                found = apply_constraints(step(self.kernel), self.constraints)
                if not found.any():  # an image without light holds nothing about the PSF
                    return
                self.kernel = found

    def _blur(self, kernel: FloatArray, boundary: Boundary) -> Blur:
        return Blur(
            kernel,
            self.noise.data.shape,
            boundary,
            self.noise.data.dtype,
            workers=self._workers,
            cancelled=self._cancelled,
        )

    def _blur_by(self, whole: FloatArray) -> Blur:
        """Return the convolution with the object: a box that holds all of it within the PSF's reach."""
        # Lags are on both sides of zero, so the PSF itself lives in a box that wraps around: "extended" has one.
        blur = self._blur(self.kernel, "periodic" if self._boundary == "periodic" else "extended")
        blur.transfer = blur.transfer_of(self._spread_out(whole, blur))
        return blur

    def _spread_out(self, whole: FloatArray, blur: Blur) -> FloatArray:
        """Return the object over the whole box, as its boundary continues it."""
        if whole.shape == blur.layout.box:
            return whole
        if self._boundary == "zero":
            out = np.zeros(blur.layout.box, whole.dtype)
            out[tuple(slice(0, length) for length in whole.shape)] = whole
            return out
        with closing(self._blur(self.kernel, self._boundary)) as own:
            return np.asarray(whole[np.ix_(*(own.layout.index_map(axis) for axis in range(whole.ndim)))])


class PSFStep:
    """One step of Richardson-Lucy for the PSF, with the object held.

    The blur's transfer function is that of the object, over the data's scale.
    """

    def __init__(self, blur: Blur, noise: PoissonData, shape: tuple[int, ...]) -> None:
        self.blur, self._noise, self._shape = blur, noise, shape
        self._comparison = Comparison(noise)
        self._everywhere = (slice(None),)
        seen = self._lags(blur.adjoint(weights(noise.usable, blur.dtype)))
        known = seen > MIN_LIGHT_SHARE * float(seen.max(initial=0))
        self._inverse = np.divide(1, seen, out=np.zeros_like(seen), where=known)

    def __call__(self, kernel: FloatArray) -> FloatArray:
        """Return the next PSF, before constraints."""
        placed = wrapped(kernel, self.blur.layout.box, self.blur.layout.reach, self.blur.dtype)
        model = self._comparison.with_background(self.blur.forward(placed))
        ratio = np.empty_like(model)
        self._comparison.ratio(self._everywhere, model, ratio)
        found: FloatArray = kernel * np.maximum(self._lags(self.blur.adjoint(ratio)) * self._inverse, 0)
        return found

    def _lags(self, box: FloatArray) -> FloatArray:
        """Take the lags of the PSF out of the box, zero lag into the middle."""
        index = [(np.arange(n) - n // 2) % length for n, length in zip(self._shape, box.shape, strict=True)]
        return np.asarray(box[np.ix_(*index)])
