"""A blur that changes with depth: between a few strata, each with its own PSF, light is distributed linearly.

``H u = sum_s h_s * (w_s u)``: every point of the object is blurred with the PSFs of the strata above and below it, in
proportion to how near they are, so its light is kept. Beyond the outermost strata their PSFs continue. The weights
depend on the first axis alone, so they commute with the transforms along all others: each plane is transformed once,
whatever the number of strata, and only the columns along the first axis once per stratum; the sum is taken in Fourier
space. PSFs interpolated between strata: Preza & Conchello 2004, J. Opt. Soc. Am. A 21:1593.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import Boundary
from napari_deconvolve.core.transforms.fft import Part
from napari_deconvolve.core.transforms.lines import ComplexArray, Transfer
from napari_deconvolve.errors import PSFError

Weights = NDArray[np.float64]


class StrataBlur(Blur):
    """Convolution with PSFs that change along the first axis of a frame of data.

    There are at least two PSFs, all odd-sized, centred, and of one shape with 2 or 3 axes. Each holds at its node along
    the first axis, in voxels of the frame; nodes are all different, in any order, and may lie outside the frame. A
    given `transfer` has the strata along its first axis.
    """

    alike = False

    def __init__(
        self,
        psfs: Sequence[FloatArray],
        nodes: Sequence[float],
        frame: Shape,
        boundary: Boundary = "extended",
        dtype: np.dtype[np.floating] | None = None,
        **how: Any,
    ) -> None:
        _check(psfs, nodes)
        self._psfs = tuple(psfs)
        super().__init__(self._psfs[0], frame, boundary, dtype, **how)
        shares = shares_of(nodes, self.layout.positions(0)).astype(self.dtype)
        self._shares = shares.reshape(*shares.shape, *(1,) * (len(self.frame) - 1))

    def _transfer(self, psf: FloatArray) -> Transfer:
        """Return the transfer functions of all strata; `psf`, the first, is one of them."""
        found: Transfer = np.stack([super(StrataBlur, self)._transfer(one) for one in self._psfs])
        return found

    def _filter(self, *, adjoint: bool) -> None:
        self.fft.columns(self._spread if not adjoint else self._gathered)

    def _spread(self, part: Part, lines: ComplexArray) -> ComplexArray:
        """Distribute lines over the strata, blur each, and add them up."""
        total = np.zeros_like(lines)
        for share, transfer in zip(self._shares, self.transfer, strict=True):
            stratum = self.fft.along(lines * share, forward=True)
            stratum *= transfer[part]
            total += stratum
        return self.fft.along(total, forward=False)

    def _gathered(self, part: Part, lines: ComplexArray) -> ComplexArray:
        """Do the transpose: correlate with each stratum's PSF, and gather by the same shares."""
        spectrum = self.fft.along(lines, forward=True)
        total = np.zeros_like(spectrum)
        for share, transfer in zip(self._shares, self.transfer, strict=True):
            stratum = self.fft.along(spectrum * np.conjugate(transfer[part]), forward=False)
            stratum *= share
            total += stratum
        return total


def shares_of(nodes: Sequence[float], positions: ArrayLike) -> Weights:
    """Return each stratum's share of the light at each position: linear between nodes, and constant beyond; sum 1.

    The shares have the shape (strata, positions), in the order of the nodes, which are all different.
    """
    order = np.argsort(nodes)
    places = np.asarray(nodes, np.float64)[order]
    ramps = np.eye(len(places))
    shares = np.empty((len(places), np.size(positions)))
    for rank, stratum in enumerate(order):
        shares[stratum] = np.interp(np.ravel(positions), places, ramps[rank])
    return shares


def _check(psfs: Sequence[FloatArray], nodes: Sequence[float]) -> None:
    if len(psfs) != len(nodes) or len(psfs) < 2 or len(set(nodes)) < len(nodes):
        raise PSFError(f"There are {len(psfs)} strata at {list(nodes)}; give at least two, each at a different place.")
    shapes = {psf.shape for psf in psfs}
    if len(shapes) > 1 or psfs[0].ndim < 2:
        raise PSFError(f"The strata's PSFs have the shapes {sorted(shapes)}; give one shape of 2 or 3 axes.")
