"""A PSF from a stack of beads: found, sorted, aligned, averaged, freed from the bead's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.beads.average import averaged, border_noise, light_kept, without_pedestal
from napari_deconvolve.psf.beads.find import Index, Stack, find_spots, typical_width
from napari_deconvolve.psf.beads.measure import Spot, measured
from napari_deconvolve.psf.beads.report import Bead, BeadReport
from napari_deconvolve.psf.beads.size import cleared
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.values import as_spacing

__all__ = ["Bead", "BeadReport", "find_beads", "from_beads", "psf_and_report"]

REACH = 2.0  # FWHMs from the centre to the window's border
EDGE = 1.0  # FWHMs that have to be seen on every side of a bead
APART = 3.0  # FWHMs between two beads that do not disturb each other
STRANGE = 1.5  # times the usual width on any axis, or its inverse
ALONE = 0.2  # of a sample's height: where all its neighbours are lower, it is no image of anything
FLAT = 4  # samples at the very top of a stack that make it look cut off there


@dataclass(frozen=True, slots=True)
class BeadSettings:
    """What `from_beads`, `psf_and_report` and `find_beads` are asked for; see `from_beads`."""

    spacing: float | Sequence[float]
    bead_diameter: float = 0.0
    combine: str = "mean"
    fwhm: float | Sequence[float] | None = None
    shape: int | Sequence[int] | None = None
    min_snr: float = 10.0
    saturation: float | None = None
    unit: str = "um"

    def __post_init__(self) -> None:
        if self.combine not in ("mean", "median"):
            raise PSFError(f"The way to combine beads is {self.combine!r}; choose 'mean' or 'median'.")
        if not (np.isfinite(self.bead_diameter) and self.bead_diameter >= 0):
            raise PSFError(
                f"The bead's diameter is {self.bead_diameter!r}; give a number of at least 0, in {self.unit}."
            )


@dataclass(frozen=True, slots=True)
class _Search:
    """What was found, before anything is averaged."""

    stack: Stack
    spots: tuple[Spot, ...]
    report: BeadReport
    half: Index


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
    spacing : float or sequence of float
        Distance of samples, in `unit`.
    bead_diameter : float
        In `unit`. A bead wider than half of the FWHM is taken out of the average; a smaller one makes no difference.
    combine : {"mean", "median"}
        "mean" weights by brightness; "median", from 3 beads on, withstands dirt beside some of them.
    fwhm : float or sequence of float, optional
        About how wide a bead's image is, in `unit`; by default the brightest spots tell.
    shape : int or sequence of int, optional
        Odd lengths of the PSF; by default 2 FWHM to either side, at most what the stack holds.
    min_snr : float
        Beads whose height is less than so many standard deviations of the background are not used.
    saturation : float, optional
        The value at which the camera saturates; by default the integer type's largest, or a
        flat top at the stack's largest value.
    unit : str
        Name of the unit.

    Returns
    -------
    PSF
        Its notes tell how many beads were used, their widths and what was done.

    Raises
    ------
    PSFError
        When no bead can be used; the message tells why.
    """
    given = dict(locals())
    del given["stack"]
    return psf_and_report(stack, **given)[0]


def psf_and_report(stack: ArrayLike, spacing: float | Sequence[float], **how: Any) -> tuple[PSF, BeadReport]:
    """Do what `from_beads` does, with the same keywords, and also give the report on every bead."""
    settings = BeadSettings(spacing, **how)
    search = _searched(stack, settings)
    report = search.report
    if not report.used:
        raise PSFError(
            f"{len(report.beads)} beads were found but none can be used ({report.reasons or 'no bright spots'}); "
            "give a stack with single bright beads away from its borders."
        )
    spots = [spot for spot, bead in zip(search.spots, report.beads, strict=True) if bead.used]
    values = without_pedestal(averaged(search.stack, spots, search.half, settings.combine))
    notes = [_summary(report)]
    values = _without_bead(values, report, settings.bead_diameter, notes)
    info = {
        "source": "beads",
        "beads": len(spots),
        "bead_diameter": float(settings.bead_diameter),
        "combine": settings.combine,
    }
    return PSF(light_kept(values), report.spacing, report.unit, info, tuple(notes)), report


def find_beads(stack: ArrayLike, spacing: float | Sequence[float], **how: Any) -> BeadReport:
    """Find and measure beads without averaging them; the keywords are those of `from_beads`."""
    return _searched(stack, BeadSettings(spacing, **how)).report


def _searched(stack: ArrayLike, settings: BeadSettings) -> _Search:
    given = np.asarray(stack)
    values = _checked(given)
    steps = as_spacing(settings.spacing, values.ndim)
    if settings.fwhm is None:
        widths = typical_width(values)
    else:
        wanted = as_spacing(settings.fwhm, values.ndim)
        widths = tuple(width / step for width, step in zip(wanted, steps, strict=True))
    half = _half(widths, settings.shape, values.shape)
    places = [place for place, _ in find_spots(values, widths)]
    spots = tuple(measured(values, place, widths, half) for place in places)
    level = _saturation_level(given) if settings.saturation is None else settings.saturation
    reasons = _reasons(values, places, spots, widths, settings.min_snr, level)
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
    return _Search(values, spots, BeadReport(beads, steps, settings.unit), half)


