"""From the width that an image tells to the PSF that a run takes."""

from __future__ import annotations

from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.tuning.results import FoundPSF, WidthCheck

DIFFERS = 0.12  # of the width: by less it is the given one's
VAGUE = 0.15  # of the width, at least, where it cannot be told


def by_width(given: PSF, check: WidthCheck) -> FoundPSF:
    """Return the given PSF as wide as a check of its width advises, with its limits in a sentence."""
    if check.advised != 1:
        at_the_end = (
            f"The PSF's width is at the end of what is tried, {check.advised:.3g} times the given one's: the true "
            "width may lie beyond; check what the PSF was made from."
        )
        said = at_the_end if check.at_the_end and (check.advised > 1) == (check.best > 1) else ""
        psf = scaled(given, check.advised)
        return FoundPSF(psf, "width", check.advised, check.uncertainty, said, check.iterations)
    if check.told and (not check.soft or abs(check.best - 1) <= DIFFERS):
        return FoundPSF(given, "width", 1.0, check.uncertainty, "")
    unsure = max(check.uncertainty, VAGUE)
    if check.told and check.best > 1:
        said = (
            "A wider PSF fits the image too, but so does a softer object: nothing in it is as fine as the PSF, so the "
            "given one is kept. Measure it with beads, or calculate it."
        )
    else:
        said = (
            "The image does not tell how wide the PSF is (too few photons, or nothing fine in it), so the given "
            "one is kept; measure it with beads, or calculate it."
        )
    return FoundPSF(given, "width", 1.0, unsure, said)
