"""A simulated slide of beads, from which a PSF can be measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.phantoms.phantom import Phantom, blurred, measured
from napari_deconvolve.psf import microscope

BEADS_SHAPE = (33, 126, 126)
BEADS_SPACING = (0.12, 0.06, 0.06)  # um
PLACES = (20, 62, 104)  # of three rows and of three columns, in voxels
DEPTH = 16  # of all beads, in voxels
FINE = 7  # parts of a voxel along each axis, for the border of a bead
REACH = 4  # voxels from the middle of a bead to the border of its box


def beads(seed: int = 0, diameter: float = 0.1, peak: float = 250.0) -> Phantom:
    """Simulate nine beads under a wide-field microscope of NA 1.2 in water at 520 nm.

    The beads have a diameter in um. The brightest voxel expects `peak` counts without background.
    """
    psf = microscope(
        "widefield",
        numerical_aperture=1.2,
        immersion_index=1.33,
        emission_um=0.52,
        spacing=BEADS_SPACING,
        shape=(25, 31, 31),
    )
    ball = _ball(diameter)
    truth = np.zeros(BEADS_SHAPE)
    for row in PLACES:
        for column in PLACES:
            place = tuple(slice(middle - REACH, middle + REACH + 1) for middle in (DEPTH, row, column))
            truth[place] += ball
    truth *= peak / blurred(truth, psf).max()
    return measured(truth, psf, BEADS_SPACING, ("um",) * 3, ("z", "y", "x"), 10.0, np.random.default_rng(seed))


def _ball(diameter: float) -> NDArray[np.float64]:
    """Return the share of each voxel that lies inside of a ball."""
    length = 2 * REACH + 1
    fine = [(np.arange(length * FINE) - (length * FINE - 1) / 2) * step / FINE for step in BEADS_SPACING]
    z, y, x = np.meshgrid(*fine, indexing="ij", sparse=True)
    inside = z**2 + y**2 + x**2 <= (diameter / 2) ** 2
    return np.asarray(inside.reshape((length, FINE) * 3).mean((1, 3, 5)))
