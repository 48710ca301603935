"""``napari-deconvolve blur``: what an instrument would record, with photon noise if wanted."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence

import numpy as np

from napari_deconvolve._cli.match import at_image, match, open_image, open_psf
from napari_deconvolve._cli.options import named
from napari_deconvolve._cli.session import say
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.io import write_image
from napari_deconvolve.io.images import require_suffix
from napari_deconvolve.run.convolve import convolve

MOST_PHOTONS = 1e9  # per sample: beyond, noise is below the precision of float32


def blur(
    image: str,
    output: str,
    *,
    psf: Sequence[str] = (),
    gaussian: str | None = None,
    photons: float | None = None,
    background: float = 0.0,
    seed: int | None = None,
    boundary: str = "reflect",
    spacing: str | None = None,
    center: str | None = None,
) -> None:
    """Do what the command line says; see the help of ``napari-deconvolve blur``."""
    _check(photons, background, seed)
    require_suffix(output)
    check_target(output)
    source = open_image(image, spacing)
    point = open_psf(image, source, psf, gaussian, center)
    if point is None:
        raise ParameterError("No PSF is given; give --psf FILE or --gaussian FWHM.")
    fitted = match(point, source)
    with named("--boundary" if boundary not in ("reflect", "edge", "periodic", "zero") else image):
        blurred = convolve(source.data, at_image(fitted), boundary=boundary, axes=fitted.axes)
    used = secrets.randbits(32) if seed is None and photons is not None else seed
    counts = _recorded(image, blurred, photons, background, used)
    about = {"photons": photons, "background": background, "seed": used, "boundary": boundary}
    write_image(
        output,
        counts,
        spacing=source.spacing,
        units=source.units,
        axes=source.axes,
        name=f"{source.name} · blurred",
        channels=source.channels,
        extra={"blur": about},
    )
    noise = "no noise" if photons is None else f"{photons:g} photons at the peak, seed {used}"
    say(f"{output}: blurred, background {background:g}, {noise}")


def _check(photons: float | None, background: float, seed: int | None) -> None:
    if photons is not None and not 0 < photons <= MOST_PHOTONS:
        raise ParameterError(f"--photons is {photons}; give a number above 0 and at most {MOST_PHOTONS:g}.")
    if not (math.isfinite(background) and 0 <= background <= MOST_PHOTONS):
        raise ParameterError(f"--background is {background}; give a number from 0 to {MOST_PHOTONS:g}.")
    if seed is not None and seed < 0:
        raise ParameterError(f"--seed is {seed}; give a whole number of at least 0.")


def _recorded(path: str, blurred: FloatArray, photons: float | None, background: float, seed: int | None) -> FloatArray:
    """Scale so that the brightest sample expects `photons`, add the background, and count."""
    if photons is None:
        return np.asarray(blurred + background, blurred.dtype)
    peak = float(blurred.max())
    if peak <= 0:
        raise ParameterError(f"{path} has no light to count, its largest value is {peak:g}; leave out --photons.")
    expected = np.maximum(blurred, 0).astype(np.float64) * (photons / peak) + background
    return np.random.default_rng(seed).poisson(expected).astype(np.float32)
