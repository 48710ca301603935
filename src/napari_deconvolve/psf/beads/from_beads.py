"""A PSF from a stack of beads: found, sorted, aligned, averaged, freed from the bead's size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.beads.average import averaged, border_noise, cleared, light_kept, without_pedestal
from napari_deconvolve.psf.beads.find import Index, Stack, find_spots, typical_width
from napari_deconvolve.psf.beads.measure import Spot, measured, rejections
from napari_deconvolve.psf.beads.report import Bead, BeadReport
from napari_deconvolve.psf.beads.settings import BeadSettings, checked_stack, saturation_level, window_reach
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.values import as_spacing

__all__ = ["Bead", "BeadReport", "find_beads", "from_beads", "psf_and_report"]


def from_beads(
    stack: ArrayLike,
    spacing: float | Sequence[float],
    *,
    bead_diameter: float = 0.0,
    combine: str = "mean",
    fwhm: float | Sequence[float] | None = None,
    shape: int | Sequence[int] | None = None,
    min_snr: float = 10.0,
    saturation: float | None = None,
    unit: str = "um",
) -> PSF:
    """Make a PSF from an image of small beads.

    Parameters
    ----------
    stack : array_like
        2 or 3 axes.
    spacing, unit
        See `PSF`.
    bead_diameter : float
        In `unit`. A bead wider than half of the FWHM is taken out of the average; a smaller one makes no difference.
    combine : {"mean", "median"}
        "mean" weights by brightness; "median", from 3 beads on, withstands dirt beside some of them.
    fwhm : float or sequence of float, optional
        About how wide a bead's image is, in `unit`; by default measured on the brightest spots.
    shape : int or sequence of int, optional
        Odd lengths of the PSF; by default 2 FWHM to either side, at most the stack's.
    min_snr : float
        Beads whose height is less than so many standard deviations of the background are not used.
    saturation : float, optional
        The value at which the camera saturates; by default the integer type's largest, or a
        flat top at the stack's largest value.

    Returns
    -------
    PSF
        Its notes hold the number of beads used, their widths and the steps.

    Raises
    ------
    PSFError
        When no bead can be used, with the reasons.
    """
    given = dict(locals())
    del given["stack"]
    return psf_and_report(stack, **given)[0]


def psf_and_report(stack: ArrayLike, spacing: float | Sequence[float], **how: Any) -> tuple[PSF, BeadReport]:
    """Return the PSF as `from_beads` does, with the same keywords, and the report on every bead."""
    settings = BeadSettings(spacing, **how)
    values, spots, report, half = _searched(stack, settings)
    if not report.used:
        raise PSFError(
            f"{len(report.beads)} beads were found but none can be used ({report.reasons or 'no bright spots'}); "
            "give a stack with single bright beads away from its borders."
        )
    used = [spot for spot, bead in zip(spots, report.beads, strict=True) if bead.used]
    average = without_pedestal(averaged(values, used, half, settings.combine))
    notes = [_summary(report)]
    cleaned = _without_bead(average, report, settings.bead_diameter, notes)
    info = {
        "source": "beads",
        "beads": len(used),
        "bead_diameter": float(settings.bead_diameter),
        "combine": settings.combine,
    }
    return PSF(light_kept(cleaned), report.spacing, report.unit, info, tuple(notes)), report


def find_beads(stack: ArrayLike, spacing: float | Sequence[float], **how: Any) -> BeadReport:
    """Find and measure beads without averaging them; the keywords are those of `from_beads`."""
    return _searched(stack, BeadSettings(spacing, **how))[2]


def _searched(stack: ArrayLike, settings: BeadSettings) -> tuple[Stack, tuple[Spot, ...], BeadReport, Index]:
    """Return the checked stack, its spots, the report on them, and how far their windows reach."""
    given = np.asarray(stack)
    values = checked_stack(given)
    steps = as_spacing(settings.spacing, values.ndim)
    if settings.fwhm is None:
        widths = typical_width(values)
    else:
        wanted = as_spacing(settings.fwhm, values.ndim)
        widths = tuple(width / step for width, step in zip(wanted, steps, strict=True))
    half = window_reach(widths, settings.shape, values.shape)
    places = [place for place, _ in find_spots(values, widths)]
    spots = tuple(measured(values, place, widths, half) for place in places)
    level = saturation_level(given) if settings.saturation is None else settings.saturation
    reasons = rejections(values, places, spots, widths, settings.min_snr, level)
    beads = tuple(
        Bead(
            tuple(float(place) for place in spot.center),
            spot.height,
            spot.background,
            spot.height / spot.noise if spot.noise > 0 else float("inf"),
            tuple(width * step for width, step in zip(spot.widths, steps, strict=True)),
            reason,
        )
        for spot, reason in zip(spots, reasons, strict=True)
    )
    return values, spots, BeadReport(beads, steps, settings.unit), half


def _summary(report: BeadReport) -> str:
    widths = " × ".join(f"{mean:.4g} ± {spread:.2g}" for mean, spread in zip(report.fwhm, report.spread, strict=True))
    text = f"{len(report.used)} of {len(report.beads)} beads, FWHM {widths} {report.unit}"
    return f"{text}; not used: {report.reasons}" if report.rejected else text


def _without_bead(
    values: NDArray[np.float64], report: BeadReport, diameter: float, notes: list[str]
) -> NDArray[np.float64]:
    """Remove noise at frequencies without light, and the bead's size where it matters."""
    widths, unit = report.fwhm, report.unit
    if diameter > 1.3 * min(widths):
        raise PSFError(
            f"The bead's diameter is {diameter:.4g} {unit}, but the beads' images are {min(widths):.4g} {unit} wide; "
            "check diameter, spacing and unit."
        )
    matters = diameter > min(widths) / 2
    if diameter > 0:
        what = "taken out" if matters else "left in: it is under half of the FWHM"
        notes.append(f"bead of {diameter:.4g} {unit} {what}")
    return cleared(values, report.spacing, diameter if matters else 0.0, widths, border_noise(values))
