"""Which part of an image is deconvolved: whole, seen, or a rectangle, cut out with a halo as wide as the blur."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.world import from_data, to_data
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.protocol import PointSpread

REGIONS = ("whole image", "what I see", "rectangle")
SMALL = "a small part"  # for a trial
SMALL_SIDE = 128  # samples of such a part along each displayed axis
LIGHT = 0.999  # of the PSF lies within the halo

Bounds = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of an image, and the halo around it that is deconvolved with it and cut off again."""

    outer: tuple[slice, ...]  # with the halo, in the image
    inner: tuple[slice, ...]  # without, in what `outer` cuts out
    offset: tuple[int, ...]  # where the part without halo begins in the image

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths without the halo."""
        return tuple(part.stop - part.start for part in self.inner)

    @property
    def outer_shape(self) -> tuple[int, ...]:
        """Lengths with the halo."""
        return tuple(part.stop - part.start for part in self.outer)


def crop(bounds: Bounds, shape: Sequence[int], halo: Sequence[int], axes: Sequence[int]) -> Crop:
    """Cut out `bounds` with a halo as far as the image reaches, as wide as `halo` says along each of `axes`."""
    reach = dict(zip(axes, halo, strict=True))
    widths = [reach.get(axis, 0) for axis in range(len(shape))]
    outer, inner = [], []
    for (start, stop), length, width in zip(bounds, shape, widths, strict=True):
        low, high = max(0, start - width), min(length, stop + width)
        outer.append(slice(low, high))
        inner.append(slice(start - low, stop - low))
    return Crop(tuple(outer), tuple(inner), tuple(start for start, _ in bounds))


def whole(shape: Sequence[int]) -> Bounds:
    """Return the bounds of the whole image."""
    return tuple((0, int(length)) for length in shape)


def reach(psf: PointSpread) -> tuple[int, ...]:
    """Return how far from its middle, along each axis, the PSF sends all but a thousandth of the light."""
    return tuple(max(_reach(one, axis) for one in psf.psfs) for axis in range(psf.ndim))


def _reach(psf: PSF, axis: int) -> int:
    others = tuple(other for other in range(psf.ndim) if other != axis)
    light = psf.data.sum(axis=others, dtype=np.float64)
    middle = len(light) // 2
    both = light[middle:] + light[middle::-1]
    inside = (np.cumsum(both) - light[middle]) / light.sum()
    return int(np.searchsorted(inside, LIGHT)) if inside[-1] >= LIGHT else middle


def here(viewer: Any, layer: Any, blurred: Sequence[int]) -> Bounds:
    """Return the bounds of all along the PSF's axes, and of what the sliders point at along other hidden ones."""
    return tuple(_at_sliders(viewer, layer, blurred))


def seen(viewer: Any, layer: Any, blurred: Sequence[int]) -> Bounds:
    """Return the bounds of what the camera shows of a layer.

    Along the PSF's axes that are not displayed, all of the image is taken, since the blur comes from there; along other
    hidden axes, time say, only what the slider points at. Raise `ParameterError` when nothing of the layer is in view.
    """
    shape = _shape(layer)
    bounds = _at_sliders(viewer, layer, blurred)
    if viewer.dims.ndisplay == 2:
        corners = np.array([to_data(viewer, layer, corner) for corner in _view(viewer)])
        for axis in _displayed(viewer, layer):
            bounds[axis] = _around(corners[:, axis])
    return _inside(bounds, shape, "Nothing of the image is in view; move it into view or choose the whole image.")


def small(viewer: Any, layer: Any, blurred: Sequence[int]) -> Bounds:
    """Return the bounds of a small part in the middle of what is seen of a layer; in 3D, of all of it."""
    in_view = seen(viewer, layer, blurred)
    shown = _displayed(viewer, layer)[-2:]
    return tuple(_middle(bounds) if axis in shown else bounds for axis, bounds in enumerate(in_view))


def _middle(bounds: tuple[int, int]) -> tuple[int, int]:
    start, stop = bounds
    begin = start + max(0, stop - start - SMALL_SIDE) // 2
    return begin, min(stop, begin + SMALL_SIDE)


