"""Quantities that are not one number for all samples of an image: a smooth surface, or samples."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape, as_real
from napari_deconvolve.core.remember import of_shape
from napari_deconvolve.errors import ParameterError

SURFACE, KNOTS, SAMPLES = "surface", "knots", "samples"  # the sources of a map in JSON
MIN_KNOTS = 4  # along an axis: a cubic spline needs as many
MAX_BYTES = 1 << 31  # of stored samples: a longer text is none of ours

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Surface:
    """A polynomial of second order in y and x, alike in all planes; the baseline of a spectrum, which is a single row.

    Attributes
    ----------
    coefficients : tuple of float
        Of 1, y, x, y^2, y x, x^2, with y and x from -1 to 1 over `lengths`; in counts.
    lengths : tuple of int
        Samples of the whole image along y and x.
    origin : tuple of int
        Where a part of it begins.
    """

    coefficients: tuple[float, ...]
    lengths: tuple[int, int]
    origin: tuple[int, int] = (0, 0)

    @property
    def whole(self) -> Surface:
        """The surface of the whole image, of which this is a part."""
        return Surface(self.coefficients, self.lengths)

    @property
    def mean(self) -> float:
        """The mean over the whole image."""
        return float(np.mean(self.whole.values(self.lengths)))

    def values(self, frame: Shape) -> FloatArray:
        """Return the surface over a frame of 1 to 3 axes; a spectrum is a single row."""
        ends = zip(last_two(frame, 1), self.lengths, self.origin, strict=True)
        along_y, along_x = (powers_along((size,), length, begin, 3) for size, length, begin in ends)
        first, y, x, y_y, y_x, x_x = self.coefficients
        plane = along_y @ np.array([[first, x, x_x], [y, y_x, 0], [y_y, 0, 0]]) @ along_x.T
        return np.broadcast_to(plane[0] if len(frame) == 1 else plane, frame)

    def part(self, begin: Sequence[int], shape: Sequence[int]) -> Surface:
        """Return the surface of a part of the image that begins at these samples."""
        top, left = last_two(begin, 0)
        return Surface(self.coefficients, self.lengths, (self.origin[0] + top, self.origin[1] + left))

    def scaled(self, share: float, level: float) -> Surface:
        """Return a share of it, and some counts more."""
        first, *rest = (share * value for value in self.coefficients)
        return Surface((first + level, *rest), self.lengths, self.origin)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "source": SURFACE,
            "coefficients": list(self.coefficients),
            "lengths": list(self.lengths),
            "origin": list(self.origin),
        }


@dataclass(frozen=True, slots=True)
class Knots:
    """A smooth surface through a coarse grid over y and x, alike in all planes.

    Attributes
    ----------
    rows : tuple of tuple of float
        Values at places that divide the image evenly, its borders included; in counts.
    lengths, origin : tuple of int
        See `Surface`.
    """

    rows: tuple[tuple[float, ...], ...]
    lengths: tuple[int, int]
    origin: tuple[int, int] = (0, 0)

    @property
    def whole(self) -> Knots:
        """The surface of the whole image, of which this is a part."""
        return Knots(self.rows, self.lengths)

    @property
    def mean(self) -> float:
        """The mean over the whole image."""
        return float(np.mean(self.whole.values(self.lengths)))

    def values(self, frame: Shape) -> FloatArray:
        """Return the surface over a frame of 2 or 3 axes, by cubic splines."""
        from scipy import interpolate

        height, width = len(self.rows), len(self.rows[0])
        spline = interpolate.RectBivariateSpline(np.linspace(-1, 1, height), np.linspace(-1, 1, width), self.rows)
        y, x = places_over(frame[-2:], self.lengths, self.origin)
        return np.broadcast_to(spline(y, x), frame)

    def part(self, begin: Sequence[int], shape: Sequence[int]) -> Knots:
        """Return the surface of a part of the image that begins at these samples."""
        return Knots(self.rows, self.lengths, (self.origin[0] + begin[-2], self.origin[1] + begin[-1]))

    def scaled(self, share: float, level: float) -> Knots:
        """Return a share of it, and some counts more."""
        rows = tuple(tuple(share * value + level for value in row) for row in self.rows)
        return Knots(rows, self.lengths, self.origin)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "source": KNOTS,
            "rows": [list(row) for row in self.rows],
            "lengths": list(self.lengths),
            "origin": list(self.origin),
        }


@dataclass(frozen=True, slots=True, eq=False)
class MapSamples:
    """A map in samples, over an image or over its last axes; finite.

    Attributes
    ----------
    data : ndarray
        In the unit of what it maps.
    whole_mean : float or None
        Mean of the whole map of which this is a part; None for a whole one.
    """

    data: NDArray[np.float32]
    whole_mean: float | None = None

    @property
    def shape(self) -> Shape:
        """Lengths of the axes."""
        return self.data.shape

    @property
    def mean(self) -> float:
        """The mean over the whole map."""
        return float(np.mean(self.data, dtype=np.float64)) if self.whole_mean is None else self.whole_mean

    def values(self, frame: Shape) -> FloatArray:
        """Return the samples over a frame whose last axes are theirs, or whose samples are as many."""
        return self.data.reshape(frame) if self.data.size == np.prod(frame) else np.broadcast_to(self.data, frame)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MapSamples):
            return False
        return self.whole_mean == other.whole_mean and np.array_equal(self.data, other.data)

    def __hash__(self) -> int:
        return hash(self.data.tobytes())

    def part(self, begin: Sequence[int], shape: Sequence[int]) -> MapSamples:
        """Return the samples of a part of the image; axes of a single sample hold for all of it."""
        known = self.data.shape
        cut = tuple(
            slice(None) if whole == 1 else slice(low, low + length)
            for whole, low, length in zip(known, begin[-len(known) :], shape[-len(known) :], strict=True)
        )
        return MapSamples(self.data[cut], self.mean)

    def scaled(self, share: float, level: float) -> MapSamples:
        """Return a share of it, and some counts more."""
        if (share, level) == (1.0, 0.0):
            return self
        return MapSamples((share * self.data.astype(np.float64) + level).astype(np.float32), share * self.mean + level)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; the samples are compressed text."""
        packed = base64.b64encode(zlib.compress(np.ascontiguousarray(self.data, "<f4").tobytes())).decode()
        whole = {} if self.whole_mean is None else {"whole_mean": self.whole_mean}
        return {"source": SAMPLES, "shape": list(self.data.shape), "samples": packed, **whole}


