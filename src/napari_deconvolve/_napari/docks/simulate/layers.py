"""The layers that a simulation makes, and what they remember of where they came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_deconvolve._napari.docks.simulate.fields import widths_text
from napari_deconvolve._napari.docks.simulate.session import SimulationPlan, SimulationTask
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.psf_output import add_psf
from napari_deconvolve._napari.layers.psf_request import Made
from napari_deconvolve._napari.layers.source import contrast_of, moved, our_metadata, read, space_axes, unused_name
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import moved_last
from napari_deconvolve.psf import PSF, gaussian
from napari_deconvolve.psf.values import MAX_AXES
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.made import about_making

PREVIEW = "preview"


def add_result(viewer: Any, task: SimulationTask) -> Any:
    """Add what was simulated as a layer in the image's place, with the recipe in its metadata; it is selected."""
    assert task.value is not None, "the simulation is done"
    plan, made = task.plan, task.value
    about = {"simulation": made.recipe.to_dict(), "scale": made.scale}
    layer = viewer.add_image(
        made.counts,
        name=unused_name(plan.source.name, plan.ending, [layer.name for layer in viewer.layers]),
        contrast_limits=_limits(made.counts),
        metadata={KEY: {**about, **about_making(made.made), **origin(plan.source)}},
        **plan.source.placement,
    )
    viewer.layers.selection = {layer}
    return layer


def show_preview(viewer: Any, layer: Any | None, plan: SimulationPlan, counts: FloatArray) -> Any:
    """Show a preview in its layer, which is made if there is none, or that of another image."""
    assert plan.crop is not None
    place = moved(plan.source, plan.crop.offset)
    if layer is not None:
        if our_metadata(layer).get("preview") == plan.source.name and np.array_equal(layer.scale, place["scale"]):
            layer.data = counts
            layer.translate = place["translate"]
            layer.contrast_limits = _limits(counts)
            return layer
        viewer.layers.remove(layer)
    selected = set(viewer.layers.selection)
    name = unused_name(plan.source.name, PREVIEW, [layer.name for layer in viewer.layers])
    new = viewer.add_image(
        counts, name=name, contrast_limits=_limits(counts), metadata={KEY: {"preview": plan.source.name}}, **place
    )
    viewer.layers.selection = selected  # what the user was looking at stays selected
    return new


def _limits(counts: FloatArray) -> tuple[float, float]:
    """Fit the contrast; where there is an offset or negative light, from the darkest samples on."""
    low, high = contrast_of(np.nan_to_num(counts) if not np.isfinite(counts).all() else counts)
    darkest = float(np.nanpercentile(counts[(slice(None, None, max(1, counts.size >> 18)),)], 0.5))
    if darkest > 0.3 * high or darkest < 0:
        low = darkest
    return low, high if high > low else low + 1.0


def gaussian_psf(recipe: Simulation, shape: tuple[int, ...], unit: str) -> PSF:
    """Return the PSF of a smoothing; raise `ParameterError` when more axes are smoothed than a PSF has, or none."""
    widths, steps = recipe.widths(len(shape)), recipe.steps(len(shape))
    used = [axis for axis, width in enumerate(widths) if width > 0]
    if not used or len(shape) - used[0] > MAX_AXES:
        raise ParameterError(
            f"The Gaussian smooths the axes {', '.join(map(str, used)) or 'none'} of {len(shape)}, but a PSF acts on "
            f"the last {MAX_AXES} at most; smooth fewer."
        )
    widths, steps = widths[used[0] :], steps[used[0] :]
    if all(width > 0 for width in widths):
        return gaussian(widths, steps, unit=unit)
    data = np.ones(())
    for width, step in zip(widths, steps, strict=True):
        line = gaussian(width, step, ndim=1).data if width > 0 else np.ones(1)
        data = np.multiply.outer(data, line.astype(np.float64))
    return PSF(data, steps, unit, {"source": "array"})


def add_gaussian(viewer: Any, recipe: Simulation, measured: Any) -> Any:
    """Add the PSF of a smoothing as a layer beside the measured image, unless it is there."""
    source = read(measured)
    space = space_axes(source, min(MAX_AXES, len(source.shape)))  # the PSF's axes are z, y, x; the widths the image's
    widths, steps = (moved_last(values(len(source.shape)), space) for values in (recipe.widths, recipe.steps))
    turned = recipe.replace(fwhm=widths, spacing=steps)
    psf = gaussian_psf(turned, moved_last(source.shape, space), source.units[space[-1]])
    name = f"Gaussian {widths_text(recipe.widths(len(source.shape)), source.units[-1])}"
    return add_psf(viewer, Made(psf, name, psf.spacing, psf.unit, ()), measured)[0]
