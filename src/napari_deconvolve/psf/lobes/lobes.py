"""Side lobes found in an image: how far from the main peak they lie along an axis, and how high they are.

A microscope of two lenses (4Pi) shows each point three times along its axis: once where it is, and fainter before and
behind (Hell, Schrader & van der Voort 1997, J. Microsc. 187:1). The bright points of an image, laid on top of each
other, show that pattern however the rest of the image looks: what else stands near a point stands at another place for
each of them, and a median over the points does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.points import points
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.values import MAX_AXES, as_spacing

Values = NDArray[np.float64]

MOST = 400  # points that are looked at
FEWEST = 4  # points that can be told from chance
DRAWS = 48  # of the points anew, for the uncertainties
LEAST = 0.04  # of the main peak: fainter lobes cannot be told from a PSF's own tails
SURE = 3.0  # standard deviations
ALIKE = 2.0  # standard deviations by which equal heights may differ
FAINT = 0.15  # of the brightest point: fainter ones are not looked at
NOISE = 5.0  # standard deviations that a point stands above the background
NEAR = 3  # samples: points as near as this across the axis count as one
SEED = 7


@dataclass(frozen=True, slots=True)
class Lobes:
    """Side lobes along one axis of an image.

    Attributes
    ----------
    distance : float
        From the main peak to either lobe, in `unit`.
    heights : tuple of float
        Of the lobe before the main peak (at smaller indices) and the one behind it, relative to the main peak.
    distance_error : float
        Standard deviation of `distance`, from drawing the points anew.
    height_errors : tuple of float
        Those of `heights`.
    points : int
        How many bright points have told it.
    axis : int
        Of the image.
    spacing : tuple of float
        Of the image, per axis, in `unit`.
    unit : str
        Name of the unit.
    """

    distance: float
    heights: tuple[float, float]
    distance_error: float
    height_errors: tuple[float, float]
    points: int
    axis: int
    spacing: tuple[float, ...]
    unit: str = "um"

    @property
    def offsets(self) -> tuple[tuple[float, ...], ...]:
        """Where lobe, main peak and lobe are: one line of as many numbers as the image has axes."""
        places = np.zeros((3, len(self.spacing)))
        places[:, self.axis] = (-self.distance, 0.0, self.distance)
        return tuple(tuple(float(value) for value in line) for line in places)

    @property
    def weights(self) -> tuple[float, float, float]:
        """Heights of lobe, main peak and lobe; those of lobes that may well be equal are their mean."""
        before, behind = self.heights
        if abs(before - behind) <= ALIKE * float(np.hypot(*self.height_errors)):
            before = behind = (before + behind) / 2
        return before, 1.0, behind

    @property
    def text(self) -> str:
        """What was found, in a sentence."""
        before, behind = self.heights
        return (
            f"Lobes at ±{self.distance:.4g} ± {self.distance_error:.2g} {self.unit}, {before:.3f} ± "
            f"{self.height_errors[0]:.2g} and {behind:.3f} ± {self.height_errors[1]:.2g} of the main peak, told by "
            f"{self.points} bright points."
        )

    def psf(self) -> PSF:
        """Make the kernel of three points, blurred alike; it has as many axes as the image."""
        return points(self.offsets, self.weights, self.spacing, unit=self.unit, alike=True)


def find_lobes(
    image: ArrayLike,
    spacing: float | Sequence[float] = 1.0,
    axis: int = 0,
    *,
    distance: float | None = None,
    unit: str = "um",
) -> Lobes:
    """Find side lobes along an axis from the bright points of an image.

    Parameters
    ----------
    image : array_like
        1 to 3 axes of counts. Samples that are no numbers count as background.
    spacing : float or sequence of float
        Distance of samples per axis, in `unit`.
    axis : int
        Along which the lobes lie.
    distance : float, optional
        Where the lobes are looked for, in `unit`, to about a quarter; everywhere if absent.
    unit : str
        Name of the unit.

    Returns
    -------
    Lobes

    Raises
    ------
    ParameterError
        For arguments that cannot be used; when there are too few bright points, or no lobes beside them.

    Notes
    -----
    The profiles of points along the axis are put on top of each other to a part of a sample, each divided by its
    own height; of each place the median is taken. Three peaks of one width are fitted to it. Lobes higher than the
    main peak cannot be told from it, and points that stand in rows at one distance look like lobes.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((64, 20, 20))
    >>> for place in ((30, 4, 5), (25, 15, 6), (36, 5, 15), (28, 14, 15), (33, 9, 10)):
    ...     image[place] = 100
    >>> image = np.roll(image, 6, 0) * 0.5 + image + np.roll(image, -6, 0) * 0.4
    >>> found = find_lobes(image, 0.05)
    >>> round(found.distance, 3), [round(height, 2) for height in found.heights]
    (0.3, [0.4, 0.5])
    """
    data, along = _arguments(image, axis)
    steps = as_spacing(spacing, data.ndim)
    step = steps[along]
    if distance is not None and not (np.isfinite(distance) and distance > 0):
        raise ParameterError(f"The lobes' distance is {distance!r}; give a length above 0, or none.")
    signal = _signal(data)
    reach = _reach(data.shape[along], None if distance is None else distance / step)
    profiles = _profiles(np.moveaxis(signal, along, 0), reach)
    near = None if distance is None else distance / step
    found = _fit(_stacked(profiles), reach, near)
    errors = _errors(profiles, reach, found)
    _judge(found, errors, len(profiles))
    return Lobes(
        distance=float(found[0] * step),
        heights=(float(found[1]), float(found[2])),
        distance_error=float(errors[0] * step),
        height_errors=(float(errors[1]), float(errors[2])),
        points=len(profiles),
        axis=along,
        spacing=tuple(steps),
        unit=unit,
    )


def _arguments(image: ArrayLike, axis: int) -> tuple[NDArray[Any], int]:
    data = np.asarray(image)
    if data.dtype.kind not in "buif" or data.size == 0:
        raise ParameterError(
            f"The image holds {data.dtype} in the shape {data.shape}; give real numbers, at least one."
        )
    if not 1 <= data.ndim <= MAX_AXES:
        raise ParameterError(f"The image has {data.ndim} axes; give 1 to {MAX_AXES}, one frame or stack.")
    if isinstance(axis, bool) or int(axis) != axis or not -data.ndim <= axis < data.ndim:
        raise ParameterError(f"The axis is {axis!r} of an image with {data.ndim}; give one of 0 to {data.ndim - 1}.")
    return data, int(axis) % data.ndim


def _signal(data: NDArray[Any]) -> Values:
    """Return counts above about the background: what it is exactly, the fit finds; none where there is no number."""
    good = np.isfinite(data)
    if not good.any():
        raise ParameterError("The image holds no finite number; give another.")
    base = float(np.median(data[good]))
    signal: Values = np.where(good, data, base).astype(np.float64) - base
    return signal


def _reach(length: int, near: float | None) -> int:
    """Return how far from a point to look, in samples: a third of the image, if nobody knows better."""
    wanted = length // 3 if near is None else round(2 * near)
    reach = min(wanted, (length - 1) // 2)
    if reach < 4:
        raise ParameterError(
            f"The image has {length} samples along this axis, too few for lobes beside a point; "
            "choose another axis, or a larger image."
        )
    return reach


def _profiles(signal: Values, reach: int) -> Values:
    """Return the profile of each bright point along the first axis, its top at the middle and 1 high."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    across = (0.0,) + (1.0,) * (signal.ndim - 1)
    calm = gaussian_filter(signal, across) if signal.ndim > 1 else signal
    places = _points(gaussian_filter(signal, 1.0), reach)
    offsets = np.arange(-reach, reach + 1)
    profiles = []
    for place in places:
        line = calm[(slice(None), *place[1:])]
        top = _top(line, int(place[0]))
        near = map_coordinates(line, [top + offsets], order=3, mode="constant", cval=np.nan)
        if near[reach] > 0:
            profiles.append(near / near[reach])
    if len(profiles) < FEWEST:
        raise ParameterError(
            f"The image shows {len(profiles)} bright points that stand apart, and {FEWEST} at least are needed to tell "
            "lobes by; give the lobes' distance and heights yourself, or another image."
        )
    found: Values = np.array(profiles)
    return found


