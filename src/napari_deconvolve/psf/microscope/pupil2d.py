"""Wide-field images of a point through a pupil of any phase: a Fourier transform by matrices, exact at the rim.

The pupil is laid out in chords: Gauss nodes along each chord, and over the chords. The transform along the chords and
then across them are matrix products, so that samples may lie anywhere; no grid cuts the rim into steps. Nodes and
places are the same on either side of 0, so the field falls into parts that are even or odd in x and y, which real
cosines and sines transform in a quadrant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.microscope.pupil import Lens, one_thread
from napari_deconvolve.psf.microscope.quadrature import MIN_NODES, NODES_PER_RADIAN, Values, legendre
from napari_deconvolve.psf.microscope.sampling import places
from napari_deconvolve.psf.microscope.settings import Settings
from napari_deconvolve.psf.microscope.zernike import wavefront

DEEP_UM = 0.5  # from here on nothing gets through that is totally reflected
FIELD_BYTES = 1 << 25  # of the field that is held at once: what fits into the cache is transformed faster

Waves = NDArray[np.complex64]
Reals = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chords:
    """Nodes over a quadrant of a round pupil: rows of equal y, each with nodes in x from the middle to the rim.

    Mirrored at both axes they cover the disc, and the weights are those of each of the four images.
    """

    y: Values  # (chords,)
    x: Values  # (chords, nodes)
    weights: Values  # (chords, nodes)


def chords(aperture: float, count: int) -> Chords:
    """Return a quadrant of count x count nodes (an even number) over a disc."""
    nodes, weights = (part[count // 2 :] for part in legendre(count))
    angle = nodes * np.pi / 2
    y = aperture * np.sin(angle)
    length = aperture * np.cos(angle)
    turn = weights * np.pi / 2 * np.cos(angle)
    return Chords(y, length[:, None] * np.sin(angle), np.outer(turn * aperture * length, turn))


def aberrated(settings: Settings, shape: tuple[int, ...], spacing: tuple[float, ...], z: Values, nodes: int) -> Reals:
    """Return the image of a point (z, y, x), with steps along y and x and focus positions z in um.

    `nodes` are those per sample and axis: 1 takes values at points, more integrate over the sample.
    """
    frequency = 2 * settings.numerical_aperture / settings.emission_um
    (y, down), (x, right) = (
        places(np.arange(-(length // 2), length // 2 + 1, dtype=np.float64) * step, nodes, step, frequency)
        for length, step in zip(shape, spacing, strict=True)
    )
    low, high = down.astype(np.float32), right.T.astype(np.float32)
    result = np.empty((len(z), *shape), np.float32)
    with one_thread():
        for part, light in _planes(settings, y, x, z):
            result[part] = np.maximum(low @ light @ high, 0)
    return result


def _planes(settings: Settings, y: Values, x: Values, z: Values) -> Iterator[tuple[slice, Reals]]:
    """Return the intensity (planes, y, x) at places that are the same on either side of 0, some planes at a time."""
    wavenumber = 2 * np.pi / settings.emission_um
    nodes = chords(_open(settings), _count(settings, float(max(y.max(), x.max())), z))
    parts = _parities(_fields(settings, nodes))
    defocus = settings.lens.layers.defocus(np.hypot(nodes.x, nodes.y[:, None]))
    up, out = y[len(y) // 2 :], x[len(x) // 2 :]
    across = _waves(wavenumber * np.outer(up, nodes.y))
    along = _waves(wavenumber * out[:, None] * nodes.x[:, None, :])
    components = parts.shape[-1]
    at_once = max(1, FIELD_BYTES // (4 * 8 * components * max(len(up), len(nodes.y)) * len(out)))
    for start in range(0, len(z), at_once):
        part = slice(start, min(start + at_once, len(z)))
        turned = np.exp(-1j * wavenumber * defocus[..., None] * z[part]).astype(np.complex64)
        field = {
            (odd_y, odd_x): _transformed(across[odd_y], along[odd_x], parts[odd_y, odd_x], turned)
            for odd_y in (0, 1)
            for odd_x in (0, 1)
        }
        light = np.empty((part.stop - start, len(y), len(x)), np.float32)
        for sign_y in (1, -1):
            for sign_x in (1, -1):
                light[:, _side(len(y), sign_y), _side(len(x), sign_x)] = _intensity(field, sign_y, sign_x)
        yield part, light


def _waves(phase: Values) -> tuple[Reals, Reals]:
    return np.cos(phase).astype(np.float32), np.sin(phase).astype(np.float32)


def _side(length: int, sign: int) -> slice:
    """Return the places above 0 upwards, or those below downwards; a place at 0 belongs to both."""
    return slice(length // 2, None) if sign > 0 else slice((length - 1) // 2, None, -1)


def _transformed(across: Reals, along: Reals, pupil: Waves, turned: Waves) -> Waves:
    """Transform (chords, nodes, components) at each focus to (y, x, components, planes)."""
    chord, node, components = pupil.shape
    wave = (pupil[..., None] * turned[:, :, None, :]).reshape(chord, node, -1)
    half = np.matmul(along, wave.view(np.float32))
    whole: Waves = (across @ half.reshape(chord, -1)).view(np.complex64)
    return whole.reshape(len(across), along.shape[1], components, -1)


def _intensity(field: dict[tuple[int, int], Waves], sign_y: int, sign_x: int) -> Any:
    """Put one quadrant together, (planes, y, x): cosines are even, and each sine counts ``-i`` times its sign."""
    real_y, real_x = np.float32(sign_y), np.float32(sign_x)
    whole = field[0, 0] - (real_y * real_x) * field[1, 1]
    odd = real_x * field[0, 1] + real_y * field[1, 0]
    squares = np.square(whole.real + odd.imag) + np.square(whole.imag - odd.real)
    return np.moveaxis(squares.sum(axis=2), 2, 0)


def _parities(fields: NDArray[np.complex128]) -> Waves:
    """Turn (components, sides in y, sides in x, chords, nodes) into parts even or odd in y and x, components last."""
    plus, minus = fields[:, 0], fields[:, 1]
    by_y = np.stack([plus + minus, plus - minus])
    both = np.stack([by_y[:, :, 0] + by_y[:, :, 1], by_y[:, :, 0] - by_y[:, :, 1]], axis=1)
    return np.ascontiguousarray(np.moveaxis(both, 2, -1), np.complex64)


def _open(settings: Settings) -> float:
    """Return the aperture that light passes: at its rim the nodes crowd."""
    layers = settings.lens.layers
    if layers.paraxial or settings.depth_um < DEEP_UM:
        return settings.numerical_aperture
    return min(settings.numerical_aperture, layers.sample)


def _count(settings: Settings, radius: float, z: Values) -> int:
    """Return how many nodes a chord needs."""
    lens = settings.lens
    defocus = lens.rise * float(np.abs(z).max())
    waves = sum(abs(amount) * 6 for _, amount in settings.zernike or ())
    path = lens.aperture * radius + defocus + lens.path_length
    turns = 2 * np.pi / settings.emission_um * 2 * path + 4 * np.pi * waves
    count = MIN_NODES + int(np.ceil(NODES_PER_RADIAN * turns))
    return count + count % 2


def _fields(settings: Settings, nodes: Chords) -> NDArray[np.complex128]:
    """Return the weighted pupil of each component of the field in all quadrants, (components, y, x, chords, nodes)."""
    lens: Lens = settings.lens
    sign = np.array([1.0, -1.0])
    y = sign[:, None, None, None] * nodes.y[:, None]
    x = sign[:, None, None] * nodes.x
    s = np.hypot(x, y)
    phi = np.arctan2(y, x)
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
