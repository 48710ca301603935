"""A PSF that was made, as a layer beside its image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.psf_layers import beside, is_psf_layer, layer_order, napari_unit, psf_layer_data
from napari_deconvolve._napari.layers.psf_request import Made, shown
from napari_deconvolve._napari.layers.source import read, space_axes
from napari_deconvolve._napari.layers.world import from_data
from napari_deconvolve.psf.beads.from_beads import BeadReport

PLACES = {1: "samples", 2: "pixels", 3: "voxels"}  # what they are called, by the number of axes


def add_psf(viewer: Any, made: Made, image: Any | None) -> tuple[Any, bool]:
    """Add a PSF in the middle of its image, hidden; return its layer, and whether it is new or was there already."""
    data, keywords, _ = psf_layer_data(made.psf, made.name)
    twin = _twin(viewer, data, keywords)
    if twin is not None:
        return twin, False
    if image is not None:
        keywords.update(beside(image, data.shape, keywords["scale"]))
    return viewer.add_image(data, **keywords), True


def set_spacing(viewer: Any, image: Any, spacing: tuple[float, ...], unit: str) -> None:
    """Set spacing and unit of an image layer's axes z, y and x; the same plane stays in sight."""
    axes = space_axes(read(image), min(3, image.ndim))
    given = dict(zip(axes, spacing[-len(axes) :], strict=True))
    plane = viewer.dims.current_step
    image.units = [napari_unit(unit) if axis in given else str(own) for axis, own in enumerate(image.units)]
    image.scale = [given.get(axis, own) for axis, own in enumerate(image.scale)]
    viewer.reset_view()
    viewer.dims.current_step = plane  # the same plane, though it lies elsewhere in the world now


def mark_beads(viewer: Any, layer: Any, report: BeadReport, used: str, rejected: str) -> None:
    """Mark a layer's beads by a points layer, in place of an earlier one, and go to the brightest that was used."""
    places = np.zeros((len(report.beads), layer.ndim))
    for place, bead in zip(places, report.beads, strict=True):
        place[list(layer_order(layer, len(report.spacing)))] = bead.position
    widths = [bead.fwhm[-1] for bead in report.beads if np.isfinite(bead.fwhm[-1])]
    name = f"{layer.name} · beads"
    for old in [one for one in viewer.layers if one.name == name]:
        viewer.layers.remove(old)
    marks = viewer.add_points(
        places,
        name=name,
        scale=tuple(layer.scale),
        translate=tuple(layer.translate),
        units=tuple(str(unit) for unit in layer.units),
        axis_labels=tuple(layer.axis_labels),
        face_color="transparent",
        border_color=[used if bead.used else rejected for bead in report.beads],
        border_width=0.06,
        size=3 * float(np.median(widths)) / report.spacing[-1] if widths else 10.0,
        features={
            "used": [bead.used for bead in report.beads],
            "reason": [bead.reason for bead in report.beads],
            "snr": [bead.snr for bead in report.beads],
        },
    )
    layer.visible = True  # marks on nothing would say nothing
    best = next((index for index, bead in enumerate(report.beads) if bead.used), 0)
    _go_to(viewer, from_data(viewer, marks, places[best]))


def _go_to(viewer: Any, place: NDArray[np.floating]) -> None:
    """Show the planes of a place, given along the last axes."""
    dims = viewer.dims
    for axis, position in zip(range(dims.ndim - len(place), dims.ndim), place, strict=True):
        if axis in dims.not_displayed:
            dims.set_point(axis, position)


def summary(made: Made) -> str:
    """Say what a PSF is: its size, its pixel size, and what was done to it."""
    psf = made.psf
    size = " × ".join(str(length) for length in psf.shape)
    steps = " × ".join(f"{step:.4g}" for step in psf.spacing)
    if psf.depths:
        size = f"{len(psf.depths)} strata of {size}"
    first = f"{size} {PLACES[psf.ndim]} of {steps} {shown(psf.unit)}."
    if psf.depths:
        first += f" Drawn is {psf.middle_text()}."
    notes = "; ".join(psf.notes)
    return f"{first} {notes[0].upper()}{notes[1:]}." if notes else first


def _twin(viewer: Any, data: Any, keywords: dict[str, Any]) -> Any | None:
    for layer in viewer.layers:
        if is_psf_layer(layer) and np.shape(layer.data) == data.shape:
            same = np.allclose(layer.scale, keywords["scale"], rtol=1e-9) and np.array_equal(layer.data, data)
            if same and tuple(str(u) for u in layer.units) == tuple(_long(u) for u in keywords["units"]):
                return layer
    return None


def _long(unit: str) -> str:
    import pint

    return str(pint.Unit(unit)) if unit != "pixel" else unit
