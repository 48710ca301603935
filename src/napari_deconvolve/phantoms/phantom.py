"""A simulated measurement, and how it is made from a truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf import PSF

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """A simulated measurement; spacing, units and labels are one per axis."""

    truth: Array  # expected counts without blur, noise and background
    counts: NDArray[np.uint16]  # the truth, blurred, on a background, with Poisson noise
    psf: PSF  # acts on the last axes
    spacing: tuple[float, ...]
    units: tuple[str, ...]
    axis_labels: tuple[str, ...]
    background: float  # expected counts per voxel that did not come from the object


def measured(
    truth: NDArray[np.float64],
    psf: PSF,
    spacing: tuple[float, ...],
    units: tuple[str, ...],
    axis_labels: tuple[str, ...],
    background: float,
    rng: np.random.Generator,
    boundary: str = "zero",
) -> Phantom:
    """Return the measurement of a truth: blurred, on a background, with Poisson noise."""
    expected = blurred(truth, psf, boundary) + background
    counts = np.minimum(rng.poisson(expected), np.iinfo(np.uint16).max).astype(np.uint16)
    return Phantom(truth.astype(np.float32), counts, psf, spacing, units, axis_labels, background)


def blurred(truth: NDArray[np.float64], psf: PSF, boundary: str = "zero") -> NDArray[np.float64]:
    """Return the truth as the PSF shows it, never negative."""
    from napari_deconvolve.api.simulate import convolve

    return np.asarray(np.maximum(convolve(truth, psf, boundary=boundary), 0), np.float64)


def share_light(out: NDArray[np.float64], places: NDArray[np.float64], light: float) -> None:
    """Add light at each place, in voxels, to the eight voxels around it."""
    low = np.floor(places).astype(int)
    part = places - low
    for corner in np.ndindex(2, 2, 2):
        share = light * np.prod(np.where(corner, part, 1 - part), axis=1)
        np.add.at(out, tuple((low + corner).T), share)
