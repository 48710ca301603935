"""Side lobes found in an image: how far from the main peak they lie along an axis, and how high they are.

A microscope of two lenses (4Pi) shows each point three times along its axis: once where it is, and fainter before and
behind (Hell, Schrader & van der Voort 1997, J. Microsc. 187:1). The bright points of an image, laid on top of each
other, show that pattern however the rest of the image looks: other structure near a point lies elsewhere for each of
them, and a median over the points does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.lobes.fit import bootstrap_errors, fit_lobes, profiles_of, signal_of, stacked
from napari_deconvolve.psf.points import points
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.values import MAX_AXES, as_spacing

Values = NDArray[np.float64]

MIN_LOBE_HEIGHT = 0.04  # of the main peak: fainter lobes cannot be separated from a PSF's own tails
MIN_SIGNIFICANCE = 3.0  # standard deviations
EQUAL_HEIGHTS = 2.0  # standard deviations by which equal heights may differ


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
        Standard deviation of `distance`, by a bootstrap over the points.
    height_errors : tuple of float
        Those of `heights`.
    points : int
        The number of bright points they were found from.
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
        if abs(before - behind) <= EQUAL_HEIGHTS * float(np.hypot(*self.height_errors)):
            before = behind = (before + behind) / 2
        return before, 1.0, behind

    @property
    def text(self) -> str:
        """The lobes in a sentence."""
        before, behind = self.heights
        return (
            f"Lobes at ±{self.distance:.4g} ± {self.distance_error:.2g} {self.unit}, {before:.3f} ± "
            f"{self.height_errors[0]:.2g} and {behind:.3f} ± {self.height_errors[1]:.2g} of the main peak, found from "
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
    spacing, unit
        See `PSF`.
    axis : int
        Along which the lobes lie.
    distance : float, optional
        Where the lobes are looked for, in `unit`, to about a quarter; everywhere if absent.

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
    main peak cannot be separated from it, and points that stand in rows at one distance look like lobes.

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
    signal = signal_of(data)
    reach = _reach(data.shape[along], None if distance is None else distance / step)
    profiles = profiles_of(np.moveaxis(signal, along, 0), reach)
    near = None if distance is None else distance / step
    found = fit_lobes(stacked(profiles), reach, near)
    errors = bootstrap_errors(profiles, reach, found)
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


def _reach(length: int, near: float | None) -> int:
    """Return how far from a point to look, in samples: a third of the image, unless the distance is given."""
    wanted = length // 3 if near is None else round(2 * near)
    reach = min(wanted, (length - 1) // 2)
    if reach < 4:
        raise ParameterError(
            f"The image has {length} samples along this axis, too few for lobes beside a point; "
            "choose another axis, or a larger image."
        )
    return reach


def _judge(found: Values, errors: Values, count: int) -> None:
    """Refuse lobes that are not significant."""
    height = found[1] + found[2]
    error = float(np.hypot(errors[1], errors[2]))
    if height < 2 * MIN_LOBE_HEIGHT or height < MIN_SIGNIFICANCE * error or errors[0] > 0.2 * found[0]:
        raise ParameterError(
            f"No side lobes are found along this axis: beside {count} bright points there is {max(height / 2, 0):.2f} "
            f"± {error / 2:.2f} of their height on either side; choose another axis, or give distance and heights "
            "yourself."
        )
