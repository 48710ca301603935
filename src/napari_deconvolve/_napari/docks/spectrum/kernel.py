"""What a spectrum is blurred with: a width, a formula, a file or a layer, made for the spectrum's own axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve._napari.docks.spectrum.data import Files
from napari_deconvolve._napari.layers.psf_layers import layer_to_psf
from napari_deconvolve._napari.layers.source import pretty_unit
from napari_deconvolve.errors import PSFError
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.psf import PSF, from_array, from_formula, gaussian, lorentzian, resample
from napari_deconvolve.psf.psf import of_array
from napari_deconvolve.units import factor, kind

GAUSSIAN, LORENTZIAN, THERMAL = "Gaussian", "Lorentzian", "thermal"
FORMULA, FILE, LAYER = "formula", "file", "layer"
KERNELS = (GAUSSIAN, LORENTZIAN, THERMAL, FORMULA, FILE, LAYER)
OF_A_WIDTH = (GAUSSIAN, LORENTZIAN, THERMAL)
THERMAL_WIDTH = 4 * math.acosh(math.sqrt(2))  # kT: width of the slope of Fermi's function
CENTER_LABELS = {
    "auto": "automatic",
    "middle": "middle sample",
    "peak": "peak",
    "first": "first sample",
    "zero": "zero of its axis",
}
UNIT_SUM = 1e-3
MAX_KERNEL_SAMPLES = 1 << 20  # samples of a kernel
RESAMPLED = 1e-3  # relative: steps that differ by less are the same
MIN_WIDTH_IN_SAMPLES = 2.0  # samples: a kernel narrower than this hardly blurs


@dataclass(frozen=True, slots=True, eq=False)
class KernelChoice:
    """What the form says of the kernel.

    Attributes
    ----------
    kernel : str
        One of `KERNELS`.
    fwhm : float
        In the axis's unit, for a kernel that is known by its width.
    formula : str
        In x, in the axis's unit.
    path : str
        Of a file.
    layer : Image or None
        That holds one.
    center : str
        Where the zero lag of a file or layer is; one of `CENTER_LABELS`.
    """

    kernel: str = GAUSSIAN
    fwhm: float = 1.0
    formula: str = ""
    path: str = ""
    layer: Any = None
    center: str = "auto"


def make(choice: KernelChoice, spectrum: Spectrum, files: Files) -> PSF:
    """Make the kernel at the spectrum's step and in its unit; raise `DeconvolutionError` when that cannot be."""
    step, unit = float(spectrum.spacing), spectrum.unit
    if choice.kernel in OF_A_WIDTH:
        _require_size(choice.fwhm / step)
        psf = _of_width(choice, spectrum)
    elif choice.kernel == FORMULA:
        if not choice.formula.strip():
            raise PSFError("There is no formula yet; write one in x, such as 1/cosh(x/0.08)^2.")
        psf = from_formula(choice.formula, _samples(spectrum), step, unit=unit)
    elif choice.kernel == FILE:
        psf = _at(_from_file(choice, spectrum, files), spectrum)
    else:
        psf = _at(_from_layer(choice), spectrum)
    return psf


def _of_width(choice: KernelChoice, spectrum: Spectrum) -> PSF:
    step, unit = float(spectrum.spacing), spectrum.unit
    if choice.kernel == THERMAL:
        falls = f"exp(-abs(x/{choice.fwhm / THERMAL_WIDTH:.6g}))"  # 1/cosh(x/2kT)^2 would overflow far out
        formula = f"{falls}/(1+{falls})^2"
        return from_formula(formula, _samples(spectrum), step, unit=unit)
    shape = gaussian if choice.kernel == GAUSSIAN else lorentzian
    return shape(choice.fwhm, step, ndim=1, unit=unit)


def _samples(spectrum: Spectrum) -> int:
    """Return as many samples as the data have, or one less: an odd number."""
    return max(3, len(spectrum) - 1 + len(spectrum) % 2)


