"""``napari-deconvolve psf``: PSFs by width, by formula and of points, into files."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from napari_deconvolve.cli.options import named, one_or_many
from napari_deconvolve.cli.psf_options import check_psf_target, grid, lengths, quantities, quantity, real
from napari_deconvolve.cli.session import say
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf import PSF, from_formula, points, save
from napari_deconvolve.psf.protocol import ChannelSpread

AXES = "zyx"


def by_width(
    make: Callable[..., PSF],
    output: str,
    *,
    fwhm: str,
    spacing: str | None,
    spacing_from: str | None,
    shape: str | None,
    unit: str | None,
) -> None:
    """Make a PSF of given widths and save it; see the help of ``napari-deconvolve psf gaussian``."""
    check_psf_target(output, spacing_from)
    counts = [len(text.split(",")) for text in (fwhm, shape or "") if "," in text]
    where = grid(spacing, spacing_from, unit, max(counts, default=None), "1")
    widths = quantities("--fwhm", fwhm, where.unit)
    with named("--fwhm, --spacing, --shape"):
        made = make(one_or_many(widths), one_or_many(where.spacing), shape=lengths(shape), unit=where.unit)
    saved(made, output)


def by_formula(
    output: str,
    *,
    formula: str,
    shape: str | None,
    spacing: str | None,
    spacing_from: str | None,
    unit: str | None,
) -> None:
    """Make a PSF by a formula and save it; see the help of ``napari-deconvolve psf formula``."""
    check_psf_target(output, spacing_from)
    count = lengths(shape)
    if count is None:
        raise ParameterError("--shape is not given, and a formula has no end of its own; give --shape Z,Y,X.")
    where = grid(spacing, spacing_from, unit, len(count) if isinstance(count, tuple) else None, "1")
    with named("--formula"):
        made = from_formula(formula, count, one_or_many(where.spacing), unit=where.unit)
    saved(made, output)


def of_points(
    output: str,
    *,
    offsets: str | None,
    weights: str | None,
    spacing: str | None,
    spacing_from: str | None,
    shape: str | None,
    unit: str | None,
) -> None:
    """Make a PSF of a few points and save it; see the help of ``napari-deconvolve psf points``."""
    check_psf_target(output, spacing_from)
    if offsets is None or weights is None:
        missing = "--offsets" if offsets is None else "--weights"
        raise ParameterError(f"{missing} is not given; give --offsets and --weights, or --lobes-of IMAGE.")
    shares = [real("--weights", part) for part in weights.split(",")]
    lines = [line.split(",") for line in offsets.split(";")]
    if len(lines) == 1 and len(shares) > 1:
        lines = [[part] for part in lines[0]]  # one number for each point: they lie along one axis
    axes = len(lines[0])
    if any(len(line) != axes for line in lines):
        raise ParameterError(
            f"--offsets is {offsets!r}; give as many numbers for each point, such as '-0.25,0,0; 0,0,0; 0.25,0,0'."
        )
    where = grid(spacing, spacing_from, unit, axes, "1")
    places = [[quantity("--offsets", part, where.unit) for part in line] for line in lines]
    with named("--offsets, --weights, --spacing, --shape"):
        made = points(places, shares, one_or_many(where.spacing), shape=lengths(shape), unit=where.unit)
    saved(made, output)


def saved(psf: ChannelSpread, output: str) -> None:
    """Save a PSF and say so in one line."""
    save(psf, output)
    size = " x ".join(map(str, psf.shape))
    if psf.depths:
        size = f"{len(psf.depths)} strata of {size}"
    notes = "".join(f"; {note}" for note in psf.notes)
    say(f"{output}: {size} samples, FWHM {widths_of(psf)}{notes}")


def widths_of(psf: ChannelSpread) -> str:
    """Return the FWHM along each axis, in words."""
    known = [f"{axis} {width:.4g}" for axis, width in zip(AXES[-psf.ndim :], psf.fwhm, strict=True) if isfinite(width)]
    return f"{', '.join(known)} {psf.unit}" if known else "not known: it never falls to half"


def one_of(option: str, positional: str | None, by_option: str | None, what: str) -> str:
    """Take what has to be given, with or without the option's name."""
    given = at_most_one(option, positional, by_option)
    if given is None:
        raise ParameterError(f"{option} is not given; give {what}.")
    return given


def at_most_one(option: str, positional: str | None, by_option: str | None) -> str | None:
    """Take what may be given with or without the option's name, but not both."""
    if positional is not None and by_option is not None:
        raise ParameterError(f"{option} {by_option} and {positional} are both given; give one of them.")
    return by_option if positional is None else positional


def print_rows(rows: list[tuple[str, str]]) -> None:
    """Print labels and values in two columns."""
    for label, value in rows:
        print(f"{label + ':':<12} {value}")
