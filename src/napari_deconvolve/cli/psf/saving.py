"""A PSF saved, and reported in one line or in rows."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from napari_deconvolve.cli.session import say
from napari_deconvolve.psf import save
from napari_deconvolve.psf.protocol import ChannelSpread

AXES = "zyx"


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


def print_rows(rows: Iterable[tuple[str, object]]) -> None:
    """Print labels and values in two columns."""
    for label, value in rows:
        print(f"{label + ':':<12} {value}")
