"""What an image tells of its camera: the level at which there is no noise, and the counts per photon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.counting import counts_photons
from napari_deconvolve.core.likelihood.dark_noise import estimate_dark_noise
from napari_deconvolve.core.likelihood.finest import HARDLY_PASSED, passes_finest
from napari_deconvolve.core.likelihood.lift import dark_below_zero
from napari_deconvolve.core.likelihood.photon_transfer import PhotonTransfer, photon_transfer
from napari_deconvolve.core.likelihood.photons import in_own_unit
from napari_deconvolve.core.quantiles import NOISE_OF_MAD

RISES = 1.0  # standard deviations, by which noise has to grow with light to be that of counts
COUNTING, COUNTING_FEW = 3.0, 3.7  # standard deviations from the line of a detector that counts photons, up to which it
# is taken for one; and for spectra, whose line is less certain
LOOKED_AT = 1 << 16  # samples at most
HARDLY_NOISE = 1e-3  # of an image's range: what rounding leaves of the noise, say, tells no level


@dataclass(frozen=True, slots=True, eq=False)
class CameraLevel:
    """The level of an image, and what it was read off.

    Attributes
    ----------
    counts : float
        The camera's offset less the counts that make as much noise as reading does; may be negative.
    transfer : PhotonTransfer or None
        The line of variance over mean, where one could be seen.
    below : float
        How far the image's dark lies below the level that its noise tells; 0 where it does not.
    """

    counts: float
    transfer: PhotonTransfer | None
    below: float = 0.0

    @property
    def white(self) -> bool:
        """Whether the noise is that of a camera; also where nobody can say."""
        return self.transfer is None or self.transfer.white

    @property
    def gain(self) -> float:
        """Counts per photon; NaN where the image does not tell it."""
        return self.transfer.gain if self.transfer is not None and self.transfer.trusted else float("nan")


def textbook(background: float | str) -> dict[str, Any]:
    """Return what else the textbook iteration does not look for, unless it estimates the background too.

    Below a background that is negative there is no light, and so no noise.
    """
    if isinstance(background, str):
        return {}
    return {"offset": min(0.0, float(background)), "read_noise": 0.0, "defects": "keep"}


def find_level(image: NDArray[np.generic], psf: FloatArray, *, lines: bool = False) -> CameraLevel:
    """Return the level of one item, or of many `lines`; samples that are not finite are left out.

    It is read off the line of variance over mean, and where that is not certain, or the PSF lets light into the finest
    part, off the noise in the dark, if many samples are negative.
    """
    data, unit = in_own_unit(image)
    found = None if passes_finest(psf) else photon_transfer(data, psf=psf, lines=lines)
    if found is not None and not found.trusted and passes_finest(psf, HARDLY_PASSED):
        found = None  # fine light of the object spoils the line, and nothing is wrong with the noise
    level = _by_line(found, data) if found is not None else None
    alone = found is not None and (found.trusted or image.ndim == 1) and _are_photons(found, data)
    if alone or counts_photons(data):
        level = 0.0
    below = dark_below_zero(data if level is None else data - level, lines=lines)
    if level is None:
        level = -estimate_dark_noise(data - below, lines=lines)
    transfer = None if found is None else found.scaled(unit)
    return CameraLevel((level + below) * unit, transfer, below * unit)


def _by_line(found: PhotonTransfer, data: NDArray[np.float64]) -> float | None:
    """Return the level that the line of variance over mean tells; None where it tells none."""
    if found.trusted:
        return found.level
    if not found.white or found.gain < RISES * found.gain_sd:
        return None
    if found.dark >= 0 or not np.any(data < 0):
        return float(np.clip(found.level, 0.0, max(found.dark, 0.0)))
    span = float(np.ptp(found.mean))
    if found.height < (HARDLY_NOISE * span) ** 2:
        return found.dark
    reach = float(np.nanmax(data) - np.nanmin(data))
    return float(np.clip(found.level, found.dark - reach, found.dark))  # there is a level, be it known badly


def _are_photons(found: PhotonTransfer, data: NDArray[np.float64]) -> bool:
    """Return whether data in their own unit are photons themselves: whole, without a level, and of gain 1."""
    some = data.reshape(-1)[:: max(1, data.size // LOOKED_AT)]
    some = some[np.isfinite(some)]
    return bool(np.all(some == np.rint(some))) and found.distance(0.0, 1.0) < (
        COUNTING if data.ndim > 1 else COUNTING_FEW
    )


def noise_per_count(image: FloatArray) -> float:
    """Return the variance over the mean in the darker half of an image without a level, from its rough part."""
    if not np.isfinite(image).any():
        return 0.0
    first, second = image[..., :-1], image[..., 1:]
    middle = float(np.nanmedian(image))
    dark = (first <= middle) & (second <= middle)
    if not dark.any():
        return 0.0
    sigma = NOISE_OF_MAD * float(np.median(np.abs(first - second)[dark])) / np.sqrt(2)
    mean = float(np.mean(first[dark], dtype=np.float64))
    return sigma**2 / mean if mean > 0 else 0.0
