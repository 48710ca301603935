"""PSFs that were calculated and can be made again: larger, or on a finer grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.psf.description import MAKERS
from napari_deconvolve.psf.microscope.microscope import default_lengths, from_info
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.regridding import same_spacing
from napari_deconvolve.psf.shapes import gaussian, lorentzian
from napari_deconvolve.psf.validation.finding import Case
from napari_deconvolve.units import factor


def larger(case: Case) -> tuple[int, ...] | None:
    """Return the size that a calculated PSF has if none is asked for; None for all others.

    It is not smaller than the PSF along any axis, nor larger than the image can tell.
    """
    own = tuple(case.info.get("spacing", ()))
    if case.source not in SIZES or len(own) != len(case.spacing) or not same_spacing(own, case.spacing):
        return None
    try:
        chosen = SIZES[case.source](case)
    except (DeconvolutionError, KeyError, TypeError):
        return None  # impossible optics have no size
    if case.largest is not None:
        chosen = tuple(min(length, most) for length, most in zip(chosen, case.largest, strict=True))
    return tuple(max(length, own) for length, own in zip(chosen, case.values.shape, strict=True))


def remade(case: Case, shape: tuple[int, ...]) -> PSF:
    """Return the same PSF with other lengths."""
    return MAKERS[case.source]({"unit": case.unit, **case.info, "shape": list(shape)})


def finer(case: Case, limits: Sequence[float]) -> PSF:
    """Return a microscope's PSF at the distances of samples that just record all, in the case's unit."""
    steps = [min(step, limit) if limit > 0 else step for step, limit in zip(case.spacing, limits, strict=True)]
    info = {**case.info, "spacing": steps}
    return from_info({**info, "shape": _of_microscope(replace(case, info=info, spacing=tuple(steps)))})


def _of_microscope(case: Case) -> tuple[int, ...]:
    ratio = factor(case.unit, "um")
    return default_lengths({**case.info, "spacing": [step * ratio for step in case.spacing]})


def _of_shape(make: Callable[..., PSF]) -> Callable[[Case], tuple[int, ...]]:
    return lambda case: make(case.info["fwhm"], case.spacing, unit=case.unit).shape


SIZES: dict[str, Callable[[Case], tuple[int, ...]]] = {
    "microscope": _of_microscope,
    "gaussian": _of_shape(gaussian),
    "lorentzian": _of_shape(lorentzian),
}
