"""An image brought into focus by a linear filter, as sharp as its noise allows: there meshes have holes again.

The blur fills what lies between the threads of a mesh with their light, and nothing that is smoothed further is dark
there. Dividing by the transfer function takes that light back, and a Gaussian in its place is positive, so that
nothing is darker than the background. The filter is linear: its noise is known, which that of an iteration is not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.likelihood.background import half_sample_mode
from napari_deconvolve.core.likelihood.empty_parts import DARK_PLANES, DARKEST_PLANES, Field, dark_planes, looked_at
from napari_deconvolve.core.likelihood.envelopes import bent, envelope, refined
from napari_deconvolve.core.likelihood.maps import Knots, Surface, on_grid
from napari_deconvolve.core.remember import of_kernel

SIGMAS = 1.0, 1.25, 1.5, 2.0  # samples, of the Gaussian in place of the PSF
MOST_NOISE = 0.07  # of the mean light above the darkest part
LEAST_TRANSFER = 1e-3  # square of the transfer, below which a frequency is left out
DARK_QUANTILES = {0.05: 1.645, 0.003: 2.748}  # and how many sigma a normal distribution's lie below its mean
SOME = 1 << 14  # values, of which the mode is found
TILES = 5  # along each of y and x, for a polynomial
LEAST_ON_IT = 0.05  # share of a tile's samples, and of all, that lie on a surface
IN_HOLES, PERHAPS_IN_HOLES = 1.32, 0.88  # see `surface_in_holes` and `may_have_holes`
# Of the mean light above a surface through the darkest samples of columns, by how much these differ: from the 2 %
# quantile to the median. Meshes and sponges have .05 to .14 at 1000 photons, networks on a floor, foam, tissue, dense
# fibres and textures .19 to .42.
COLUMNS_DIFFER = 0.165
ENDS = 0.02, 0.5
MUCH_BETTER = 1.3  # times as many samples on a surface that bends


class _Filter(NamedTuple):
    transfer: NDArray[np.complex64]
    kept: float  # what it takes off the standard deviation of white noise, as a factor


def sharpened(field: Field, psf: FloatArray) -> Field | None:
    """Return the field of an image with a Gaussian in place of its PSF; None where noise allows no Gaussian.

    Parameters
    ----------
    field : Field
        Of the image: counts above the level without noise, 2 or 3 axes; samples that are not finite are left out.
    psf : ndarray
        Odd-sized, centred, as many axes.
    """
    image, finite = field.image, np.isfinite(field.image)
    filled = image if finite.all() else np.where(finite, image, np.median(image[finite]))
    most = MOST_NOISE * (float(np.mean(filled, dtype=np.float64)) - field.darkest)
    box = tuple(n + 2 * (m // 2) for n, m in zip(image.shape, psf.shape, strict=True))
    for sigma in SIGMAS:
        found = _filter(psf, box, sigma)
        if np.sqrt(field.gain * max(field.darkest, 0.0)) <= most * found.kept:
            return _seen(field, _filtered(filled, psf.shape, found), finite, found.kept)
    return None


def surface_in_holes(field: Field, simple: Surface) -> Surface | Knots | None:
    """Return the surface on which samples of a sharp field pile up: its simple one, or one that bends; None for none.

    They do where the object leaves holes, however small; an object that fills its field has the more samples the
    brighter they are. Samples on a surface that is right, over those above it (see `Field.piles_up`): 1.35 to 2.2 in
    meshes, .6 to 1.1 in tissue, textures and dense fibres, and 1.28 at most in nuclei and on a ground that varies.
    """
    found = simple if field.piles_up(simple, LEAST_ON_IT, IN_HOLES) else None
    bends = bent(field, LEAST_ON_IT)
    if bends is None or not field.piles_up(bends, LEAST_ON_IT, IN_HOLES):
        return found
    return bends if found is None or field.near(bends)[0] > MUCH_BETTER * field.near(found)[0] else found


def surface_in_columns(field: Field) -> Knots | None:
    """Return the surface on which the darkest samples of a sharp stack lie, column by column; None where they do not.

    A background is alike in all planes, so in each column it is the same from hole to hole of an object. Most columns
    of a mesh or a sponge meet a hole, and their darkest samples agree; those of an object without holes are as dark as
    chance makes them, each otherwise.
    """
    bends = bent(replace(field, smooth=field.lowest), LEAST_ON_IT)
    if bends is None:
        return None
    plane = on_grid(bends, field.grid)
    low, middle = np.quantile((field.lowest - plane)[field.finite], ENDS)
    light = float(np.nanmean(field.image, dtype=np.float64)) - float(np.mean(plane))
    return bends if middle - low < COLUMNS_DIFFER * light else None


def may_have_holes(field: Field, simple: Surface) -> bool:
    """Return whether nearly as many samples of a sharp field lie on its dark parts as above: noise hides holes then.

    Meshes at 50 to 100 photons have .88 to 1.5 times as many, and tissue, textures and fibres .6 to .87.
    """
    return field.piles_up(simple, LEAST_ON_IT, PERHAPS_IN_HOLES)


def simple_surface(field: Field) -> Surface | None:
    """Return the polynomial through the dark parts of a field; None for one that is too small."""
    tiles = field.tiles(TILES)
    return None if tiles is None else refined(envelope(tiles, field.lengths)[0], field)


def _seen(field: Field, sharp: FloatArray, finite: NDArray[np.bool_], kept: float) -> Field:
    """Return a field of a sharp image."""
    y, x = (looked_at(length) for length in sharp.shape[-2:])
    some = np.sort(sharp.ravel()[:: max(1, sharp.size // SOME)]).astype(np.float64)
    noise = np.sqrt(field.gain * max(field.darkest, 0.0)) / kept
    ends = [float(np.quantile(sharp, share)) + below * noise for share, below in DARK_QUANTILES.items()]
    sharp, finite = sharp[..., y[:, np.newaxis], x], finite[..., y[:, np.newaxis], x]
    lowest = sharp
    if sharp.ndim == 3:
        lowest = dark_planes(sharp, finite, DARKEST_PLANES)[0]
        sharp, finite = dark_planes(sharp, finite, DARK_PLANES)
    return replace(
        field, smooth=sharp, finite=finite, lowest=lowest, kept=kept, darkest=min(half_sample_mode(some), *ends)
    )


def _filtered(image: FloatArray, psf: Shape, found: _Filter) -> FloatArray:
    """Apply a filter to an image with mirrored borders."""
    from scipy import fft

    box = _fast(tuple(n + 2 * (m // 2) for n, m in zip(image.shape, psf, strict=True)))
    before = [m // 2 for m in psf]
    pad = [(m, size - n - m) for m, size, n in zip(before, box, image.shape, strict=True)]
    spectrum = fft.rfftn(np.pad(image.astype(np.float32), pad, "symmetric"))
    spectrum *= found.transfer
    whole = fft.irfftn(spectrum, box, overwrite_x=True)
    return np.asarray(whole[tuple(slice(m, m + n) for m, n in zip(before, image.shape, strict=True))], np.float32)


def _fast(shape: Shape) -> Shape:
    from scipy import fft

    return tuple(fft.next_fast_len(length, real=True) for length in shape)


@of_kernel
def _filter(psf: FloatArray, shape: Shape, sigma: float) -> _Filter:
    """Return the filter that makes a Gaussian of a PSF, in a box of at least a shape."""
    from scipy import fft

    box = _fast(shape)
    kernel = np.zeros(box, np.float32)
    places = [np.arange(length) - length // 2 for length in psf.shape]  # negative ones are at the box's far end
    kernel[np.ix_(*places)] = psf / psf.sum()
    transfer = fft.rfftn(kernel, overwrite_x=True)
    del kernel  # each of these arrays is as large as the image
    wanted = _power(transfer)
    wanted += LEAST_TRANSFER
    np.divide(1 + LEAST_TRANSFER, wanted, out=wanted)
    np.conjugate(transfer, out=transfer)
    transfer *= wanted
    del wanted
    for axis, length in enumerate(box):
        along = np.fft.rfftfreq(length) if axis == len(box) - 1 else np.fft.fftfreq(length)
        gaussian = np.exp(-2 * np.square(np.pi * sigma * along)).astype(np.float32)
        transfer *= gaussian.reshape([-1 if other == axis else 1 for other in range(len(box))])
    power = _power(transfer)
    last = slice(1, None if box[-1] % 2 else -1)  # frequencies that stand for two
    total = float(np.sum(power, dtype=np.float64)) + float(np.sum(power[..., last], dtype=np.float64))
    return _Filter(transfer, float(np.sqrt(np.prod(box) / total)))


def _power(transfer: NDArray[np.complex64]) -> FloatArray:
    power: FloatArray = np.square(transfer.real)
    power += np.square(transfer.imag)
    return power
