"""The PSF doctor: says in words what is wrong with a PSF, and cures what can be cured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.microscope.settings import named_modality
from napari_deconvolve.psf.psf import MAX_AXES, PSF, as_spacing
from napari_deconvolve.psf.strata import Strata
from napari_deconvolve.psf.validation.finding import ERROR, OK, SEVERITIES, Case, Finding
from napari_deconvolve.psf.validation.optics import (
    check_extent,
    check_optics,
    check_sampling,
    check_spacing,
    check_width,
)
from napari_deconvolve.psf.validation.samples import (
    TINY,
    check_border,
    check_centre,
    check_negative,
    check_pedestal,
    check_saturation,
    check_size,
    check_values,
    finite,
)
from napari_deconvolve.psf.validation.theory import Optics
from napari_deconvolve.units import canonical

__all__ = ["Finding", "examine", "worst"]


def examine(
    psf: PSF | Strata | ArrayLike,
    *,
    spacing: float | Sequence[float] | None = None,
    unit: str = "um",
    image_spacing: float | Sequence[float] | None = None,
    image_shape: Sequence[int] | None = None,
    numerical_aperture: float | None = None,
    emission_um: float | None = None,
    immersion_index: float | None = None,
    modality: str = "widefield",
    excitation_um: float | None = None,
    pinhole_airy: float | None = None,
    sheet_um: float | None = None,
) -> tuple[Finding, ...]:
    """Examine a PSF, or an array that shall become one.

    Parameters
    ----------
    psf : PSF, Strata or array_like
        What is examined; of strata each, and of each check the gravest finding is told.
    spacing, unit : float or sequence of float, str
        Of an array; a `PSF` brings its own.
    image_spacing, image_shape : sequence, optional
        Of the image that it is meant for, in the PSF's unit; they may have more axes in front. With fewer axes than
        the PSF has, the image's spacing is not looked at.
    numerical_aperture, emission_um, immersion_index : float, optional
        The lens and its light. Without the index, only the lateral axes are compared with theory. When neither
        aperture nor emission is given, a PSF that `microscope` made is compared with what it was made for.
    modality : str
        As in `napari_deconvolve.psf.microscope.microscope`.
    excitation_um, pinhole_airy, sheet_um : float, optional
        As in `microscope`, for the modalities in which they count. Without `sheet_um`, only the lateral axes of light
        sheet are compared.

    Returns
    -------
    tuple of Finding
        One for each check that could be made, also for what is in order.

    Raises
    ------
    ParameterError
        For numbers that are none. What is wrong with the PSF is never raised, but told.
    """
    if isinstance(psf, Strata):
        lens = {
            "numerical_aperture": numerical_aperture,
            "emission_um": emission_um,
            "immersion_index": immersion_index,
        }
        light = {
            "modality": modality,
            "excitation_um": excitation_um,
            "pinhole_airy": pinhole_airy,
            "sheet_um": sheet_um,
        }
        around = {"image_spacing": image_spacing, "image_shape": image_shape}
        return merged(psf, [examine(one, **around, **lens, **light) for one in psf.psfs])  # type: ignore[arg-type]
    optics = Optics(
        _number("numerical aperture", numerical_aperture),
        _number("emission wavelength", emission_um),
        _number("immersion index", immersion_index),
        named_modality(modality),
        _number("excitation wavelength", excitation_um),
        _number("pinhole", pinhole_airy),
        _number("sheet", sheet_um),
    )
    case = _case(psf, spacing, unit)
    if isinstance(case, Finding):
        return (case,)
    ideal = optics
    if optics.aperture is None and optics.emission_um is None:
        optics = Optics.of_info(case.info)
        # One that was calculated with aberrations is as wide as it was meant to be, not as a perfect lens has it.
        ideal = Optics() if case.info.get("focus_shift_um") or case.info.get("zernike") else optics
    first = check_values(case)
    if case.peak <= TINY:
        return (
            first,
            Finding("values", ERROR, "No sample is above zero, so it passes no light; give another PSF."),
        )
    if case.values.size > 1 and case.peak == case.values.min():
        flat = f"All samples are {case.peak:.4g}: a flat array shows no point; give another PSF."
        return (first, Finding("values", ERROR, flat))
    possible = check_optics(optics)
    if possible.severity == ERROR:
        optics = ideal = Optics()
    fewer = image_shape is not None and len(image_shape) < case.values.ndim  # then all there is to say is just that
    steps = None if image_spacing is None or fewer else _image_spacing(image_spacing, case)
    findings = [
        first,
        check_size(case),
        check_centre(case),
        check_pedestal(case),
        check_negative(case),
        check_saturation(case),
        check_border(case),
        possible,
        check_width(case, ideal),
        check_sampling(case, optics, steps),
    ]
    if steps is not None:
        findings.append(check_spacing(case, steps))
    if image_shape is not None:
        findings.append(check_extent(case, tuple(int(length) for length in image_shape)))
    return tuple(findings)


def merged(strata: Strata, each: Sequence[Sequence[Finding]]) -> tuple[Finding, ...]:
    """Return the gravest finding of each check among the strata, with the stratum's name and without its own cure.

    Parameters
    ----------
    strata : Strata
        That were examined.
    each : sequence of sequence of Finding
        What was found of each of them.
    """
    names = list(dict.fromkeys(finding.name for findings in each for finding in findings))
    told = []
    for name in names:
        found = [(place, one) for place, findings in enumerate(each) for one in findings if one.name == name]
        place, gravest = max(found, key=lambda pair: SEVERITIES.index(pair[1].severity))
        text = gravest.text if gravest.severity == OK else f"{_capital(strata.words(place))}: {gravest.text}"
        told.append(Finding(name, gravest.severity, text))
    return tuple(told)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def worst(findings: Sequence[Finding]) -> str:
    """Return the gravest severity among them: the colour of a line under the PSF."""
    return max((finding.severity for finding in findings), key=SEVERITIES.index, default=SEVERITIES[0])


def _case(psf: PSF | ArrayLike, spacing: float | Sequence[float] | None, unit: str) -> Case | Finding:
    if isinstance(psf, PSF):
        values = psf.data.astype(np.float64)
        known = canonical(psf.unit) != "pixel"
        return Case(psf.data, values, psf.spacing, psf.unit, psf.info, known, psf.unit if known else unit)
    given = np.asarray(psf)
    if given.dtype.kind not in "buif":
        return Finding("values", ERROR, f"It has dtype {given.dtype}; give real numbers.")
    if not 1 <= given.ndim <= MAX_AXES or given.size == 0:
        return Finding("values", ERROR, f"It has the shape {given.shape}; give 1 to {MAX_AXES} axes with samples.")
    steps = as_spacing(1.0 if spacing is None else spacing, given.ndim)
    name = "pixel" if spacing is None else unit  # a spacing that nobody told is no length
    return Case(given, finite(given.astype(np.float64)), steps, name, {}, spacing is not None, unit)


def _number(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
        raise ParameterError(f"The {name} is {value!r}; give a number.")
    return float(value)


def _image_spacing(spacing: float | Sequence[float], case: Case) -> tuple[float, ...]:
    """Return the image's spacing along the PSF's axes, which are its last ones."""
    given = [float(step) for step in np.atleast_1d(np.asarray(spacing, np.float64))]
    return as_spacing(given[-case.values.ndim :], case.values.ndim)
