"""What a microscope PSF is asked for, and the optics that images hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.defaults import is_truth
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.psf_request import Drawn, Grid, Wanted
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf import microscope
from napari_deconvolve.psf.microscope.nyquist import nyquist

MODALITIES = {
    "widefield": "wide field",
    "confocal": "confocal",
    "spinning-disk": "spinning disk",
    "two-photon": "two-photon",
    "light-sheet": "light sheet",
}
USES = {
    "excitation_um": ("confocal", "spinning-disk", "two-photon"),
    "pinhole_airy": ("confocal", "spinning-disk"),
    "sheet_um": ("light-sheet",),
    "zernike": ("widefield",),
}
OPTICS_FROM_FILES = ("modality", "numerical_aperture", "immersion_index", "emission_um", "excitation_um")  # by files
OPTICS_LABELS = {
    "modality": "microscope",
    "numerical_aperture": "NA",
    "immersion_index": "immersion",
    "emission_um": "emission",
    "excitation_um": "excitation",
}
SLACK = 1.002  # by which a spacing may be rounded above its limit


@dataclass(frozen=True)
class Microscope(Wanted):
    """The arguments of `psf.microscope` without the grid, as sorted pairs."""

    arguments: tuple[tuple[str, Any], ...]
    shape: tuple[int, ...] | None = None

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""
        given = dict(self.arguments)
        modality = given.pop("modality")
        psf = microscope(modality, **given, spacing=grid.steps_in("um"), shape=self.shape, for_shape=grid.for_shape)
        return Drawn(psf.in_unit(grid.unit))

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""
        given = dict(self.arguments)
        waves = f"{given['emission_um']:.4g} µm"
        return f"PSF {MODALITIES[given['modality']]} {given['numerical_aperture']:.4g} · {waves}"


def uses(modality: str, name: str) -> bool:
    """Return whether a parameter matters for a kind of microscope."""
    return modality in USES.get(name, (modality,))


def optics_of(layer: Any | None) -> Mapping[str, Any]:
    """Return the optics that the file of an image layer holds; empty when it holds none."""
    optics = our_metadata(layer).get("optics")
    if not isinstance(optics, Mapping):
        return {}
    return {name: value for name, value in optics.items() if name in OPTICS_FROM_FILES and _is_usable(name, value)}


def lens_of(layer: Any | None) -> Mapping[str, Any] | None:
    """Return the lens that a PSF for this image is compared with; None where lens or light are not known."""
    optics = optics_of(layer)
    return optics if {"numerical_aperture", "emission_um"} <= set(optics) else None


def channels_of(image: Any | None, layers: Sequence[Any]) -> tuple[Any, ...]:
    """Return all channels of an image, in order, itself included; empty when it is alone.

    Layers that the reader split tell whose channels they are; among others, those of the same shape and place that no
    run made, and that are no truth, are taken for channels.
    """
    if image is None:
        return ()
    own = channel_of(image)
    if own is not None:
        found = [(channel_of(layer), layer) for layer in layers]
        same = [(stored, layer) for stored, layer in found if stored is not None and stored[1:] == own[1:]]
        ordered = tuple(layer for _, layer in sorted(same, key=lambda pair: pair[0][0]))
        indices = {stored[0] for stored, _ in same}
        return ordered if len(ordered) > 1 and len(indices) == len(ordered) else ()
    alike = tuple(
        layer
        for layer in layers
        if channel_of(layer) is None
        and _looks_like_channel(layer, image)
        and (layer is image or not is_truth(layer, layers))
    )
    return alike if len(alike) > 1 else ()


def channel_of(layer: Any) -> tuple[int, int, str] | None:
    """Return which channel of which image a layer is: index, number of channels, the image's name."""
    stored = our_metadata(layer).get("channel")
    if not isinstance(stored, Mapping) or not {"index", "of", "image"} <= set(stored):
        return None
    return int(stored["index"]), int(stored["of"]), str(stored["image"])


def short_name(layer: Any) -> str:
    """Return the name of a channel alone: "GFP" of "cells · GFP"."""
    return str(layer.name).rsplit(" · ", 1)[-1]


def sampling_text(grid: Grid, arguments: Mapping[str, Any]) -> tuple[str, bool]:
    """Return how fine the grid is for the optics, and whether it is enough; raise `ParameterError` for bad optics."""
    known = ("numerical_aperture", "emission_um", "excitation_um", "immersion_index")
    axial, lateral = nyquist(
        arguments["modality"], **{name: arguments[name] for name in known if arguments.get(name) is not None}
    )
    try:
        steps = grid.steps_in("um")
    except ParameterError:
        return "", True
    except ValueError:  # the spacing is in pixels: that is said elsewhere
        return f"Finest detail: xy {lateral:.3g} µm, z {axial:.3g} µm per sample.", True
    parts, fine = [], True
    for name, step, limit in (("xy", max(steps[-2:]), lateral), *([("z", steps[0], axial)] if len(steps) == 3 else [])):
        good = step <= limit * SLACK
        fine = fine and good
        parts.append(f"{name} {'ok' if good else 'too coarse'} (limit {limit:.3g} µm)")
    return f"Sampling: {', '.join(parts)}", fine


def _is_usable(name: str, value: Any) -> bool:
    if name == "modality":
        return value in MODALITIES
    return isinstance(value, (int, float)) and bool(np.isfinite(value)) and value > 0


def _looks_like_channel(layer: Any, image: Any) -> bool:
    made = is_psf_layer(layer) or "recipe" in our_metadata(layer)
    if made or getattr(layer, "multiscale", False) or getattr(image, "multiscale", False):
        return layer is image
    return layer.data.shape == image.data.shape and np.allclose(layer.scale, image.scale, rtol=1e-6)
