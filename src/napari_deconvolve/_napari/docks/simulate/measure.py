"""How far a result is from the truth, measured beside the window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.kit.words import number
from napari_deconvolve._napari.layers.lineage import scale_of, simulation_of
from napari_deconvolve._napari.layers.source import our_metadata, read, refusal, shape_text
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.run.metrics import mse, nrmse, psnr, ssim, value_range

SHOWN_ERROR_PERCENTILE = 99.9  # percentile of the errors that is shown in full colour


@dataclass(frozen=True, slots=True)
class Errors:
    """Measures of a result against the truth: 0 is best of the first two, more is better of the others.

    Attributes
    ----------
    missing : int
        Samples that are not finite in both, and are left out.
    """

    mse: float
    nrmse: float
    psnr: float
    ssim: float
    missing: int = 0

    @property
    def words(self) -> str:
        """All of them, for people."""
        likeness = "" if math.isnan(self.ssim) else f", SSIM {self.ssim:.3g}"
        left_out = f"; {self.missing:,} samples that are not finite are left out" if self.missing else ""
        return f"NRMSE {self.nrmse:.3g}, PSNR {self.psnr:.3g} dB{likeness}, MSE {number(self.mse)}{left_out}"


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A result and its truth, sample by sample.

    Attributes
    ----------
    truth, result : array-like
        Finest levels of the layers; maybe lazy.
    part : tuple of slice
        Of the truth, that the result shows.
    plane : tuple of int
        Of the result: its place along leading axes that the truth does not have, such as iterations.
    scale : float
        Counts of the result per unit of the truth.
    scaled : bool
        Whether that is known; else the scale is 1.
    pedestal : float
        What a simulated measurement holds besides the truth, in counts.
    """

    truth: Any
    result: Any
    part: tuple[slice, ...]
    plane: tuple[int, ...] = ()
    scale: float = 1.0
    scaled: bool = True
    pedestal: float = 0.0

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Return result and truth on one scale, both in counts above background."""
        truth = np.asarray(self.truth[self.part], np.float32) * np.float32(self.scale)
        result = np.asarray(self.result[self.plane] if self.plane else self.result, np.float32)
        return result - np.float32(self.pedestal), truth

    def errors(self) -> Errors:
        """Measure; samples that are not finite are left out of all but the likeness."""
        result, truth = self.arrays()
        known = np.isfinite(result) & np.isfinite(truth)
        if not known.any():
            raise ParameterError("No sample is finite in both layers; choose others.")
        given: tuple[NDArray[Any], NDArray[Any]] = (result, truth) if known.all() else (result[known], truth[known])
        error, extent = mse(*given), value_range(given[1])
        likeness = ssim(result, truth, extent) if known.all() else math.nan
        return Errors(
            error, nrmse(error, given[1]), psnr(error, extent), likeness, int(known.size - np.count_nonzero(known))
        )

    def difference_map(self) -> tuple[FloatArray, float]:
        """Return the result less the truth, and up to where it is to be shown."""
        result, truth = self.arrays()
        difference = result - truth
        return difference, float(np.nanpercentile(np.abs(difference), SHOWN_ERROR_PERCENTILE)) or 1.0


def pair_of(truth: Any, result: Any, layers: Sequence[Any], place: Sequence[int]) -> Pair:
    """Put a result and its truth together; raise `ParameterError`, in words, where they do not fit each other.

    Among `layers`, the image is looked for that the result was made of. `place` is where the sliders stand along the
    result's axes, for results with more axes than the truth.
    """
    for layer in (truth, result):
        reason = "" if layer is None else refusal(layer)
        if reason:
            raise ParameterError(reason)
    if truth is result:
        raise ParameterError("This is the truth itself; choose a result.")
    first, second = read(truth), read(result)
    more = len(second.shape) - len(first.shape)
    plane = tuple(int(np.clip(place[axis], 0, second.shape[axis] - 1)) for axis in range(max(0, more)))
    shape = second.shape[max(0, more) :]
    part = _part(first.shape, shape, our_metadata(result))
    if part is None:
        raise ParameterError(
            f"The result has shape {shape_text(second.shape)} and the truth {shape_text(first.shape)}; choose layers "
            "that show the same."
        )
    known = simulation_of(result)
    pedestal = 0.0 if known is None else known.gain * known.background + known.offset
    scale = scale_of(truth, result, layers)
    return Pair(first.data, second.data, part, plane, 1.0 if scale is None else scale, scale is not None, pedestal)


def _part(truth: tuple[int, ...], result: tuple[int, ...], stored: Any) -> tuple[slice, ...] | None:
    """Return the part of the truth that a result shows: all, or the region that its run was of."""
    if truth == result:
        return tuple(slice(0, length) for length in truth)
    start = stored.get("region", {}).get("start") if isinstance(stored.get("region"), dict) else None
    if not isinstance(start, (list, tuple)) or len(start) != len(truth) or len(result) != len(truth):
        return None
    if any(low + length > whole for low, length, whole in zip(start, result, truth, strict=True)):
        return None
    return tuple(slice(low, low + length) for low, length in zip(start, result, strict=True))
