"""Checks against the image, and against the theory of the lens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.extent import cropped
from napari_deconvolve.psf.largest import most_lengths
from napari_deconvolve.psf.prepare import from_array
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.validation.calculated import finer
from napari_deconvolve.psf.validation.finding import ERROR, NOTE, OK, POINTS, WARNING, Case, Finding
from napari_deconvolve.psf.validation.theory import Optics, perfect_widths, sampling_limits, settings_of
from napari_deconvolve.psf.values import fwhm, listed
from napari_deconvolve.units import factor, is_length

LARGEST_APERTURE = 1.7
WAVELENGTHS_UM = (0.2, 2.0)
NARROW_WARNING, NARROW_NOTE, WIDE_NOTE, WIDE_WARNING = 0.6, 0.85, 1.4, 2.0  # times the theory's width
SAME_SPACING = 1e-3


def check_optics(optics: Optics) -> Finding:
    """Check that aperture and wavelength are possible."""
    aperture, index, emission = optics.numerical_aperture, optics.immersion_index, optics.emission_um
    limit = LARGEST_APERTURE if index is None else index
    if aperture is not None and not 0 < aperture < limit:
        what = "the largest that lenses have" if index is None else "the immersion's index"
        text = f"The numerical aperture is {aperture:g}; it has to be above 0 and below {limit:g}, {what}."
        return Finding("optics", ERROR, text)
    if emission is not None and not WAVELENGTHS_UM[0] <= emission <= WAVELENGTHS_UM[1]:
        low, high = WAVELENGTHS_UM
        text = f"The emission wavelength is {emission:g} um; give it in micrometres, {low:g} to {high:g}."
        return Finding("optics", ERROR, text)
    if aperture is None or emission is None:
        return Finding("optics", OK, "Give numerical aperture and emission wavelength to compare the PSF with theory.")
    try:
        settings_of(optics)
    except ParameterError as error:
        return Finding("optics", ERROR, str(error))
    return Finding("optics", OK, f"Numerical aperture {aperture:g} and {emission:g} um can be.")


def check_width(case: Case, optics: Optics) -> Finding:
    """Compare the widths with the theory of the microscope."""
    if case.source == POINTS:
        return Finding("width", OK, "It is made of points, which have no width.")
    widths = [fwhm(_line(case, axis), step) for axis, step in enumerate(case.spacing)]
    endless = [axis for axis, width in enumerate(widths) if not np.isfinite(width)]
    if endless and all(case.ends(axis) for axis in endless):
        return Finding("width", OK, "It is as wide as the image can tell.")
    if endless and case.is_flat:
        return Finding("width", OK, "It is as wide as its samples.")
    if endless:
        axes = ", ".join("zyx"[axis - len(widths)] for axis in endless)
        return Finding("width", WARNING, f"It does not fall to half of its peak along {axes}; make it larger.")
    text = f"FWHM {listed(widths)} {case.unit}"
    theory = _theory(case, optics)
    if theory is None:
        return Finding("width", OK, text + ".")
    # Steps that are wider than the light show their own width.
    ratios = [w / t for w, t, step in zip(widths, theory, case.spacing, strict=True) if t > step] or [1.0]
    text += f"; theory says {listed([t for t in theory if t > 0])} {case.unit}"
    if min(ratios) < NARROW_WARNING or max(ratios) > WIDE_WARNING:
        worst = min(ratios) if min(ratios) < NARROW_WARNING else max(ratios)
        return Finding("width", WARNING, f"{text}: {worst:.2f} times as wide; check spacing, unit and optics.")
    if min(ratios) < NARROW_NOTE:
        kind = (
            "wide field; is it confocal?" if optics.modality == "widefield" else f"{optics.modality}; check the optics."
        )
        return Finding("width", NOTE, f"{text}: narrower than {kind}")
    if max(ratios) > WIDE_NOTE:
        return Finding("width", NOTE, f"{text}: wider than a perfect lens; aberrations, or a large bead?")
    return Finding("width", OK, f"{text}: they agree within {max(abs(r - 1) for r in ratios):.0%}.")


def check_sampling(case: Case, optics: Optics, image_spacing: tuple[float, ...] | None) -> Finding:
    """Compare the sampling with Nyquist's, or the widths with the samples where no optics are known."""
    limits = _per_axis(case, optics, sampling_limits)
    if limits is None:
        return _sampled_width(case)
    wanted = f"{listed([limit for limit in limits if limit > 0])} {case.unit}"
    same = image_spacing is None or np.allclose(case.spacing, image_spacing[-len(limits) :], rtol=SAME_SPACING)
    owners = [("the spacing", case.spacing)] if same else [("the PSF's spacing", case.spacing)]
    if not same and image_spacing is not None:
        owners.append(("the image's spacing", image_spacing[-len(limits) :]))
    coarse = [text for owner, steps in owners if (text := _coarse(owner, steps, limits))]
    if not coarse:
        return Finding("sampling", OK, f"The spacing is within Nyquist's ({wanted}).")
    text = f"{'; '.join(coarse)} ({wanted}): detail is lost that no deconvolution brings back; sample finer."
    alone = image_spacing is None and case.source == "microscope"  # an image would have to be taken again
    return Finding("sampling", WARNING, text[0].upper() + text[1:], (lambda: finer(case, limits)) if alone else None)


