"""Spectra on the command line: tables in and out, and kernels by a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from napari_deconvolve.api.diagnostics import residual
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.session import say
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import TABLES
from napari_deconvolve.image import Grid
from napari_deconvolve.io import ImageFile, Spectrum, read_spectrum, write_spectrum
from napari_deconvolve.psf import PSF, from_formula
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.run.result import Result

FEWEST = 8  # positions that are no accident
EVEN = 1e-3  # of a step


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumFile(ImageFile):
    """A spectrum as an image of one axis."""

    spectrum: Spectrum = field(kw_only=True)  # with all that images do not know, such as where its axis begins

    def grid(self, axes: Sequence[int]) -> Grid | None:
        """Return step and unit; positions without a unit are positions all the same."""
        one = self.spectrum
        if self.units[0] == "pixel" and (one.spacing != 1 or one.start != 0):
            return Grid((one.spacing,), "pixel")
        return ImageFile.grid(self, axes)  # super() without arguments does not know this class: slots remake it


def is_table(path: str) -> bool:
    """Return whether a name is that of a table of text."""
    return suffix_of(path) in TABLES


def has_positions(image: ImageFile, given: bool = False) -> bool:
    """Return whether an array is two rows or columns of positions and data: its first ones are even steps.

    Where the user says so (`given`), the steps may be uneven.
    """
    shape = image.data.shape
    if len(shape) != 2 or 2 not in shape or max(shape) < FEWEST:
        return False
    steps = np.diff(np.asarray(image.data[:, 0] if shape[1] == 2 else image.data[0], np.float64))
    return given or bool(steps.all() and np.ptp(steps) <= EVEN * abs(steps.mean()))


def open_spectrum(path: str, column: str | None, resample: bool = False) -> SpectrumFile:
    """Read a table, or an array of positions and data, as an image of one axis."""
    found = read_spectrum(path, column=column, resample=resample)
    image = found.image.with_data(found.values, axes=("X",))
    return SpectrumFile(image, found.name, notes=found.notes, spectrum=found)


def tell_notes(path: str, source: ImageFile) -> None:
    """Say how a file was understood: there are many ways to write one."""
    if source.notes or isinstance(source, SpectrumFile):
        say(f"Note: {path}: {'; '.join(source.notes)}.")


def check_table(output: str, source: ImageFile) -> None:
    """Refuse a table for what has more axes than one."""
    if is_table(output) and source.data.ndim != 1:
        raise ParameterError(
            f"{output} is a table, and the image has {source.data.ndim} axes; give a name that ends in .ome.tif."
        )


def write_result(output: str, source: ImageFile, result: Result) -> None:
    """Write axis, data, result, re-blurred result and residual."""
    assert result.recipe.psf is not None, "a result's recipe holds its PSF"
    (found,) = rebuild(result.recipe.psf).psfs  # a spectrum has one PSF
    blurred = residual(source.data, found, result.estimate, result.recipe).model
    write_spectrum(output, spectrum_of(source), result.estimate, blurred, recipe=result.recipe)


def spectrum_of(source: ImageFile) -> Spectrum:
    """Return an image of one axis as a spectrum."""
    if isinstance(source, SpectrumFile):
        return source.spectrum
    return Spectrum.of(source.image, name=source.name, quantity="")


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
