"""``napari-deconvolve psf beads``: a PSF from an image of beads, with a report on each."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.cli.options import named, one_or_many, same_file
from napari_deconvolve.cli.outputs import keep_inputs
from napari_deconvolve.cli.psf.requests import BeadsRequest
from napari_deconvolve.cli.psf.saving import saved
from napari_deconvolve.cli.psf.values import channel_index, check_psf_target, grid, image_grid, quantities
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import check_target, replacing
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.image import Grid
from napari_deconvolve.io import ImageFile, read_image
from napari_deconvolve.job.digest import digest_of
from napari_deconvolve.psf import BeadReport, psf_and_report
from napari_deconvolve.run.made import account, made_here


def beads(request: BeadsRequest) -> None:
    """Make a PSF from an image of small beads; prints a report on each bead."""
    stack = request.stack
    check_psf_target(request.output, stack)
    keep_inputs([request.report], [stack])
    _check_report(request.report, request.output)
    width = None if request.fwhm is None else one_or_many(quantities("--fwhm", request.fwhm, "um"))
    image = read_image(stack, image=request.number, axes=request.axes, notes=True)
    data, axes = _one_stack(stack, image, request.channel)
    where = _grid(stack, image, axes, request.spacing)
    with named(stack):
        made, found = psf_and_report(
            data,
            where.spacing if len(where.spacing) > 1 else where.spacing * data.ndim,
            bead_diameter=request.bead_diameter,
            combine=request.combine,
            shape=request.shape,
            unit=where.unit,
            fwhm=width,
            min_snr=request.min_snr,
            saturation=request.saturation,
        )
    saved(made, request.output)
    if request.report is not None:
        write_report(found, request.report, account(made_here(digest_of(data))))
    print(found)


def write_report(report: BeadReport, path: str, how: Mapping[str, str]) -> None:
    """Write one line per bead, and at its end how it was made; the file is complete or absent."""
    rows = [
        {**{f"{key}_{report.unit}" if key.startswith("fwhm") else key: value for key, value in row.items()}, **how}
        for row in report.rows()
    ]
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _check_report(report: str | None, output: str) -> None:
    if report is None:
        return
    if suffix_of(report) != ".csv":
        raise FileError(f"--report {report} does not end in .csv; give such a name.")
    if same_file(report, output):
        raise FileError(f"--report {report} is the PSF's file as well; give another name.")
    check_target(report)


def _one_stack(path: str, image: ImageFile, channel: str | None) -> tuple[NDArray[Any], tuple[int, ...]]:
    """Take one channel, and the axes in space."""
    data, spatial = image.data, image.spatial
    index: list[int | slice] = [slice(None)] * data.ndim
    for axis, letter in enumerate(image.axes):
        if axis in spatial:
            continue
        if letter == "C":
            index[axis] = channel_index(path, image, data.shape[axis], channel)
        elif data.shape[axis] == 1:
            index[axis] = 0
        else:
            raise ParameterError(
                f"{path} has {data.shape[axis]} samples along its axis {letter}, and beads are one image; cut one out."
            )
    if channel is not None and "C" not in image.axes:
        raise ParameterError(f"--channel is {channel!r}, but {path} has no channels; leave it out.")
    left = sorted(spatial)  # in the file's order; beads are looked for along Z, Y and X
    return np.transpose(np.asarray(data[tuple(index)]), [left.index(axis) for axis in spatial]), spatial


def _grid(path: str, image: ImageFile, axes: tuple[int, ...], spacing: str | None) -> Grid:
    """Return the voxel size in um: that of the option, else of the file."""
    if spacing is None:
        return image_grid(path, image, axes, "um")
    given = grid(spacing, None, "um", None)
    if len(given.spacing) not in (1, len(axes)):
        letters = ",".join(image.axes[axis] for axis in axes)
        raise ParameterError(f"--spacing is {spacing!r}; give {len(axes)} numbers for the axes {letters} of {path}.")
    return given
