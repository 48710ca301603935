"""PSFs of microscopes: against published widths, integrals done one point at a time, and conservation of light."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad, simpson
from scipy.special import j0, j1, jv

import napari_deconvolve as nd
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.psf.microscope.modality import Light
from napari_deconvolve.psf.microscope.settings import checked
from napari_deconvolve.psf.microscope.zernike import orders, polynomial

OIL = {"numerical_aperture": 1.4, "emission_um": 0.52}
SMALL = {**OIL, "spacing": (0.2, 0.1, 0.1), "shape": (11, 31, 31)}
DEEP = {"sample_index": 1.33, "depth_um": 10.0}
MATCHED = [(0.3, 1.0), (0.75, 1.0), (1.2, 1.33), (1.4, 1.515)]
# Lateral and axial FWHM in um at 0.52 um, from an independent reckoning: Born-Wolf, scalar, vectorial.
WIDTHS = {
    0.3: [(0.8918, 10.237), (0.8918, 10.002), (0.8977, 10.002)],
    0.75: [(0.3567, 1.6379), (0.3567, 1.3717), (0.3751, 1.3698)],
    1.2: [(0.2229, 0.8510), (0.2229, 0.6282), (0.2428, 0.6238)],
    1.4: [(0.1911, 0.7122), (0.1911, 0.5121), (0.2096, 0.5072)],
}


def widths(modality: str, lateral: float, axial: float, **more: object) -> tuple[float, float]:
    """Give the lateral and axial FWHM on a grid of 16 samples per width."""
    arguments = {**OIL, "sampling": "point", **more}
    spacing = (axial / 16, lateral / 16, lateral / 16)
    psf = nd.psf.microscope(modality, spacing=spacing, shape=(41, 41, 41), **arguments)  # type: ignore[arg-type]
    return psf.fwhm[2], psf.fwhm[0]


@pytest.mark.parametrize(("aperture", "index"), MATCHED)
def test_widths_are_those_of_the_table(aperture: float, index: float) -> None:
    for model, known in zip(("born-wolf", "scalar", "vectorial"), WIDTHS[aperture], strict=True):
        found = widths("widefield", *known, numerical_aperture=aperture, immersion_index=index, model=model)
        np.testing.assert_allclose(found, known, rtol=0.005)


@pytest.mark.parametrize(("model", "known"), [("scalar", (0.2546, 1.2823)), ("vectorial", (0.2695, 1.2824))])
def test_widths_deep_in_water(model: str, known: tuple[float, float]) -> None:
    np.testing.assert_allclose(widths("widefield", *known, model=model, **DEEP), known, rtol=0.01)


@pytest.mark.parametrize(
    ("modality", "known", "more"),
    [
        ("confocal", (0.1449, 0.3526), {"excitation_um": 0.488, "pinhole_airy": 0}),
        (
            "confocal",
            (0.1679, 0.4338),
            {"excitation_um": 0.488, "pinhole_airy": 0, "numerical_aperture": 1.2, "immersion_index": 1.33},
        ),
        ("two-photon", (0.2591, 0.6306), {"excitation_um": 0.9}),
    ],
)
def test_widths_of_scanners(modality: str, known: tuple[float, float], more: dict[str, float]) -> None:
    np.testing.assert_allclose(widths(modality, *known, **more), known, rtol=0.005)


def textbook(aperture: float, index: float, wavelength: float, r: float, z: float) -> float:
    """Give |I0|^2 + 2|I1|^2 + |I2|^2 of Richards & Wolf (1959), integrated over the angle by adaptive steps."""
    k = 2 * np.pi * index / wavelength

    def part(order: int, factor: object) -> float:
        def real(t: float) -> float:
            bessel = jv(order, k * r * np.sin(t))
            return np.sqrt(np.cos(t)) * factor(t) * bessel * np.cos(k * z * np.cos(t))  # type: ignore[operator]

        def imaginary(t: float) -> float:
            bessel = jv(order, k * r * np.sin(t))
            return np.sqrt(np.cos(t)) * factor(t) * bessel * np.sin(k * z * np.cos(t))  # type: ignore[operator]

        end = np.arcsin(aperture / index)
        return sum(quad(f, 0, end, limit=400, epsabs=1e-13, epsrel=1e-12)[0] ** 2 for f in (real, imaginary))

    return (
        part(0, lambda t: np.sin(t) * (1 + np.cos(t)))
        + 2 * part(1, lambda t: np.sin(t) ** 2)
        + part(2, lambda t: np.sin(t) * (1 - np.cos(t)))
    )


@pytest.mark.parametrize(("aperture", "index"), [(0.75, 1.0), (1.4, 1.515)])
def test_vectorial_against_richards_and_wolf(aperture: float, index: float) -> None:
    settings = {"numerical_aperture": aperture, "immersion_index": index, "emission_um": 0.52}
    psf = nd.psf.microscope("widefield", spacing=(0.3, 0.1, 0.1), shape=(9, 41, 41), sampling="point", **settings)  # type: ignore[arg-type]
    places = [(4, 20, 20), (4, 20, 22), (4, 25, 20), (6, 20, 20), (7, 26, 31), (0, 20, 24), (8, 40, 40)]
    expected = [textbook(aperture, index, 0.52, 0.1 * np.hypot(y - 20, x - 20), 0.3 * (z - 4)) for z, y, x in places]
    found = np.array([psf.data[place] for place in places], np.float64)
    np.testing.assert_allclose(found / found[0], np.array(expected) / expected[0], rtol=1e-5, atol=1e-6)


def slow(r: np.ndarray, z: np.ndarray, sample: float, depth: float) -> np.ndarray:
    """Give the scalar or vectorial sum over many nodes in the angle of the sample or the oil, (len(r), len(z))."""
    n, aperture, k = 1.515, 1.4, 2 * np.pi / 0.52
    t, w = np.polynomial.legendre.leggauss(700)
    # Two halves: up to where the sample totally reflects, and on; square roots at the border made smooth.
    border = min(sample, aperture)
    u = (t + 1) / 2
    s = border * (1 - (1 - u) ** 2)
    weight = w * border * (1 - u)
    if border < aperture:
        s = np.concatenate([s, border + (aperture - border) * u**2])
        weight = np.concatenate([weight, w * (aperture - border) * u])
    oil, water = np.sqrt(n**2 - s**2), np.emath.sqrt(sample**2 - s**2)
    ts = 2 * oil / (oil + water)
    tp = 2 * n * sample * oil / (sample**2 * oil + n**2 * water)
    base = weight * s / np.sqrt(oil) * np.exp(1j * k * depth * (water - oil))
    turn = np.exp(-1j * k * np.outer(oil, z))
    x = k * np.outer(r, s)
    zeroth, first = j0(x), j1(x)
    second = np.where(x > 1e-6, 2 * first / np.maximum(x, 1e-6) - zeroth, 0)
    cosine = water / sample
    return (
        np.abs(zeroth @ ((base * (ts + tp * cosine))[:, None] * turn)) ** 2
        + 2 * np.abs(first @ ((base * tp * s / sample)[:, None] * turn)) ** 2
        + np.abs(second @ ((base * (ts - tp * cosine))[:, None] * turn)) ** 2
    )


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    found, expected = found / found.sum(dtype=float), expected / expected.sum()
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("more", [{}, DEEP, {"sample_index": 1.33}])
@pytest.mark.parametrize("sampling", ["point", "pixel"])
def test_samples_against_a_slow_sum(more: dict[str, float], sampling: str) -> None:
    psf = nd.psf.microscope(
        "widefield",
        spacing=(0.3, 0.12, 0.12),
        shape=(7, 25, 25),
        sampling=sampling,
        **OIL,
        **more,  # type: ignore[arg-type]
    )
    z = psf.info["focus_shift_um"] + 0.3 * (np.arange(7) - 3)
    nodes, weights = np.polynomial.legendre.leggauss(6) if sampling == "pixel" else (np.zeros(1), np.full(1, 2.0))
    places = ((np.arange(25) - 12)[:, None] + nodes / 2) * 0.12
    radii = np.hypot(*np.meshgrid(places.ravel(), places.ravel(), indexing="ij"))
    known, back = np.unique(radii.round(12), return_inverse=True)
    field = slow(known, z, more.get("sample_index", 1.515), more.get("depth_um", 0.0))[back.reshape(radii.shape)]
    samples = field.reshape(25, len(nodes), 25, len(nodes), 7)
    expected = np.einsum("iajbz,a,b->zij", samples, weights, weights)
    assert relative(psf.data, expected) <= 1e-5


def test_confocal_against_a_brute_force_pinhole() -> None:
    psf = nd.psf.microscope(
        "confocal", excitation_um=0.52, spacing=(0.4, 0.15, 0.15), shape=(3, 7, 7), sampling="point", **OIL
    )
    z = np.array([-0.4, 0.0, 0.4])
    hole = 0.61 * 0.52 / 1.4
    rings, parts = np.polynomial.legendre.leggauss(12)
    rings, parts = hole * (rings + 1) / 2, parts * (rings + 1)
    angles = np.arange(40) * 2 * np.pi / 40
    steps = np.arange(-3, 4) ** 2
    squares, places = np.unique(np.add.outer(steps, steps), return_inverse=True)  # all that a round hole can tell apart
    distance = 0.15 * np.sqrt(squares)
    emitted = np.zeros((len(distance), 3))
    for ring, part in zip(rings, parts, strict=True):
        radii = np.hypot(distance[:, None] + ring * np.cos(angles), ring * np.sin(angles))
        known, back = np.unique(radii.round(12), return_inverse=True)
        light = slow(known, z, 1.515, 0)[back.reshape(radii.shape)]
        emitted += part * light.mean(axis=1)
    each = emitted * slow(distance, z, 1.515, 0)
    expected = each[places.reshape(7, 7)].transpose(2, 0, 1)
    assert relative(psf.data, expected) <= 1e-4


def settings_of(**more: object) -> object:
    return checked({key: more.get(key, value) for key, value in nd.psf.microscope(**BASE).info.items() if key in KEYS})  # type: ignore[arg-type]


BASE: dict[str, object] = {"modality": "widefield", **SMALL}
KEYS = set(nd.psf.microscope.__kwdefaults__ or ()) | {"modality", *OIL}
KEYS -= {"spacing", "shape"}


@pytest.mark.parametrize("model", ["scalar", "vectorial"])
def test_every_plane_holds_the_same_light(model: str) -> None:
    step = 0.015
    radii = np.arange(4001) * step  # to 60 um
    z = np.linspace(-4, 4, 9)
    light = Light(settings_of(model=model), 60, 4).profile(4001, z, 0.0, step)  # type: ignore[arg-type]
    energy = simpson(light * radii[:, None], x=radii, axis=0)
    assert np.ptp(energy) / energy.mean() <= 1e-4


def test_depth_moves_the_focus_and_the_window_follows() -> None:
    psf = nd.psf.microscope("widefield", spacing=(0.2, 0.1, 0.1), shape=(41, 63, 63), **OIL, **DEEP)  # type: ignore[arg-type]
    assert psf.info["focus_shift_um"] == pytest.approx(2.26, abs=0.01)
    assert any("+2.26 um" in note for note in psf.notes)
    for place, length in zip(np.unravel_index(np.argmax(psf.data), psf.shape), psf.shape, strict=True):
        assert 0.15 * length <= place <= 0.85 * length


@pytest.mark.parametrize("modality", ["widefield", "confocal", "spinning-disk", "two-photon", "light-sheet"])
@pytest.mark.parametrize("model", ["vectorial", "scalar", "born-wolf"])
def test_every_kind_is_a_centred_psf_and_is_made_again(modality: str, model: str) -> None:
    psf = nd.psf.microscope(modality, model=model, **SMALL)  # type: ignore[arg-type]
    assert psf.shape == (11, 31, 31)
    assert psf.data.sum(dtype=float) == pytest.approx(1, abs=1e-6)
    assert np.unravel_index(np.argmax(psf.data), psf.shape) == (5, 15, 15)
    np.testing.assert_allclose(psf.data, psf.data[::-1], rtol=1e-5, atol=1e-10)
    np.testing.assert_array_equal(psf.data, psf.data.transpose(0, 2, 1))
    again = rebuild(describe(psf))
    np.testing.assert_array_equal(again.data, psf.data)
    assert again.info == psf.info


def test_a_shape_left_open_holds_the_light() -> None:
    psf = nd.psf.microscope("widefield", spacing=(0.15, 0.12, 0.12), **OIL)
    assert all(length % 2 == 1 for length in psf.shape)
    wide = nd.psf.microscope("widefield", spacing=psf.spacing, shape=(psf.shape[0], 1001, 1001), **OIL)
    cut = (1001 - psf.shape[1]) // 2
    assert wide.data[:, cut:-cut, cut:-cut].sum(dtype=float) > 0.994
    assert psf.data[0].max() < 0.015 * psf.data.max()
    np.testing.assert_array_equal(rebuild(describe(psf)).data, psf.data)


def test_two_axes_give_the_plane_of_focus() -> None:
    plane = nd.psf.microscope("widefield", spacing=(0.1, 0.1), shape=(31, 31), **OIL)
    stack = nd.psf.microscope("widefield", **SMALL)  # type: ignore[arg-type]
    middle = stack.data[5] / stack.data[5].sum(dtype=float)
    np.testing.assert_allclose(plane.data, middle, rtol=1e-5)
    assert nd.psf.microscope("widefield", spacing=(0.2, 0.1, 0.1), shape=(31, 31), **OIL).ndim == 2


def test_oblong_pixels() -> None:
    oblong = nd.psf.microscope("widefield", spacing=(0.2, 0.1), shape=(15, 61), sampling="point", **OIL)
    square = nd.psf.microscope("widefield", spacing=(0.1, 0.1), shape=(29, 61), sampling="point", **OIL)
    part = square.data[::2]
    np.testing.assert_allclose(oblong.data, part / part.sum(dtype=float), rtol=1e-4, atol=1e-9)


def test_a_light_sheet_and_a_pinhole_cut_the_light_out_of_focus() -> None:
    plain = nd.psf.microscope("widefield", **SMALL)  # type: ignore[arg-type]
    sheet = nd.psf.microscope("light-sheet", sheet_um=0.8, **SMALL)  # type: ignore[arg-type]
    z = 0.2 * (np.arange(11) - 5)
    expected = plain.data * np.exp(-2 * (z / 0.8) ** 2)[:, None, None]
    np.testing.assert_allclose(sheet.data, expected / expected.sum(), rtol=1e-4, atol=1e-9)
    lengths = [nd.psf.microscope("confocal", pinhole_airy=p, **SMALL).fwhm[0] for p in (0, 1, 3)]  # type: ignore[arg-type]
    assert lengths[0] < lengths[1] < lengths[2] < plain.fwhm[0]


# ---- aberrations


def test_zernike_counting() -> None:
    assert [orders(index, "noll") for index in (1, 2, 3, 4, 5, 6, 7, 8, 11)] == [
        (0, 0), (1, 1), (1, -1), (2, 0), (2, -2), (2, 2), (3, -1), (3, 1), (4, 0),
    ]  # fmt: skip
    assert [orders(index, "osa") for index in (0, 1, 2, 3, 4, 5, 12)] == [
        (0, 0), (1, -1), (1, 1), (2, -2), (2, 0), (2, 2), (4, 0),
    ]  # fmt: skip


def test_zernike_polynomials_are_orthonormal() -> None:
    x, w = np.polynomial.legendre.leggauss(20)
    rho, phi = np.meshgrid(np.sqrt((x + 1) / 2), np.arange(40) * np.pi / 20, indexing="ij")
    table = np.array([polynomial(*orders(index, "noll"), rho, phi).ravel() for index in range(1, 22)])
    weight = (w[:, None] / 2 * np.full(40, 1 / 40)).ravel()
    np.testing.assert_allclose((table * weight) @ table.T, np.eye(21), atol=1e-12)


@pytest.mark.parametrize("more", [{}, DEEP])
@pytest.mark.parametrize("model", ["scalar", "vectorial"])
def test_the_pupil_of_two_axes_agrees_with_the_round_one(more: dict[str, float], model: str) -> None:
    arguments = {**SMALL, "shape": (3, 15, 15), "model": model, **more}
    plain = nd.psf.microscope("widefield", **arguments)  # type: ignore[arg-type]
    without = nd.psf.microscope("widefield", zernike={5: 1e-12}, **arguments)  # type: ignore[arg-type]
    # Deep in water little light is left in the peak, and what the rim reflects totally is left out.
    assert relative(without.data, plain.data) <= (5e-4 if more else 1e-5)


def test_aberrations() -> None:
    arguments = {**SMALL, "shape": (3, 31, 31), "sampling": "point"}
    tilted = nd.psf.microscope("widefield", zernike={2: 0.5}, **{**arguments, "shape": (3, 31, 63)})  # type: ignore[arg-type]
    shift = 0.5 * 2 * 0.52 / 1.4 / 0.1  # waves over the radius, by the wavelength over NA
    row = tilted.data[1, 15].astype(float)
    peak = np.argmax(row)
    bend = (row[peak - 1] - row[peak + 1]) / (row[peak - 1] - 2 * row[peak] + row[peak + 1]) / 2
    assert peak + bend - 31 == pytest.approx(shift, abs=0.1)
    astigmatic = nd.psf.microscope("widefield", zernike={6: 0.1}, **arguments)  # type: ignore[arg-type]
    assert abs(astigmatic.data[0, 15, 18] / astigmatic.data[0, 18, 15] - 1) > 0.3
    again = rebuild(describe(astigmatic))
    np.testing.assert_array_equal(again.data, astigmatic.data)
    same = nd.psf.microscope("widefield", zernike={5: 0.1}, zernike_order="osa", **arguments)  # type: ignore[arg-type]
    np.testing.assert_array_equal(same.data, astigmatic.data)


# ---- words


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"modality": "wide"}, "choose one of widefield"),
        ({"modality": 3}, "choose one of"),
        ({"numerical_aperture": 1.6}, "not below the immersion index"),
        ({"numerical_aperture": 0}, "above 0"),
        ({"numerical_aperture": float("nan")}, "finite"),
        ({"numerical_aperture": "wide"}, "give a number"),
        ({"emission_um": 520}, "micrometres, 0.520"),
        ({"emission_um": 5.2e-7}, "micrometres, 0.520"),
        ({"excitation_um": 488}, "micrometres, 0.488"),
        ({"modality": "two-photon", "excitation_um": 0.45}, "longer wavelength"),
        ({"immersion_index": 0.9}, "immersion_index"),
        ({"sample_index": 15}, "sample_index"),
        ({"coverslip_um": -1}, "coverslip_um"),
        ({"depth_um": -1}, "depth_um"),
        ({"modality": "confocal", "pinhole_airy": -1}, "pinhole_airy"),
        ({"modality": "light-sheet", "sheet_um": 0}, "sheet_um"),
        ({"model": "magic"}, "choose one of vectorial"),
        ({"sampling": "voxel"}, "pixel, point"),
        ({"shape": (10, 31, 31)}, "odd"),
        ({"shape": (11, 31)}, None),
        ({"shape": (9, 9, 9, 9)}, "one per axis"),
        ({"spacing": (200, 100, 100)}, "micrometres"),
        ({"spacing": (0.2, 0.0, 0.1)}, "positive"),
        ({"spacing": (0.1,)}, "plane of focus"),
        ({"shape": 10001}, "too large"),
        ({"zernike": {0: 0.1}}, "Zernike index"),
        ({"zernike": {11: 60}}, "waves"),
        ({"zernike": 3}, "by index"),
        ({"modality": "confocal", "zernike": {11: 0.1}}, "wide field only"),
        ({"zernike": {11: 0.1}, "zernike_order": "fringe"}, "noll or osa"),
        ({"zernike": {2: 3}}, "brightest sample"),
    ],
)
def test_what_cannot_be_is_refused_in_words(change: dict[str, object], word: str | None) -> None:
    arguments = {**BASE, **change}
    if word is None:
        assert nd.psf.microscope(**arguments).ndim == 2  # type: ignore[arg-type]
        return
    with pytest.raises((nd.ParameterError, nd.PSFError), match=word):
        nd.psf.microscope(**arguments)  # type: ignore[arg-type]


def test_what_is_assumed_is_told() -> None:
    assert "excitation assumed at 0.489 um" in nd.psf.microscope("confocal", **SMALL).notes  # type: ignore[arg-type]
    assert any("sheet assumed" in note for note in nd.psf.microscope("light sheet", **SMALL).notes)  # type: ignore[arg-type]
    assert nd.psf.microscope("confocal", **SMALL).info["sampling"] == "point"  # type: ignore[arg-type]
    deep = nd.psf.microscope("widefield", **OIL, **DEEP, spacing=(0.4, 0.1, 0.1))  # type: ignore[arg-type]
    assert any("% of the light" in note for note in deep.notes)
