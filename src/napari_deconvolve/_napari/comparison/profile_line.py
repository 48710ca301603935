"""The line of the profile: one line in a Shapes layer, in the plane that the canvas shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.comparison.canvas import camera_of, canvas_of
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve._napari.layers.world import from_data, in_units_of, to_data
from napari_deconvolve._napari.work.per_viewer import unwrapped

NAME = "Profile line"
COLOR = "#f0e442"  # yellow that colour-blind people know from all colours of channels
PART = 0.5  # of what is seen of the image that a new line crosses
THICKNESS = 3.0  # pixels of the screen


def is_line(layer: Any) -> bool:
    """Return whether a layer holds the profile's line: no region, and nothing to deconvolve."""
    return bool(our_metadata(layer).get("profile"))


def find(viewer: Any) -> Any | None:
    """Return the layer of the profile's line; None when there is none."""
    named = [layer for layer in viewer.layers if layer.name == NAME and hasattr(layer, "shape_type")]
    return unwrapped(named[-1]) if named else None


def add(viewer: Any, image: Any) -> Any:
    """Add the layer with a line across the middle of what is seen of an image, ready to be moved."""
    units = getattr(viewer.layers.extent, "units", None)  # of the world: napari warns of a layer without beside others
    scale = max(float(one.step) for one in viewer.dims.range)  # a finer one would refine the sliders
    layer = viewer.add_shapes(
        [_across(viewer, image) / scale],
        scale=(scale,) * viewer.dims.ndim,
        shape_type="line",
        name=NAME,
        edge_color=COLOR,
        opacity=1.0,
        edge_width=THICKNESS / scale / max(float(camera_of(viewer).zoom), 1e-12),
        metadata={KEY: {"profile": True}},
        **({} if units is None else {"units": units[-viewer.dims.ndim :]}),
    )
    follow_slice(viewer, layer)
    grab(layer)
    return unwrapped(layer)


def grab(layer: Any) -> None:
    """Let the mouse move the line."""
    layer.mode = "select"
    if len(layer.data):
        layer.selected_data = {_chosen(layer)}


def put(viewer: Any, layer: Any, ends: NDArray[np.float64]) -> None:
    """Make a line between two places in the world, shape (2, axes), the only one of the layer."""
    layer.data = [(np.array([to_data(viewer, layer, end) for end in ends]), "line")]
    follow_slice(viewer, layer)


def ends_of(viewer: Any, layer: Any) -> NDArray[np.float64] | None:
    """Return both ends of the line in the world, shape (2, axes of the viewer); None when there is no line.

    Axes that are hidden, or that the layer lacks, are where the sliders are.
    """
    lines = [index for index, kind in enumerate(layer.shape_type) if kind in ("line", "path")]
    if not lines:
        return None
    vertices = np.asarray(layer.data[_chosen(layer, lines)], np.float64)[[0, -1]]
    ends = np.tile(np.asarray(viewer.dims.point, np.float64), (2, 1))
    own = np.array([from_data(viewer, layer, vertex) for vertex in vertices])
    count = min(own.shape[1], ends.shape[1])
    ends[:, ends.shape[1] - count :] = own[:, own.shape[1] - count :]
    hidden = [axis for axis in range(ends.shape[1]) if axis not in viewer.dims.displayed]
    ends[:, hidden] = np.asarray(viewer.dims.point, np.float64)[hidden]
    return ends


def follow_slice(viewer: Any, layer: Any) -> None:
    """Take the layer along when the sliders move, so that its line lies in the slice that is shown, at 0 of its own.

    napari draws shapes near a slice, but lets the mouse take only those whose place is a whole number in the slice.
    """
    missing = viewer.dims.ndim - layer.ndim
    own = [axis - missing for axis in viewer.dims.not_displayed if axis >= missing]
    shapes = [np.array(shape, np.float64) for shape in layer.data]
    if any(shape[:, own].any() for shape in shapes):
        chosen = set(layer.selected_data)
        for shape in shapes:
            shape[:, own] = 0
        layer.data = shapes
        layer.selected_data = chosen
    here, translate = in_units_of(viewer, layer, viewer.dims.point), np.array(layer.translate, np.float64)
    if np.any(translate[own] != here[own]):
        translate[own] = here[own]
        layer.translate = translate


def _chosen(layer: Any, lines: list[int] | None = None) -> int:
    """Return which shape is meant: the selected one, else the last."""
    known = list(range(len(layer.data))) if lines is None else lines
    selected = [index for index in known if index in layer.selected_data]
    return selected[-1] if selected else known[-1]


def _across(viewer: Any, image: Any) -> NDArray[np.float64]:
    """Return the ends of a line along the last displayed axis, in the middle of what is seen of an image."""
    low, high = (np.asarray(corner, np.float64) for corner in _extent(viewer, image))
    camera, canvas = camera_of(viewer), canvas_of(viewer)
    size = np.asarray(canvas.size[::-1] if canvas is not None else (1, 1), np.float64)
    axes = list(viewer.dims.displayed[-2:])
    center, half = np.asarray(camera.center[-2:], np.float64), size / camera.zoom / 2
    seen_low, seen_high = np.maximum(low[axes], center - half), np.minimum(high[axes], center + half)
    if np.any(seen_low >= seen_high):  # the image is out of view
        seen_low, seen_high = low[axes], high[axes]
    middle, reach = (seen_low + seen_high) / 2, (seen_high - seen_low) / 2
    ends = np.tile(np.asarray(viewer.dims.point, np.float64), (2, 1))
    ends[:, axes] = middle
    ends[:, axes[-1]] += np.array([-1.0, 1.0]) * PART * reach[-1]
    return ends


def _extent(viewer: Any, image: Any) -> NDArray[np.float64]:
    """Return the lowest and the highest corner of an image in the world, with all axes of the viewer."""
    inside = np.asarray(image.extent.data, np.float64)
    corners = np.array([from_data(viewer, image, corner) for corner in inside])
    world = np.tile(np.asarray(viewer.dims.point, np.float64), (2, 1))
    world[:, world.shape[1] - corners.shape[1] :] = np.sort(corners, axis=0)
    return world
