"""What follows from shapes and kernels alone, kept: the second run over images of one shape need not work it out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from hashlib import blake2b
from math import prod
from typing import Any, Concatenate, ParamSpec, TypeVar

from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape

P = ParamSpec("P")
T = TypeVar("T")

SMALL = 1 << 16  # samples: of larger images the iterations take far longer, and what is kept would be large
FEW = 16  # results of one function


class _Kernel:
    """A kernel that is equal to others of the same samples."""

    __slots__ = ("array", "known")

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.known = (array.shape, array.dtype.str, blake2b(array.tobytes(), digest_size=16).digest())

    def __hash__(self) -> int:
        return hash(self.known)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kernel) and self.known == other.known


def of_shape(function: Callable[Concatenate[Shape, P], T]) -> Callable[Concatenate[Shape, P], T]:
    """Remember what a function of a shape, and of what can be hashed, returned for small ones; nobody may change it."""
    kept: Callable[..., T] = lru_cache(FEW)(function)

    @wraps(function)
    def known(shape: Shape, /, *args: P.args, **how: P.kwargs) -> T:
        return (kept if prod(shape) <= SMALL else function)(shape, *args, **how)

    return known


def of_kernel(
    function: Callable[Concatenate[NDArray[Any], Shape, P], T],
) -> Callable[Concatenate[NDArray[Any], Shape, P], T]:
    """Remember the same of a function of a small kernel and a small shape."""
    kept: Callable[..., T] = lru_cache(FEW)(lambda kernel, *rest, **how: function(kernel.array, *rest, **how))

    @wraps(function)
    def known(kernel: NDArray[Any], shape: Shape, /, *args: P.args, **how: P.kwargs) -> T:
        if max(kernel.size, prod(shape)) > SMALL:
            return function(kernel, shape, *args, **how)
        return kept(_Kernel(kernel), shape, *args, **how)

    return known
