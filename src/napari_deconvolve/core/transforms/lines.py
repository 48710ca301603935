"""The libraries of one-dimensional transforms: the only place that chooses one."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray

ComplexArray = NDArray[np.complexfloating]
Transfer = NDArray[np.inexact]  # of half a spectrum; real where its kernel is the same on all sides of its centre


def fast_length(minimum: int) -> int:
    """Return the shortest length >= `minimum` that the transform does quickly (5-smooth)."""
    from scipy.fft import next_fast_len

    return int(next_fast_len(minimum, real=True))


class Lines(Protocol):
    """One-dimensional transforms of many lines, without scaling either way."""

    def r2c(self, real: FloatArray, out: ComplexArray) -> None:
        """Transform along the last axis into `out`."""

    def c2c(self, data: ComplexArray, axis: int, forward: bool) -> ComplexArray:
        """Transform along `axis`, in place where the library can."""

    def c2r(self, data: ComplexArray, length: int, out: FloatArray) -> FloatArray:
        """Transform back along the last axis; the result is `out` or a new array."""


class ScipyLines:
    """Transforms by scipy.fft, always installed; loaded at the first use, as that takes half of the package's start."""

    def __init__(self) -> None:
        import scipy.fft

        self._fft: Any = scipy.fft

    def r2c(self, real: FloatArray, out: ComplexArray) -> None:
        """See `Lines`."""
        out[...] = self._fft.rfft(real, axis=-1)

    def c2c(self, data: ComplexArray, axis: int, forward: bool) -> ComplexArray:
        """See `Lines`."""
        if forward:
            return self._fft.fft(data, axis=axis, overwrite_x=True)  # type: ignore[no-any-return]
        return self._fft.ifft(data, axis=axis, overwrite_x=True, norm="forward")  # type: ignore[no-any-return]

    def c2r(self, data: ComplexArray, length: int, out: FloatArray) -> FloatArray:
        """See `Lines`."""
        return self._fft.irfft(data, length, axis=-1, norm="forward", overwrite_x=True)  # type: ignore[no-any-return]


class PocketLines:
    """The same transforms by the library inside of scipy.fft, which writes into given arrays.

    An iteration over a small box is an eighth quicker, as no array is made or copied. Its functions are no part of
    SciPy's interface: where they are not to be found, or take something else, `ScipyLines` does their work.
    """

    def __init__(self, module: Any) -> None:
        self._fft = module

    def r2c(self, real: FloatArray, out: ComplexArray) -> None:
        """See `Lines`."""
        self._fft.r2c(real, (real.ndim - 1,), True, 0, out, 1)

    def c2c(self, data: ComplexArray, axis: int, forward: bool) -> ComplexArray:
        """See `Lines`."""
        self._fft.c2c(data, (axis,), forward, 0, data, 1)
        return data

    def c2r(self, data: ComplexArray, length: int, out: FloatArray) -> FloatArray:
        """See `Lines`."""
        self._fft.c2r(data, (data.ndim - 1,), length, False, 0, out, 1)
        return out


class DuccLines:
    """Transforms by ducc0 (extra ``fast``), which writes into given arrays and allocates no memory."""

    def __init__(self, module: Any) -> None:
        self._fft = module.fft

    def r2c(self, real: FloatArray, out: ComplexArray) -> None:
        """See `Lines`."""
        self._fft.r2c(real, axes=(real.ndim - 1,), out=out)

    def c2c(self, data: ComplexArray, axis: int, forward: bool) -> ComplexArray:
        """See `Lines`."""
        self._fft.c2c(data, axes=(axis,), out=data, forward=forward)
        return data

    def c2r(self, data: ComplexArray, length: int, out: FloatArray) -> FloatArray:
        """See `Lines`."""
        axes = (data.ndim - 1,)
        self._fft.c2r(data, axes=axes, lastsize=length, forward=False, out=out, allow_overwriting_input=True)
        return out


def available_lines(name: str | None = None) -> Lines:
    """Choose the library: ``ducc0`` when it is installed, else ``scipy``.

    By default the environment variable ``NAPARI_DECONVOLVE_FFT`` chooses.
    """
    wanted = name or os.environ.get("NAPARI_DECONVOLVE_FFT", "")
    library = None if wanted == "scipy" else _ducc()
    return _scipy() if library is None else DuccLines(library)


@cache
def _scipy() -> Lines:
    """Return the transforms of scipy.fft, by its inner library where that does what its functions do."""
    try:
        from scipy.fft._pocketfft import pypocketfft

        direct = PocketLines(pypocketfft)
        return direct if _round_trip(direct) else ScipyLines()
    except (ImportError, AttributeError, TypeError, ValueError):
        return ScipyLines()


def _round_trip(lines: Lines) -> bool:
    """Return whether transforms do what they should, on a box of a few samples."""
    box = np.arange(12, dtype=np.float32).reshape(3, 4)
    spectrum = np.empty((3, 3), np.complex64)
    lines.r2c(box, spectrum)
    known = np.allclose(lines.c2c(spectrum, 0, True), np.fft.rfft2(box), atol=1e-3)
    back = lines.c2r(lines.c2c(spectrum, 0, False), 4, np.empty_like(box))
    return bool(known and np.allclose(back, 12 * box, atol=1e-3))


@cache
def _ducc() -> Any:
    """Return ducc0 where it is installed; to look for what is not there takes longer than an iteration."""
    try:
        import ducc0
    except ImportError:
        return None
    return ducc0
