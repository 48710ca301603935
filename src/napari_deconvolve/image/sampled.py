"""The carrier: an array with named axes, spacing, units and origin."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import DeconvolutionError, ParameterError
from napari_deconvolve.image.axes import SPATIAL, letter, opacity, written
from napari_deconvolve.image.labelled import is_labelled, labels_of
from napari_deconvolve.units import canonical, factor, is_length, kind

PIXEL = "pixel"

T = TypeVar("T")


class Grid(NamedTuple):
    """Distances of samples along some axes, in one unit; one number may stand for all axes."""

    spacing: tuple[float, ...]
    unit: str


@dataclass(frozen=True, slots=True, eq=False, init=False)
class SampledArray:
    """An array with what is known of its axes.

    Parameters
    ----------
    data : array_like
        An array, or anything lazy with shape, dtype and slicing (dask, zarr, memmap, h5py), which is not read here.
        A `DataArray` of xarray brings names, spacing, units and origin, where they are not given.
    axes : str or sequence of str
        One name per axis: "T" time, "C" channels, "Z", "Y", "X", or another word such as "E"; empty or None for an
        axis without a name. A single text is read letter by letter.
    spacing : float or sequence of float, optional
        Distance of samples per axis, in its unit; None where it is not known. A single number is that of Z, Y and X.
    units : str or sequence of str, optional
        Per axis; "pixel" where it is not known. A single one is that of Z, Y and X.
    origin : sequence of float, optional
        Position of the first sample along each axis, in its unit; 0 by default.

    Raises
    ------
    ParameterError
        When there are not as many names, distances, units or positions as axes, two axes have one name, or a distance
        is not positive.
    """

    data: Any
    axes: tuple[str, ...]
    spacing: tuple[float | None, ...]
    units: tuple[str, ...]
    origin: tuple[float, ...]

    def __init__(
        self,
        data: Any,
        axes: Sequence[str | None] = (),
        spacing: float | Sequence[float | None] | None = None,
        units: str | Sequence[str] | None = None,
        origin: Sequence[float] = (),
    ) -> None:
        if is_labelled(data):
            labels = labels_of(data)
            data, axes = labels.data, axes or labels.axes
            spacing = labels.spacing if spacing is None else spacing
            units = labels.units if units is None else units
            origin = origin if len(origin) else labels.origin
        array = data if _can_be_sliced(data) else as_even(data, "image")
        count = len(array.shape)
        object.__setattr__(self, "data", array)
        names = tuple("" if name is None else str(name) for name in axes) or ("",) * count
        object.__setattr__(self, "axes", _as_many("names", names, count))
        known = [name for name in self.letters if name]
        if len(set(known)) < len(known):
            raise ParameterError(f"The axes are named {written(names)}; give each a different name.")
        steps = tuple(None if step is None else float(step) for step in self._for_each(spacing, None))
        if not all(step is None or (np.isfinite(step) and step > 0) for step in steps):
            raise ParameterError(f"The spacing is {spacing!r}; give positive numbers, or None where unknown.")
        object.__setattr__(self, "spacing", _as_many("distances", steps, count))
        each = tuple(canonical(str(unit or PIXEL)) for unit in self._for_each(units, PIXEL))
        object.__setattr__(self, "units", _as_many("units", each, count))
        places = tuple(float(place) for place in origin) or (0.0,) * count
        object.__setattr__(self, "origin", _as_many("positions", places, count))

    def _for_each(self, given: Any, otherwise: Any) -> tuple[Any, ...]:
        """Return one value per axis: a single one is that of the axes in space."""
        if given is None or np.ndim(given) == 0:
            return tuple(given if axis in self.spatial else otherwise for axis in range(self.ndim))
        return tuple(given) or (otherwise,) * self.ndim

    @classmethod
    def of(cls, image: Any, name: str = "image") -> SampledArray:
        """Return the image itself where it is one, else one without names, spacing and units; `name` is for errors."""
        if isinstance(image, SampledArray):
            return image
        data = image if _can_be_sliced(image) or is_labelled(image) else as_even(image, name)
        _require_lengths(data, name)
        return cls(_of_usual_type(data))

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(int(length) for length in self.data.shape)

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.data.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers, in the machine's order of bytes."""
        dtype: np.dtype[Any] = np.dtype(self.data.dtype)
        return dtype.newbyteorder("=")

    @property
    def lazy(self) -> bool:
        """Whether the data are not in memory: only parts that are asked for are read."""
        return is_lazy(self.data)

    @property
    def letters(self) -> tuple[str, ...]:
        """Names in one spelling: "X" for "x", "T" for "time"; empty for axes without a name."""
        return tuple(letter(name) for name in self.axes)

    @property
    def spatial(self) -> tuple[int, ...]:
        """The axes Z, Y and X in this order, as far as there are any; all axes when none has such a name."""
        letters = self.letters
        return tuple(letters.index(name) for name in SPATIAL if name in letters) or tuple(range(self.ndim))

    def find(self, name: str) -> int | None:
        """Return the axis of a name, in capitals or small letters; None when there is none."""
        letters = self.letters
        wanted = letter(name)
        return letters.index(wanted) if wanted and wanted in letters else None

    @property
    def opacity(self) -> tuple[int, int] | None:
        """The axis and the place along it of samples that say how opaque a pixel is; None without any.

        An axis is called "rgba" or "la" where its last sample is no light: runs leave that as it is.
        """
        found = self.find("C")
        if found is None or not opacity(self.axes[found], self.shape[found]):
            return None
        return found, self.shape[found] - 1

    def axis(self, name: str) -> int:
        """Return the axis of a name; refuse one that no axis has."""
        found = self.find(name)
        if found is None:
            raise ParameterError(
                f"The image has no axis {name!r}, its axes are {written(self.axes)}; give one of them."
            )
        return found

    def steps(self, axes: Iterable[int] | None = None) -> tuple[float, ...]:
        """Return the spacing along some axes, all by default, each in its own unit; 1 where it is not known."""
        chosen = self.spacing if axes is None else [self.spacing[axis] for axis in axes]
        return tuple(1.0 if step is None else step for step in chosen)

    def grid(self, axes: Sequence[int]) -> Grid | None:
        """Return the spacing along some axes in the last one's unit; None when one of them is not known."""
        if any(self.spacing[axis] is None or self.units[axis] == PIXEL for axis in axes):
            return None
        names = [self.units[axis] for axis in axes]
        if len(set(names)) > 1 and not all(map(is_length, names)):
            return None
        steps = zip(self.steps(axes), names, strict=True)
        return Grid(tuple(step * factor(own, names[-1]) for step, own in steps), names[-1])

    def is_uncalibrated(self, axes: Iterable[int]) -> bool:
        """Return whether nobody set a spacing along some axes: 1, and no length."""
        return all(step == 1 and not is_length(self.units[axis]) for axis in axes for step in self.steps([axis]))

    def spacing_in(self, axes: Sequence[int], unit: str) -> tuple[float, ...] | None:
        """Return the spacing along some axes in a PSF's unit; None when the two cannot be compared.

        Numbers that somebody gave without a unit are taken to be in the PSF's, if that is a length.
        """
        wanted = canonical(unit)
        steps, names = self.steps(axes), [self.units[axis] for axis in axes]
        if kind(wanted) and all(kind(own) == kind(wanted) for own in names):
            return tuple(step * factor(own, wanted) for step, own in zip(steps, names, strict=True))
        if not is_length(wanted):
            given = all(self.spacing[axis] is not None for axis in axes)
            return steps if given and set(names) == {wanted} else None
        if self.is_uncalibrated(axes):
            return None
        ratios = [factor(own, wanted) if is_length(own) else 1.0 for own in names]
        return tuple(step * ratio for step, ratio in zip(steps, ratios, strict=True))

    def part(self, index: Any) -> SampledArray:
        """Return a part, cut out by slices (of positive steps) and whole numbers; its origin moves along."""
        cuts = _full(index if isinstance(index, tuple) else (index,), self.ndim)
        kept: list[tuple[int, int, int]] = []
        for axis, (cut, length) in enumerate(zip(cuts, self.shape, strict=True)):
            if isinstance(cut, slice):
                begin, _, step = cut.indices(length)
                if step < 1:
                    raise ParameterError(f"The part along axis {axis} goes by {step}; give a positive step.")
                kept.append((axis, begin, step))
        every = self.steps()
        return SampledArray(
            self.data[cuts],
            tuple(self.axes[axis] for axis, _, _ in kept),
            tuple(None if self.spacing[axis] is None else every[axis] * step for axis, _, step in kept),
            tuple(self.units[axis] for axis, _, _ in kept),
            tuple(self.origin[axis] + begin * every[axis] for axis, begin, _ in kept),
        )

    def with_data(self, data: Any, **changes: Any) -> SampledArray:
        """Return other data on the same axes, with as many of them; or with other fields that are named."""
        return dataclasses.replace(self, data=data, **changes)

    def with_axis(self, data: Any, name: str) -> SampledArray:
        """Return data that have one more axis than these, before the others, such as that of iterations."""
        return SampledArray(data, (name, *self.axes), (None, *self.spacing), (PIXEL, *self.units), (0.0, *self.origin))


