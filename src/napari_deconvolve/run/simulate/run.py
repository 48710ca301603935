"""A simulated measurement: blur, light, background, and the noise of a camera; and what it will cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.arrays import FloatArray, as_real, require_real
from napari_deconvolve.core.likelihood.camera import Camera, record
from napari_deconvolve.core.transforms.boundary import as_boundary, layout
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.core.transforms.smoothing import convolve_axis
from napari_deconvolve.errors import Cancelled, ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.digest import digest_of
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf import gaussian
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.cost import Cost, estimate_cost, require_free
from napari_deconvolve.run.made import Made, made_here
from napari_deconvolve.run.simulate.convolve import MIN_KNOWN_WEIGHT, blur_into, convolution
from napari_deconvolve.work import Progress, Work

NOISE_STEPS = 100  # of progress while photons are drawn
# Measured on one core; only for predictions.
SECONDS_PER_COUNT = 8e-8
SECONDS_PER_TAP = 1e-9


class SimulationRun:
    """A simulation on its way, see `simulate`; `work` does it.

    `light` is the brightest pixel and the sum to scale by, where the image is a part of a larger one. When `cancelled`
    returns True, `Cancelled` is raised.
    """

    def __init__(
        self,
        image: ArrayLike | SampledArray,
        psf: GivenPSF | None,
        recipe: Simulation,
        *,
        axes: Sequence[int] | None = None,
        channel_axis: int | None = None,
        light: tuple[float, float] | None = None,
        cancelled: Cancel | None = None,
    ) -> None:
        self._image = SampledArray.of(image)
        require_real(self._image.shape, self._image.dtype)
        self._dtype = np.dtype("float64" if self._image.dtype == np.float64 else "float32")
        self._cancelled = cancelled
        self._light = light
        self._job: Job | None = None
        if psf is None and recipe.psf is not None:
            psf = rebuild(recipe.psf)
        if psf is not None:
            if recipe.smooths:
                raise ParameterError("A PSF and the width of a Gaussian (fwhm) are both given; give one of them.")
            self._job = convolution(
                image,
                psf,
                recipe.boundary,
                self._dtype.name,
                spacing=recipe.spacing,
                axes=axes,
                channel_axis=channel_axis,
                cancelled=cancelled,
            )
            recipe = recipe.replace(psf=describe(self._job.psf))
        self.recipe = recipe.seeded()
        self._kernels = kernels_of(recipe, self._image.ndim)
        require_simulation(self._image.shape, self._job, self.recipe, self._dtype.name)

    def work(self) -> Work[Simulated]:
        """Blur, scale and count."""
        out = np.empty(self._image.shape, self._dtype)
        steps = len(self._job) if self._job is not None else len(self._kernels)
        total = steps + NOISE_STEPS
        yield Progress(0, total, stage="blurring" if steps else "reading the image")
        for done in self._blur_into(out):
            yield Progress(done, total, stage=f"blurring: {done} of {steps}")
        light = self._light or (float(np.max(out, where=np.isfinite(out), initial=-math.inf)), _sum(out))
        scale = self._scaled(out, light)
        camera = Camera(self.recipe.poisson, self.recipe.gain, self.recipe.read_noise, self.recipe.offset)
        for share in record(out, camera, self.recipe.seed or 0, cancelled=self._cancelled):
            yield Progress(steps + int(share * NOISE_STEPS), total, stage="counting photons")
        beside = None if self._job is None else self._job.items.beside
        if beside is not None:  # how opaque a pixel is stays as it was
            out[beside] = np.asarray(self._image.data[beside])
        return Simulated(out, self.recipe, scale * self.recipe.gain, light, made_here(digest_of(self._image.data)))

    def _blur_into(self, out: FloatArray) -> Iterator[int]:
        if self._job is not None:
            yield from blur_into(out, self._job)
            return
        out[...] = as_real(self._image.data)
        known = None if not self._kernels else np.isfinite(out)
        hidden = None
        if known is not None and not known.all():
            hidden = (~known).astype(self._dtype)
            out[~known] = 0
        for done, (axis, kernel) in enumerate(self._kernels, 1):
            for array in (out,) if hidden is None else (out, hidden):
                convolve_axis(array, axis, kernel, self.recipe.boundary, cancelled=self._cancelled)
            yield done
        if hidden is not None:
            weight = 1 - hidden
            out[...] = np.divide(out, weight, out=np.zeros_like(out), where=weight > MIN_KNOWN_WEIGHT)

    def _scaled(self, out: FloatArray, light: tuple[float, float]) -> float:
        """Turn the blurred image into expected photons, in place; return the factor."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("The simulation was stopped.")
        recipe, scale = self.recipe, 1.0
        for wanted, value, words in ((recipe.photons, light[0], "largest value"), (recipe.total, light[1], "sum")):
            if wanted is not None:
                if not (math.isfinite(value) and value > 0):
                    raise ParameterError(
                        f"The image has no light to be scaled: after the blur its {words} is {value:g}; "
                        "give an image with positive values, or no number of photons."
                    )
                scale = wanted / value
        if scale != 1.0:
            out *= np.asarray(scale, out.dtype)
        if recipe.background:
            out += np.asarray(recipe.background, out.dtype)
        low = float(np.min(out, where=np.isfinite(out), initial=math.inf))
        if recipe.poisson and low < 0:
            raise ParameterError(
                f"The least of the expected photons is {low:.4g}, and no negative number of them can be counted; "
                f"give a background higher by {-low:.4g}, clip the image at 0, or leave the noise of photons out."
            )
        high = float(np.max(out, where=np.isfinite(out), initial=0.0))
        if recipe.poisson and high > 1e18:
            raise ParameterError(
                f"The brightest sample expects {high:.4g} photons, more than can be counted (1e18); "
                "give a number of photons."
            )
        return scale


