"""The samples that the window and the command line offer, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.phantoms.beads import beads
from napari_deconvolve.phantoms.cells import cell
from napari_deconvolve.phantoms.charts import GAP_SAMPLES, GAP_STEP, chart, gap_spectrum, spectra
from napari_deconvolve.phantoms.phantom import Phantom
from napari_deconvolve.phantoms.side_lobes import four_pi


@dataclass(frozen=True, slots=True)
class Sample:
    """A phantom with the words for it."""

    title: str  # in menus
    layer: str  # the name of its layer, and of its image in a file
    make: Callable[..., Phantom]  # from a seed
    start: float = 0.0  # position of the first sample along the last axis, in its unit


SAMPLES = {
    "cell": Sample("Simulated cell (3D)", "simulated cell", cell),
    "chart": Sample("Simulated test chart (2D)", "simulated chart", chart),
    "beads": Sample("Simulated beads (3D)", "simulated beads", beads),
    "spectra": Sample("Simulated spectra (1D, one per row)", "simulated spectra", spectra),
    "gap_spectrum": Sample(
        "Gap spectrum (1D)", "gap spectrum", gap_spectrum, start=round(-(GAP_SAMPLES // 2) * GAP_STEP, 9)
    ),
    "four_pi": Sample("Simulated 4Pi image with side lobes (3D)", "simulated 4Pi image", four_pi),
}


def sample(name: str) -> Sample:
    """Return a sample by its name.

    Raises
    ------
    ParameterError
        When there is no such sample.
    """
    if name not in SAMPLES:
        raise ParameterError(f"There is no sample {name!r}; take one of {', '.join(SAMPLES)}.")
    return SAMPLES[name]
