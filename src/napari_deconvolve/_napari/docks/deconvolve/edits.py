"""Changes of the image's layer from within the dock: its pixel size, its axes, its colours, its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from napari_deconvolve._napari.docks.deconvolve.calibrate import calibrate, pixel_size
from napari_deconvolve._napari.docks.deconvolve.naming import name_axes
from napari_deconvolve._napari.layers.colours import split_colours
from napari_deconvolve._napari.layers.opening import NO_SIZE, reopen


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """What came of a change.

    Attributes
    ----------
    words : str
        What to say; empty where nothing was changed.
    done : bool
        Whether the layer was changed.
    image : Layer or None
        The layer to choose instead, if there is another.
    """

    words: str = ""
    done: bool = False
    image: Any = None


Calibration = tuple[Any, Any, Any]  # a layer, its scale and its units


def calibration_of(layer: Any) -> Calibration:
    """Return what `set_spacing` changes of a layer."""
    return layer, layer.scale.copy(), layer.units


def restore(before: Sequence[Calibration]) -> None:
    """Set scale and units of layers to what they were."""
    for layer, scale, units in before:
        layer.scale, layer.units = scale, units


def set_spacing(layers: Sequence[Any], image: Any, psf: Any, text: str) -> Edit:
    """Set the pixel size in µm as it was typed, of all channels of an image."""
    if image is None or not text.strip() or text == pixel_size(image):
        return Edit()
    axes = min(3, image.ndim) if psf is None else psf.ndim
    wrong = next((words for layer in layers if (words := calibrate(layer, axes, text))), "")
    return Edit(wrong or "Pixel size set.", not wrong)


def set_axes(image: Any, text: str) -> Edit:
    """Name the axes as they were typed."""
    if image is None or text == ", ".join(map(str, image.axis_labels)):
        return Edit()
    wrong = name_axes(image, text)
    return Edit(wrong or "The axes have these names now.", not wrong)


def split(viewer: Any, picture: Any) -> Edit:
    """Make the colours of a picture the channels of an image."""
    if picture is None or not picture.rgb:
        return Edit()
    first = split_colours(viewer, picture)[0]
    return Edit(f"“{picture.name}” is split into its colours; Run deconvolves all of them.", True, first)


def open_again(viewer: Any, image: Any) -> Edit:
    """Open the image's file again, with all that it says; raise `DeconvolutionError` where it cannot be read."""
    made = reopen(viewer, image)
    if not made:
        return Edit()
    return Edit("Opened the file again with its pixel size." if pixel_size(made[0]) else NO_SIZE, True, made[0])
