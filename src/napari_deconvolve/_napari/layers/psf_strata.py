"""PSFs of several depths as one napari layer, the strata along its first axis, and such a layer as strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf import Strata
from napari_deconvolve.psf.strata_stored import STRATA_FIELDS, STRATA_KEY, restored

AXIS = "stratum"


def strata_stored(ours: object) -> Mapping[str, Any] | None:
    """Return what a layer's metadata tell of strata; None when they tell of none."""
    found = ours.get(STRATA_KEY) if isinstance(ours, Mapping) else None
    return found if isinstance(found, Mapping) and set(found) >= STRATA_FIELDS else None


def strata_of(layer: Any, about: Mapping[str, Any], spacing: Sequence[float], unit: str) -> Strata:
    """Return the strata that a layer holds, at its spacing should that have been edited.

    Raise `PSFError` when its samples were changed: depths and PSFs would no longer belong together.
    """
    data: NDArray[Any] = np.asarray(layer.data)
    strata = restored(about, data, tuple(spacing[-(data.ndim - 1) :]), unit)
    if strata is None:
        raise PSFError(
            f"The layer {layer.name!r} held the PSFs of several depths, but its samples were changed since; make them "
            "anew in the dock “PSF”."
        )
    return strata
