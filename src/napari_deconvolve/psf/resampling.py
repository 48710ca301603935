"""A PSF at the spacing of the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from napari_deconvolve.psf.protocol import ChannelSpread

Spread = TypeVar("Spread", bound=ChannelSpread)


def resample(psf: Spread, spacing: float | Sequence[float]) -> Spread:
    """Return the PSF on a grid of another spacing, in the same unit: as its source would have made it there.

    Parameters
    ----------
    psf : PSF or Strata
        Of any source.
    spacing : float or sequence of float
        The new distance of samples.

    Raises
    ------
    PSFError
        For a spacing that is not positive, or so fine that the PSF would have more samples than memory holds.

    Notes
    -----
    The meaning of a sample depends on the axis. A camera's pixels collect light over their width; so along y and x (and
    along a spectrum) the running sum of the light is drawn smoothly through the old borders between samples and read at
    the new ones: going coarser integrates, going finer interpolates, and no light is lost. A stage moves in steps and
    stands still for each plane, however far apart they are; so along z the values at the new planes are interpolated,
    and nothing is integrated. Which holds depends on the source: a microscope's PSF knows it from its
    ``sampling``, a Gaussian and a Lorentzian are integrated along all axes, a formula along none.
    """
    return psf.resampled(spacing)
