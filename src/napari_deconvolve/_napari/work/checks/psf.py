"""Whether a PSF fits an image, and what is said about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.optics import lens_of
from napari_deconvolve._napari.layers.psf_prepared import PSFs
from napari_deconvolve._napari.layers.source import Source, axes_of, pretty_unit, shape_text, spacing_text, times
from napari_deconvolve._napari.work.checks.axes import unknown_step
from napari_deconvolve._napari.work.checks.choices import ImageChoices
from napari_deconvolve._napari.work.checks.question import Question, question
from napari_deconvolve._napari.work.remarks import Remark
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.units import is_length

MIN_PIXELS_ACROSS = 0.5  # samples of the image that a PSF is wide at least, to blur anything
COMPARED_PIXELS = 100_000  # samples that tell whether two layers hold the same


def psf_is_missing(choices: ImageChoices) -> Remark:
    """Return the remark that asks for a PSF; empty when one is chosen."""
    return Remark("psf", "" if choices.psf is not None else "Choose a PSF, or make one in the dock “PSF”.")


def psf_of(choices: ImageChoices, source: Source, psfs: PSFs) -> ChannelSpread | None:
    """Return the chosen PSF, or None while it is prepared; raise if it does not fit the image."""
    if choices.psf is None:
        raise DeconvolutionError("Choose a PSF layer, or make one in the dock “PSF”.")
    psf = psfs.of(choices.psf)
    if psf is not None:
        axes_of(source, psf)  # refused where it would act along other axes than those in space
    return psf


def is_itself(choices: ImageChoices, source: Source) -> bool:
    """Return whether the chosen PSF is the image."""
    return choices.psf is not None and (choices.psf is choices.image or _same(choices.psf, source))


def question_of(
    choices: ImageChoices, psfs: PSFs, source: Source | None = None, spacing: tuple[float, ...] | None = None
) -> Question | None:
    """Return what the validation of the chosen PSF is asked; None while it is prepared."""
    given = None if choices.psf is None or choices.psf is choices.image else psfs.held(choices.psf)
    return None if given is None else question(choices.psf, given, source, spacing, lens_of(choices.image))


def psf_remark(source: Source, psf: ChannelSpread, fitted: ChannelSpread, spacing: tuple[float, ...] | None) -> Remark:
    """Return the remark that describes the PSF, or warns about it."""
    unit = pretty_unit(psf.unit)
    widths = times("–" if np.isnan(width) else f"{width:.3g}" for width in psf.fwhm)
    text = f"{shape_text(psf.shape)}, FWHM {widths}\u00a0{unit}"
    if psf.depths:
        text = f"{psf.depths_text(pretty_unit(psf.unit))}, each {text}"
    axes = axes_of(source, psf)
    looped = [length for axis, length in enumerate(source.shape) if axis not in axes]
    if int(np.prod(looped)) > 1:
        text += (
            f"; acts on {_axes_text(source, axes)}, so each of {int(np.prod(looped))} parts is deconvolved on its own"
        )
    notes = f" ({'; '.join(psf.notes)})" if psf.notes else ""
    if spacing is not None and (across := _samples_across(psf, spacing)) < MIN_PIXELS_ACROSS:
        asked = f"The PSF is {across:.1g} samples wide in this image, which blurs nothing: is the image's unit right?"
        return Remark("psf", f"{asked} {text}{notes}", "warning")
    if spacing is None:
        who = "image" if is_length(psf.unit) else "PSF"
        remedy = (
            " Give the pixel size above if that is wrong."
            if source.image.is_uncalibrated(axes) and is_length(psf.unit)
            else ""
        )
        taken = f"The {who} has no spacing: the PSF is taken to have the image's.{remedy}"
        return Remark("psf", f"{taken} {text}{notes}", "warning")
    unsure = unknown_step(source, psf)
    if unsure:
        return Remark("psf", f"{unsure} {text}{notes}", "warning")
    if fitted is not psf:
        steps = spacing_text(psf.spacing, (psf.unit,) * psf.ndim), spacing_text(spacing, (psf.unit,) * psf.ndim)
        return Remark("psf", f"{text}; will be resampled from {steps[0]} to {steps[1]}{notes}")
    return Remark("psf", f"{text}{notes}")


def _axes_text(source: Source, axes: tuple[int, ...]) -> str:
    """Say on which axes a PSF acts: by number where they are the last ones, else by name."""
    if axes == tuple(range(len(source.shape) - len(axes), len(source.shape))):
        return f"the last {len(axes)} axes"
    return f"the axes {', '.join(source.image.axes[axis] or str(axis) for axis in axes)}"


def _samples_across(psf: ChannelSpread, spacing: tuple[float, ...]) -> float:
    """Return how many of the image's samples the PSF is wide, where it is widest; infinite where it has no width."""
    widths = [width / step for width, step in zip(psf.fwhm, spacing, strict=True)]
    return max(widths) if all(np.isfinite(widths)) else np.inf


def _same(layer: Any, source: Source) -> bool:
    if layer.multiscale or layer.rgb or tuple(layer.data.shape) != source.shape:
        return False
    if layer.data is source.data:
        return True
    if source.lazy or not isinstance(layer.data, np.ndarray):
        return False
    step = max(1, layer.data.size // COMPARED_PIXELS)
    return bool(np.array_equal(layer.data.ravel()[::step], source.data.ravel()[::step]))
