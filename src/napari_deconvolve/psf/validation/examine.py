"""Validation of a PSF: the checks that can be made, each with its finding and a correction where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.psf.largest import most_lengths
from napari_deconvolve.psf.masked import without_gaps
from napari_deconvolve.psf.microscope.settings import named_modality
from napari_deconvolve.psf.prepare import Center
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.psf.psf import PSF
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
    SAMPLE_CHECKS,
    TINY,
    check_isolated,
    check_pedestal,
    check_values,
    finite,
    lifted,
    put_together,
    without_isolated,
)
from napari_deconvolve.psf.validation.theory import Optics
from napari_deconvolve.psf.values import MAX_AXES, as_spacing
from napari_deconvolve.units import canonical

__all__ = ["Finding", "examine", "worst"]

Shape = tuple[int, ...]
LARGEST_BOX = 1000  # samples: a larger array of one number is an image without anything, and no box or slit


def examine(
    psf: ChannelSpread | ArrayLike,
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
    center: Center = "auto",
) -> tuple[Finding, ...]:
    """Check a PSF, or an array that is to become one.

    Parameters
    ----------
    psf : PSF, Strata or array_like
        The PSF; of strata each is examined, and the gravest finding of each check is returned.
    spacing, unit : float or sequence of float, str
        Of an array; a `PSF` brings its own.
    image_spacing, image_shape : sequence, optional
        Of the image that it is meant for, in the PSF's unit; they may have more axes in front. With fewer axes than
        the PSF has, the image's spacing is not looked at.
    numerical_aperture, emission_um, immersion_index : float, optional
        The lens and its light. Without the index, only the lateral axes are compared with theory. When neither
        aperture nor emission is given, a PSF that `microscope` made is compared with the optics it was made for.
    modality : str
        As in `napari_deconvolve.psf.microscope.microscope`.
    excitation_um, pinhole_airy, sheet_um : float, optional
        As in `microscope`, for the modalities in which they count. Without `sheet_um`, only the lateral axes of light
        sheet are compared.
    center : {"auto", "middle", "peak", "first"} or index
        Where the zero lag is, as for `from_array`: then it is not looked for, and corrections place it there. For a
        response that begins at once it is "first".

    Returns
    -------
    tuple of Finding
        One for each check that could be made, also for what is in order.

    Raises
    ------
    ParameterError
        For numbers that are none. Faults of the PSF are never raised, but returned.
    """
    optics = Optics(
        _number("numerical aperture", numerical_aperture),
        _number("emission wavelength", emission_um),
        _number("immersion index", immersion_index),
        named_modality(modality),
        _number("excitation wavelength", excitation_um),
        _number("pinhole", pinhole_airy),
        _number("sheet", sheet_um),
    )
    shape = None if image_shape is None else tuple(int(length) for length in image_shape)
    if not isinstance(psf, (PSF, Strata)):
        try:
            case = _case_of_array(np.asarray(without_gaps(cast("ArrayLike", psf))[0]), spacing, unit)
        except PSFError as error:
            return (Finding("values", ERROR, str(error)),)
        if isinstance(case, Finding):
            return (case,)
        return _findings(replace(case, center=center), optics, image_spacing, shape)
    cases = [replace(_case_of_psf(one, unit), center=center) for one in psf.psfs]
    each = [_findings(case, optics, image_spacing, shape) for case in cases]
    return _merged(psf, each) if isinstance(psf, Strata) else each[0]


def _findings(
    case: Case, optics: Optics, image_spacing: float | Sequence[float] | None, image_shape: Shape | None
) -> tuple[Finding, ...]:
    """Return all findings on one PSF, or only that it cannot be one."""
    if image_shape is not None and len(image_shape) >= case.values.ndim:
        case = replace(case, largest=most_lengths(image_shape, case.values.ndim))
    case = put_together(case)
    alone, level = check_isolated(case), check_pedestal(case := without_isolated(case))
    case = lifted(case)  # one hot pixel or level is one fault, and not a wrong centre and width as well
    hopeless = _no_point(case)
    if hopeless is not None:
        return (check_values(case), hopeless)
    optics, ideal = _compared_with(case, optics)
    possible = check_optics(optics)
    if possible.severity == ERROR:
        optics = ideal = Optics()
    fewer = image_shape is not None and len(image_shape) < case.values.ndim  # then the spacings cannot be compared
    steps = None
    if image_spacing is not None and not fewer:
        given = np.atleast_1d(np.asarray(image_spacing, np.float64)).tolist()
        steps = as_spacing(given[-case.values.ndim :], case.values.ndim)  # the PSF's axes are the image's last ones
    findings = [
        *(check(case) for check in SAMPLE_CHECKS),
        alone,
        level,
        possible,
        check_width(case, ideal),
        check_sampling(case, optics, steps),
    ]
    if steps is not None:
        findings.append(check_spacing(case, steps))
    if image_shape is not None:
        findings.append(check_extent(case, image_shape))
    return tuple(findings)


def _no_point(case: Case) -> Finding | None:
    """Return why samples show no point at all, so that nothing else can be checked."""
    if case.peak <= TINY:
        return Finding("values", ERROR, "No sample is above zero, so it passes no light; give another PSF.")
    if case.values.size > LARGEST_BOX and case.peak == case.values.min():
        flat = f"All samples are {case.peak:.4g}: a flat array shows no point; give another PSF."
        return Finding("values", ERROR, flat)
    return None


def _compared_with(case: Case, optics: Optics) -> tuple[Optics, Optics]:
    """Return the optics for the sampling and those for the width: the given ones, or the PSF's own."""
    if optics.numerical_aperture is not None or optics.emission_um is not None:
        return optics, optics
    own = Optics.of_info(case.info)
    # One that was calculated with aberrations is as wide as it was meant to be, not as a perfect lens has it.
    aberrated = case.info.get("focus_shift_um") or case.info.get("zernike")
    return own, Optics() if aberrated else own


