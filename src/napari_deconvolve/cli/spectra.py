"""Spectra on the command line: tables in and out, and kernels by a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.api.diagnostics import residual
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.session import say
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import ALL_TABLES
from napari_deconvolve.image import Grid, SampledArray
from napari_deconvolve.io import ImageFile, Spectrum, read_spectra, write_spectra
from napari_deconvolve.io.images import stem
from napari_deconvolve.psf import PSF, from_formula
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.run.result import Result

FEWEST = 8  # positions that are no accident
EVEN = 1e-3  # of a step


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumFile(ImageFile):
    """A spectrum as an image of one axis, or several over one axis as channels."""

    spectra: tuple[Spectrum, ...] = field(kw_only=True)  # with all that images do not know, such as where axes begin

    @property
    def spectrum(self) -> Spectrum:
        """The first one, whose axis is that of all."""
        return self.spectra[0]

    def grid(self, axes: Sequence[int]) -> Grid | None:
        """Return step and unit; positions without a unit are positions all the same."""
        one = self.spectrum
        if self.units[-1] == "pixel" and (one.spacing != 1 or one.start != 0):
            return Grid((one.spacing,), "pixel")
        return ImageFile.grid(self, axes)  # super() without arguments does not know this class: slots remake it

    def on_axis(self, spacing: float, unit: str) -> SpectrumFile:
        """Return the same with another step and unit."""
        said = f"the axis's step is {spacing:g}{'' if unit == 'pixel' else f' {unit}'}, as given"
        changed = (one.replaced(spacing=spacing, unit=unit, notes=(*one.notes, said)) for one in self.spectra)
        return _as_file(tuple(changed), self.name)


def _as_file(spectra: tuple[Spectrum, ...], name: str) -> SpectrumFile:
    first = spectra[0]
    image = first.image.with_data(first.values, axes=("X",))
    if len(spectra) > 1:
        stack = np.stack([one.values for one in spectra])
        image = SampledArray(stack, ("C", "X"), (None, first.spacing), ("pixel", first.unit), (0.0, first.start))
    names = tuple(one.name for one in spectra) if len(spectra) > 1 else ()
    more = (f"{one.name}: {note}" for one in spectra[1:] for note in one.notes if note not in first.notes)
    return SpectrumFile(image, name, channels=names, notes=(*first.notes, *more), spectra=spectra)


def is_table(path: str) -> bool:
    """Return whether a name is that of a table of text."""
    return suffix_of(path) in ALL_TABLES


def has_positions(image: ImageFile, given: bool = False) -> bool:
    """Return whether an array is two rows or columns of positions and data: its first ones are even steps.

    Where the user says so (`given`), the steps may be uneven.
    """
    shape = image.data.shape
    if len(shape) != 2 or 2 not in shape or max(shape) < FEWEST:
        return False
    steps = np.diff(np.asarray(image.data[:, 0] if shape[1] == 2 else image.data[0], np.float64))
    return given or bool(steps.all() and np.ptp(steps) <= EVEN * abs(steps.mean()))


def open_spectrum(
    path: str, column: str | None, resample: bool = False, axis_column: str | None = None
) -> SpectrumFile:
    """Read a table, or an array of positions and data, as an image of one axis; several columns as its channels."""
    found = read_spectra(path, columns=column, resample=resample, axis_column=axis_column)
    return _as_file(found, found[0].name if len(found) == 1 else stem(path))


def tell_notes(path: str, source: ImageFile) -> None:
    """Say how a file was understood: there are many ways to write one."""
    if source.notes or isinstance(source, SpectrumFile):
        say(f"Note: {path}: {'; '.join(source.notes)}.")


def check_table(output: str, source: ImageFile) -> None:
    """Refuse a table for what has more axes than one."""
    if is_table(output) and source.data.ndim != 1 and not isinstance(source, SpectrumFile):
        raise ParameterError(
            f"{output} is a table, and the image has {source.data.ndim} axes; give a name that ends in .ome.tif."
        )


def write_result(output: str, source: ImageFile, result: Result) -> None:
    """Write axis, data, result, re-blurred result and residual."""
    assert result.recipe.psf is not None, "a result's recipe holds its PSF"
    blurred = residual(source.data, rebuild(result.recipe.psf), result.estimate, result.recipe).model
    spectra = spectra_of(source)
    count, length = len(spectra), len(spectra[0])
    estimates, models = (np.reshape(values, (count, length)) for values in (result.estimate, blurred))
    write_spectra(output, spectra, list(estimates), list(models), recipe=result.recipe, made=result.made)


def spectra_of(source: ImageFile, values: NDArray[Any] | None = None) -> tuple[Spectrum, ...]:
    """Return an image of one axis as a spectrum, and a table's columns as theirs; with other values, if given."""
    if not isinstance(source, SpectrumFile):
        return (
            Spectrum.of(
                source.image if values is None else source.image.with_data(values), name=source.name, quantity=""
            ),
        )
    if values is None:
        return source.spectra
    each = np.reshape(values, (len(source.spectra), -1))
    return tuple(one.replaced(values=new) for one, new in zip(source.spectra, each, strict=True))


def by_formula(image: ImageFile, text: str) -> PSF:
    """Make a kernel of about the spectrum's length from a formula in x, in the unit of its axis."""
    if image.data.ndim != 1 and not isinstance(image, SpectrumFile):
        raise ParameterError(
            f"--formula is for spectra, and the image has {image.data.ndim} axes; make a PSF with "
            "napari-deconvolve psf formula."
        )
    steps, unit = image.grid((image.data.ndim - 1,)) or ((1.0,), "pixel")
    length = image.data.shape[-1]
    with named("--formula"):
        return from_formula(text, length - 1 + length % 2, steps, unit=unit)
