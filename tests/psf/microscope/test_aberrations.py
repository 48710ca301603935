"""Pupils of any phase: against sums over the pupil, and the grid that stands in for many nodes per sample."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.psf.microscope.depths import stage_at
from napari_deconvolve.psf.microscope.sampling import places
from napari_deconvolve.psf.microscope.zernike import wavefront

OIL = {"numerical_aperture": 1.4, "emission_um": 0.52}
TERMS = ((6, 0.15), (7, -0.1), (8, 0.2), (10, 0.1), (11, 0.12))


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found.astype(float) - wanted) / np.linalg.norm(wanted))


def summed(places_yx: tuple[np.ndarray, np.ndarray], z: np.ndarray) -> np.ndarray:
    """Sum a scalar field over 120 x 260 nodes in polar coordinates, and square it: (z, y, x).

    More nodes do not change it within 5 um of the axis: its phase turns by less than 120 there.
    """
    x, w = np.polynomial.legendre.leggauss(120)
    s = 1.4 * np.sin((x + 1) * np.pi / 4)
    ring = w * s * np.cos((x + 1) * np.pi / 4)
    angle = 2 * np.pi * np.arange(260) / 260
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
    z = psf.info["focus_shift_um"] + np.array([-0.3, 0.0, 0.3])
    wanted = summed(((np.arange(15) - 7) * 0.1, (np.arange(13) - 6) * 0.12), z)
    assert relative(psf.data, wanted / wanted.sum()) <= 1e-5


def test_pixels_are_integrated_also_where_a_grid_stands_in_for_their_nodes() -> None:
    psf = nd.psf.microscope(
        "widefield", model="scalar", zernike=TERMS, spacing=(0.3, 0.1, 0.1), shape=(1, 61, 61), sampling="pixel", **OIL
    )
    x, w = np.polynomial.legendre.leggauss(5)
    nodes = (((np.arange(61) - 30)[:, None] + x / 2) * 0.1).ravel()
    fine = summed((nodes, nodes), np.array([psf.info["focus_shift_um"]])).reshape(61, 5, 61, 5)
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


# ---- where the light gathers

WATER = {"numerical_aperture": 1.2, "immersion_index": 1.33, "emission_um": 0.52}
GRID = {"spacing": (0.1, 0.1, 0.1), "shape": (41, 41, 41)}


def bright(psf: nd.PSF) -> np.ndarray:
    """Give each plane's brightest sample."""
    return np.asarray(psf.data.max(axis=(1, 2)), float) / float(psf.data.max())


@pytest.mark.parametrize("terms", [{11: 0.2}, {4: 0.2}, {4: -0.35}, {2: 0.5}, {11: -0.5}, {6: 0.1}, {11: 0.2, 4: -0.3}])
def test_a_stack_is_drawn_around_its_brightest_plane_to_a_part_of_a_sample(terms: dict[int, float]) -> None:
    psf = nd.psf.microscope("widefield", zernike=terms, **WATER, **GRID)  # type: ignore[arg-type]
    before, here, after = bright(psf)[19:22]
    assert here == 1
    assert (before - after) / (before - 2 * here + after) / 2 == pytest.approx(0, abs=0.1)


def test_defocus_only_moves_the_planes_and_is_told() -> None:
    plain = nd.psf.microscope("widefield", **WATER, **GRID)  # type: ignore[arg-type]
    psf = nd.psf.microscope("widefield", zernike={4: 0.05}, **WATER, **GRID)  # type: ignore[arg-type]
    assert relative(psf.data, plain.data.astype(float)) < 0.02  # but for what defocus is not a parabola
    assert psf.info["focus_shift_um"] == pytest.approx(-0.12, abs=0.01)
    assert any("-0.12 um" in note for note in psf.notes)


def test_layers_and_aberrations_move_the_focus_together() -> None:
    lens = {**OIL, "sample_index": 1.33, "depth_um": 5.0}
    layers = nd.psf.microscope("widefield", **lens, **GRID)  # type: ignore[arg-type]
    both = nd.psf.microscope("widefield", zernike={4: 0.3}, **lens, **GRID)  # type: ignore[arg-type]
    assert bright(both).argmax() == 20
    assert both.info["focus_shift_um"] < layers.info["focus_shift_um"] - 0.2
    assert len([note for note in both.notes if "drawn around it" in note]) == 2


@pytest.mark.parametrize("terms", [{6: 0.3}, {8: 0.2}])
def test_between_two_planes_as_bright_the_middle_is_taken(terms: dict[int, float]) -> None:
    psf = nd.psf.microscope("widefield", zernike=terms, **WATER, **GRID)  # type: ignore[arg-type]
    np.testing.assert_allclose(bright(psf), bright(psf)[::-1], atol=0.01)
    assert psf.info["focus_shift_um"] == pytest.approx(0, abs=0.01)


def test_light_that_is_moved_aside_stays_there_and_is_told() -> None:
    psf = nd.psf.microscope("widefield", zernike={2: 0.5}, **WATER, **GRID)  # type: ignore[arg-type]
    assert np.unravel_index(psf.data.argmax(), psf.shape) == (20, 20, 24)
    assert any("brightest +0.43 um along x from the middle" in note for note in psf.notes)
    up = nd.psf.microscope("widefield", zernike={3: -0.5}, **WATER, **GRID)  # type: ignore[arg-type]
    assert any("brightest -0.43 um along y" in note for note in up.notes)
    even = nd.psf.microscope("widefield", zernike={6: 0.3}, **WATER, **GRID)  # type: ignore[arg-type]
    assert even.notes == ()


def test_one_plane_shows_the_defocus_that_was_asked_for() -> None:
    plane = {"spacing": (0.1, 0.1), "shape": (41, 41)}
    sharp = nd.psf.microscope("widefield", **WATER, **plane)  # type: ignore[arg-type]
    psf = nd.psf.microscope("widefield", zernike={4: 0.2}, **WATER, **plane)  # type: ignore[arg-type]
    assert psf.data.max() < 0.5 * sharp.data.max()
    assert psf.info["focus_shift_um"] == 0


@pytest.mark.parametrize("terms", [{11: 0.1}, {4: 0.2}])
def test_a_shape_left_open_holds_all_planes_that_are_not_faint(terms: dict[int, float]) -> None:
    psf = nd.psf.microscope("widefield", zernike=terms, spacing=(0.2, 0.2, 0.2), **WATER)  # type: ignore[arg-type]
    more = {"spacing": (0.2, 0.2, 0.2), "shape": (psf.shape[0] + 20, 61, 61)}
    longer = nd.psf.microscope("widefield", zernike=terms, **WATER, **more)  # type: ignore[arg-type]
    assert psf.shape[0] < 60
    assert bright(psf).argmax() == psf.shape[0] // 2
    assert max(bright(longer)[:10].max(), bright(longer)[-10:].max()) < 0.0125


def test_the_stage_shows_a_point_where_the_aberrated_psf_is_drawn() -> None:
    lens = {**WATER, "zernike": {11: 0.2}}
    psf = nd.psf.microscope("widefield", depth_um=3.0, **lens, **GRID)  # type: ignore[arg-type]
    assert stage_at(3.0, "widefield", **lens) == pytest.approx(3 + psf.info["focus_shift_um"], abs=0.002)