def _sum(out: FloatArray) -> float:
    return float(np.sum(out, where=np.isfinite(out), dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """The counts of a simulated instrument.

    Attributes
    ----------
    counts : ndarray
        The image's shape, float32 (float64 for a float64 image).
    recipe : Simulation
        Repeats it to the same numbers: the PSF and the seed are in it.
    scale : float
        Counts per unit of the image: ``scale * image`` is the result of a perfect deconvolution of the counts.
    light : tuple of float
        Brightest pixel and sum of the blurred image, before it was scaled.
    made : Made or None
        By what it was made.
    """

    counts: FloatArray
    recipe: Simulation
    scale: float
    light: tuple[float, float] = (math.nan, math.nan)
    made: Made | None = None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the counts: numpy, and all functions of this package, take this for an image."""
        return np.array(self.counts, dtype=dtype, copy=copy)


def simulation_cost(
    shape: Sequence[int], psf_shape: Sequence[int] | None, recipe: Simulation, dtype: str = "float32"
) -> Cost:
    """Predict memory, beyond the image itself, and time of a simulation.

    `shape` is the image's, `psf_shape` that of a PSF at its spacing, if there is one, and `dtype` that of the result.
    """
    samples, each = math.prod(shape), np.dtype(dtype).itemsize
    needed, seconds = 2 * samples * each, 1e-9 * samples  # the result, and a search for missing pixels
    if psf_shape is not None:
        frame = tuple(shape)[len(shape) - len(psf_shape) :]
        box = layout(frame, tuple(psf_shape), as_boundary(recipe.boundary)).box
        needed += 5 * math.prod(box) * each  # spectrum, OTF, and the PSF in the box
        # As many transforms as one plain iteration.
        seconds += estimate_cost(shape, psf_shape, 1, boundary=recipe.boundary, dtype=dtype).seconds
    elif recipe.smooths:
        taps = sum(len(kernel) for _, kernel in kernels_of(recipe, len(shape)))
        seconds += SECONDS_PER_TAP * taps * samples
    if recipe.noisy:
        seconds += SECONDS_PER_COUNT * samples
    return Cost(needed, seconds)


def require_simulation(shape: Sequence[int], job: Job | None, recipe: Simulation, dtype: str) -> None:
    """Raise `ResourceError` if a simulation, by the job of a convolution or without one, would not fit into memory."""
    cost = simulation_cost(shape, None if job is None else job.psfs[0].shape, recipe, dtype)
    require_free(cost.bytes, "simulation", "take a smaller image or PSF, or simulate its parts one by one")


def gaussian_kernels(widths: Sequence[float], steps: Sequence[float]) -> list[tuple[int, NDArray[np.floating]]]:
    """Return the axes along which a Gaussian smooths, and its profile along each: that of `psf.gaussian`."""
    return [
        (axis, np.asarray(gaussian(width, step, ndim=1).data, np.float64))
        for axis, (width, step) in enumerate(zip(widths, steps, strict=True))
        if width > 0
    ]


def kernels_of(recipe: Simulation, ndim: int) -> list[tuple[int, NDArray[np.floating]]]:
    """Return the kernels of a simulation that smooths by a Gaussian; none for others."""
    return gaussian_kernels(recipe.widths(ndim), recipe.steps(ndim))
