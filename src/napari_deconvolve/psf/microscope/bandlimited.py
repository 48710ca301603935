"""Where to know light that has a highest spatial frequency, and how to get samples from there."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.psf.microscope.quadrature import Values, legendre

OVERSAMPLING = 1.75  # than Nyquist's spacing: what is left of the band is where the window's own spectrum falls off
KAISER_REACH = 10  # places to either side that count; with the shape below errors stay under a millionth
KAISER_SHAPE = 13.0  # of the Kaiser window


def places(samples: Values, nodes: int, step: float, frequency: float) -> tuple[Values, Values]:
    """Return places along one axis, and the matrix (samples, places) that makes samples of the values there.

    The places are the nodes themselves, or an even grid that is just fine enough for light of that highest spatial
    frequency, whichever are fewer; the same to either side of 0, as `samples` are.

    Parameters
    ----------
    nodes : int
        Per sample: 1 takes the value in its middle, more take the mean over its width, `step`.
    """
    fine = 1 / (2 * frequency * OVERSAMPLING)
    half = int(np.ceil((np.abs(samples).max() + (step / 2 if nodes > 1 else 0)) / fine)) + KAISER_REACH
    if 2 * half + 1 >= len(samples) * nodes:
        offsets, weights = _over_a_sample(nodes)
        own: Values = (samples[:, None] + offsets * step).ravel()
        return own, np.asarray(np.kron(np.eye(len(samples)), weights), np.float64)
    grid: Values = np.arange(-half, half + 1, dtype=np.float64) * fine
    # The kernel turns more often than the light, so its mean over a sample takes more nodes.
    offsets, weights = _over_a_sample(1 if nodes == 1 else 8 + int(np.ceil(3 * step / fine)))
    distances = (samples[:, None] + offsets * step)[:, None, :] - grid[:, None]
    matrix = _kernel(distances / fine) @ weights
    return grid, np.asarray(matrix / matrix.sum(axis=1, keepdims=True), np.float64)


def _over_a_sample(nodes: int) -> tuple[Values, Values]:
    offsets, weights = legendre(nodes)
    return np.asarray(offsets / 2, np.float64), np.asarray(weights / 2, np.float64)


def _kernel(distance: Values) -> Values:
    """Return the weight of a place so many places away: a sinc under a Kaiser window."""
    from scipy.special import i0

    weight: Values = np.zeros(distance.shape)
    near = np.abs(distance) < KAISER_REACH
    chosen = distance[near]
    weight[near] = np.sinc(chosen) * i0(KAISER_SHAPE * np.sqrt(1 - (chosen / KAISER_REACH) ** 2)) / i0(KAISER_SHAPE)
    return weight
