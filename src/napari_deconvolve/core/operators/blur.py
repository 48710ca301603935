"""The blur H, its exact adjoint, and its sensitivity.

``forward`` is the image that the instrument records of an object: ``(H u)_i = sum_k h_k u_(i-k)``. ``adjoint`` is the
transpose of that very matrix: conj(OTF) inside the box, and for mirrored borders the folding back of the copies.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape
from napari_deconvolve.core.operators.unseen import weights
from napari_deconvolve.core.remember import SMALL, of_kernel
from napari_deconvolve.core.transforms.boundary import Boundary, IndexMap, Layout, layout
from napari_deconvolve.core.transforms.fft import PIECE_VOXELS, Cancel, Change, Index, SlabFFT, Sums
from napari_deconvolve.core.transforms.lines import Lines, Transfer

LARGE = 1 << 20  # modes, of which a half more matters
NEGLIGIBLE_SENSITIVITY = 1e-4  # of the largest; measured: 0.02 leaves a flat image 9 % off at the corners of a stack


class Blur:
    """Convolution with a PSF over a frame of data, under one boundary.

    Parameters
    ----------
    psf : ndarray
        Odd-sized, centred, 1 to 3 axes.
    frame : tuple of int
        The data's shape, as many axes as the PSF.
    workers, cancelled, lines
        See `SlabFFT`.
    padded : tuple of bool, optional
        Of a frame that is cut out of an image, see `Layout`.

    Attributes
    ----------
    frame, domain : tuple of int
        Shapes of the data and of the object. Under ``extended`` the object is larger; `crop` gives the frame's part.
    alike : bool
        Whether light of all places is blurred by the same PSF.
    """

    alike: ClassVar[bool] = True

    def __init__(
        self,
        psf: FloatArray,
        frame: Shape,
        boundary: Boundary = "extended",
        dtype: np.dtype[np.floating] | None = None,
        *,
        workers: int | None = None,
        cancelled: Cancel | None = None,
        lines: Lines | None = None,
        transfer: Transfer | None = None,
        padded: tuple[bool, ...] = (),
    ) -> None:
        self.dtype = np.dtype(dtype or np.float32)
        self.layout = layout(tuple(frame), psf.shape, boundary, padded)
        self.frame, self.domain = self.layout.frame, self.layout.domain
        box, self._in_frame = self.layout.box, self.layout.object_in_frame
        self.fft = SlabFFT(box, self.frame, self.dtype, workers=workers, cancelled=cancelled, lines=lines)
        small = self.alike and self.fft.workers == 1 and max(psf.size, int(np.prod(box))) <= min(SMALL, LARGE)
        self._kernel = psf if small else None  # of which others may have worked out the same
        self.transfer: Transfer = self._transfer(psf) if transfer is None else transfer
        self._own = self.transfer
        self._maps = [self.layout.index_map(axis) for axis in range(len(box))] if self.layout.folded else []

    def _transfer(self, psf: FloatArray) -> Transfer:
        if self._kernel is None:
            return self._placed(psf)
        return _small_transfer(psf, self.layout.box, self.layout, self.dtype, self.fft.lines)

    def _placed(self, psf: FloatArray) -> Transfer:
        """Return the transfer function of a kernel, which is placed slab by slab: its box would be one more.

        A large one goes without imaginary part where that is 0, and without a half that mirrors the other one.
        """
        box, reach = self.fft.shape, (0, *self.layout.reach) if self.fft.flat else self.layout.reach
        if any(2 * r + 1 > length for r, length in zip(reach, box, strict=True)):
            return self.transfer_of(wrapped(psf, self.layout.box, self.layout.reach, self.dtype))
        first, *others = (np.arange(-r, r + 1) % length for r, length in zip(reach, box, strict=True))
        kept = self.rows(_reached(psf, self.layout.reach))

        def fill(slab: slice, real: FloatArray) -> None:
            here = (first >= slab.start) & (first < slab.stop)
            real[np.ix_(first[here] - slab.start, *others)] = kept[here]

        even = self.fft.spectrum.size > LARGE and np.array_equal(psf, np.flip(psf))
        mirrored = even and self.alike and np.array_equal(psf, psf[::-1])
        return self.fft.transfer_function(fill, even=even, mirrored=mirrored)

    def transfer_of(self, box: FloatArray) -> Transfer:
        """Return the transfer function of a kernel that fills the whole box, its zero lag at the origin."""
        box = box.reshape(self.fft.shape)

        def fill(slab: slice, real: FloatArray) -> None:
            real[...] = box[slab]

        return self.fft.transfer_function(fill)

    # -- the operator ------------------------------------------------------------------------------

    def forward(self, estimate: FloatArray) -> FloatArray:
        """Blur an object of shape `domain`; the result has shape `frame`."""
        out = np.empty(self.frame, self.dtype)
        rows = self.rows(out)
        self.project(np.asarray(estimate, self.dtype))

        def take(index: Index, real: FloatArray) -> Sums:
            rows[index] = real
            return ()

        self.read(take)
        return out

    def adjoint(self, data: FloatArray) -> FloatArray:
        """Apply the transpose to data of shape `frame`; the result has shape `domain`."""
        rows = self.rows(np.asarray(data, self.dtype))

        def fill(slab: slice, real: FloatArray) -> None:
            real[...] = rows[slab]

        self.fft.load(fill, in_frame=True)
        self._filter(adjoint=True)
        return self._stored()

    def sensitivity(self, mask: BoolArray | None = None) -> FloatArray:
        """Return for each object voxel the share of its light that valid data record: ``H^T mask``."""
        if mask is None:  # seen from all samples alike: an array of ones would be one more
            self.fft.load(lambda slab, real: real.fill(1), in_frame=True)
            self._filter(adjoint=True)
            share = self._stored()
        else:
            share = self.adjoint(mask.astype(self.dtype))
        return np.maximum(share, 0, out=share)

    def inverse_sensitivity(self, mask: BoolArray | None = None) -> FloatArray:
        """Return 1/sensitivity, unseen samples at their weight, and 0 where next to nothing is recorded.

        Nobody may change it.
        """
        if mask is None and self._kernel is not None and self.transfer is self._own:
            return _small_inverse(self._kernel, self.layout.box, self.layout, self.dtype, self.fft.lines)
        return self._inverted(mask)

    def _inverted(self, mask: BoolArray | None) -> FloatArray:
        seen = self.sensitivity(mask)
        least = NEGLIGIBLE_SENSITIVITY * seen.max(initial=0)
        if mask is not None:
            seen = np.where(seen > least, self.adjoint(weights(mask, self.dtype)), 0)
        rows = self.rows(seen)
        step = max(1, PIECE_VOXELS // max(1, rows[0].size))
        for low in range(0, len(rows), step):
            part = rows[low : low + step]
            known = part > least
            np.divide(1, part, out=part, where=known)
            part *= known
        return seen

    def crop(self, estimate: FloatArray) -> FloatArray:
        """Return the frame's part of an object, as a view."""
        return estimate[tuple(slice(0, length) for length in self.frame)]

    def extend(self, inside: FloatArray) -> FloatArray:
        """Return an object whose part inside the frame is known; beyond it, border values are repeated."""
        return extended(np.array(inside, self.dtype), self.layout)

    # -- the same in sweeps, for the iteration ---------------------------------------------------------------------

    def project(self, estimate: FloatArray) -> None:
        """Load an object; then `compare` sees its blurred image."""
        rows = self.rows(estimate)
        maps = self._maps

        def fill(slab: slice, real: FloatArray) -> None:
            real[...] = _copied(rows, maps, slab, self.fft.flat) if maps else rows[slab]

        self.fft.load(fill, in_frame=self._in_frame)
        self._filter(adjoint=False)

    def compare(self, change: Change) -> Sums:
        """Let `change` turn the blurred image, piece by piece, into data for the adjoint, and apply the adjoint."""
        sums = self.fft.exchange(change, in_frame=True)
        self._filter(adjoint=True)
        return sums

    def correct(self, change: Change) -> Sums:
        """Let `change` turn the adjoint's result, piece by piece, into the next object, and blur that."""
        if self._maps:
            folded = self.rows(self._stored())
            sums = change((slice(0, len(folded)),), folded)
            self.project(folded.reshape(self.domain))
            return sums
        sums = self.fft.exchange(change, in_frame=self._in_frame)
        self._filter(adjoint=False)
        return sums

    def read(self, take: Change) -> None:
        """Let `take` see the blurred image, piece by piece, which is gone then."""
        self.fft.store(take, in_frame=True)

    def rows(self, array: FloatArray) -> FloatArray:
        """View an array as the sweeps see it: a line is one row."""
        return array[np.newaxis] if self.fft.flat else array

    def close(self) -> None:
        """End the threads, and let the memory of the transforms go."""
        self.fft.close()

    def _filter(self, *, adjoint: bool) -> None:
        """Apply the transfer function, or its transpose, to the loaded box."""
        self.fft.filter(self.transfer, adjoint=adjoint)

    def _stored(self) -> FloatArray:
        """Read the box back; fold the copies of mirrored borders onto their originals."""
        out = np.empty(self.domain if not self._maps else self.layout.box, self.dtype)
        rows = self.rows(out)

        def take(index: Index, real: FloatArray) -> Sums:
            rows[index] = real
            return ()

        self.fft.store(take, in_frame=self._in_frame)
        for axis, index in enumerate(self._maps):
            out = fold(out, index, axis, self.frame[axis])
        return out


