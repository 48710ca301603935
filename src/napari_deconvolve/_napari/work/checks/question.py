"""What is to be examined of a PSF, given the image that it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.psf_layers import layer_order, layer_spacing
from napari_deconvolve._napari.layers.psf_validation import Subject
from napari_deconvolve._napari.layers.source import Source, space_axes
from napari_deconvolve.image import moved_last
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.units import is_length


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is to be examined.

    Attributes
    ----------
    subject : Subject
        The PSF before any preparation, and the image.
    prepared : bool
        A run prepares it by itself: it is no PSF made by this package, which would be taken as it is.
    """

    subject: Subject
    prepared: bool

    def same_as(self, other: Question | None) -> bool:
        """Return whether the answer will be the same; samples that changed in place are not seen."""
        if other is None:
            return False
        mine, its = self.subject, other.subject
        fields = ("spacing", "unit", "image_spacing", "image_shape", "optics")
        return mine.given is its.given and all(getattr(mine, name) == getattr(its, name) for name in fields)


def question(
    layer: Any,
    given: ChannelSpread | NDArray[Any],
    source: Source | None = None,
    spacing: tuple[float, ...] | None = None,
    lens: Mapping[str, Any] | None = None,
) -> Question:
    """Ask about what a PSF's layer holds, for an image whose spacing stands along the PSF's axes and in its unit.

    `lens` is what the image's file holds; a PSF made of optics knows its own.
    """
    shape = None if source is None else moved_last(source.shape, space_axes(source, given.ndim))
    prepared = isinstance(given, np.ndarray)
    steps, unit, own = None, "", False
    if isinstance(given, np.ndarray):
        every, unit = layer_spacing(layer)
        steps = tuple(every[axis] for axis in layer_order(layer, given.ndim))
    else:
        unit, own = given.unit, given.knows_optics
    if spacing is None and source is not None and not is_length(unit):
        axes = space_axes(source, given.ndim)
        units = {source.units[axis] for axis in axes}
        if len(units) == 1 and is_length(next(iter(units))):  # the examination offers the image's
            steps, unit, spacing = None, next(iter(units)), source.image.steps(axes)
    optics = {} if own or lens is None else dict(lens)
    return Question(Subject(given, steps, unit, spacing, shape, optics), prepared)