def _merged(strata: Strata, each: Sequence[Sequence[Finding]]) -> tuple[Finding, ...]:
    """Return the gravest finding of each check among the strata, with the stratum's name and without its correction."""
    names = list(dict.fromkeys(finding.name for findings in each for finding in findings))
    gathered = []
    for name in names:
        found = [(place, one) for place, findings in enumerate(each) for one in findings if one.name == name]
        place, gravest = max(found, key=lambda pair: SEVERITIES.index(pair[1].severity))
        where = strata.words(place).replace("stratum", "Stratum", 1)
        text = gravest.text if gravest.severity == OK else f"{where}: {gravest.text}"
        gathered.append(Finding(name, gravest.severity, text))
    return tuple(gathered)


def worst(findings: Sequence[Finding]) -> str:
    """Return the gravest severity among them: the colour of a line under the PSF."""
    return max((finding.severity for finding in findings), key=SEVERITIES.index, default=SEVERITIES[0])


def _case_of_psf(psf: PSF, unit: str) -> Case:
    known = canonical(psf.unit) != "pixel"
    values = psf.data.astype(np.float64)
    return Case(psf.data, values, psf.spacing, psf.unit, psf.info, known, psf.unit if known else unit)


def _case_of_array(given: NDArray[Any], spacing: float | Sequence[float] | None, unit: str) -> Case | Finding:
    if given.dtype.kind not in "buif":
        return Finding("values", ERROR, f"It has dtype {given.dtype}; give real numbers.")
    if not 1 <= given.ndim <= MAX_AXES or given.size == 0:
        return Finding("values", ERROR, f"It has the shape {given.shape}; give 1 to {MAX_AXES} axes with samples.")
    steps = as_spacing(1.0 if spacing is None else spacing, given.ndim)
    name = "pixel" if spacing is None else unit  # a spacing that is not stated is no length
    return Case(given, finite(given.astype(np.float64)), steps, name, {}, spacing is not None, unit)


def _number(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
        raise ParameterError(f"The {name} is {value!r}; give a number.")
    return float(value)
