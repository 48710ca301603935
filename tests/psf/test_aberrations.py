"""Pupils of any phase: against sums over the pupil, and the grid that stands in for many nodes per sample."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.psf.optics.bandlimited import places
from napari_deconvolve.psf.optics.zernike import wavefront

OIL = {"numerical_aperture": 1.4, "emission_um": 0.52}
TERMS = ((6, 0.15), (7, -0.1), (8, 0.2), (10, 0.1), (11, 0.12))


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found.astype(float) - wanted) / np.linalg.norm(wanted))


def summed(places_yx: tuple[np.ndarray, np.ndarray], z: np.ndarray) -> np.ndarray:
    """Sum a scalar field over 300 x 300 nodes in polar coordinates, and square it: (z, y, x)."""
    x, w = np.polynomial.legendre.leggauss(300)
    s = 1.4 * np.sin((x + 1) * np.pi / 4)
    ring = w * s * np.cos((x + 1) * np.pi / 4)
    angle = 2 * np.pi * np.arange(300) / 300
    phase = 2 * np.pi * wavefront(TERMS, "noll", (s / 1.4)[:, None], angle[None])
    wavenumber = 2 * np.pi / 0.52
    sx, sy = np.outer(s, np.cos(angle)).ravel(), np.outer(s, np.sin(angle)).ravel()
    light = []
    for plane in z:
        wave = ring[:, None] * np.exp(1j * (phase - wavenumber * plane * np.sqrt(1.515**2 - s**2)[:, None]))
        rows = np.exp(-1j * wavenumber * np.outer(places_yx[0], sy)) * wave.ravel()
        light.append(np.abs(rows @ np.exp(-1j * wavenumber * np.outer(sx, places_yx[1]))) ** 2)
    return np.array(light)


def test_coma_astigmatism_and_trefoil_are_those_of_a_sum_over_the_pupil() -> None:
    psf = nd.psf.microscope(
        "widefield", model="scalar", zernike=TERMS, spacing=(0.3, 0.1, 0.12), shape=(3, 15, 13), sampling="point", **OIL
    )
    wanted = summed(((np.arange(15) - 7) * 0.1, (np.arange(13) - 6) * 0.12), np.array([-0.3, 0.0, 0.3]))
    assert relative(psf.data, wanted / wanted.sum()) <= 1e-5


def test_pixels_are_integrated_also_where_a_grid_stands_in_for_their_nodes() -> None:
    psf = nd.psf.microscope(
        "widefield", model="scalar", zernike=TERMS, spacing=(0.3, 0.1, 0.1), shape=(1, 61, 61), sampling="pixel", **OIL
    )
    x, w = np.polynomial.legendre.leggauss(5)
    nodes = (((np.arange(61) - 30)[:, None] + x / 2) * 0.1).ravel()
    fine = summed((nodes, nodes), np.zeros(1)).reshape(61, 5, 61, 5)
    wanted = np.einsum("iajb,a,b->ij", fine, w, w)[None]
    assert relative(psf.data, wanted / wanted.sum()) <= 1e-5


@pytest.mark.parametrize("sampling", ["pixel", "point"])
def test_a_large_unaberrated_stack_agrees_with_the_round_pupil(sampling: str) -> None:
    arguments = {"spacing": (0.4, 0.1, 0.1), "shape": (7, 63, 63), "sampling": sampling, **OIL}
    plain = nd.psf.microscope("widefield", **arguments)  # type: ignore[arg-type]
    without = nd.psf.microscope("widefield", zernike={5: 1e-12}, **arguments)  # type: ignore[arg-type]
    assert relative(without.data, plain.data.astype(float)) <= 2e-6


@pytest.mark.parametrize("nodes", [1, 4])
@pytest.mark.parametrize("step", [0.02, 0.1, 0.25])
def test_places_know_all_that_the_frequency_allows(nodes: int, step: float) -> None:
    frequency = 5.4
    samples = np.arange(-40, 41) * step
    known, matrix = places(samples, nodes, step, frequency)
    assert matrix.shape == (81, len(known))
    np.testing.assert_allclose(known, -known[::-1], atol=1e-12)
    for share in (0.0, 0.3, 0.7, 1.0):
        turn = 2 * np.pi * share * frequency
        mean = np.sinc(share * frequency * step) if nodes > 1 else 1.0
        found = matrix @ np.cos(turn * known + 0.4)
        coarse = nodes == 4 and len(known) == 4 * 81 and step > 0.1  # the caller's few nodes, not the grid
        np.testing.assert_allclose(found, mean * np.cos(turn * samples + 0.4), atol=0.05 if coarse else 1e-5)
