"""``napari-deconvolve psf points --lobes-of``: the points found in an image."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.cli.declare import option_name
from napari_deconvolve.cli.match import open_image
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.psf.requests import PointsRequest
from napari_deconvolve.cli.psf.saving import saved
from napari_deconvolve.cli.psf.values import check_psf_target, image_grid
from napari_deconvolve.cli.session import say
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.io import ImageFile
from napari_deconvolve.psf import find_lobes


def of_lobes(request: PointsRequest, path: str) -> None:
    """Find side lobes in an image and save their kernel."""
    check_psf_target(request.output, path)
    others = ("offsets", "weights", "spacing_from", "shape")
    double = [option_name(name) for name in others if getattr(request, name) is not None]
    if double:
        raise ParameterError(f"--lobes-of finds the points and takes the image's grid; leave out {', '.join(double)}.")
    axis = request.axis
    image = open_image(path, request.spacing)
    axes = _axes(image, path)
    letters = "".join(image.axes[one] for one in axes)
    if axis.upper() not in letters:
        raise ParameterError(f"--axis is {axis!r}; give one of {', '.join(letters.lower())}, the axes of {path}.")
    grid = image_grid(path, image, axes, request.unit, "--spacing")
    with named(path):
        single = [one for one in range(image.data.ndim) if one not in axes]
        data = np.transpose(image.data, (*single, *axes)).reshape([image.data.shape[one] for one in axes])
        found = find_lobes(data, grid.spacing, letters.index(axis.upper()), unit=grid.unit)
    say(found.text)
    saved(found.psf(), request.output)


def _axes(image: ImageFile, path: str) -> tuple[int, ...]:
    """Return the axes in space; refuse an image that has places on others."""
    axes = image.spatial
    looped = [letter for one, letter in enumerate(image.axes) if one not in axes and image.data.shape[one] > 1]
    if looped:
        raise ParameterError(
            f"{path} has several places along {' and '.join(looped)}; give a file with one frame or channel."
        )
    return axes