def is_lazy(data: Any) -> bool:
    """Return whether data are on a disk, or still to be computed: anything but an array in memory."""
    return not isinstance(data, np.ndarray) or isinstance(data, np.memmap)


def _require_lengths(data: Any, name: str) -> None:
    """Raise `ParameterError` for an array whose lengths are not known, as after a selection in dask."""
    if any(length != length for length in getattr(data, "shape", ())):
        raise ParameterError(
            f"The lengths of the {name} are not known before it is computed; give it as image.compute_chunk_sizes()."
        )


def _of_usual_type(data: Any) -> Any:
    """Return an array in memory in a type that transforms take: half precision as single, extended as double."""
    if not isinstance(data, np.ndarray) or data.dtype.kind != "f" or data.dtype.itemsize in (4, 8):
        return data
    return data.astype(np.float32 if data.dtype.itemsize < 4 else np.float64)


def as_even(values: Any, name: str, error: type[DeconvolutionError] = ParameterError) -> NDArray[Any]:
    """Return anything that numpy takes as an array, with its mask if it has one.

    Raises `error` for rows of unequal lengths, and for what cannot be turned into an array, such as one on a GPU.
    """
    try:
        found = np.asanyarray(values)
        return np.asarray(found) if isinstance(found, np.matrix) else found
    except ValueError:
        raise error(f"The {name} holds rows of unequal lengths; give a number per sample.") from None
    except (TypeError, RuntimeError) as reason:
        kind = type(values).__name__
        raise error(
            f"The {name} is a {kind}, which numpy cannot read ({str(reason)[:80]}); give a numpy array."
        ) from None