def rectangle(viewer: Any, layer: Any, shapes: Any, blurred: Sequence[int]) -> Bounds:
    """Return the bounds of a rectangle (or of the box around any shape): the selected one, else the last.

    Along axes that the Shapes layer lacks, all is taken, but along hidden ones that the PSF does not act on only what
    the slider points at; however the view is turned. Raise `ParameterError` when there is no shape, or it lies beside
    the image.
    """
    if shapes is None or not len(shapes.data):
        raise ParameterError("There is no rectangle yet; draw one in a Shapes layer.")
    chosen = min(shapes.selected_data, default=len(shapes.data) - 1)
    corners = np.array([from_data(viewer, shapes, corner) for corner in shapes.data[chosen]])
    points = np.tile(np.asarray(viewer.dims.point, np.float64), (len(corners), 1))
    points[:, points.shape[1] - corners.shape[1] :] = corners
    inside = np.array([to_data(viewer, layer, point) for point in points])
    bounds = _at_sliders(viewer, layer, blurred)
    for axis in _spanned(shapes.data[chosen], layer):
        bounds[axis] = _around(inside[:, axis])
    return _inside(
        bounds, _shape(layer), "The rectangle lies beside the image; draw one over it, or choose the whole image."
    )


def _view(viewer: Any) -> NDArray[np.float64]:
    """Return where in the world the four corners of the canvas are.

    A layer's own `corner_pixels` would not do: they are clipped to the image, as if it was always in view, and do not
    mind units.
    """
    camera = getattr(viewer, "scene", viewer).camera  # before napari 0.9, the viewer's own
    size = viewer.canvas.viewbox_size(viewer.layers) if hasattr(viewer, "canvas") else viewer._canvas_size
    half = np.asarray(size, np.float64) / camera.zoom / 2
    corners = np.tile(np.asarray(viewer.dims.point, np.float64), (4, 1))
    signs = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
    corners[:, list(viewer.dims.displayed)] = np.asarray(camera.center[-2:]) + signs * half
    return corners


def _around(places: NDArray[np.float64]) -> tuple[int, int]:
    """Return the samples along an axis that some places lie among; each reaches half a sample to either side."""
    low, high = np.floor(places.min() + 0.5), np.ceil(places.max() + 0.5)
    return int(low), int(max(high, low + 1))


def _spanned(shape: NDArray[Any], layer: Any) -> list[int]:
    """Return the axes of a layer along which a shape bounds anything."""
    axes = shape.shape[1]
    # A shape among three axes or more is drawn in a plane, and says nothing of what lies before and behind.
    bounding = [axis for axis in range(axes) if axes <= 2 or np.ptp(shape[:, axis]) > 0]
    return [axis + layer.ndim - axes for axis in bounding if axis + layer.ndim >= axes]


def _shape(layer: Any) -> tuple[int, ...]:
    data = layer.data[0] if layer.multiscale else layer.data
    return tuple(int(length) for length in data.shape)


def _displayed(viewer: Any, layer: Any) -> list[int]:
    missing = viewer.dims.ndim - layer.ndim
    return [axis - missing for axis in viewer.dims.displayed if axis >= missing]


def _at_sliders(viewer: Any, layer: Any, blurred: Sequence[int]) -> list[tuple[int, int]]:
    shape = _shape(layer)
    bounds = list(whole(shape))
    here = to_data(viewer, layer, viewer.dims.point)
    displayed = _displayed(viewer, layer)
    for axis in range(len(shape)):
        if axis not in blurred and axis not in displayed:
            index = int(np.clip(np.round(here[axis]), 0, shape[axis] - 1))
            bounds[axis] = (index, index + 1)
    return bounds


def _inside(bounds: Sequence[tuple[int, int]], shape: Sequence[int], otherwise: str) -> Bounds:
    clipped = tuple((max(0, start), min(length, stop)) for (start, stop), length in zip(bounds, shape, strict=True))
    if any(start >= stop for start, stop in clipped):
        raise ParameterError(otherwise)
    return clipped


def add_rectangles(viewer: Any, image: Any) -> Any:
    """Add a Shapes layer, ready to draw a rectangle over an image."""
    # Units from the start: napari warns of a layer without beside others.
    place = {} if image is None else {"scale": image.scale[-2:], "units": image.units[-2:]}
    layer = viewer.add_shapes(name="Region", ndim=2, face_color="transparent", edge_width=1, **place)
    layer.mode = "add_rectangle"
    return layer
