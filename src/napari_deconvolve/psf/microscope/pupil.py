"""The light of one wavelength around the focus: Richards-Wolf and scalar integrals over a round pupil.

Sources: Richards & Wolf, Proc. R. Soc. A 253:358 (1959); Toeroek & Varga, Appl. Opt. 36:2305 (1997).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from napari_deconvolve.psf.microscope.layers import Layers, Values, Waves
from napari_deconvolve.psf.microscope.quadrature import pupil_nodes

BESSEL_TABLE_ENTRIES = 1 << 21  # entries of a Bessel table that are held at once
_LOCK = threading.Lock()  # the limit is the process's, so two that set it at once would restore the wrong one


@dataclass(frozen=True, slots=True)
class Lens:
    """An objective and the layers under it."""

    aperture: float
    layers: Layers
    vectorial: bool

    @property
    def rise(self) -> float:
        """The optical path by which a defocus of 1 um differs over the pupil."""
        middle, border = self.layers.defocus(np.array([0.0, self.aperture]))
        return float(middle - border)

    @property
    def path_length(self) -> float:
        """The whole way (um) up and down that the layers' optical path goes over the pupil."""
        path = self.layers.path(np.linspace(0, self.aperture, 200)).real
        return float(np.abs(np.diff(path)).sum())

    def amplitudes(self, s: Values) -> tuple[tuple[int, float, Waves], ...]:
        """Return the pupil's parts, each with its Bessel order and how often its intensity counts.

        Averaged over polarisations (or over a dipole's directions): ``|I0|^2 + 2 |I1|^2 + |I2|^2``.
        """
        if not self.vectorial:
            return ((0, 1.0, np.ones(s.shape, np.complex128)),)
        layers = self.layers
        across, along = layers.transmission(s)
        sine, cosine = s / layers.sample, layers.axial(s, layers.sample) / layers.sample
        # Abbe's sine condition, sqrt(cos) sin dtheta, is s ds / (n^2 sqrt(cos)).
        apodisation = 1 / np.sqrt(layers.axial(s, layers.immersion).real / layers.immersion)
        return (
            (0, 1.0, apodisation * (across + along * cosine)),
            (1, 2.0, apodisation * along * sine),
            (2, 1.0, apodisation * (across - along * cosine)),
        )


@dataclass(frozen=True, slots=True)
class Pupil:
    """Nodes over a lens's pupil for one wavelength, weighted; good to a radius and a defocus."""

    wavenumber: float
    s: Values
    defocus: Values
    parts: tuple[tuple[int, float, Waves], ...]

    @property
    def symmetric(self) -> bool:
        """Whether the light is the same before and behind the focus."""
        return all(not np.any(weights.imag) for _, _, weights in self.parts)

    def intensity(self, radii: Values, z: Values) -> Values:
        """Return the intensity at each radius (rows) and focus position (columns), in um."""
        if self.symmetric and len(z) > 1 and np.allclose(z, -z[::-1], rtol=0, atol=1e-12 * float(np.ptp(z))):
            half = self._intensity(radii, z[: (len(z) + 1) // 2])
            return np.concatenate([half, half[:, len(z) // 2 - 1 :: -1]], axis=1)
        return self._intensity(radii, z)

    def on_axis(self, z: Values) -> Values:
        """Return the intensity at radius 0 for each focus position."""
        (_, _, weights), *_ = self.parts  # the other orders vanish there
        return np.asarray(np.abs(np.exp(-1j * self.wavenumber * np.outer(z, self.defocus)) @ weights) ** 2)

    def _intensity(self, radii: Values, z: Values) -> Values:
        turned = np.exp(-1j * self.wavenumber * np.outer(self.defocus, z))
        waves = [weights[:, None] * turned for _, _, weights in self.parts]
        columns = [np.concatenate([wave.real, wave.imag], axis=1) for wave in waves]
        rows = max(1, BESSEL_TABLE_ENTRIES // len(self.s))
        total = np.empty((len(radii), len(z)))
        with one_thread():
            for start in range(0, len(radii), rows):
                block = slice(start, start + rows)
                tables = _bessel(np.outer(radii[block], self.wavenumber * self.s), len(self.parts))
                squares = [
                    factor * np.square(table @ column)
                    for table, column, (_, factor, _) in zip(tables, columns, self.parts, strict=True)
                ]
                both = sum(squares[1:], start=squares[0])
                np.add(both[:, : len(z)], both[:, len(z) :], out=total[block])
        return total


def pupil(lens: Lens, wavelength: float, radius: float, defocus: float) -> Pupil:
    """Lay nodes over the pupil, dense enough for the given radius and distance from focus (um)."""
    wavenumber = 2 * np.pi / wavelength
    reach = wavenumber * (radius + (defocus * lens.rise + lens.path_length) / lens.aperture)
    s, weights = pupil_nodes(lens.aperture, lens.layers.edges, reach)
    phase = np.exp(1j * wavenumber * lens.layers.path(s))
    parts = tuple((order, factor, weights * s * phase * part) for order, factor, part in lens.amplitudes(s))
    return Pupil(wavenumber, s, lens.layers.defocus(s), parts)


def _bessel(x: Values, orders: int) -> list[Values]:
    from scipy.special import j0, j1

    tables = [j0(x)]
    if orders > 1:
        tables.append(j1(x))
        safe = np.maximum(x, 1e-30)
        tables.append(2 * tables[1] / safe - tables[0] if orders > 2 else tables[1])
        tables[2][x < 1e-6] = 0
    return tables


@contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS run on one thread: beside the threads of the Fourier transforms, more make small products slower."""
    with _LOCK, _controller().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _controller() -> Any:
    """Look once for the libraries, which takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
