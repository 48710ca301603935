"""Parameters of a PSF in another unit of length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

# The parameters of each source that are lengths in the PSF's unit; in another unit they make the same samples.
LENGTH_PARAMETERS = {
    "gaussian": ("fwhm", "spacing"),
    "lorentzian": ("fwhm", "spacing"),
    "points": ("offsets", "spacing"),
    "microscope": ("spacing",),
}


def info_in_unit(info: Mapping[str, Any], unit: str, ratio: float) -> dict[str, Any]:
    """Return a PSF's parameters with its lengths in another unit; `ratio` is the old unit in the new one."""
    source = info.get("source")
    if source not in LENGTH_PARAMETERS:  # a formula tells how the PSF was made in its own unit, and in that alone
        return dict(info)
    lengths = {name: (np.asarray(info[name], np.float64) * ratio).tolist() for name in LENGTH_PARAMETERS[source]}
    return {**info, **lengths, "unit": unit}
