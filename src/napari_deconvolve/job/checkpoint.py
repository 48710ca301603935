"""All of an estimate, so that a run can go on exactly: beyond the border too, and before the sieve."""

from __future__ import annotations

from dataclasses import dataclass

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import ParameterError


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

    def start(self, count: int) -> FloatArray:
        """Return the first estimates of a job of so many items; the iteration itself looks at their shape.

        Raises
        ------
        ParameterError
            When they are as many no more.
        """
        if len(self.items) != count:
            raise ParameterError(
                f"The run to go on from had {len(self.items)} parts and this image has {count}; give the same image."
            )
        return self.items
