"""What a run found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.image.shown import page, size
from napari_deconvolve.job.camera import CameraFound
from napari_deconvolve.job.problem import Checkpoint
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.recipe.provenance import ProvenanceStep
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import Made, about_making
from napari_deconvolve.tuning.results import Choice, FoundPSF


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a run found, and how it got there.

    Attributes
    ----------
    estimate : ndarray
        The image's shape. Of a run in tiles into a store, the array on disk, of which parts are read.
    iterations : int
        How many were done.
    trace : tuple of float
        Poisson deviance after each iteration, summed over items.
    background : float or tuple of float
        Counts per sample; one per item when there are several.
    recipe : Recipe
        Repeats this run, PSF included.
    snapshots : tuple of Iterate
        Estimates on the way, when they were asked for.
    choices : tuple of Choice
        How the settings were chosen, one per PSF and per group of frames that are about as bright, with the items for
        which each holds; empty when all were given.
    flux_ratio : float
        Light of the estimate over that of the image above background.
    gain : float
        Counts per photon: the recipe's, or as it was measured (the mean of all PSFs'); NaN where nobody asked.
    camera : tuple of CameraFound
        What is known of the camera, one per PSF: offset, read noise, gain and background, each with its uncertainty.
    misfit : float
        Deviance over what noise of that gain would leave: about 1 where the estimate explains the image.
    words : tuple of str
        Warnings: what limits the result, in sentences; empty when nothing is known.
    psf : PointSpread or None
        The PSF that was used, at the image's spacing: for the method "blind", the PSF found.
    found : tuple of FoundPSF
        How the method "blind" found it, one per PSF; empty for others.
    checkpoint : Checkpoint or None
        All that the iteration holds of the object, when it was asked for: to go on exactly.
    before : tuple of ProvenanceStep
        The runs that led to the start, the first one first; empty for a run that began without one.
    seams : tuple of float or None
        Of a run in tiles: by how much these differ where they meet, over the estimate; of all, and of the worst seam.
    made : Made or None
        By what it was made: the image's digest, versions, library of transforms, device, threads, time.
    """

    estimate: FloatArray
    iterations: int
    trace: tuple[float, ...]
    background: float | tuple[float, ...]
    recipe: Recipe
    snapshots: tuple[Iterate, ...] = ()
    choices: tuple[Choice, ...] = ()
    flux_ratio: float = float("nan")
    gain: float = float("nan")
    camera: tuple[CameraFound, ...] = ()
    misfit: float = float("nan")
    words: tuple[str, ...] = ()
    psf: PointSpread | None = None
    found: tuple[FoundPSF, ...] = ()
    checkpoint: Checkpoint | None = None
    before: tuple[ProvenanceStep, ...] = ()
    seams: tuple[float, float] | None = None
    made: Made | None = None

    @property
    def about_making(self) -> dict[str, Any]:
        """By what it was made, as an entry of metadata in plain JSON types; empty where that is unknown."""
        return about_making(self.made)

    def __repr__(self) -> str:
        """Return it in one line."""
        ground = self.background if isinstance(self.background, float) else float(np.mean(self.background))
        words = f", {len(self.words)} warning{'s' * (len(self.words) != 1)}" if self.words else ""
        made = f"{self.recipe.method}, {self.iterations} iterations, background {ground:.4g}"
        return f"Result({size(self.estimate.shape)} {self.estimate.dtype}, {made}, flux {self.flux_ratio:.3g}{words})"

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        return page(repr(self), self.estimate)
