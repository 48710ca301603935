"""The object beyond the frame: the five boundaries, as a padded box and index maps into the frame.

=========  ==========================================================================================
extended   the object continues beyond the frame and is estimated there too (Bertero & Boccacci 2005)
periodic   light that leaves on one side enters on the other
reflect    mirrored about the frame's border (the border voxel is repeated)
edge       the border voxel is repeated without end
zero       there is no light
=========  ==========================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.transforms.lines import fast_length
from napari_deconvolve.errors import ParameterError

Boundary = Literal["extended", "periodic", "reflect", "edge", "zero"]
BOUNDARIES: tuple[str, ...] = get_args(Boundary)

IndexMap = NDArray[np.intp]


def as_boundary(name: object) -> Boundary:
    """Accept one of the five names."""
    if name not in BOUNDARIES:
        raise ParameterError(f"The boundary is {name!r}; choose one of {', '.join(BOUNDARIES)}.")
    return name  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the frame, the object and the padding lie; the frame begins at the box's origin.

    Attributes
    ----------
    frame, box : tuple of int
        Shapes of the data and of the padded box that is transformed.
    boundary : str
        The boundary's name.
    reach : tuple of int
        How far the PSF reaches, per axis, in voxels.
    padded : tuple of bool
        Along which axes there is padding. Where a frame is cut out of an image at both ends, the object goes on in the
        halo that was read with it, and none is needed; empty where there is along all.
    """

    frame: Shape
    box: Shape
    boundary: Boundary
    reach: Shape
    padded: tuple[bool, ...] = ()

    @property
    def object_in_frame(self) -> bool:
        """Whether the object has the frame's shape and nothing is outside."""
        return self.boundary in ("zero", "periodic")

    @property
    def folded(self) -> bool:
        """Whether the voxels outside are copies of voxels inside."""
        return self.boundary in ("reflect", "edge")

    @property
    def domain(self) -> Shape:
        """The shape of the object that is estimated."""
        return self.box if self.boundary == "extended" else self.frame

    def positions(self, axis: int) -> IndexMap:
        """Return the place of each voxel of the box along one axis, 0 being the frame's first: negative before it."""
        position = np.arange(self.box[axis])
        after = self.reach[axis] if not self.padded or self.padded[axis] else 0
        position[position >= self.frame[axis] + after] -= self.box[axis]  # the box's far end lies before
        return position

    def index_map(self, axis: int) -> IndexMap:
        """Return for each voxel of the box the frame's voxel that it copies, along one axis.

        Voxels that lie beyond the reach of the PSF copy the nearest; they are never seen.
        """
        return copied_by(self.positions(axis), self.frame[axis], self.boundary)

    def behind(self, axis: int, low: int, high: int) -> tuple[IndexMap, int]:
        """Return the voxels of the domain at places from `low` to before `high`, and how many are left out before them.

        Places are along an axis, and may lie beyond the frame; left out are those where there is no light.
        """
        places = np.arange(low, high)
        if self.folded:
            return copied_by(places, self.frame[axis], self.boundary), 0
        if self.boundary == "zero":
            lit = places[(places >= 0) & (places < self.frame[axis])]
            return lit, max(-low, 0)
        return places % self.domain[axis], 0


def copied_by(places: IndexMap, length: int, boundary: Boundary) -> IndexMap:
    """Return the voxels of a frame that stand for places along an axis, beyond the frame too."""
    if boundary != "reflect":
        return np.clip(places, 0, length - 1)
    places = np.mod(places, 2 * length)
    return np.minimum(places, 2 * length - 1 - places)


def layout(frame: Shape, psf_shape: Shape, boundary: Boundary, padded: tuple[bool, ...] = ()) -> Layout:
    """Choose the box for a frame and an odd-sized PSF, both 1 to 3 axes; see `Layout` for `padded`."""
    reach = tuple(size // 2 for size in psf_shape)
    if boundary == "periodic":
        return Layout(frame, frame, boundary, reach)
    if boundary == "zero":
        reach = tuple(min(r, n - 1) for r, n in zip(reach, frame, strict=True))
        return Layout(frame, tuple(fast_length(n + r) for n, r in zip(frame, reach, strict=True)), boundary, reach)
    # Where one end of two is cut, there is as much padding as between two of the image's own: else the object beyond
    # the image would explain the halo at the cut too (1e-3 of the estimate, and 1e-7 so).
    every = padded or (True,) * len(frame)
    box = tuple(fast_length(n + 2 * r * more) for n, more, r in zip(frame, every, reach, strict=True))
    return Layout(frame, box, boundary, reach, padded)
