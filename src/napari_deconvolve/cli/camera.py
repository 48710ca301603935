"""``napari-deconvolve camera``: what an image tells of its camera."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from napari_deconvolve.cli.match import job_of
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.outputs import keep_inputs
from napari_deconvolve.cli.requests import CameraRequest
from napari_deconvolve.cli.session import follow, say
from napari_deconvolve.cli.spectra import SpectrumFile, tell_notes
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.atomic import check_target, replacing
from napari_deconvolve.psf.description import describe
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.diagnostics.camera import CameraReport, camera_of
from napari_deconvolve.run.made import account, made_of


def camera(request: CameraRequest) -> None:
    """Print what an image tells of its camera: offset, gain, background, missing samples and spikes."""
    if request.output:
        check_target(request.output)
        keep_inputs([request.output], [request.image, *request.psf])
    source = request.open_image()
    point = request.open_psf(source)
    if point is None:
        raise ParameterError("No PSF is given; give --psf FILE, --gaussian FWHM or --optics.")
    with named(request.image):
        job = job_of(source, point, Recipe())
        report = follow(camera_of(job), len(job.psfs), "looking at the camera")
    if request.output:
        _write(request.output, report, account(made_of(job), job.recipe.replace(psf=describe(job.psf))))
    if isinstance(source, SpectrumFile):
        tell_notes(request.image, source)
    print(report)
    for row in report.rows:
        if not row.trusted:
            say(f"Note: channel {row.channel} does not tell offset and gain for certain; give those that you know.")


def _write(path: str, report: CameraReport, how: Mapping[str, str]) -> None:
    """Write the photon transfer of all channels as a table, and at its end how it was made."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("channel", "mean_counts", "variance_counts2", *how))
    for row in report.rows:
        table.writerows((row.channel, *both, *how.values()) for both in zip(row.mean, row.variance, strict=True))
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")
