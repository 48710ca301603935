"""Fourier transforms of a padded box, slab by slab: the only place that chooses threads.

A convolution by FFT reads and writes the whole box about ten times when it is written as four library calls
with element-wise work between them. Here the box is swept in slabs that fit into the cache, and each sweep does all
that can be done to a slab while it is there:

* ``load``      real slab -> transform along all axes but the first
* ``filter``    columns along the first axis: transform, multiply by the OTF, transform back
* ``exchange``  transform back to a real slab, let the caller change it, transform again
* ``store``     transform back to a real slab for the caller

Where the data are known to lie inside a smaller frame at the box's origin, rows of zeros are not transformed.
One box of half-complex numbers is all the memory that this takes, beside the slabs.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.threads import at_once
from napari_deconvolve.core.transforms.lines import ComplexArray, Lines, Transfer, available_lines
from napari_deconvolve.errors import Cancelled

Cancel = Callable[[], bool]
Fill = Callable[[slice, FloatArray], None]
Sums = tuple[float, ...]
Index = tuple[slice, ...]
Change = Callable[[Index, FloatArray], Sums]
Part = tuple[slice, slice]
Columns = Callable[[Part, ComplexArray], ComplexArray]

SLAB_BYTES = 1 << 20  # measured: 1 MiB beats 256 KiB and 4 MiB in 2D and 3D
PIECE_VOXELS = 1 << 17  # at a time in element-wise work; measured: 2^14 pays for the calls, 2^18 for the cache
SERIAL_BYTES = 1 << 18  # below this, handing work to threads costs more than it saves


def cpu_count() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


class SlabFFT:
    """The half-done spectrum of a real box of `shape`, swept slab by slab.

    Parameters
    ----------
    shape : tuple of int
        The padded box, 1 to 3 axes.
    frame : tuple of int
        The part at the origin outside which a frame's data are zero, at most `shape`.
    workers : int, optional
        Threads; by default all cores for large boxes and one for small ones.
    cancelled : callable, optional
        Polled before every slab; if it returns True, `Cancelled` is raised.
    lines : Lines, optional
        The library; by default the fastest that is installed.
    """

    def __init__(
        self,
        shape: Shape,
        frame: Shape,
        dtype: np.dtype[np.floating],
        *,
        workers: int | None = None,
        cancelled: Cancel | None = None,
        lines: Lines | None = None,
    ) -> None:
        # A line is a box of one row, so that there is always a first axis to sweep along.
        self.flat = len(shape) == 1
        self.shape: Shape = (1, *shape) if self.flat else tuple(shape)
        self.frame: Shape = (1, *frame) if self.flat else tuple(frame)
        self.dtype = dtype
        self.length = self.shape[-1]
        complex_dtype = np.result_type(dtype, np.complex64)
        self.spectrum: ComplexArray = np.zeros((*self.shape[:-1], self.length // 2 + 1), complex_dtype)
        self.cancelled = cancelled or (lambda: False)
        self.lines = lines or available_lines()
        small = self.spectrum.nbytes < SERIAL_BYTES
        self.workers = 1 if small else max(1, workers or cpu_count())
        threads = at_once(self.workers)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._slabs = _split(self.shape[0], self.spectrum[0].nbytes, self.workers)
        self._frame_slabs = _split(self.frame[0], self.spectrum[0].nbytes, self.workers)
        self._columns = self._split_columns()
        self._conjugate: tuple[Transfer, Transfer] | None = None

    def _split_columns(self) -> list[tuple[slice, slice]]:
        line = self.spectrum[:, 0].nbytes if len(self.shape) == 3 else self.spectrum[:, :1].nbytes
        return [(slice(None), part) for part in _split(self.spectrum.shape[1], line, self.workers)]

    def close(self) -> None:
        """End the threads, and let the memory go."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        self.spectrum = self.spectrum[:0].copy()

    def share(self, work: Callable[[Any], Sums], parts: Sequence[Any]) -> Sums:
        """Do `work` on all parts in the threads; add up its results in the order of the parts, so that runs repeat."""

        def checked(part: Any) -> Sums:
            if self.cancelled():
                raise Cancelled("The run was stopped.")
            return work(part)

        if len(parts) == 1:
            return checked(parts[0])
        return _added(map(checked, parts) if self._pool is None else self._pool.map(checked, parts))

    def _piecewise(self, change: Change, slab: slice, real: FloatArray, in_frame: bool) -> Sums:
        """Hand a slab over in pieces, each with its index in the box."""
        if in_frame:
            real = real[..., : self.frame[-1]]
        if real.ndim == 2 and real.size <= PIECE_VOXELS:
            return change((slab,), real)
        pieces: list[Index] = [(part,) for part in _parts(len(real), max(1, PIECE_VOXELS // max(1, real[0].size)))]
        if real.ndim == 3 and real[0].size > PIECE_VOXELS:
            rows = _parts(real.shape[1], max(1, PIECE_VOXELS * real.shape[1] // real[0].size))
            pieces = [(plane, part) for (plane,) in pieces for part in rows]
        return _added(change((_shifted(piece[0], slab.start), *piece[1:]), real[piece]) for piece in pieces)

    def load(self, fill: Fill, *, in_frame: bool) -> None:
        """Transform a real box that `fill(slab, real)` writes slab by slab.

        With `in_frame`, `real` spans the frame (its last axis is padded with zeros already) and the rest is zero.
        """

        def work(slab: slice) -> Sums:
            real = np.zeros(self._real_shape(slab, in_frame), self.dtype)
            fill(slab, real[..., : self.frame[-1]] if in_frame else real)
            self._analyse(slab, real, in_frame)
            return ()

        if in_frame:
            self._clear_outside()
        self.share(work, self._frame_slabs if in_frame else self._slabs)

    def store(self, take: Change, *, in_frame: bool) -> Sums:
        """Transform back; `take(index, real)` sees each piece once. Return the sums of its results."""

        def work(slab: slice) -> Sums:
            return self._piecewise(take, slab, self._synthesise(slab, in_frame), in_frame)

        return self.share(work, self._frame_slabs if in_frame else self._slabs)

    def exchange(self, change: Change, *, in_frame: bool) -> Sums:
        """Transform back, let `change(index, real)` write new values into each piece, and transform these."""

        def work(slab: slice) -> Sums:
            real = self._synthesise(slab, in_frame)
            sums = self._piecewise(change, slab, real, in_frame)
            if in_frame:
                real[..., self.frame[-1] :] = 0
            self._analyse(slab, real, in_frame)
            return sums

        total = self.share(work, self._frame_slabs if in_frame else self._slabs)
        if in_frame:
            self._clear_outside()
        return total

    def filter(self, transfer: Transfer, *, adjoint: bool) -> None:
        """Multiply the spectrum by `transfer`, or by its complex conjugate."""
        conjugated = adjoint and np.iscomplexobj(transfer)
        if conjugated and transfer.nbytes < SERIAL_BYTES:
            transfer, conjugated = self._conjugate_of(transfer), False

        def work(part: tuple[slice, slice]) -> Sums:
            block = self.spectrum[part]
            factor = np.conjugate(transfer[part]) if conjugated else transfer[part]
            if self.shape[0] == 1:
                block *= factor
                return ()
            lines = np.ascontiguousarray(block)
            lines = self.lines.c2c(lines, 0, True)
            _multiply(lines, factor)
            lines = self.lines.c2c(lines, 0, False)
            if not np.may_share_memory(lines, block):
                block[...] = lines
            return ()

        self.share(work, self._columns)

    def _conjugate_of(self, transfer: Transfer) -> Transfer:
        """Return the complex conjugate of a small transfer function, which the next step needs again."""
        if self._conjugate is None or self._conjugate[0] is not transfer:
            self._conjugate = transfer, np.conjugate(transfer)
        return self._conjugate[1]

    def columns(self, change: Columns) -> None:
        """Let `change(part, lines)` turn each group of columns along the first axis into others.

        `part` is their place in the spectrum. The lines may be changed in place; `along` transforms them.
        """

        def work(part: Part) -> Sums:
            self.spectrum[part] = change(part, np.ascontiguousarray(self.spectrum[part]))
            return ()

        self.share(work, self._columns)

    def along(self, lines: ComplexArray, *, forward: bool) -> ComplexArray:
        """Transform lines along the first axis, in place where the library can; without scaling either way."""
        return self.lines.c2c(lines, 0, forward)

    def transfer_function(self, fill: Fill, *, even: bool = False, mirrored: bool = False) -> Transfer:
        """Return the whole spectrum of a real box, divided by its size so that a round trip has gain one.

        With `even` the box is known to be the same on all sides of its origin, and only the real part is kept. With
        `mirrored` it is so along its first axis alone too, and half of the spectrum is kept.
        """
        self.load(fill, in_frame=False)
        rows = self.shape[0] // 2 + 1 if mirrored else self.shape[0]
        transfer = np.empty((rows, *self.spectrum.shape[1:]), self.dtype if even else self.spectrum.dtype)
        for part in self._columns:
            lines = self.spectrum[part].copy()
            if self.shape[0] > 1:
                lines = self.lines.c2c(lines, 0, True)[:rows]
            transfer[part] = lines.real if even else lines
        transfer /= float(np.prod(self.shape))
        return transfer

    def _real_shape(self, slab: slice, in_frame: bool) -> Shape:
        middle = self.frame[1:-1] if in_frame else self.shape[1:-1]
        return (slab.stop - slab.start, *middle, self.length)

    def _analyse(self, slab: slice, real: FloatArray, in_frame: bool) -> None:
        block = self.spectrum[slab]
        if block.ndim == 2:
            self.lines.r2c(real, block)
            return
        rows = real.shape[1]
        self.lines.r2c(real, block[:, :rows])
        block[:, rows:] = 0
        done = self.lines.c2c(block, 1, True)
        if not np.may_share_memory(done, block):
            block[...] = done

    def _synthesise(self, slab: slice, in_frame: bool) -> FloatArray:
        block = self.spectrum[slab]
        real = np.empty(self._real_shape(slab, in_frame), self.dtype)
        if block.ndim == 3:
            block = self.lines.c2c(block, 1, False)[:, : real.shape[1]]
        return self.lines.c2r(block, self.length, real)

    def _clear_outside(self) -> None:
        self.spectrum[self.frame[0] :] = 0


def _multiply(lines: ComplexArray, factor: Transfer) -> None:
    """Multiply lines along the first axis by a transfer function, or by the half of one that is mirrored."""
    half, count = len(factor), len(lines)
    lines[:half] *= factor
    if half < count:
        lines[half:] *= factor[1 : count - half + 1][::-1]


def _added(results: Iterable[Sums]) -> Sums:
    return tuple(math.fsum(column) for column in zip(*results, strict=True))


def _shifted(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def _split(length: int, bytes_each: int, workers: int) -> list[slice]:
    """Cut `length` into slabs of about `SLAB_BYTES`, at least one for each worker."""
    return _parts(length, max(1, min(SLAB_BYTES // max(1, bytes_each), -(-length // workers))))


def _parts(length: int, step: int) -> list[slice]:
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]
