"""Which samples of a job's items count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray
from napari_deconvolve.core.likelihood.noise import NO_VALID_VOXEL
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.defects import usable
from napari_deconvolve.job.problem import Job

# A usual number of an image, by the precision of a run: what is far brighter is a number then, too.
MOST = {"float32": 1e36, "float64": 1e150}
LOOKED_AT = 1 << 16  # samples


def hidden(image: NDArray[np.generic], mask: BoolArray | None) -> NDArray[np.generic]:
    """Return an image with NaN where a mask is False."""
    if mask is None or mask.all():
        return image
    return np.where(mask, image, np.float32(np.nan))


def is_empty(job: Job, item: int) -> bool:
    """Return whether no pixel of an item is finite and inside the mask."""
    mask = None if job.mask is None else job.mask[item]
    masked = mask is not None and not mask.any()
    return masked or (job.items.dtype.kind == "f" and not np.isfinite(hidden(job.items[item], mask)).any())


def empty_items(job: Job) -> tuple[int, ...]:
    """Return the items without any pixel that counts."""
    if job.items.dtype.kind != "f" and job.mask is None:
        return ()
    return tuple(item for item in range(len(job)) if is_empty(job, item))


def valid_pixels(job: Job) -> int:
    """Return the number of pixels that say something."""
    if job.items.dtype.kind != "f" and all(usable(job, item) is None for item in range(len(job))):
        return job.items.size
    return sum(
        int(np.count_nonzero(np.isfinite(hidden(job.items[item], usable(job, item))))) for item in range(len(job))
    )


def require_pixels(job: Job) -> None:
    """Raise `ParameterError` if none of a job's pixels count, or if numbers end before theirs: this reads the image."""
    filled = next((item for item in range(len(job)) if not is_empty(job, item)), None)
    if filled is None:
        raise ParameterError(NO_VALID_VOXEL)
    if job.items.dtype.kind == "f":
        _require_range(job.items[filled], job.recipe.dtype)


def _require_range(image: NDArray[np.generic], dtype: str) -> None:
    """Raise `ParameterError` if an image is so bright that a run's precision cannot hold it."""
    some = np.abs(image.reshape(-1)[:: max(1, image.size // LOOKED_AT)])
    some = some[np.isfinite(some) & (some > 0)].astype(np.float64)
    usual = float(np.median(some)) if some.size and some.max() > MOST[dtype] else 1.0
    if usual > MOST[dtype]:
        raise ParameterError(
            f"A usual value of the image is {usual:.3g}, but numbers of {dtype} reach to {MOST[dtype]:.0e}. "
            "Divide the image by a constant."
        )