FoundMap: TypeAlias = Surface | Knots
Map: TypeAlias = FoundMap | MapSamples
MAPS = (Surface, Knots, MapSamples)


def mean_of(value: float | str | Map) -> float | str:
    """Return a number or a word as it is, and of a map the mean."""
    return value.mean if isinstance(value, MAPS) else value


def as_map(given: Any, noun: str = "background") -> Map:
    """Return the map that an array, or what `to_dict` returned, stands for; refuse all else by `ParameterError`."""
    if isinstance(given, (Surface, Knots, MapSamples)):
        return given
    if isinstance(given, Mapping):
        return _from_dict(given, noun)
    named = hasattr(given, "letters")  # an array with named axes
    return _samples(getattr(given, "data", given) if named else given, noun)


def _samples(array: Any, noun: str, whole_mean: float | None = None) -> MapSamples:
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        data = as_real(array, noun).astype(np.float32)
    if not np.isfinite(data).all():
        raise ParameterError(f"The {noun} holds values that are not finite; give a map without them.")
    data.flags.writeable = False
    return MapSamples(data, whole_mean)


def places_over(frame: Sequence[int], lengths: Sequence[int], origin: Sequence[int] = (0, 0)) -> tuple[Values, Values]:
    """Return places along y and x of a part of an image, which itself reaches from -1 to 1."""
    y, x = (_places(*ends) for ends in zip(frame, lengths, origin, strict=True))
    return y, x


def _places(size: int, length: int, begin: int) -> Values:
    return 2 * (np.arange(size) + begin) / max(length - 1, 1) - 1


@of_shape
def powers_along(shape: Shape, length: int, begin: int, count: int) -> Values:
    """Return 1, y, y^2, ... at so many places of an image along an axis, see `places_over`; nobody may change them."""
    powers: Values = np.power.outer(_places(shape[0], length, begin), np.arange(count))
    return powers


def last_two(numbers: Sequence[int], of_spectrum: int) -> tuple[int, int]:
    """Return what belongs to y and x; a spectrum has none along y, and what is said for it."""
    first, second = (of_spectrum, *numbers)[-2:]
    return first, second


def on_grid(surface: FoundMap, grid: tuple[int, int]) -> Values:
    """Return a surface over its whole image, at so many places along y and x."""
    return replace(surface.whole, lengths=grid).values(grid).astype(np.float64)


def powers(y: Values, x: Values) -> Values:
    """Return 1, y, x, y^2, y x, x^2 along a first axis."""
    return np.stack([np.ones_like(y), y, x, y * y, y * x, x * x])


def _from_dict(given: Mapping[str, Any], noun: str) -> Map:
    try:
        if given["source"] in (SURFACE, KNOTS):
            (height, width), (top, left) = ([int(value) for value in given[name]] for name in ("lengths", "origin"))
            rows = given["rows"] if given["source"] == KNOTS else [given["coefficients"]]
            numbers = tuple(tuple(float(value) for value in row) for row in rows)
            known = min(height, width) > 0 and np.isfinite(np.asarray(numbers)).all()  # a ragged list is none
            if known and given["source"] == KNOTS and min(len(numbers), len(numbers[0])) >= MIN_KNOTS:
                return Knots(numbers, (height, width), (top, left))
            if known and given["source"] == SURFACE and len(numbers[0]) == 6:
                return Surface(numbers[0], (height, width), (top, left))
        elif given["source"] == SAMPLES:
            shape = tuple(int(length) for length in given["shape"])
            wanted = 4 * int(np.prod(shape))
            packed = base64.b64decode(given["samples"], validate=True)
            unpacking = zlib.decompressobj()
            raw = unpacking.decompress(packed, min(wanted, MAX_BYTES) + 1)
            if len(raw) == wanted and unpacking.eof:
                whole = given.get("whole_mean")
                whole = None if whole is None else float(whole)
                if whole is None or np.isfinite(whole):
                    return _samples(np.frombuffer(raw, "<f4").reshape(shape), noun, whole)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, zlib.error):
        pass
    raise ParameterError(f"The {noun} is no map that this program wrote; give a number, 'auto' or an array.")


def least_mean(given: float | str | Map) -> float | str:
    """Return a number or a word as it is, and of samples the mean of their darkest plane: each may have a camera."""
    if not isinstance(given, MapSamples):
        return mean_of(given)
    return float(np.min(np.mean(given.data, axis=tuple(range(-min(2, given.data.ndim), 0)), dtype=np.float64)))