def _points(smooth: Values, reach: int) -> NDArray[np.intp]:
    """Return the places of bright maxima, the brightest first; not those before or behind a brighter one."""
    from skimage.feature import peak_local_max

    middle = float(np.median(smooth))
    spread = 1.4826 * float(np.median(np.abs(smooth - middle)))
    lowest = middle + max(NOISE * spread, FAINT * (float(smooth.max()) - middle))
    window = np.ones((5, *(NEAR,) * (smooth.ndim - 1)), bool)
    tops = peak_local_max(smooth, footprint=window, threshold_abs=lowest, exclude_border=False)  # the brightest first
    tops = tops[(tops[:, 0] >= reach // 2) & (tops[:, 0] < smooth.shape[0] - reach // 2)][: 8 * MOST]
    kept: list[NDArray[np.intp]] = []
    for top in tops:
        others = np.array(kept).reshape(-1, smooth.ndim)
        beside = np.all(np.abs(others[:, 1:] - top[1:]) <= NEAR, axis=1) & (np.abs(others[:, 0] - top[0]) <= reach)
        if not beside.any():
            kept.append(top)
        if len(kept) == MOST:
            break
    return np.array(kept, np.intp).reshape(-1, smooth.ndim)


def _top(line: Values, place: int) -> float:
    """Return where the maximum near a sample is, to a part of a sample."""
    low, high = max(place - 1, 1), min(place + 1, len(line) - 2)
    near = low + int(np.argmax(line[low : high + 1]))
    left, middle, right = line[near - 1 : near + 2]
    bend = left - 2 * middle + right
    return near + (float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0)


def _stacked(profiles: Values) -> Values:
    """Return the median over points; where the image ends, over those that have something there."""
    stacked = np.zeros(profiles.shape[1])
    told = np.isfinite(profiles).any(0)
    stacked[told] = np.nanmedian(profiles[:, told], axis=0)
    return stacked


def _fit(profile: Values, reach: int, near: float | None = None, again: bool = False) -> Values:
    """Fit three peaks of one width on a level: give distance (samples), heights before and behind, and width.

    A fit that is done `again` begins at the distance that is known.
    """
    from scipy.optimize import least_squares

    offsets = np.arange(-reach, reach + 1.0)
    width = _width(profile, reach)
    low, high = (2.2 * width, reach - 1.0) if near is None else (0.75 * near, min(1.25 * near, reach - 1.0))
    if high <= low:
        raise ParameterError(
            "The bright points are so wide that lobes could not be told from them; give another image, or the lobes."
        )

    def model(values: Values) -> Values:
        distance, before, behind, sigma, level, centre = values
        peaks = [_peak(offsets - centre - shift, sigma) for shift in (-distance, 0.0, distance)]
        return np.asarray(level + before * peaks[0] + (1 - level) * peaks[1] + behind * peaks[2])

    best: Any = None
    guesses = [near] if again and near is not None else _guesses(profile, reach, width, low, high)
    for guess in guesses:
        begin = np.array([guess, 0.3, 0.3, width, 0.0, 0.0])
        bounds = ([low, 0, 0, 0.3 * width, -0.3, -0.5], [high, 1, 1, 2.5 * width, 0.6, 0.5])
        fitted = least_squares(
            lambda values: model(values) - profile, begin, bounds=bounds, loss="soft_l1", f_scale=0.05
        )
        if best is None or fitted.cost < best.cost:
            best = fitted
    found: Values = best.x[:4]
    found[1:3] /= 1 - best.x[4]
    return found


def _peak(offsets: Values, sigma: float) -> Values:
    return np.asarray(np.exp(-0.5 * (offsets / sigma) ** 2))


def _width(profile: Values, reach: int) -> float:
    """Return the sigma of the peak in the middle: where it first falls to half, or to its first dip."""
    wide = []
    for side in (profile[reach:], profile[reach::-1]):
        below = np.flatnonzero(side < 0.5)
        dip = np.flatnonzero(np.diff(side) > 0)
        first = min(int(below[0]) if below.size else len(side) - 1, int(dip[0]) + 1 if dip.size else len(side) - 1)
        high, low = side[first - 1], side[first]
        part = (high - 0.5) / (high - low) if below.size and first == below[0] and high > low else 1.0
        wide.append(first - 1 + part)
    return max(min(wide) / 1.1774, 0.35)


def _guesses(profile: Values, reach: int, width: float, low: float, high: float) -> list[float]:
    """Return distances at which both sides together stand out."""
    both = 0.5 * (profile[reach:] + profile[reach::-1])
    inside = [k for k in range(1, reach) if low <= k <= high and both[k] >= both[k - 1] and both[k] >= both[k + 1]]
    inside.sort(key=lambda k: -both[k])
    return [float(np.clip(k, low, high)) for k in inside[:3]] or [0.5 * (low + high)]


def _errors(profiles: Values, reach: int, found: Values) -> Values:
    """Return standard deviations by fitting again to points drawn anew."""
    rng = np.random.default_rng(SEED)
    fits = []
    for _ in range(DRAWS):
        drawn = profiles[rng.integers(len(profiles), size=len(profiles))]
        fits.append(_fit(_stacked(drawn), reach, float(found[0]), again=True)[:3])
    errors: Values = np.std(np.array(fits), axis=0)
    return errors


def _judge(found: Values, errors: Values, count: int) -> None:
    """Refuse what may be no lobes at all."""
    height = found[1] + found[2]
    error = float(np.hypot(errors[1], errors[2]))
    if height < 2 * LEAST or height < SURE * error or errors[0] > 0.2 * found[0]:
        raise ParameterError(
            f"No side lobes are found along this axis: beside {count} bright points there is {max(height / 2, 0):.2f} "
            f"± {error / 2:.2f} of their height on either side; choose another axis, or give distance and heights "
            "yourself."
        )
