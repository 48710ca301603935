"""What the parts of one image share, so that each is run as it would be within the whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SharedScale:
    """Numbers that a noise model otherwise reads off its data.

    Attributes
    ----------
    step : float or None
        Of which all counts are whole multiples; see `photon_step`.
    scale : float
        A power of two, by which data that are over the step are divided.
    signal : float
        Mean of the whole image above its background, in counts: where estimates begin.
    floor : float
        The least value of the model, in counts.
    top : int
        Counts of saturated samples; -1 where there are none.
    """

    step: float | None
    scale: float
    signal: float
    floor: float
    top: int = -1
