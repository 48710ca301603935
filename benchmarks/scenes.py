"""Fresh draws of scenes as a camera records them, with all that is known about them.

    counts = offset + gain * Poisson(H truth + background) + N(0, (gain * read noise)^2)

Objects go on beyond the image by the reach of the PSF, so that its border is as hard as in a microscope. The object of
a scene depends only on its name, its axes and the seed: light levels, backgrounds and cameras are compared on the same
one. The noise depends on neither offset nor gain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from objects import KINDS, Z_STEP, Shape, Values

import napari_deconvolve as nd

SHAPES = {2: (128, 128), 3: (16, 64, 64)}
PHOTONS = (5, 20, 100, 1000)  # the blurred image's peak above background
# NA, immersion and spacing near Nyquist's (emission / 4 NA in y and x), in um.
LENSES = ((1.2, 1.33, 0.1), (1.3, 1.515, 0.09), (1.4, 1.515, 0.08))
MODALITIES_3D = ("confocal", "widefield")
EMISSION_UM = 0.52
PSF_SHAPES = {2: (33, 33), 3: (13, 31, 31)}
BACKGROUND_SHARE, MIN_BACKGROUND = 0.1, 5.0  # the mean background: of the peak, and in photons


@dataclass(frozen=True)
class Camera:
    """The numbers of a camera.

    Attributes
    ----------
    offset : float
        Counts without light.
    gain : float
        Counts per photon.
    read_noise : float
        Standard deviation in photons (electrons).
    """

    offset: float = 100.0
    gain: float = 2.2
    read_noise: float = 1.6


CLEAN = Camera(offset=0.0, gain=1.0, read_noise=0.0)  # photons as they are


@dataclass(frozen=True, eq=False)
class Scene:
    """One simulated measurement.

    Attributes
    ----------
    truth, expected, background : ndarray
        The object, its blurred image, and the background's map, in photons per sample and of the image's shape.
    counts : ndarray
        What the camera says.
    psf : PSF
        The right one.
    camera : Camera
        The right numbers.
    name : str
        The scene, peak, background and seed, for tables.
    """

    truth: Values
    expected: Values
    background: Values
    counts: Values
    psf: nd.PSF
    camera: Camera
    name: str

    def with_hot_pixels(self, share: float, seed: int = 0) -> Scene:
        """Return the scene with a share of pixels that read more: 0.5 to 10 times the brightest, evenly in log."""
        rng = np.random.default_rng([seed, 77])
        counts = self.counts.copy()
        hot = rng.choice(counts.size, max(1, round(share * counts.size)), replace=False)
        peak = self.camera.gain * float(np.max(self.expected + self.background))
        counts.flat[hot] += peak * np.exp(rng.uniform(np.log(0.5), np.log(10), len(hot)))
        return replace(self, counts=counts)

    def error(self, counts: NDArray[np.floating]) -> float:
        """Return the relative error |u - t| / |t| of an estimate in counts."""
        return float(np.linalg.norm(counts / self.camera.gain - self.truth) / np.linalg.norm(self.truth))


def draw(
    kind: str,
    peak: float,
    seed: int,
    *,
    ndim: int = 2,
    background: str = "flat",
    camera: Camera | None = None,
    seen_through: nd.PSF | None = None,
    shape: Shape | None = None,
) -> Scene:
    """Draw an object, blur it, and record it.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    peak : float
        Photons above background where the blurred image is brightest.
    seed : int
        Another one gives another object, another PSF and other noise.
    ndim : int
        2 or 3.
    background : str
        A key of `BACKGROUNDS`. Its mean is a tenth of the peak, and at least 5 photons: as dim as cells show it, and
        never so dim that its form is below the read noise.
    camera : Camera, optional
        An offset of 100 counts, 2.2 counts per photon and a read noise of 1.6 electrons by default.
    seen_through : PSF, optional
        In place of the draw's own; of the same shape.
    shape : tuple of int, optional
        Of the image; that of `SHAPES` by default.
    """
    camera = camera or Camera()
    psf = seen_through or point_spread(kind, seed, ndim)
    shape = shape or SHAPES[ndim]
    truth, expected = _blurred(kind, seed, psf, shape)
    truth, expected = truth * peak, expected * peak
    level = max(BACKGROUND_SHARE * peak, MIN_BACKGROUND) * BACKGROUNDS[background](shape)
    rng = np.random.default_rng([seed, ndim, int(peak), *background.encode(), *kind.encode()])
    photons = rng.poisson(expected + level) + camera.read_noise * rng.normal(size=expected.shape)
    counts = camera.offset + camera.gain * photons
    return Scene(truth, expected, level, counts, psf, camera, f"{kind} {peak:g} {background} #{seed}")


def point_spread(kind: str, seed: int, ndim: int, shape: Shape | None = None) -> nd.PSF:
    """Return the PSF of a draw: each scene has another lens, and each seed; its shape is that of `PSF_SHAPES`."""
    return _microscope(sorted(KINDS).index(kind) + seed, ndim, shape or PSF_SHAPES[ndim])


@cache
def _microscope(number: int, ndim: int, shape: Shape) -> nd.PSF:
    """Return the plane of focus of a wide field (Airy's), or a confocal or wide-field stack."""
    aperture, index, step = LENSES[number % len(LENSES)]
    return nd.psf.microscope(
        MODALITIES_3D[number % 2] if ndim == 3 else "widefield",
        numerical_aperture=aperture,
        immersion_index=index,
        emission_um=EMISSION_UM,
        spacing=(Z_STEP * step, step, step)[-ndim:],
        shape=shape,
    )


@cache
def _blurred(kind: str, seed: int, psf: nd.PSF, shape: Shape) -> tuple[Values, Values]:
    """Return an object and its blurred image, whose brightest sample is 1, both cut to the image."""
    margin = tuple(length // 2 for length in psf.data.shape)
    rng = np.random.default_rng([seed, psf.ndim, *kind.encode()])
    whole = KINDS[kind](tuple(n + 2 * m for n, m in zip(shape, margin, strict=True)), rng)
    inside = tuple(slice(m, m + n) for m, n in zip(margin, shape, strict=True))
    expected = np.maximum(nd.convolve(whole, psf, boundary="zero")[inside].astype(np.float64), 0)
    return whole[inside] / expected.max(), expected / expected.max()


# -- backgrounds: maps of mean 1 ---------------------------------------------------------------------------------------


def _across(shape: Shape) -> tuple[Values, Values]:
    """Return y and x from -1 to 1, ready to be broadcast."""
    y, x = (np.linspace(-1, 1, n) for n in shape[-2:])
    return y[:, np.newaxis], x


def _map(values: Values, shape: Shape) -> Values:
    return np.array(np.broadcast_to(values / values.mean(), shape))


def vignetted(shape: Shape) -> Values:
    """Return a map whose corners are half as bright as its middle."""
    y, x = _across(shape)
    return _map(1 - 0.25 * (y**2 + x**2), shape)


def two_step(shape: Shape) -> Values:
    """Return a map of two levels, the right one three times the left one, with a step of a tenth of the width."""
    y, x = _across(shape)
    return _map(1 + 0.5 * np.tanh((x + 0.2 + 0 * y) / 0.1), shape)


BACKGROUNDS: dict[str, Callable[[Shape], Values]] = {
    "flat": np.ones,
    "tilted": lambda shape: _map(1 + 0.5 * _across(shape)[1], shape),
    "vignetted": vignetted,
    "two-step": two_step,
    "none": np.zeros,
}
