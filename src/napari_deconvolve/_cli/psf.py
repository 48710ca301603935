"""``napari-deconvolve psf``: PSFs by formula, into files."""

from __future__ import annotations

from collections.abc import Callable

from napari_deconvolve._cli.options import named, numbers, one_or_many
from napari_deconvolve._cli.session import say
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tiff import SUFFIXES
from napari_deconvolve.psf import PSF, save


def psf(make: Callable[..., PSF], output: str, *, fwhm: str, spacing: str, shape: str | None, unit: str) -> None:
    """Make a PSF of given widths and save it; see the help of ``napari-deconvolve psf``."""
    if suffix_of(output) not in SUFFIXES:
        raise FileError(f"{output} does not end in .ome.tif, .tif or .tiff; give such a name.")
    check_target(output)
    with named("--fwhm, --spacing, --shape"):
        made = make(
            one_or_many(numbers("--fwhm", fwhm)),
            one_or_many(numbers("--spacing", spacing)),
            shape=None if shape is None else _lengths(shape),
            unit=unit,
        )
    save(made, output)
    size = " x ".join(map(str, made.shape))
    widths = ", ".join(f"{width:.4g}" for width in made.fwhm)
    say(f"{output}: {size} samples, FWHM {widths} {made.unit}")


def _lengths(text: str) -> int | tuple[int, ...]:
    values = numbers("--shape", text)
    if any(value != int(value) for value in values):
        raise ParameterError(f"--shape is {text!r}; give odd whole numbers with commas between, such as 31,31,31.")
    lengths = tuple(int(value) for value in values)
    return lengths[0] if len(lengths) == 1 else lengths