def _checked(given: NDArray[Any]) -> Stack:
    if given.dtype.kind not in "buif":
        raise PSFError(f"The stack of beads has dtype {given.dtype}; give real numbers.")
    if given.ndim not in (2, 3) or min(given.shape) < 5:
        raise PSFError(f"The stack of beads has shape {given.shape}; give 2 or 3 axes of at least 5 samples.")
    values = given.astype(np.float32)
    bad = int(values.size - np.count_nonzero(np.isfinite(values)))
    if bad:
        raise PSFError(f"The stack of beads holds {bad} samples that are NaN or infinite; replace them by numbers.")
    if values.min() == values.max():
        raise PSFError(f"The stack of beads is {values.min():.4g} everywhere; give one with bright beads.")
    return values


def _half(widths: Sequence[float], shape: int | Sequence[int] | None, lengths: Sequence[int]) -> Index:
    if shape is None:
        return tuple(
            min(max(2, int(np.ceil(REACH * width))), (length - 1) // 2)
            for width, length in zip(widths, lengths, strict=True)
        )
    try:
        wanted = tuple(int(length) for length in np.broadcast_to(np.asarray(shape), len(lengths)))
    except (TypeError, ValueError):
        raise PSFError(f"The PSF's shape is {shape!r} for {len(lengths)} axes; give odd whole numbers.") from None
    if any(n < 3 or n % 2 == 0 or n > length for n, length in zip(wanted, lengths, strict=True)):
        raise PSFError(f"The PSF's shape is {shape!r}; give odd lengths from 3 to the stack's {tuple(lengths)}.")
    return tuple(length // 2 for length in wanted)


def _saturation_level(given: NDArray[Any]) -> float:
    """Return the value from which on samples are cut off; infinity where nothing looks cut off."""
    top = given.max()
    if given.dtype.kind in "ui" and top == np.iinfo(given.dtype).max:
        return float(top)
    # Cameras of 10, 12 or 14 bits, and images that somebody rescaled, have their flat tops elsewhere.
    flat = int(np.count_nonzero(given == top))
    steps = (float(top) - float(np.median(given))) > 100 if given.dtype.kind in "ui" else True
    return float(top) if flat >= FLAT and steps else float("inf")


def _reasons(
    stack: Stack,
    places: Sequence[Index],
    spots: Sequence[Spot],
    widths: Sequence[float],
    min_snr: float,
    level: float,
) -> list[str]:
    """Say of each spot why it cannot be used; the empty text where it can."""
    centers = np.array([spot.center for spot in spots]).reshape(len(spots), stack.ndim)
    reasons = []
    for index, (place, spot) in enumerate(zip(places, spots, strict=True)):
        apart = np.linalg.norm((centers - centers[index]) / np.asarray(widths), axis=1)
        apart[index] = np.inf
        near = tuple(slice(max(0, p - 1), p + 2) for p in place)
        room = np.minimum(spot.center, np.array(stack.shape) - 1 - spot.center)
        if stack[near].max() >= level:
            reason = "saturated"
        elif (room < EDGE * np.asarray(widths)).any():
            reason = "at the edge"
        elif apart.min() < APART:
            reason = "too close to another"
        elif spot.height < min_snr * spot.noise:
            reason = "too faint"
        elif not np.isfinite(spot.widths).all():
            reason = "without a half height on every side"
        elif _single(stack, place, spot):
            reason = "a single bright sample"
        else:
            reason = ""
        reasons.append(reason)
    return _without_strangers(reasons, spots)


def _single(stack: Stack, place: Index, spot: Spot) -> bool:
    """Return whether the brightest sample stands alone: no optics can make that."""
    low = [max(0, p - 1) for p in place]
    near = stack[tuple(slice(a, p + 2) for a, p in zip(low, place, strict=True))]
    top = np.array(low) + np.unravel_index(int(np.argmax(near)), near.shape)
    height = float(stack[tuple(top)]) - spot.background
    for axis in range(stack.ndim):
        for side in (-1, 1):
            beside = top.copy()
            beside[axis] += side
            inside = 0 <= beside[axis] < stack.shape[axis]
            if inside and float(stack[tuple(beside)]) - spot.background > ALONE * height:
                return False
    return True


def _without_strangers(reasons: list[str], spots: Sequence[Spot]) -> list[str]:
    """Reject what is much wider than the others (beads that stick together) or much narrower (no bead)."""
    good = [spot.widths for spot, reason in zip(spots, reasons, strict=True) if not reason]
    if len(good) < 3:
        return reasons
    usual = np.median(np.array(good), axis=0)
    found = []
    for spot, reason in zip(spots, reasons, strict=True):
        ratios = np.array(spot.widths) / usual
        if not reason and (ratios > STRANGE).any():
            found.append("wider than the others")
        elif not reason and (ratios < 1 / STRANGE).any():
            found.append("narrower than the others")
        else:
            found.append(reason)
    return found


def _summary(report: BeadReport) -> str:
    widths = " × ".join(f"{mean:.4g} ± {spread:.2g}" for mean, spread in zip(report.fwhm, report.spread, strict=True))
    text = f"{len(report.used)} of {len(report.beads)} beads, FWHM {widths} {report.unit}"
    return f"{text}; not used: {report.reasons}" if report.rejected else text


def _without_bead(
    values: NDArray[np.float64], report: BeadReport, diameter: float, notes: list[str]
) -> NDArray[np.float64]:
    """Take noise out where there is no light, and the bead's size where it matters."""
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
