"""Sample data: what File > Open Sample > Deconvolve offers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve import phantoms
from napari_deconvolve._napari.layers.psf_layers import KEY, corner, psf_layer_data
from napari_deconvolve.phantoms import Phantom, Sample

SampleLayer = tuple[NDArray[Any], dict[str, Any], str]

MARGIN = 2  # samples between the PSF and the border of the image


def cell() -> list[SampleLayer]:
    """Return a simulated 3D cell as measured, its truth, and its PSF."""
    return _opened("cell")


def chart() -> list[SampleLayer]:
    """Return a simulated 2D test chart as measured, its truth, and its PSF."""
    return _opened("chart")


def beads() -> list[SampleLayer]:
    """Return a simulated slide of beads as measured, its truth, and its PSF."""
    return _opened("beads")


def spectra() -> list[SampleLayer]:
    """Return simulated spectra, one per row, as measured, their truth, and their PSF along the last axis."""
    return _opened("spectra")


def gap_spectrum() -> list[SampleLayer]:
    """Return a simulated tunnelling spectrum as one row, its truth, and its kernel."""
    known = phantoms.sample("gap_spectrum")
    one = known.make()
    placed: dict[str, Any] = {
        "spacing": (1.0, *one.spacing),
        "units": ("pixel", *one.units),
        "axis_labels": ("row", *one.axis_labels),
    }
    row = replace(one, truth=one.truth[np.newaxis], counts=one.counts[np.newaxis], **placed)
    return _layers(row, known)


def four_pi() -> list[SampleLayer]:
    """Return a simulated 4Pi image with its side lobes as measured, its truth, and its PSF."""
    return _opened("four_pi")


def _opened(name: str) -> list[SampleLayer]:
    known = phantoms.sample(name)
    return _layers(known.make(), known)


def _layers(phantom: Phantom, known: Sample) -> list[SampleLayer]:
    """Return the truth, hidden at first, below the measurement, and the PSF on top as an inset."""
    name = known.layer
    bright = (0.0, float(np.percentile(phantom.truth, 99.8)) or float(phantom.truth.max()))  # of beads, most is dark
    limits = (0.0, float(np.percentile(phantom.counts, 99.95)))
    placed: dict[str, Any] = {"scale": phantom.spacing, "units": phantom.units, "axis_labels": phantom.axis_labels}
    placed["translate"] = (0.0,) * (phantom.counts.ndim - 1) + (known.start,)
    return [
        (phantom.truth, {**placed, "name": f"{name} · truth", "contrast_limits": bright, "visible": False}, "image"),
        (
            phantom.counts,
            {**placed, "name": name, "contrast_limits": limits, "metadata": {KEY: {"image": f"{name} · truth"}}},
            "image",
        ),
        _psf(phantom, f"PSF of {name}", placed),
    ]


def _psf(phantom: Phantom, name: str, placed: dict[str, Any]) -> SampleLayer:
    """Return the PSF as an inset: in the upper left corner of the image, at its middle along the axes before."""
    data, keywords, kind = psf_layer_data(phantom.psf, name)
    spacing, shape = phantom.spacing, phantom.counts.shape
    places = [length // 2 * step for length, step in zip(shape[:-2], spacing[:-2], strict=True)]
    places += [(MARGIN + length // 2) * step for length, step in zip(data.shape[-2:], spacing[-2:], strict=True)]
    places = [place + start for place, start in zip(places, placed["translate"], strict=True)]
    keywords |= {**placed, "translate": corner(data.shape, spacing, places)}
    return data, keywords, kind
