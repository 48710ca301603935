"""Values in one line, and as a small picture in notebooks."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 64  # samples along a side of a picture
GAMMA = 0.5  # so that faint ends are seen


def size(shape: tuple[int, ...]) -> str:
    """Return a shape for a line: "13 × 31 × 31"."""
    return " × ".join(map(str, shape))


def thumbnail(values: NDArray[Any]) -> str:
    """Return an HTML picture of an array: its last two axes, the middle of all others, dark to bright."""
    middle = tuple(length // 2 for length in values.shape[:-2])
    step = max(1, -(-max(values.shape[-2:]) // LONGEST))
    every = (slice(None, None, step),) * min(2, len(values.shape))
    small = np.nan_to_num(np.atleast_2d(np.asarray(values[(*middle, *every)])).astype(np.float64))  # may be lazy
    low, high = float(small.min(initial=0)), float(small.max(initial=0))
    grey = np.round(255 * ((small - low) / (high - low if high > low else 1.0)) ** GAMMA).astype(np.uint8)
    picture = base64.b64encode(png(grey)).decode("ascii")
    style = "image-rendering:pixelated;height:96px;max-width:384px;min-width:48px"
    return f'<img style="{style}" src="data:image/png;base64,{picture}"/>'


def page(line: str, values: NDArray[Any] | None = None) -> str:
    """Return a line of text for a notebook, with a picture above it."""
    return f"<div>{'' if values is None else thumbnail(values)}<br/><code>{html.escape(line)}</code></div>"


def png(grey: NDArray[np.uint8]) -> bytes:
    """Return grey values as a PNG: small enough that no library is needed for it."""
    high, wide = grey.shape
    rows = b"".join(b"\0" + row.tobytes() for row in grey)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
