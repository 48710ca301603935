"""Small pictures of images and estimates, for reports."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.image import is_lazy
from napari_deconvolve.image.shown import GAMMA, png

LONGEST = 240  # samples along a side
LINE_HEIGHT = 90  # of the picture of a spectrum
WHITE = 99.95  # percentile that is shown as white


def picture(data: Any) -> str:
    """Return an array as PNG in base64: the maximum over all but its last two axes, and of a spectrum its line.

    Of an array that is not in memory the middle of these axes is read alone.
    """
    plane = _line(_plain(np.asarray(data))) if len(data.shape) == 1 else _shown(_small(_plane(data)))
    return base64.b64encode(png(plane)).decode("ascii")


def _plane(data: Any) -> NDArray[np.floating]:
    leading = len(data.shape) - 2
    if is_lazy(data):
        return _plain(np.asarray(data[tuple(length // 2 for length in data.shape[:leading])]))
    with np.errstate(invalid="ignore"):
        return _plain(np.asarray(np.fmax.reduce(np.asarray(data).reshape(-1, *data.shape[leading:]), axis=0)))


def _plain(data: NDArray[Any]) -> NDArray[np.floating]:
    return np.nan_to_num(data.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _small(plane: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return a plane in which blocks are their brightest sample, so that points stay."""
    step = max(1, -(-max(plane.shape) // LONGEST))
    for axis in (0, 1):
        plane = np.maximum.reduceat(plane, np.arange(0, plane.shape[axis], step), axis=axis)
    return plane


def _shown(plane: NDArray[np.floating]) -> NDArray[np.uint8]:
    low, high = float(plane.min()), float(np.percentile(plane, WHITE))
    share = np.clip((plane - low) / (high - low if high > low else 1.0), 0, 1)
    shown: NDArray[np.uint8] = np.round(255 * share**GAMMA).astype(np.uint8)
    return shown


def _line(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Draw a spectrum: in each column from its lowest to its highest sample there, and on to the next."""
    starts = np.unique(np.linspace(0, len(values), min(LONGEST, len(values)), endpoint=False).astype(int))
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    low[1:], high[1:] = np.minimum(low[1:], high[:-1]), np.maximum(high[1:], low[:-1])
    bottom, span = float(values.min()), float(np.ptp(values)) or 1.0
    rows = np.arange(LINE_HEIGHT)[:, None]
    first, last = (np.round((LINE_HEIGHT - 1) * (1 - (one - bottom) / span)) for one in (high, low))
    drawn: NDArray[np.uint8] = np.where((rows >= first) & (rows <= last), 255, 0).astype(np.uint8)
    return drawn
