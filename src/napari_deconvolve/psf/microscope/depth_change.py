"""How much a PSF changes with depth, where the sample's index is not the immersion's."""

from __future__ import annotations

import numpy as np

MARECHAL_WAVES = 1 / 14  # rms: a wavefront that is farther off lets less than .8 of the peak through (Marechal 1947)
NODES = 400  # along the pupil's radius
RIM = 0.999  # of the sample's index: beyond, light is totally reflected


def depth_change(
    thickness_um: float,
    *,
    numerical_aperture: float,
    emission_um: float,
    immersion_index: float,
    sample_index: float | None,
) -> float:
    """Return how far the wavefronts from both ends of a slab are apart, each at its own best focus.

    Parameters
    ----------
    thickness_um : float
        Of the slab, along the optical axis.
    numerical_aperture, emission_um, immersion_index, sample_index
        See `microscope`; a `sample_index` of None is the immersion's.

    Returns
    -------
    float
        Root mean square over the pupil, in waves; above `MARECHAL_WAVES` one PSF does not fit both ends.
    """
    if sample_index in (None, immersion_index):
        return 0.0
    assert sample_index is not None
    edge = min(numerical_aperture, RIM * min(sample_index, immersion_index))
    s = (np.arange(NODES) + 0.5) / NODES * edge
    weight = np.sqrt(s)  # squared, the area of a ring
    immersion = np.sqrt(immersion_index**2 - s**2)
    path = thickness_um * (np.sqrt(sample_index**2 - s**2) - immersion)
    removed = np.stack([np.ones_like(s), immersion], axis=1)  # a phase, and moving the lens
    best, *_ = np.linalg.lstsq(removed * weight[:, None], path * weight, rcond=None)
    left = (path - removed @ best) * weight
    return float(np.sqrt(np.sum(left**2) / np.sum(weight**2)) / emission_um)