@of_kernel
def _small_transfer(psf: FloatArray, box: Shape, plan: Layout, dtype: np.dtype[np.floating], lines: Lines) -> Transfer:
    found = _small_blur(psf, plan, dtype, lines, np.empty(0, dtype))._placed(psf)
    found.flags.writeable = False
    return found


@of_kernel
def _small_inverse(psf: FloatArray, box: Shape, plan: Layout, dtype: np.dtype[np.floating], lines: Lines) -> FloatArray:
    transfer = _small_transfer(psf, box, plan, dtype, lines)
    found = _small_blur(psf, plan, dtype, lines, transfer)._inverted(None)
    found.flags.writeable = False
    return found


def _small_blur(psf: FloatArray, plan: Layout, dtype: np.dtype[np.floating], lines: Lines, transfer: Transfer) -> Blur:
    how: dict[str, Any] = {"lines": lines, "transfer": transfer, "padded": plan.padded}
    return Blur(psf, plan.frame, plan.boundary, dtype, workers=1, **how)


def extended(inside: FloatArray, plan: Layout) -> FloatArray:
    """Return an object of a layout's domain, whose part inside the frame is given; border values are repeated."""
    if plan.domain == plan.frame:
        return inside
    for axis in range(len(plan.frame)):
        inside = inside.take(plan.index_map(axis), axis)
    return inside


