"""Results of the dock "Spectrum" as layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from napari_deconvolve._napari.docks.spectrum.session import CubeTask
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.psf_output import add_psf
from napari_deconvolve._napari.layers.psf_request import Made
from napari_deconvolve._napari.layers.readers import layer_unit
from napari_deconvolve._napari.layers.source import contrast_of, our_metadata, unused_name
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import TABLES
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.io.spectrum_tables import write_spectrum
from napari_deconvolve.psf import save
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.results import FoundPSF

ASPECT = 6.0  # how much longer than high a spectrum's layer is


def add_row(
    viewer: Any, spectrum: Spectrum, result: FloatArray, ending: str, recipe: Recipe, about: Mapping[str, Any]
) -> Any:
    """Add a result as an image of one row, high enough to be seen: napari's images have two axes at least.

    `about` is what else its metadata say.
    """
    unit = layer_unit(spectrum.unit)
    ours: dict[str, Any] = {"recipe": recipe.to_dict(), "line": True, "image": spectrum.name, **about}
    if unit != spectrum.unit:
        ours["units"] = [spectrum.unit] * 2  # napari has no name for it
    layer = viewer.add_image(
        np.array(result)[np.newaxis],
        name=unused_name(spectrum.name or "spectrum", ending, {layer.name for layer in viewer.layers}),
        scale=(len(spectrum) * spectrum.spacing / ASPECT, spectrum.spacing),
        translate=(0.0, spectrum.start),
        units=(unit,) * 2,
        axis_labels=("y", spectrum.quantity or "x"),
        contrast_limits=contrast_of(result),
        metadata={KEY: ours},
    )
    viewer.layers.selection = {layer}
    return layer


def add_kernel(viewer: Any, found: FoundPSF, spectrum: Spectrum, row: Any) -> Any:
    """Add the kernel that was found below its result, hidden; the same one is not added twice."""
    name = unused_name("PSF found", spectrum.name or "spectrum", {layer.name for layer in viewer.layers})
    psf, selected = found.psf, set(viewer.layers.selection)
    layer, new = add_psf(viewer, Made(psf, name, psf.spacing, psf.unit, ()), row)
    if new:
        layer.metadata[KEY]["found"] = {"how": found.how, "factor": found.factor}
        layers = viewer.layers
        layers.move(layers.index(layer), layers.index(row))
    viewer.layers.selection = selected
    return layer


def write_kernel(path: str, kernel: ChannelSpread) -> None:
    """Write a kernel as a table of positions and values, or as TIFF, which gives the very kernel again."""
    psf = kernel.middle
    if suffix_of(path) not in TABLES:
        save(psf, path)
        return
    step = float(psf.spacing[0])
    values = np.asarray(psf.data, np.float64)
    write_spectrum(path, Spectrum(values, step, psf.unit, -step * (len(values) // 2), "kernel", "x"))


def add_cube(viewer: Any, task: CubeTask, layer: Any) -> Any:
    """Add the result of a whole cube, where the cube lies."""
    plan, result = task.plan, task.result
    assert result is not None, "the run is not done"
    ours: dict[str, Any] = {
        "recipe": result.recipe.to_dict(),
        "iterations": result.iterations,
        "axes": [plan.axis],
        **result.about_making,
        **origin(plan.source),
    }
    if layer is not None and "units" in our_metadata(layer):
        ours["units"] = our_metadata(layer)["units"]
    made = viewer.add_image(
        result.estimate,
        name=unused_name(plan.source.name, task.name, {layer.name for layer in viewer.layers}),
        contrast_limits=contrast_of(result.estimate),
        metadata={KEY: ours},
        **plan.source.placement,
    )
    viewer.layers.selection = {made}
    return made
