"""Zernike polynomials over the unit disc, of root mean square 1 (Noll, J. Opt. Soc. Am. 66:207, 1976)."""

from __future__ import annotations

from math import factorial

import numpy as np

from napari_deconvolve.psf.microscope.quadrature import Values


def orders(index: int, counting: str) -> tuple[int, int]:
    """Return (n, m) of an index by "noll" (from 1) or "osa" (from 0); m > 0 for cosines and m < 0 for sines."""
    if counting == "osa":
        n = int((np.sqrt(8 * index + 1) - 1) // 2)
        return n, 2 * index - n * (n + 2)
    n, rest = 0, index - 1
    while rest > n:
        n += 1
        rest -= n
    m = 2 * ((rest + 1) // 2) if n % 2 == 0 else 2 * (rest // 2) + 1
    return n, m if index % 2 == 0 else -m


def polynomial(n: int, m: int, rho: Values, phi: Values) -> Values:
    """Return a polynomial at points of the unit disc."""
    size = abs(m)
    radial = np.zeros(rho.shape)
    for k in range((n - size) // 2 + 1):
        weight = factorial(n - k) / (factorial(k) * factorial((n + size) // 2 - k) * factorial((n - size) // 2 - k))
        radial += (-1) ** k * weight * rho ** (n - 2 * k)
    if m == 0:
        return np.asarray(np.sqrt(n + 1) * radial)
    turning = np.cos(m * phi) if m > 0 else np.sin(size * phi)
    return np.asarray(np.sqrt(2 * (n + 1)) * radial * turning)


def wavefront(terms: tuple[tuple[int, float], ...], counting: str, rho: Values, phi: Values) -> Values:
    """Return the sum of the terms, in waves."""
    total = np.zeros(np.broadcast(rho, phi).shape)
    for index, amount in terms:
        n, m = orders(index, counting)
        total += amount * polynomial(n, m, np.broadcast_to(rho, total.shape), np.broadcast_to(phi, total.shape))
    return total


def displacement(terms: tuple[tuple[int, float], ...], counting: str, aperture: float, wavelength: float) -> float:
    """Return how far (um) the aberration throws a ray across the focal plane, at most."""
    rho, phi = np.meshgrid(np.linspace(1e-3, 1, 120), np.linspace(0, 2 * np.pi, 121), indexing="ij")
    waves = wavefront(terms, counting, rho, phi)
    outward = np.gradient(waves, rho[:, 0], axis=0)
    around = np.gradient(waves, phi[0], axis=1) / rho
    return float(np.sqrt(outward**2 + around**2).max()) * wavelength / aperture
