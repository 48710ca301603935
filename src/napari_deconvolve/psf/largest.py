"""The largest size of a PSF that an image can tell."""

from __future__ import annotations

from collections.abc import Sequence

from napari_deconvolve.errors import ParameterError

Lengths = tuple[int, ...]


def most_lengths(image_shape: Sequence[int], axes: int) -> Lengths:
    """Return the largest size of a PSF of so many axes that an image of this shape can tell, odd along each.

    Across, light from half of the image away falls off too slowly to be kept apart from a background. Along the axis of
    a stack, and along a line, each plane may send light to each other.
    """
    frame = tuple(int(length) for length in image_shape)[-axes:]
    if len(frame) < axes or min(frame, default=0) < 1:
        raise ParameterError(f"The image's shape is {tuple(image_shape)}; give at least {axes} positive lengths.")
    wide = [length if length % 2 else max(1, length - 1) for length in frame]
    if axes != 2:
        wide[0] = 2 * frame[0] - 1
    return tuple(wide)