def _can_be_sliced(data: Any) -> bool:
    """Return whether data are an array, or something lazy that need not be read; other libraries' tensors are read."""
    # Slicing the columns of tables means other things, and a view of memory has no slices of several axes.
    if not hasattr(data, "shape") or hasattr(data, "to_numpy") or isinstance(data, (memoryview, np.matrix)):
        return False
    if not hasattr(data, "__getitem__"):
        return False
    return isinstance(getattr(data, "dtype", None), np.dtype) or not hasattr(data, "__array__")


def moved_last(values: Sequence[T], axes: Sequence[int]) -> tuple[T, ...]:
    """Return one value per axis, lengths say, with those of some axes at the end: as a job's items have theirs."""
    return (*(value for axis, value in enumerate(values) if axis not in axes), *(values[axis] for axis in axes))


def _full(index: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """Return one index per axis: what an ellipsis, or the end, leaves out is taken whole."""
    count = sum(1 for cut in index if cut is not Ellipsis)
    if count > ndim:
        raise ParameterError(f"The part has {count} indices and the image {ndim} axes; give fewer.")
    missing = (slice(None),) * (ndim - count)
    place = next((number for number, cut in enumerate(index) if cut is Ellipsis), len(index))
    return (*index[:place], *missing, *index[place + 1 :])


def _as_many(what: str, values: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    if len(values) != count:
        raise ParameterError(f"There are {len(values)} {what} for the {count} axes of the image; give one per axis.")
    return values
