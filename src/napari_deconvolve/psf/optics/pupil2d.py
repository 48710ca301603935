"""Wide-field images of a point through a pupil of any phase: a Fourier transform by matrices, exact at the rim.

The pupil is laid out in chords: Gauss nodes along each chord, and over the chords. The transform along the chords and
then across them are matrix products, so that samples may lie anywhere; no grid cuts the rim into steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.optics.pupil import Lens
from napari_deconvolve.psf.optics.quadrature import NODES, NODES_PER_RADIAN, Values, legendre
from napari_deconvolve.psf.optics.settings import Settings
from napari_deconvolve.psf.optics.zernike import wavefront

DEEP_UM = 0.5  # from here on nothing gets through that is totally reflected
BYTES = 1 << 26  # of the half-transformed field that is held at once

Waves = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Chords:
    """Nodes over a round pupil: rows of equal y, each with nodes in x from rim to rim."""

    y: Values  # (chords,)
    x: Values  # (chords, nodes)
    weights: Values  # (chords, nodes)


def chords(aperture: float, count: int) -> Chords:
    """Lay count x count nodes over a disc."""
    nodes, weights = legendre(count)
    angle = nodes * np.pi / 2
    y = aperture * np.sin(angle)
    length = aperture * np.cos(angle)
    turn = weights * np.pi / 2 * np.cos(angle)
    return Chords(y, length[:, None] * np.sin(angle), np.outer(turn * aperture * length, turn / aperture) * aperture)


def aberrated(settings: Settings, y: Values, x: Values, z: Values, weights: Values) -> Values:
    """Give the image of a point (z, y, x), averaged over the nodes of each sample.

    Parameters
    ----------
    settings : Settings
        The microscope, with Zernike terms.
    y, x : ndarray (samples, nodes)
        Places in um.
    z : ndarray
        Focus positions in um.
    weights : ndarray (nodes,)
        Of the nodes of a sample.
    """
    lens, wavenumber = settings.lens, 2 * np.pi / settings.emission_um
    nodes = chords(_open(settings), _count(settings, float(max(np.abs(y).max(), np.abs(x).max())), z))
    fields = _fields(settings, lens, nodes)
    defocus = lens.layers.defocus(np.hypot(nodes.x, nodes.y[:, None]))
    across = np.exp(-1j * wavenumber * np.outer(y.ravel(), nodes.y)).astype(np.complex64)
    per_sample = 8 * x.shape[1] * len(nodes.y) * len(fields) * len(z)
    columns = max(1, BYTES // per_sample)
    result = np.empty((len(z), len(y), len(x)))
    for start in range(0, len(x), columns):
        part = x[start : start + columns]
        half = np.empty((len(nodes.y), part.size, len(fields) * len(z)), np.complex64)
        for chord in range(len(nodes.y)):
            turned = np.exp(-1j * wavenumber * np.outer(defocus[chord], z))
            wave = (fields[:, chord, :, None] * turned).transpose(1, 0, 2).reshape(turned.shape[0], -1)
            along = np.exp(-1j * wavenumber * np.outer(part.ravel(), nodes.x[chord]))
            half[chord] = along.astype(np.complex64) @ wave.astype(np.complex64)
        field = (across @ half.reshape(len(nodes.y), -1)).reshape(*y.shape, *part.shape, len(fields), len(z))
        intensity = np.square(field.real, dtype=np.float64) + np.square(field.imag, dtype=np.float64)
        result[:, :, start : start + columns] = np.einsum("iajbcz,a,b->zij", intensity, weights, weights, optimize=True)
    return result


def _open(settings: Settings) -> float:
    """Give the aperture that light passes: at its rim the nodes crowd."""
    layers = settings.lens.layers
    if layers.paraxial or settings.depth_um < DEEP_UM:
        return settings.numerical_aperture
    return min(settings.numerical_aperture, layers.sample)


def _count(settings: Settings, radius: float, z: Values) -> int:
    """Give how many nodes a chord needs."""
    lens = settings.lens
    s = np.linspace(0, lens.aperture, 200)
    defocus = float(np.ptp(lens.layers.defocus(s))) * float(np.abs(z).max())
    path = float(np.abs(np.diff(lens.layers.path(s).real)).sum())
    waves = sum(abs(amount) * 6 for _, amount in settings.zernike or ())
    turns = 2 * np.pi / settings.emission_um * 2 * (lens.aperture * radius + defocus + path) + 4 * np.pi * waves
    return NODES + int(np.ceil(NODES_PER_RADIAN * turns))


def _fields(settings: Settings, lens: Lens, nodes: Chords) -> NDArray[np.complex128]:
    """Give the weighted pupil of each component of the field, (components, chords, nodes)."""
    y = np.broadcast_to(nodes.y[:, None], nodes.x.shape)
    s = np.hypot(nodes.x, y)
    phi = np.arctan2(y, nodes.x)
    waves = wavefront(settings.zernike or (), settings.zernike_order, s / lens.aperture, phi)
    path = lens.layers.path(s) / settings.emission_um + waves
    pupil = nodes.weights * np.exp(2j * np.pi * path)
    parts = {order: amplitude * pupil for order, _, amplitude in lens.amplitudes(s)}
    if not lens.vectorial:
        return np.asarray(parts[0])[None]
    even, axial, odd = parts[0], parts[1], parts[2]
    # Both polarisations, x and y: xx, yy, xy (which equals yx, so it counts twice), zx, zy.
    return np.array(
        [
            (even - odd * np.cos(2 * phi)) / 2,
            (even + odd * np.cos(2 * phi)) / 2,
            odd * np.sin(2 * phi) / np.sqrt(2),
            axial * np.cos(phi),
            axial * np.sin(phi),
        ]
    )
