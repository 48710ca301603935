"""The runs of the dock "Spectrum": one spectrum, watched, and a whole cube along one axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from napari_deconvolve._napari.layers import region as regions
from napari_deconvolve._napari.layers.source import Source
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve._napari.work.task import Task
from napari_deconvolve.api.simulate import convolve
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.job.data import background
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf import PSF
from napari_deconvolve.recipe.naming import ending
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.diagnostics.residual import Residual, residual_of
from napari_deconvolve.run.engine import Run
from napari_deconvolve.run.record import fixed
from napari_deconvolve.run.result import Result
from napari_deconvolve.work import Work, finish


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumPlan(Plan):
    """All that decides the run of one spectrum.

    Attributes
    ----------
    spectrum : Spectrum
        The data.
    """

    spectrum: Spectrum = field(default_factory=lambda: Spectrum(np.zeros(1)))


def plan_of(spectrum: Spectrum, psf: PSF, recipe: Recipe) -> SpectrumPlan:
    """Return the plan of a run."""
    source = Source(spectrum.name or "spectrum", spectrum.image, {})
    crop = regions.crop(regions.whole(source.shape), source.shape, (0,), (0,))
    return SpectrumPlan(source=source, crop=crop, psf=psf, recipe=recipe, spectrum=spectrum)


class SpectrumSession(Session):
    """A run of one spectrum.

    Attributes
    ----------
    residual : Residual or None
        The part of the data that the result leaves, once the run has ended.
    """

    def __init__(self, number: int, plan: SpectrumPlan) -> None:
        super().__init__(number, plan)
        self.residual: Residual | None = None

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready for `count` more iterations; `aborted` says that napari wants its worker to end."""
        super().begin(count, aborted)
        self.residual = None

    def _after(self) -> Iterator[None]:
        """Take the result, and work the residual out."""
        yield from super()._after()
        if self.result is not None and not self.error and not self.abandoned:
            self.residual = self._residual(self.result)

    def _residual(self, result: Result) -> Residual:
        job = prepare(self.plan.source.data, self.psf, fixed(result.recipe, result.iterations), as_found=True)
        return finish(residual_of(job, result.estimate))

    def blurred(self) -> FloatArray | None:
        """Return the present estimate, blurred again, on its background: the model of the data."""
        if self.residual is not None:
            return self.residual.model
        if self.latest is None or self.run is None or self.run.ready is None:
            return None
        baseline = background(self.run.ready.settings[0], 0)
        model: FloatArray = convolve(self.latest.estimate, self.psf, boundary="edge") + baseline
        return model


@dataclass(frozen=True, slots=True, eq=False)
class CubePlan:
    """All that decides the run of a cube along one axis.

    Attributes
    ----------
    source : Source
        The cube.
    axis : int
        Along which the spectra lie.
    psf : PSF
        Of one axis, at the cube's step.
    recipe : Recipe
        Settings that are to be found are found on the brightest spectrum, and shared by all.
    """

    source: Source
    axis: int
    psf: PSF
    recipe: Recipe


class CubeTask(Task[CubePlan, Result]):
    """A cube, all spectra by the same settings."""

    def _work(self) -> Work[Result]:
        plan = self.plan
        data = np.asarray(plan.source.data)
        psf = mirrored(plan.psf) if plan.axis in plan.source.descending else plan.psf
        job = prepare(data, psf, plan.recipe, axes=(plan.axis,), cancelled=self.control.cancelled)
        require_memory(job)
        return (yield from Run(job).work())

    @property
    def result(self) -> Result | None:
        """The result, once it is there."""
        return self.value

    @property
    def name(self) -> str:
        """The end of the result's name: "RL 20"."""
        assert self.value is not None, "the run is not done"
        return ending(self.value.recipe.to_dict(), self.value.iterations)


def mirrored(psf: PSF) -> PSF:
    """Return a kernel for samples in the order of falling places; the same one where it is even."""
    turned = psf.data[::-1]
    if np.allclose(turned, psf.data, rtol=0, atol=1e-6 * float(psf.data.max())):
        return psf
    return PSF(np.ascontiguousarray(turned), psf.spacing, psf.unit, {"source": "array"}, psf.notes)


def peak(values: FloatArray) -> float:
    """Return the highest value; NaN where there is none."""
    return float(np.nanmax(values)) if np.isfinite(values).any() else math.nan
