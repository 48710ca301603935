"""Spectra on the command line: tables in and out, and kernels by a formula."""

from __future__ import annotations

from napari_deconvolve._cli.options import named
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import TABLES
from napari_deconvolve.io import ImageFile, Spectrum, read_spectrum, write_spectrum
from napari_deconvolve.psf import PSF, from_formula
from napari_deconvolve.run.deconvolve import Result
from napari_deconvolve.run.looks import residual


def is_table(path: str) -> bool:
    """Say whether a name is that of a table of text."""
    return suffix_of(path) in TABLES


def open_spectrum(path: str, column: str | None) -> ImageFile:
    """Read a table as an image of one axis."""
    found = read_spectrum(path, column=column)
    return ImageFile(found.values, "X", (found.spacing,), (found.unit,), found.name, notes=found.notes)


def check_table(output: str, source: ImageFile) -> None:
    """Refuse a table for what has more axes than one."""
    if source.data.ndim != 1:
        raise ParameterError(
            f"{output} is a table, and the image has {source.data.ndim} axes; give a name that ends in .ome.tif."
        )


def write_result(output: str, path: str, column: str | None, source: ImageFile, result: Result) -> None:
    """Write axis, data, result, re-blurred result and residual."""
    spectrum = read_spectrum(path, column=column) if is_table(path) else _from_image(source)
    blurred = residual(source.data, _psf(result), result.estimate, result.recipe).model
    write_spectrum(output, spectrum, result.estimate, blurred, recipe=result.recipe)


def by_formula(image: ImageFile, text: str) -> PSF:
    """Make a kernel of about the spectrum's length from a formula in x, in the unit of its axis."""
    if image.data.ndim != 1:
        raise ParameterError(
            f"--formula is for spectra, and the image has {image.data.ndim} axes; make a PSF with "
            "napari-deconvolve psf formula."
        )
    steps, unit = image.grid((0,)) or ((1.0,), "pixel")
    length = len(image.data)
    with named("--formula"):
        return from_formula(text, length - 1 + length % 2, steps, unit=unit)


def _psf(result: Result) -> PSF:
    from napari_deconvolve.run.psf_source import rebuild

    assert result.recipe.psf is not None, "a result's recipe holds its PSF"
    found = rebuild(result.recipe.psf)
    assert isinstance(found, PSF), "a spectrum has one PSF"
    return found


def _from_image(source: ImageFile) -> Spectrum:
    step = 1.0 if source.spacing is None else source.spacing[0]
    return Spectrum(source.data, step, source.units[0], name=source.name)
