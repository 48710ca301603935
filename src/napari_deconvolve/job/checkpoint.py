"""All of an estimate, so that a run can go on exactly: beyond the border too, and before the sieve."""

from __future__ import annotations

from dataclasses import dataclass

from napari_deconvolve.core.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """What an iteration holds of the object, more than a result shows.

    Under the boundary "extended" the object goes on beyond the image, and with a target resolution what is iterated is
    the object before it is smoothed. Both are needed to go on as if a run had never stopped.

    Attributes
    ----------
    items : ndarray
        Items first, each of the shape of its domain; in counts.
    """

    items: FloatArray
