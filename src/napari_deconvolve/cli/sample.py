"""``napari-deconvolve sample``: simulated measurements as files, to try the other commands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.cli.outputs import check_output
from napari_deconvolve.cli.psf.saving import saved
from napari_deconvolve.cli.psf.values import check_psf_target
from napari_deconvolve.cli.requests import SampleRequest
from napari_deconvolve.cli.session import say
from napari_deconvolve.cli.spectra import is_table
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.io import Spectrum, write_image, write_spectra
from napari_deconvolve.phantoms.phantom import Phantom
from napari_deconvolve.phantoms.samples import Sample
from napari_deconvolve.phantoms.samples import sample as named_sample


def sample(request: SampleRequest) -> None:
    """Write a simulated measurement, whose truth and PSF are known."""
    known = named_sample(request.name)
    if request.seed < 0:
        raise ParameterError(f"--seed is {request.seed}; give a whole number of at least 0.")
    _check_outputs(request)
    made = known.make(request.seed)
    tables = [path for path in (request.output, request.truth) if path is not None and is_table(path)]
    if tables and made.psf.ndim != 1:
        raise ParameterError(f"{tables[0]} is a table, and the sample is an image; give a name that ends in .ome.tif.")
    _write(request.output, made.counts, made, known, "counts")
    if request.truth is not None:
        _write(request.truth, made.truth, made, known, "truth")
    if request.psf is not None:
        saved(made.psf, request.psf)


def _check_outputs(request: SampleRequest) -> None:
    """Refuse names under which nothing can be written, and two that are the same, before anything is calculated."""
    images = [path for path in (request.output, request.truth) if path is not None]
    for path in images:
        check_output(path)
    if request.psf is not None:
        check_psf_target(request.psf)
    names = [*images, *([] if request.psf is None else [request.psf])]
    if len({Path(path).resolve() for path in names}) < len(names):
        raise FileError(f"{names[-1]} is given for two outputs; give another name for one of them.")


def _write(path: str, values: NDArray[Any], made: Phantom, known: Sample, what: str) -> None:
    """Write counts or truth, as a table where the name says so and the sample is of spectra."""
    if not is_table(path):
        letters = "".join(label[0].upper() for label in made.axis_labels) if values.ndim == 3 else None
        name = known.layer if what == "counts" else f"{known.layer} · {what}"
        write_image(path, values, spacing=made.spacing, units=made.units, axes=letters, name=name)
    else:
        rows = np.atleast_2d(values)
        names = [what] if len(rows) == 1 else [f"{what} {number}" for number in range(1, len(rows) + 1)]
        write_spectra(path, [_spectrum(row, name, made, known) for row, name in zip(rows, names, strict=True)])
    say(f"{path}: {' x '.join(map(str, values.shape))} samples of {known.layer}, {what}")


def _spectrum(values: NDArray[Any], name: str, made: Phantom, known: Sample) -> Spectrum:
    return Spectrum(values, made.spacing[-1], made.units[-1], known.start, name=name, quantity=made.axis_labels[-1])
