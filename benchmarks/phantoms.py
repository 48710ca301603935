"""Fresh draws of objects whose answer is known: filaments, shells and beads, in one to three dimensions.

The objects go on beyond the image, as in a microscope, so that its border is as hard as in life.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import napari_deconvolve as nd

Values = NDArray[np.float64]

SHAPES = {1: (600,), 2: (128, 128), 3: (32, 64, 64)}
MARGIN = {1: (24,), 2: (10, 10), 3: (12, 15, 15)}  # samples of the object beyond the image
FWHM = {1: 12.0, 2: 4.7}  # samples
SPACING_UM = (0.2, 0.08, 0.08)
BACKGROUND = 10.0


@dataclass(frozen=True)
class Draw:
    """One simulated measurement: the truth in counts, the counts, and the PSF."""

    truth: Values
    counts: Values
    psf: nd.PSF
    background: float = BACKGROUND


def draw(kind: str, peak: float, seed: int, *, ndim: int = 2, shape: tuple[int, ...] | None = None) -> Draw:
    """Draw an object (a key of `KINDS`), blur it, and count photons: at most `peak`, and the background.

    The PSF is a Gaussian in one and two dimensions, and a scalar wide-field microscope's (NA 1.4, oil) in three.

    Parameters
    ----------
    kind : str
        What is drawn.
    peak : float
        Expected counts above background where the image is brightest.
    seed : int
        Another one gives another object and other noise.
    ndim, shape
        Of the image.
    """
    rng = np.random.default_rng([seed, ndim, int(peak), sorted(KINDS).index(kind)])
    shape, margin = shape or SHAPES[ndim], MARGIN[ndim]
    inside = tuple(slice(m, m + n) for m, n in zip(margin, shape, strict=True))
    scene = KINDS[kind](tuple(n + 2 * m for n, m in zip(shape, margin, strict=True)), rng)
    psf = point_spread(ndim)
    blurred = np.maximum(nd.convolve(scene, psf, boundary="zero")[inside].astype(np.float64), 0)
    scale = peak / blurred.max()
    counts = rng.poisson(blurred * scale + BACKGROUND).astype(np.float64)
    return Draw(scene[inside] * scale, counts, psf)


def point_spread(ndim: int) -> nd.PSF:
    """Give the PSF of the phantoms of so many dimensions."""
    if ndim < 3:
        return nd.psf.gaussian(FWHM[ndim], ndim=ndim)
    return nd.psf.microscope(
        "widefield",
        numerical_aperture=1.4,
        emission_um=0.52,
        spacing=SPACING_UM,
        shape=(25, 31, 31),
        model="scalar",
    )


def error(estimate: NDArray[np.floating], truth: Values) -> float:
    """Give the relative error |u - t| / |t|."""
    return float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth))


def filaments(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    """Draw long threads that bend a little; in one dimension, dense lines of a spectrum."""
    out = np.zeros(shape)
    flat = np.array([0.3, 1, 1])[-len(shape) :]
    for _ in range(14 if len(shape) > 1 else 60):
        place = np.array([rng.uniform(0, n) for n in shape])
        heading = rng.normal(size=len(shape)) * flat
        places = []
        for _ in range(400 if len(shape) > 1 else 8):
            places.append(place)
            heading = heading / np.linalg.norm(heading) + rng.normal(size=len(shape)) * 0.08
            place = place + 0.5 * heading / np.linalg.norm(heading)
        _splat(out, np.array(places))
    return _soft(out, 0.6)


def shells(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    """Draw balls with a bright skin and a weak inside, one over another."""
    out = np.zeros(shape)
    grids = np.ogrid[tuple(slice(0, n) for n in shape)]
    for _ in range(8):
        middle, radius = [rng.uniform(0, n) for n in shape], rng.uniform(5, max(6.0, min(shape) / 4))
        distance = np.sqrt(sum((grid - place) ** 2 for grid, place in zip(grids, middle, strict=True)))
        skin = np.exp(-((distance - radius) ** 2) / (2 * 0.8**2))
        out += rng.uniform(0.4, 1) * (skin + 0.2 * (distance < radius))
    return out


def beads(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    """Draw a few points of equal light, with nothing between."""
    out = np.zeros(shape)
    count = {1: 10, 2: int(25 * np.prod(shape) / 150**2), 3: 40}[len(shape)]
    _splat(out, np.array([[rng.uniform(0, n - 1) for n in shape] for _ in range(count)]))
    return _soft(out, 0.5)


KINDS = {"filaments": filaments, "shells": shells, "beads": beads}


def _soft(image: Values, sigma: float) -> Values:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(image, sigma))


def _splat(out: Values, places: Values) -> None:
    """Share out a unit of light at each place over the samples around it."""
    low = np.floor(places).astype(int)
    part = places - low
    for corner in np.ndindex(*(2,) * out.ndim):
        share = np.prod(np.where(corner, part, 1 - part), axis=1)
        index = low + corner
        held = np.all((index >= 0) & (index < out.shape), axis=1)
        np.add.at(out, tuple(index[held].T), share[held])