def _copied(rows: FloatArray, maps: list[IndexMap], slab: slice, flat: bool) -> FloatArray:
    if flat:
        return rows[:, maps[0]]
    return rows[np.ix_(maps[0][slab], *maps[1:])]


def fold(array: FloatArray, index: IndexMap, axis: int, length: int) -> FloatArray:
    """Add up all voxels that copy the same one: the transpose of taking `index` along `axis`."""
    from scipy.sparse import csr_array

    ones = np.ones(len(index), array.dtype)
    gather = csr_array((ones, (index, np.arange(len(index)))), shape=(length, len(index)))
    moved = np.moveaxis(array, axis, 0)
    folded = gather @ moved.reshape(len(index), -1)
    return np.ascontiguousarray(np.moveaxis(folded.reshape(length, *moved.shape[1:]), 0, axis))


def wrapped(psf: FloatArray, box: Shape, reach: Shape, dtype: np.dtype[np.floating]) -> FloatArray:
    """Put a PSF's centre at the origin of a box; parts that do not fit wrap around, as a period requires."""
    index = np.ix_(*(np.arange(-r, r + 1) % length for r, length in zip(reach, box, strict=True)))
    if all(2 * r < length for r, length in zip(reach, box, strict=True)):  # nothing meets
        out = np.zeros(box, dtype)
        out[index] = _reached(psf, reach)
        return out
    summed = np.zeros(box, np.float64)
    np.add.at(summed, index, _reached(psf, reach))
    return summed.astype(dtype)


def _reached(psf: FloatArray, reach: Shape) -> FloatArray:
    """Return the part of a PSF that reaches so far."""
    return psf[tuple(slice(n // 2 - r, n // 2 + r + 1) for n, r in zip(psf.shape, reach, strict=True))]
