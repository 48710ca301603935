"""What tells one image from another: a digest of its samples, the same whether they are in memory or in a file."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, native, with_gaps
from napari_deconvolve.errors import DeconvolutionError

WHOLE = 1 << 24  # samples up to which all are looked at; of larger images, which may be lazy, small parts are
AT_ONCE = 1 << 22  # samples that are read together
FRAME_AXES = 3  # of a frame at most
PLACES, EDGE = 64, 8  # of a larger image, at which it is looked at, and how many samples along each axis


def digest_of(data: Any, mask: BoolArray | None = None, *, by_frames: bool = False) -> str:
    """Return shape, type, and a hash of the samples of an array; of one of more than `WHOLE` samples, of parts.

    What a mask of its shape hides counts as missing. Read `by_frames`, along the first axis, it is the same.
    """
    found = hashlib.blake2b(digest_size=16)
    for part in _parts(data, mask, by_frames):
        found.update(part.tobytes())
    return f"{_kind(data, mask)} {found.hexdigest()}"


def is_of(digest: str, data: Any, mask: BoolArray | None = None) -> bool:
    """Return whether a digest is that of an array, which is not read where shape or type tell already.

    One that cannot be read, by a damaged chunk say, is another: whoever runs it finds out what is wrong.
    """
    if not digest.startswith(f"{_kind(data, mask)} "):
        return False
    try:
        return digest == digest_of(data, mask)
    except (DeconvolutionError, MemoryError):
        raise
    except Exception:
        return False


def _parts(data: Any, mask: BoolArray | None, by_frames: bool) -> Iterator[NDArray[np.generic]]:
    """Yield all samples of an array, or small parts that are spread evenly over a large one."""
    shape = tuple(int(length) for length in data.shape)
    # Frames of a series are read one by one, as a run reads them.
    step = 1 if by_frames or len(shape) > FRAME_AXES else max(1, AT_ONCE // max(1, math.prod(shape[1:])))
    slabs: list[tuple[slice, ...]] = [(slice(low, low + step),) for low in range(0, shape[0], step)]
    small = math.prod(shape) <= WHOLE
    for region in slabs if small else [spread_place(shape, number) for number in range(PLACES)]:
        part = native(with_gaps(np.asanyarray(data[region])))
        yield np.ascontiguousarray(part if mask is None else np.where(mask[region], part, np.float32(np.nan)))


def spread_place(shape: tuple[int, ...], number: int) -> tuple[slice, ...]:
    """Return one of `PLACES` small parts of a box: its first corner, its last, then all over it.

    A few shifts spread them evenly over a box of any number of axes (Roberts' sequence).
    """
    lengths = np.array(shape)
    share = (0.5 + number * _shifts(len(shape))) % 1.0 if number > 1 else np.full(len(shape), float(number))
    low = np.floor(share * np.maximum(lengths - EDGE, 0)).astype(int)
    return tuple(slice(int(a), int(min(a + EDGE, n))) for a, n in zip(low, lengths, strict=True))


def _shifts(axes: int) -> NDArray[np.floating]:
    root = 2.0
    for _ in range(32):
        root = (1 + root) ** (1 / (axes + 1))
    found: NDArray[np.floating] = (1 / root) ** np.arange(1, axes + 1)
    return found


def _kind(data: Any, mask: BoolArray | None) -> str:
    dtype = np.dtype(data.dtype) if mask is None else np.result_type(np.dtype(data.dtype), np.float32)
    return f"{'x'.join(str(int(length)) for length in data.shape)} {dtype.name}"