def _coarse(owner: str, steps: Sequence[float], limits: Sequence[float]) -> str:
    """Return by how much steps are above their limits, in words; empty where none is."""
    names = "zyx"[-len(limits) :]
    over = {
        name: f"{step / limit:.2g}"
        for name, step, limit in zip(names, steps, limits, strict=True)
        if limit > 0 and step > limit * (1 + SAME_SPACING)
    }
    if not over:
        return ""
    parts: list[str] = []
    for times in dict.fromkeys(over.values()):
        names = ", ".join(name for name in over if over[name] == times)
        whose = "that" if parts else "Nyquist's"
        parts.append(f"{times} times {whose} along {names}")
    return f"{owner} is {', '.join(parts)}"


def check_spacing(case: Case, image_spacing: tuple[float, ...]) -> Finding:
    """Compare the PSF's spacing with the image's."""
    wanted = image_spacing[-len(case.spacing) :]
    if not case.known_spacing:
        text = f"The PSF's spacing is not known; if it is the image's ({listed(wanted)} {case.image_unit}), say so."
        return Finding("spacing", NOTE, text, lambda: _taken(case, wanted, case.image_unit))
    if np.allclose(case.spacing, wanted, rtol=SAME_SPACING, atol=0):
        return Finding("spacing", OK, f"PSF and image have the same spacing, {listed(wanted)} {case.unit}.")
    text = f"The PSF's spacing is {listed(case.spacing)}, the image's {listed(wanted)} {case.unit}; resample the PSF."
    return Finding("spacing", WARNING, text, lambda: _resampled(case, wanted))


def check_extent(case: Case, image_shape: tuple[int, ...]) -> Finding:
    """Compare the PSF's size with the image's."""
    own = case.values.shape
    if len(own) > len(image_shape):
        text = f"The PSF has {len(own)} axes and the image {len(image_shape)}; give a PSF of no more axes."
        return Finding("extent", ERROR, text)
    frame = image_shape[-len(own) :]
    most = most_lengths(image_shape, len(own))
    if all(length <= max(one, room) for length, one, room in zip(own, most, frame, strict=True)):
        return Finding("extent", OK, f"The PSF ({listed(own, 6)}) fits into the image ({listed(frame, 6)}).")
    text = f"The PSF ({listed(own, 6)}) is larger than the image ({listed(frame, 6)}) can tell; crop it."
    return Finding("extent", NOTE, text, lambda: _cropped(case, most))


def _theory(case: Case, optics: Optics) -> list[float] | None:
    """Return the widths of a perfect lens per axis in the case's unit, blurred by the samples; 0 where not known."""
    perfect = _per_axis(case, optics, perfect_widths)
    if perfect is None:
        return None
    # A sample's width adds its variance, step^2/12, and a variance is FWHM^2/(8 ln 2).
    return [sqrt(t**2 + 0.46 * s**2) if t > 0 else 0.0 for t, s in zip(perfect, case.spacing, strict=True)]


def _per_axis(case: Case, optics: Optics, find: Callable[[Optics], tuple[float, float]]) -> list[float] | None:
    """Return the theory's lengths along and across the optical axis for each of the case's axes, in its unit."""
    if not optics.known or not is_length(case.unit) or case.values.ndim < 2:
        return None
    scale = factor("um", case.unit)
    axial, lateral = find(optics)
    return [axial * scale] * (case.values.ndim - 2) + [lateral * scale] * 2


def _sampled_width(case: Case) -> Finding:
    if case.source == POINTS:
        return Finding("sampling", OK, "Its points are samples.")
    samples = [fwhm(_line(case, axis)) for axis in range(case.values.ndim)]
    known = [width for width in samples if np.isfinite(width)]
    if known and min(known) < 2:
        text = f"Its FWHM is {listed(known)} samples; below 2 detail is lost: sample finer."
        return Finding("sampling", WARNING, text)
    return Finding("sampling", OK, f"Its FWHM is {listed(known)} samples." if known else "It has no FWHM.")


def _line(case: Case, axis: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the line through the highest sample."""
    top = np.unravel_index(int(np.argmax(case.values)), case.values.shape)
    index: list[int | slice] = [int(place) for place in top]
    index[axis] = slice(None)
    line = np.asarray(case.values[tuple(index)])
    return np.concatenate([[0.0], line]) if case.begins(axis) else line  # nothing comes before


def _taken(case: Case, spacing: Sequence[float], unit: str) -> PSF:
    negative = "auto" if case.values.sum() > 0 else "zero"  # lobes that outweigh the rest make no PSF
    return from_array(
        case.values, spacing, center=case.center_or("middle"), background=0.0, unit=unit, negative=negative
    )


def _resampled(case: Case, spacing: Sequence[float]) -> PSF:
    taken = _taken(case, case.spacing, case.unit)
    # Its source decides whether a sample is the light of a pixel or the value at a place.
    return PSF(taken.data, taken.spacing, taken.unit, case.info or taken.info, taken.notes).resampled(spacing)


def _cropped(case: Case, lengths: Sequence[int]) -> PSF:
    whole = _taken(case, case.spacing, case.unit)
    return cropped(PSF(whole.data, whole.spacing, whole.unit, case.info or whole.info, whole.notes), lengths)
