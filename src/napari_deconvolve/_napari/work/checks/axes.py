"""Along which of an image's axes a PSF takes a voxel size for granted."""

from __future__ import annotations

from napari_deconvolve._napari.layers.source import Source, axes_of, pretty_unit
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.units import is_length


def unknown_step(source: Source, psf: ChannelSpread) -> str:
    """Say along which axes, among others in lengths, a voxel size is taken for granted; nothing where none is."""
    axes = axes_of(source, psf)
    unknown = [axis for axis in axes if not is_length(source.units[axis])]
    partly = 0 < len(unknown) < len(axes) and "pixel" in [source.units[axis] for axis in axes]
    if not (partly and is_length(psf.unit)) or source.image.is_uncalibrated(axes):
        return ""
    names = " and ".join(source.image.axes[axis] or str(axis) for axis in unknown)
    steps = " and ".join(f"{source.spacing[axis]:.4g}" for axis in unknown)
    remedy = f"take a {psf.ndim - 1}D PSF" if psf.ndim > 1 else "choose another layer"
    return (
        f"The voxel size along {names} is not known: {steps} {pretty_unit(psf.unit)} is taken. Set the layer's scale "
        f"and units; if {names} is no depth, {remedy}."
    )
