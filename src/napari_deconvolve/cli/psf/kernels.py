"""``napari-deconvolve psf gaussian``, ``lorentzian``, ``formula`` and ``points``: by numbers or an image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from napari_deconvolve import psf as made
from napari_deconvolve.cli.declare import option_name
from napari_deconvolve.cli.match import open_image
from napari_deconvolve.cli.options import named, one_or_many
from napari_deconvolve.cli.psf.requests import FormulaRequest, InUnit, PointsRequest, WidthRequest
from napari_deconvolve.cli.psf.saving import saved
from napari_deconvolve.cli.psf.values import at_most_one, check_psf_target, grid, image_grid, quantities, quantity, real
from napari_deconvolve.cli.session import say
from napari_deconvolve.cli.spectra import tell_notes
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import Grid
from napari_deconvolve.psf import PSF


def gaussian(request: WidthRequest) -> None:
    """Make a Gaussian PSF."""
    _by_width(made.gaussian, request)


def lorentzian(request: WidthRequest) -> None:
    """Make a Lorentzian PSF."""
    _by_width(made.lorentzian, request)


def _by_width(make: Callable[..., PSF], request: WidthRequest) -> None:
    counts = [request.fwhm.count(",") + 1] if "," in request.fwhm else []
    counts += [len(request.shape)] if isinstance(request.shape, tuple) else []
    where = _grid(request, max(counts, default=None))
    widths = quantities("--fwhm", request.fwhm, where.unit)
    with named("--fwhm, --spacing, --shape"):
        found = make(one_or_many(widths), one_or_many(where.spacing), shape=request.shape, unit=where.unit)
    saved(found, request.output)


def formula(request: FormulaRequest) -> None:
    """Make a PSF by a formula in x, y and z, which are zero at the centre."""
    text = at_most_one("--formula", request.formula_argument, request.formula)
    if text is None:
        raise ParameterError("--formula is not given; give one, such as 'exp(-(x^2+y^2)/0.1)'.")
    check_psf_target(request.output, request.spacing_from)
    shape = request.shape
    if shape is None:
        raise ParameterError("--shape is not given, and a formula has no extent; give --shape Z,Y,X.")
    where = _grid(request, len(shape) if isinstance(shape, tuple) else None)
    with named("--formula"):
        found = made.from_formula(text, shape, one_or_many(where.spacing), unit=where.unit)
    saved(found, request.output)


def points(request: PointsRequest) -> None:
    """Make a PSF of a few points, such as the side lobes of a 4Pi microscope."""
    if request.lobes_of is not None:
        _of_lobes(request, request.lobes_of)
        return
    check_psf_target(request.output, request.spacing_from)
    if request.offsets is None or request.weights is None:
        missing = "--offsets" if request.offsets is None else "--weights"
        raise ParameterError(f"{missing} is not given; give --offsets and --weights, or --lobes-of IMAGE.")
    shares = [real("--weights", part) for part in request.weights.split(",")]
    lines = _lines(request.offsets, len(shares))
    where = _grid(request, len(lines[0]))
    places = [[quantity("--offsets", part, where.unit) for part in line] for line in lines]
    with named("--offsets, --weights, --spacing, --shape"):
        found = made.points(places, shares, one_or_many(where.spacing), shape=request.shape, unit=where.unit)
    saved(found, request.output)


def _lines(text: str, count: int) -> list[list[str]]:
    """Read the numbers of each point; one for each of several points means that they lie along one axis."""
    lines = [line.split(",") for line in text.split(";")]
    if len(lines) == 1 and count > 1:
        lines = [[part] for part in lines[0]]
    if any(len(line) != len(lines[0]) for line in lines):
        raise ParameterError(
            f"--offsets is {text!r}; give as many numbers for each point, such as '-0.25,0,0; 0,0,0; 0.25,0,0'."
        )
    return lines


def _of_lobes(request: PointsRequest, path: str) -> None:
    """Find side lobes in an image and save their kernel."""
    check_psf_target(request.output, path)
    others = ("offsets", "weights", "spacing_from", "shape")
    double = [option_name(name) for name in others if getattr(request, name) is not None]
    if double:
        raise ParameterError(f"--lobes-of finds the points and takes the image's grid; leave out {', '.join(double)}.")
    axis = request.axis
    image = open_image(path, request.spacing, number=request.number)
    tell_notes(path, image)
    axes = image.spatial
    looped = [letter for one, letter in enumerate(image.axes) if one not in axes and image.data.shape[one] > 1]
    if looped:
        raise ParameterError(
            f"{path} has several places along {' and '.join(looped)}; give a file with one frame or channel."
        )
    letters = "".join(image.axes[one] for one in axes)
    if axis.upper() not in letters:
        raise ParameterError(f"--axis is {axis!r}; give one of {', '.join(letters.lower())}, the axes of {path}.")
    where = image_grid(path, image, axes, request.unit)
    with named(path):
        single = [one for one in range(image.data.ndim) if one not in axes]
        data = np.transpose(image.data, (*single, *axes)).reshape([image.data.shape[one] for one in axes])
        found = made.find_lobes(data, where.spacing, letters.index(axis.upper()), unit=where.unit)
    say(found.text)
    saved(found.psf(), request.output)


def _grid(request: InUnit, axes: int | None) -> Grid:
    check_psf_target(request.output, request.spacing_from)
    return grid(request.spacing, request.spacing_from, request.unit, axes, "1", number=request.number)
