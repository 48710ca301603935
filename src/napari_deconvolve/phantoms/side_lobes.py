"""A simulated 4Pi image, whose PSF has side lobes along z."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.phantoms.phantom import Phantom, blurred, measured, share_light
from napari_deconvolve.psf import PSF, gaussian

FOUR_PI_SHAPE = (64, 96, 96)
FOUR_PI_SPACING = (0.05, 0.08, 0.08)  # um
FOUR_PI_FWHM = (0.13, 0.24, 0.24)  # um, of each of the three peaks
LOBE_DISTANCE = 0.27  # um
LOBE_HEIGHT = 0.6  # of the main peak


def four_pi(seed: int = 0, peak: float = 400.0) -> Phantom:
    """Simulate a 4Pi image: beads and filaments, each with a fainter copy before and behind along z.

    The lobes lie `LOBE_DISTANCE` from the main peak, between two voxels, and are `LOBE_HEIGHT` of its height. The
    brightest voxel expects `peak` counts without background.
    """
    rng = np.random.default_rng(seed)
    low = np.array((12.0, 6.0, 6.0))
    high = np.array(FOUR_PI_SHAPE) - low - 1
    truth = np.zeros(FOUR_PI_SHAPE)
    for place in rng.uniform(low, high, (25, 3)):
        share_light(truth, place[np.newaxis], rng.uniform(0.5, 1.0))
    for _ in range(6):
        share_light(truth, _wire(rng, low, high), 0.025)
    psf = four_pi_psf()
    truth *= peak / blurred(truth, psf).max()
    return measured(truth, psf, FOUR_PI_SPACING, ("um",) * 3, ("z", "y", "x"), 5.0, rng)


def four_pi_psf(distance: float = LOBE_DISTANCE, height: float = LOBE_HEIGHT) -> PSF:
    """Return a main peak with two lobes along z, each a Gaussian that may lie between voxels.

    The lobes have a distance, in um, and a height relative to the main peak.
    """
    step, sigma = FOUR_PI_SPACING[0], FOUR_PI_FWHM[0] / 2.3548
    reach = int(np.ceil((distance + 4 * sigma) / step))
    z = step * np.arange(-reach, reach + 1)
    peaks = ((height, -distance), (1.0, 0.0), (height, distance))
    along = sum(share * np.exp(-0.5 * ((z - place) / sigma) ** 2) for share, place in peaks)
    across = gaussian(FOUR_PI_FWHM[1:], FOUR_PI_SPACING[1:])
    return PSF(np.asarray(along)[:, np.newaxis, np.newaxis] * across.data, FOUR_PI_SPACING)


def _wire(
    rng: np.random.Generator, low: NDArray[np.float64], high: NDArray[np.float64], step: float = 0.25
) -> NDArray[np.float64]:
    """Return places, in voxels, on a smooth line that lies nearly across z, from a random one to the border."""
    place = rng.uniform(low, high)
    heading = rng.normal(size=3) * (0.15, 1.0, 1.0)
    places: list[NDArray[np.float64]] = []
    while len(places) < 400 and np.all((place > low - 5) & (place < high + 5)):
        places.append(place)
        heading = heading / np.linalg.norm(heading) + rng.normal(scale=(0.01, 0.05, 0.05))
        place = place + step * heading / np.linalg.norm(heading)
    return np.array(places)
