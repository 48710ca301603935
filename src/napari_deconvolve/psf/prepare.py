"""From any array to a PSF: pedestal off, centred between samples if need be, odd-sized."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.defective import find_defective
from napari_deconvolve.psf.masked import without_gaps
from napari_deconvolve.psf.pedestal import Pedestal, find_pedestal
from napari_deconvolve.psf.psf import PSF, SIGNED
from napari_deconvolve.psf.signed import has_lobes, is_filter
from napari_deconvolve.psf.values import as_spacing, checked_values
from napari_deconvolve.psf.wrapped import unwrapped

Center = str | float | Sequence[float]
Values = NDArray[np.float64]

SAME_PLACE = 0.01  # samples: a centre this close to a sample is on it
MAX_REFINEMENTS = 3  # of the centre: each leaves a small part of the error
MAX_CORRECTION = 0.25  # samples: the largest of cores that are samples of anything smooth is a tenth of that
OPEN_END = 0.3  # of the peak: an end that is so bright
SPLINE_MARGIN = 6  # samples around the core that a spline of order 5 feels
NEGATIVE = ("auto", "keep", "zero")
CENTERS = ("auto", "middle", "peak", "first")  # the places that have names


def from_array(
    array: ArrayLike,
    spacing: float | Sequence[float] = 1.0,
    *,
    center: Center = "auto",
    background: float | str = "auto",
    unit: str = "um",
    negative: str = "auto",
) -> PSF:
    """Make a PSF from a measured or calculated array.

    Parameters
    ----------
    array : array_like
        1 to 3 axes of any length.
    spacing, unit
        See `PSF`.
    center : {"auto", "middle", "peak", "first"} or index
        Where the zero lag is: the centroid of the core (the samples above half of the maximum), the sample n//2, the
        highest sample, the first sample, or an index that may be fractional, one per axis or one for all. A centre
        between samples is moved onto one by a shift in Fourier space. For a response that begins at once, as those of
        instruments in time do, it is 0: nothing comes before.
    background : float or "auto"
        Pedestal to take off; "auto" is the level that all corners share far below the peak, of either sign, and takes
        single samples that stand alone, as hot pixels do, from their neighbours.
    negative : {"auto", "keep", "zero"}
        What negative samples become. By default noise around zero is set to 0, and lobes are kept: the PSF is then
        signed, and only the Wiener filter takes it as it is.

    Returns
    -------
    PSF
        Padded to odd lengths around the centre; `notes` list the steps.

    Raises
    ------
    PSFError
        For values that are not finite, a sum of zero, or a centre outside the array.
    """
    given, filled = without_gaps(array)
    values: Values = checked_values(given).astype(np.float64)
    notes: list[str] = []
    values = _without_wrap(values, center, notes)
    if is_filter(values) and background == "auto":
        background = 0.0
    if background == "auto":
        values = _without_defective(values, notes)
    before = len(notes)
    values = _without_pedestal(values, background, center, notes)
    _refuse_dark(values)
    values, signed = _of_sign(values, negative, notes, len(notes) > before)
    middle = zero_lag(values, center)
    values, whole = _onto_samples(values, middle, notes, signed)
    values = _odd_around(values, whole)
    steps = as_spacing(spacing, values.ndim)
    info = {"source": "array", SIGNED: True} if signed else {"source": "array"}
    return PSF(values, steps, unit, info, (*filled, *notes))


def read_center(text: str) -> Center | None:
    """Return a centre as it was typed: a name, or an index per axis with commas between; None for what is neither."""
    if text in CENTERS:
        return text
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        return None


def _without_wrap(values: Values, center: Center, notes: list[str]) -> Values:
    """Return the samples with their zero lag inside, where nobody says that it is elsewhere."""
    found, axes = unwrapped(values)
    if not axes:
        return values
    along = ", ".join("zyx"[axis - values.ndim] for axis in axes)
    said = center != "auto"
    what = 'kept, as its centre was given; "auto" puts it together' if said else "put together in the middle"
    notes.append(f"its light lies at both ends along {along}: {what}")
    return values if said else found


def _refuse_dark(values: Values) -> None:
    lowest, highest = float(values.min()), float(values.max())
    if lowest < highest <= 0:
        raise PSFError(
            f"No sample of the PSF is above zero: they go from {lowest:.4g} to {highest:.4g}; take off the level that "
            "they stand on, as psf.from_array does."
        )


def _without_pedestal(values: Values, background: float | str, center: Center, notes: list[str]) -> Values:
    if background == "auto":
        found = find_pedestal(values, begins_at(values, center))
    elif isinstance(background, str) or not np.isfinite(background):
        raise PSFError(f"The PSF's background is {background!r}; give a number or 'auto'.")
    else:
        found = Pedestal(float(background))
    if not found:
        return values
    notes.append(found.words(values.shape))
    return found.taken_off(values)


def _without_defective(values: Values, notes: list[str]) -> Values:
    found = find_defective(values)
    if found is None:
        return values
    notes.append(f"{found.words}: taken from the neighbours")
    return found.cured


def _of_sign(values: Values, negative: str, notes: list[str], lowered: bool) -> tuple[Values, bool]:
    """Return the samples, and whether they are signed: noise below zero is cut off, lobes are kept.

    Half of the noise around a level that was taken off is negative, so of that there is nothing to say.
    """
    if negative not in NEGATIVE:
        raise PSFError(f"The PSF's negative is {negative!r}; choose {', '.join(NEGATIVE)}.")
    count = int(np.count_nonzero(values < 0))
    if not count:
        return values, False
    outweighed = lowered and float(values.sum()) <= 0  # by a level that was given too high
    kept: bool = negative == "keep" or (negative == "auto" and has_lobes(values) and not outweighed)
    if kept:
        notes.append(f"{count} negative samples kept, down to {values.min() / values.max():.2%} of the peak")
        return values, True
    if not lowered:
        notes.append(f"{count} negative samples set to 0")
    return np.maximum(values, 0), False


def zero_lag(values: Values, center: Center) -> tuple[float, ...]:
    """Return the place that a centre names, as an index per axis; raise `PSFError` for one that is none."""
    if isinstance(center, str):
        if center == "middle":
            return tuple(float(length // 2) for length in values.shape)
        if center == "peak":
            return tuple(float(place) for place in np.unravel_index(int(np.argmax(values)), values.shape))
        if center == "first":
            return (0.0,) * values.ndim
        if center == "auto":
            return core_centroid(values)
        raise PSFError(
            f"The PSF's centre is {center!r}; choose auto, middle or peak, first, or give an index per axis."
        )
    given = np.atleast_1d(np.asarray(center, np.float64))
    if given.shape not in ((1,), (values.ndim,)) or not np.isfinite(given).all():
        raise PSFError(f"The PSF's centre is {center!r}; give one index per axis ({values.ndim}).")
    places = tuple(float(place) for place in np.broadcast_to(given, (values.ndim,)))
    if any(not 0 <= place <= length - 1 for place, length in zip(places, values.shape, strict=True)):
        raise PSFError(f"The PSF's centre {places} lies outside its shape {values.shape}; give an index inside.")
    return places


def begins_at(values: Values, center: Center) -> int | None:
    """Return the sample that a line is said to begin at; None where nobody says it."""
    if values.ndim > 1 or (isinstance(center, str) and center != "first"):
        return None
    return math.floor(zero_lag(values, center)[0] + 0.5)


def core_centroid(values: Values) -> tuple[float, ...]:
    """Return the centroid of the connected core above half of the maximum, weighted by the height above half.

    A core of few samples, cut off at half height, pulls its own centroid towards a sample (by 0.025 at a FWHM of 4
    samples) unless it is centred on one: so it is moved there, by a spline, and measured again. A box looks alike
    wherever it is moved to, and keeps its own.
    """
    from scipy import ndimage

    place = first = _centroid(values)
    near = np.floor(place + 0.5).astype(int)
    core = np.nonzero(_core(values)[0])
    reach = np.array([np.abs(places - middle).max() for places, middle in zip(core, near, strict=True)]) + SPLINE_MARGIN
    low = np.maximum(near - reach, 0)
    window = values[tuple(slice(a, b) for a, b in zip(low, near + reach + 1, strict=True))]
    for _ in range(MAX_REFINEMENTS):
        rest = near - place
        if np.all(np.abs(rest) < SAME_PLACE):
            break
        moved = ndimage.shift(window, rest, order=5, mode="nearest")
        place = _centroid(moved) + low - rest
        if np.any(np.abs(place - first) > MAX_CORRECTION):
            place = first
            break
    return tuple(float(number) for number in place)


def _centroid(values: Values) -> Values:
    """Return the centroid of the core as it is sampled."""
    from scipy import ndimage

    core, half = _core(values)
    return np.asarray(ndimage.center_of_mass(np.where(core, values - half, 0)), np.float64)


def _core(values: Values) -> tuple[NDArray[np.bool_], float]:
    """Return the samples above half of the highest one and connected to it, and that half."""
    from scipy import ndimage

    peak = np.unravel_index(int(np.argmax(values)), values.shape)
    half = float(values[peak]) / 2
    if half <= 0:
        raise PSFError("The PSF is zero everywhere, so it passes no light; give one with a positive sum.")
    labels, _ = ndimage.label(values > half, structure=np.ones((3,) * values.ndim))
    return labels == labels[peak], half


def _onto_samples(
    values: Values, center: tuple[float, ...], notes: list[str], signed: bool
) -> tuple[Values, tuple[int, ...]]:
    """Shift by less than a sample so that the centre falls on one; return the values and that index."""
    from scipy import ndimage

    whole = tuple(int(np.floor(place + 0.5)) for place in center)
    rest = [near - place for near, place in zip(whole, center, strict=True)]
    moved = [shift if abs(shift) > SAME_PLACE else 0.0 for shift in rest]
    off = [place - length // 2 for place, length in zip(center, values.shape, strict=True)]
    if any(abs(distance) > SAME_PLACE for distance in off):
        notes.append(f"centred: moved by {', '.join(f'{0.0 - round(distance, 2):+.2f}' for distance in off)} samples")
    if not any(moved):
        return values, whole
    if _has_open_ends(values, moved):
        grown = np.pad(values, [(1, 1) if shift else (0, 0) for shift in moved])
        places = tuple(place + bool(shift) for place, shift in zip(whole, moved, strict=True))
        return ndimage.shift(grown, moved, order=1, mode="constant"), places
    # Zeros around keep light that leaves on one side from entering on the other.
    pad = [(4, 4) if shift else (0, 0) for shift in moved]
    spectrum = ndimage.fourier_shift(np.fft.fftn(np.pad(values, pad)), moved)
    shifted = np.fft.ifftn(spectrum).real
    if not signed:
        shifted = np.maximum(shifted, 0)
    inside = tuple(slice(low, low + n) for (low, _), n in zip(pad, values.shape, strict=True))
    return shifted[inside], whole


def _has_open_ends(values: Values, moved: Sequence[float]) -> bool:
    """Return whether a kernel breaks off along an axis that it is moved along, as a box does: waves would ring there.

    Moved by straight lines between samples it keeps its sum and its centre, and grows by a sample.
    """
    for axis, shift in enumerate(moved):
        ends = np.abs(np.take(values, (0, -1), axis))
        if shift and float(ends.max()) > OPEN_END * float(np.abs(values).max()):
            return True
    return False


def _odd_around(values: Values, center: tuple[int, ...]) -> Values:
    """Pad with zeros so that `center` is the middle of odd lengths."""
    pad = [
        (max(0, length - 1 - 2 * place), max(0, 2 * place - (length - 1)))
        for place, length in zip(center, values.shape, strict=True)
    ]
    return np.pad(values, pad)
