"""Array types, and the one place where arrays of users are checked."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import ParameterError

FloatArray: TypeAlias = NDArray[np.floating]
BoolArray: TypeAlias = NDArray[np.bool_]
Shape: TypeAlias = tuple[int, ...]

MAX_AXES = 5


def as_real(image: ArrayLike, name: str = "image") -> NDArray[np.generic]:
    """Take any real array of 1 to 5 axes, in the machine's byte order; refuse everything else.

    Masked values of a masked array become NaN; `name` is that of the array in the message.

    Raises
    ------
    ParameterError
        For complex or object arrays, rows of unequal lengths, no axes or more than five, or no samples.
    """
    try:
        given = np.asanyarray(image)
    except ValueError:
        raise ParameterError(f"The {name} holds rows of unequal lengths; give a number per sample.") from None
    array = with_gaps(given)
    require_real(array.shape, array.dtype, name)
    return native(array)


def require_real(shape: Shape, dtype: np.dtype[Any], name: str = "image") -> None:
    """Refuse, by shape and dtype alone, an array that is not real, has no axes or more than five, or no samples.

    A `ParameterError` says what it is and what to give.
    """
    if dtype.kind not in "buif":
        raise ParameterError(f"The {name} has dtype {dtype}; give real numbers (bool, integer or float).")
    if not 1 <= len(shape) <= MAX_AXES:
        raise ParameterError(f"The {name} has {len(shape)} axes; give an array of 1 to {MAX_AXES} axes.")
    if 0 in shape:
        raise ParameterError(f"The {name} has shape {shape}, which holds no samples; give at least one.")


def native(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in the machine's order of bytes: FITS and others write the large end first."""
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def with_gaps(image: NDArray[Any]) -> NDArray[Any]:
    """Return any array as a plain one, with NaN for masked values, which are left out of every sum."""
    if not isinstance(image, np.ma.MaskedArray) or not np.ma.is_masked(image) or image.dtype.kind not in "buif":
        return np.asarray(image)
    dtype = np.result_type(image.dtype, np.float32)
    return np.ma.filled(image.astype(dtype), np.nan)


def lazily_with_gaps(image: Any) -> Any:
    """Return a lazy array with NaN for values that dask will find masked; any other as it is. Nothing is read."""
    if not isinstance(getattr(image, "_meta", None), np.ma.MaskedArray) or image.dtype.kind not in "buif":
        return image
    dtype = np.result_type(image.dtype, np.float32)
    return image.map_blocks(
        lambda block: with_gaps(np.ma.asanyarray(block)).astype(dtype), dtype=dtype, meta=np.empty(0, dtype)
    )


def as_float_dtype(dtype: object) -> np.dtype[np.floating]:
    """Accept ``float32`` or ``float64`` by name or type, and nothing else."""
    try:
        found = np.dtype(dtype if isinstance(dtype, str | type | np.dtype) else object)
    except (TypeError, ValueError):
        found = np.dtype(object)
    if found not in (np.dtype("float32"), np.dtype("float64")):
        raise ParameterError(f"The dtype is {dtype!r}; choose 'float32' or 'float64'.")
    return found


def as_iterations(value: object, what: str = "number of iterations") -> int:
    """Accept a whole number of iterations of at least one; `what` it is, in the message."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ParameterError(f"The {what} is {value!r}; give a whole number of at least 1.")
    return int(value)
