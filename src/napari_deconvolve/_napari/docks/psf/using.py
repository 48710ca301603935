"""What becomes of a PSF: it is used for images, becomes a layer that is seen, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from napari_deconvolve._napari.docks.psf.forms import PSFForm
from napari_deconvolve._napari.docks.psf.making import Many
from napari_deconvolve._napari.kit.theme import palette
from napari_deconvolve._napari.layers import announced
from napari_deconvolve._napari.layers.psf_output import add_psf, mark_beads, set_spacing
from napari_deconvolve._napari.layers.psf_request import Made
from napari_deconvolve._napari.layers.source import read, space_axes
from napari_deconvolve.errors import DeconvolutionError

HIDDEN = " Its layer is hidden; click its eye to show it."


def use_one(viewer: Any, form: PSFForm, image: Any | None, made: Made) -> str:
    """Choose a PSF for an image, or for every one; return what has been done, in words."""
    more = _set_on_image(viewer, form, image)
    layer, new = add_psf(viewer, made, image)
    if not new:
        viewer.layers.selection = {layer}
    images = [one for one in form.inputs if one.ndim >= made.psf.ndim] if form.every_image.isChecked() else [image]
    for one in images or [image]:
        announced.remember(viewer, one, layer)
    words = f"Added “{layer.name}”." if new else f"This PSF already exists: “{layer.name}”."
    if len(images) > 1:
        words += f" All {len(images)} images use it."
    elif image is not None:
        words += f" “{image.name}” uses it."
    return f"{words}{HIDDEN if new and image is not None else ''}{more}"


def use_for_channels(viewer: Any, chosen: Any, images: Sequence[Any], made: Many) -> str:
    """Choose one PSF for each channel, the chosen image's last; return what has been done, in words."""
    pairs = sorted(zip(images, made, strict=True), key=lambda pair: pair[0] is chosen)
    present = [(image, one) for image, one in pairs if any(image is layer for layer in viewer.layers)]
    made_of = [add_psf(viewer, one, image) for image, one in present]
    layers, new = [layer for layer, _ in made_of], {id(layer) for layer, new in made_of if new}
    for (image, _), layer in zip(present, layers, strict=True):
        announced.remember(viewer, image, layer)
    count = len({id(layer) for layer in layers})
    if count == 1:
        return f"One PSF for {len(present)} channels: “{layers[0].name}”.{HIDDEN * bool(new)}"
    added = f"Added {len(new)} PSF{'s' * (len(new) > 1)}" if new else "These PSFs already exist"
    return f"{added}; each channel will use its own."


def show_as_layer(viewer: Any, image: Any | None, made: Made) -> str:
    """Add a PSF as a layer that is seen; return what has been done, in words."""
    layer, new = add_psf(viewer, made, image)
    layer.visible = True
    viewer.layers.selection = {layer}
    return f"Added “{layer.name}”." if new else f"This PSF already exists: “{layer.name}”."


def show_beads(viewer: Any, layer: Any, report: Any) -> str:
    """Mark beads in their layer, in place of marks of an earlier search; return what has been done, in words."""
    if not any(layer is one for one in viewer.layers):
        return "The layer with the beads is not there any more."
    colors = palette(viewer.theme)
    mark_beads(viewer, layer, report, colors.first, colors.second)
    return f"Marked {len(report.beads)} beads: used ones in blue, others in orange."


def write(made: Made, path: str) -> str:
    """Write a PSF to a file; return what has been done, in words."""
    from napari_deconvolve.psf.files import save

    try:
        save(made.psf, path)
    except (DeconvolutionError, OSError) as error:
        return f"Not saved: {error}"
    return f"Saved to {path}."


def shape_of(image: Any, count: int) -> tuple[int, ...]:
    """Return the lengths of an image's axes that a PSF of so many axes acts on."""
    source = read(image)
    return tuple(source.shape[axis] for axis in space_axes(source, count))


def _set_on_image(viewer: Any, form: PSFForm, image: Any | None) -> str:
    """Set the pixel size that was typed on the image, if the user wants so; return that in words."""
    unit = form.unit.currentData()
    if image is None or form.spacing_is_known or unit == "pixel" or not form.set_on_image.isChecked():
        return ""
    set_spacing(viewer, image, form.table.numbers("spacing"), unit)
    return f" “{image.name}” has this pixel size now, too."