def _from_file(choice: KernelChoice, spectrum: Spectrum, files: Files) -> PSF:
    if not choice.path.strip():
        raise PSFError("No file with a kernel is chosen yet; press Open.")
    found = files.spectrum(choice.path.strip())
    notes = tuple(found.notes[1:])  # the first one tells how the file is laid out
    known = found.unit != "pixel" or found.spacing != 1 or found.start != 0
    step, unit = (float(found.spacing), found.unit) if known else (float(spectrum.spacing), spectrum.unit)
    if not known:
        notes = (*notes, f"without positions: taken at the data's step of {step:.4g} {pretty_unit(unit)}")
    psf = from_array(found.values, step, center=_center(choice.center, found), unit=unit)
    return PSF(psf.data, psf.spacing, psf.unit, of_array(psf), (*notes, *_summed(found.values), *psf.notes))


def _center(center: str, found: Spectrum) -> str | float:
    if center != "zero":
        return center
    place = -float(found.start) / float(found.spacing)
    if not 0 <= place <= len(found) - 1:
        raise PSFError(f"The kernel's axis begins at {found.start:.4g} and holds no 0; choose another centre.")
    return place


def _from_layer(choice: KernelChoice) -> PSF:
    if choice.layer is None:
        raise PSFError("There is no layer with a kernel; open one, or choose another kernel.")
    if choice.center == "zero":
        raise PSFError("The zero of its axis is known for files only; choose another centre for a layer.")
    found = layer_to_psf(choice.layer, center=choice.center)
    if found.depths:
        raise PSFError(f"The layer {choice.layer.name!r} holds the PSFs of several depths; a spectrum takes one.")
    psf = found.middle
    if psf.ndim != 1:
        raise PSFError(
            f"The layer {choice.layer.name!r} holds a PSF of {psf.ndim} axes, but a spectrum has one; "
            "choose a layer of one row."
        )
    return PSF(psf.data, psf.spacing, psf.unit, psf.info, (*_summed(np.asarray(choice.layer.data)), *psf.notes))


def _summed(values: Any) -> tuple[str, ...]:
    total = float(np.nansum(values, dtype=np.float64))
    return () if abs(total - 1) < UNIT_SUM else (f"divided by its sum, {total:.4g}",)


def _at(psf: PSF, spectrum: Spectrum) -> PSF:
    """Bring a kernel to the spectrum's step; one without a unit is taken to be in the spectrum's."""
    step, unit = float(spectrum.spacing), spectrum.unit
    own = psf.spacing[0]
    if psf.unit == unit or "pixel" in (psf.unit, unit):
        scaled = own
    else:
        if not kind(unit) or kind(psf.unit) != kind(unit):
            raise PSFError(
                f"The kernel's axis is in {pretty_unit(psf.unit)} and the data's in {pretty_unit(unit)}; "
                "give a kernel over the same quantity."
            )
        scaled = own * factor(psf.unit, unit)
    moved = PSF(psf.data, (scaled,), unit, psf.info if scaled == own else of_array(psf), psf.notes)
    if abs(scaled / step - 1) <= RESAMPLED:
        return PSF(moved.data, (step,), unit, moved.info if scaled == step else of_array(psf), moved.notes)
    _require_size(psf.shape[0] * scaled / step)
    found = resample(moved, step)
    note = f"resampled from steps of {scaled:.4g} to {step:.4g} {pretty_unit(unit)}"
    return PSF(found.data, found.spacing, unit, found.info, (*psf.notes, note))


def _require_size(samples: float) -> None:
    if samples > MAX_KERNEL_SAMPLES:
        raise PSFError(
            f"The kernel would have {samples:.3g} samples; give a narrower one (at most {MAX_KERNEL_SAMPLES:,})."
        )


def words(psf: PSF) -> str:
    """Say what a kernel is: how wide, over how many samples, and what was done to it."""
    unit = pretty_unit(psf.unit)
    width = psf.fwhm[0]
    wide = f"FWHM {width:.4g} {unit}" if np.isfinite(width) else "never falls to half"
    count = f"{psf.shape[0]} samples"
    return "; ".join([f"{wide}, {count}", *psf.notes])


def warnings_of(psf: PSF, spectrum: Spectrum) -> str:
    """Say what is odd about a kernel for these data; empty when nothing is."""
    width = psf.fwhm[0] / psf.spacing[0]
    if not np.isfinite(width):
        return "The kernel never falls to half of its height; is it the right one?"
    if width < MIN_WIDTH_IN_SAMPLES:
        return f"The kernel is {width:.2g} samples wide: there is hardly anything to sharpen."
    if width > len(spectrum) / 2:
        return f"The kernel is {width:.0f} samples wide and the data have {len(spectrum)}; is its unit right?"
    return ""
