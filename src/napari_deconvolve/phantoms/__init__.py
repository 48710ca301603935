"""Simulated measurements whose answer is known: for teaching, for the demo, and for tests.

All of it is drawn by formulae and a random generator with a fixed seed, so that everybody sees the same samples.
"""

from napari_deconvolve.phantoms.beads import BEADS_SPACING, beads
from napari_deconvolve.phantoms.cells import CELL_FWHM, cell
from napari_deconvolve.phantoms.charts import (
    CHART_FWHM,
    CHART_SPACING,
    GAP_COUNTS,
    GAP_SAMPLES,
    GAP_STEP,
    GAP_THERMAL,
    chart,
    gap_spectrum,
    spectra,
)
from napari_deconvolve.phantoms.phantom import Phantom
from napari_deconvolve.phantoms.samples import SAMPLES, Sample, sample
from napari_deconvolve.phantoms.side_lobes import (
    FOUR_PI_FWHM,
    FOUR_PI_SPACING,
    LOBE_DISTANCE,
    LOBE_HEIGHT,
    four_pi,
    four_pi_psf,
)

__all__ = [
    "BEADS_SPACING",
    "CELL_FWHM",
    "CHART_FWHM",
    "CHART_SPACING",
    "FOUR_PI_FWHM",
    "FOUR_PI_SPACING",
    "GAP_COUNTS",
    "GAP_SAMPLES",
    "GAP_STEP",
    "GAP_THERMAL",
    "LOBE_DISTANCE",
    "LOBE_HEIGHT",
    "SAMPLES",
    "Phantom",
    "Sample",
    "beads",
    "cell",
    "chart",
    "four_pi",
    "four_pi_psf",
    "gap_spectrum",
    "sample",
    "spectra",
]
