"""Arrays on a GPU: the one place that knows which libraries bring them, PyTorch and CuPy.

All arithmetic on a device is written for the array API (data-apis.org/array-api), as array-api-compat has it of each
library. None of them is imported before somebody asks for a device, as that takes seconds.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import ResourceError

DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # of NVIDIA and AMD, and of Windows as Linux in it sees it
COMPAT = "array_api_compat"
FULL = ("out of memory", "outofmemory", "cufft_alloc_failed", "alloc failed")  # in what libraries raise

Array = Any  # of a namespace that is known only when it runs


class DeviceMemoryError(ResourceError):
    """A GPU's memory does not hold what it is asked to."""


@dataclass(frozen=True, slots=True, eq=False)
class Device:
    """Where arrays live, and the functions that work on them.

    Attributes
    ----------
    xp : module
        A namespace of the array API.
    place : object
        The device, as the namespace calls it; None for its only one.
    label : str
        For sentences: "GPU (NVIDIA H200)".
    room : callable
        Returns the free bytes of its memory; None where nobody knows.
    double : bool
        Whether there are numbers of double precision.
    even : bool
        Whether the inverse transform is right for even lengths alone.
    """

    xp: Any
    place: Any
    label: str
    room: Callable[[], int | None] = lambda: None
    double: bool = True
    even: bool = False

    def put(self, values: NDArray[Any]) -> Array:
        """Copy an array to the device."""
        return self.xp.asarray(np.array(values, order="C"), device=self.place)

    def number(self, value: float, like: Array) -> Array:
        """Return a number as an array of no axes, of another one's type."""
        return self.xp.asarray(value, dtype=like.dtype, device=self.place)

    def get(self, array: Array) -> FloatArray:
        """Copy an array to this computer's memory."""
        if hasattr(array, "get"):  # of CuPy, which converts to nothing by itself
            return np.asarray(array.get())
        return np.array(array.cpu().numpy() if hasattr(array, "cpu") else np.from_dlpack(array))

    def total(self, array: Array) -> float:
        """Add up an array: rows on the device, and their sums in double precision."""
        return float(np.sum(self.get(self.xp.sum(array, axis=-1)), dtype=np.float64))

    def checked(self, work: Callable[[], Any]) -> Any:
        """Return what a computation returns; raise `DeviceMemoryError` if memory runs out in it."""
        try:
            return work()
        except Exception as error:  # each library has another error, and some know only words
            if not any(words in f"{type(error).__name__} {error}".lower() for words in FULL):
                raise
            raise DeviceMemoryError(
                f"The memory of the {self.label} ran out; run on the CPU, or allow less --memory, so that tiles are "
                "smaller."
            ) from error


def has_driver() -> bool:
    """Return whether this machine may have a GPU that computes, without importing anything."""
    if platform.system() == "Darwin":
        return platform.machine() == "arm64"
    return any(map(os.path.exists, DRIVERS)) or shutil.which("nvidia-smi") is not None


@cache
def find_gpu() -> Device | None:
    """Return the GPU of this machine, by the first library that is installed and finds one; None for none."""
    return next(_found(), None)


def _found() -> Iterator[Device]:
    if importlib.util.find_spec(COMPAT) is None:
        return
    for library, find in (("torch", _of_torch), ("cupy", _of_cupy)):
        if importlib.util.find_spec(library) is not None:
            try:
                found = find(importlib.import_module(library))
            except Exception:  # a library without its driver, or of another version, can raise anything
                continue
            if found is not None:
                yield found


def _of_torch(torch: Any) -> Device | None:
    if torch.cuda.is_available():
        label = f"GPU ({torch.cuda.get_device_name()})"
        return Device(namespace("torch"), "cuda", label, lambda: int(torch.cuda.mem_get_info()[0]))
    if torch.backends.mps.is_available():
        room = lambda: int(torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory())  # noqa: E731
        return Device(namespace("torch"), "mps", "GPU (Apple)", room, double=False, even=True)
    return None


def _of_cupy(cupy: Any) -> Device | None:
    if not cupy.cuda.runtime.getDeviceCount():
        return None
    properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
    label = f"GPU ({properties['name'].decode()})"
    pool = cupy.get_default_memory_pool()
    return Device(namespace("cupy"), None, label, lambda: int(cupy.cuda.runtime.memGetInfo()[0] + pool.free_bytes()))


def namespace(library: str) -> Any:
    """Import the array API of a library."""
    return importlib.import_module(f"{COMPAT}.{library}")
