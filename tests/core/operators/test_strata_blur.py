"""The blur that changes with depth: its identities, on any boundary, and what they mean for the iteration."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.strata_blur import StrataBlur, shares_of
from napari_deconvolve.core.transforms.boundary import BOUNDARIES
from napari_deconvolve.core.transforms.lines import ScipyLines, available_lines
from napari_deconvolve.errors import PSFError

Values = NDArray[np.float64]
F64 = np.dtype("float64")

few = settings(max_examples=25, deadline=None)
boundaries = st.sampled_from(BOUNDARIES)
seeds = st.integers(0, 10_000)
frames = st.sampled_from([(9, 8, 7), (12, 9), (5, 16), (6, 4, 11)])
counts = st.integers(2, 5)


def _psfs(rng: np.random.Generator, count: int, axes: int) -> list[Values]:
    found = [rng.random((5, 3, 3)[:axes]) for _ in range(count)]
    return [one / one.sum() for one in found]


def _nodes(rng: np.random.Generator, count: int, planes: int) -> list[float]:
    return list(rng.permutation(np.linspace(-2, planes + 1, count)))


def _blur(seed: int, frame: tuple[int, ...], boundary: str, count: int) -> tuple[StrataBlur, np.random.Generator]:
    rng = np.random.default_rng(seed)
    psfs = _psfs(rng, count, len(frame))
    return StrataBlur(psfs, _nodes(rng, count, frame[0]), frame, boundary, F64), rng  # type: ignore[arg-type]


def _by_hand(psfs: list[Values], nodes: list[float], image: Values) -> Values:
    """Spread each sample's light with the PSFs of its depth, one by one; nothing lies beyond the frame."""
    out = np.zeros(image.shape)
    shares = shares_of(nodes, np.arange(len(image)))
    reach = [length // 2 for length in psfs[0].shape]
    for place in np.ndindex(*image.shape):
        for psf, share in zip(psfs, shares[:, place[0]], strict=True):
            for offset in np.ndindex(*psf.shape):
                target = tuple(p + o - r for p, o, r in zip(place, offset, reach, strict=True))
                if all(0 <= t < n for t, n in zip(target, image.shape, strict=True)):
                    out[target] += image[place] * share * psf[offset]
    return out


@few
@given(seeds, frames, boundaries, counts)
def test_the_adjoint_is_the_transpose(seed: int, frame: tuple[int, ...], boundary: str, count: int) -> None:
    blur, rng = _blur(seed, frame, boundary, count)
    estimate, data = rng.random(blur.domain), rng.random(frame)
    there, back = float(np.vdot(blur.forward(estimate), data)), float(np.vdot(estimate, blur.adjoint(data)))
    assert abs(there - back) < 1e-10 * abs(there)


@few
@given(seeds, boundaries, counts)
def test_equal_strata_are_one_psf(seed: int, boundary: str, count: int) -> None:
    rng = np.random.default_rng(seed)
    (psf,), frame = _psfs(rng, 1, 3), (9, 8, 7)
    single = Blur(psf, frame, boundary, F64)  # type: ignore[arg-type]
    strata = StrataBlur([psf] * count, _nodes(rng, count, 9), frame, boundary, F64)  # type: ignore[arg-type]
    estimate, data = rng.random(single.domain), rng.random(frame)
    np.testing.assert_allclose(strata.forward(estimate), single.forward(estimate), atol=1e-12)
    np.testing.assert_allclose(strata.adjoint(data), single.adjoint(data), atol=1e-12)


@few
@given(seeds, counts)
def test_it_is_the_sum_of_each_samples_own_blur(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    frame = (6, 5)
    psfs, nodes = _psfs(rng, count, 2), _nodes(rng, count, 6)
    image = rng.random(frame)
    blurred = StrataBlur(psfs, nodes, frame, "zero", F64).forward(image)
    np.testing.assert_allclose(blurred, _by_hand(psfs, nodes, image), atol=1e-12)


@few
@given(seeds, counts)
def test_no_light_is_lost_or_made(seed: int, count: int) -> None:
    blur, rng = _blur(seed, (9, 8, 7), "periodic", count)
    image = rng.random(blur.domain)
    assert blur.forward(image).sum() == pytest.approx(image.sum(), rel=1e-12)
    np.testing.assert_allclose(blur.sensitivity(), 1, atol=1e-12)


@few
@given(seeds, st.floats(0.1, 10), st.floats(0.1, 10))
def test_it_is_linear_in_the_object(seed: int, one: float, other: float) -> None:
    blur, rng = _blur(seed, (9, 8, 7), "extended", 3)
    first, second = rng.random(blur.domain), rng.random(blur.domain)
    together = blur.forward(one * first + other * second)
    np.testing.assert_allclose(together, one * blur.forward(first) + other * blur.forward(second), rtol=1e-10)


@few
@given(seeds)
def test_it_is_linear_in_the_weights(seed: int) -> None:
    """A plane half-way between two strata is blurred with the mean of their PSFs."""
    rng = np.random.default_rng(seed)
    first, second = _psfs(rng, 2, 3)
    frame = (11, 8, 7)
    plane = np.zeros(frame)
    plane[5] = rng.random(frame[1:])
    between = StrataBlur([first, second], (0, 10), frame, "zero", F64).forward(plane)
    mean = Blur((first + second) / 2, frame, "zero", F64).forward(plane)
    np.testing.assert_allclose(between, mean, atol=1e-12)


@given(st.lists(st.integers(-20, 40), min_size=2, max_size=5, unique=True))
def test_shares_are_not_negative_and_add_up_to_one(nodes: list[int]) -> None:
    positions = np.linspace(-30, 50, 161)
    shares = shares_of([float(node) for node in nodes], positions)
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=0), 1)
    assert (np.count_nonzero(shares, axis=0) <= 2).all()
    for node, own in zip(nodes, shares, strict=True):
        assert own[np.flatnonzero(positions == node)] == pytest.approx(1)


def test_the_extended_domain_has_its_depths_beyond_the_frame() -> None:
    """Samples before the first plane, at the box's end, are blurred as the shallowest; those after as the deepest."""
    first, second = _psfs(np.random.default_rng(0), 2, 2)
    blur = StrataBlur([first, second], (0, 7), (8, 6), "extended", F64)
    assert blur.domain[0] >= 8 + 4
    point = np.zeros(blur.domain)
    point[-1, 2] = 1  # one plane before the frame
    np.testing.assert_allclose(blur.forward(point), Blur(first, (8, 6), "extended", F64).forward(point), atol=1e-12)
    point = np.zeros(blur.domain)
    point[8, 2] = 1  # one plane behind it
    np.testing.assert_allclose(blur.forward(point), Blur(second, (8, 6), "extended", F64).forward(point), atol=1e-12)


def _widths(*sigmas: float) -> list[Values]:
    """Give symmetric PSFs of these widths."""
    z, y, x = np.ogrid[-8:9, -4:5, -4:5]
    found = [np.exp(-(z**2 + 2 * y**2 + 2 * x**2) / (2 * sigma**2)) for sigma in sigmas]
    return [one / one.sum() for one in found]


def test_a_flat_image_stays_flat() -> None:
    """Where the PSF changes, light is shared out unevenly by second order only; iterations do not build on it."""
    blur = StrataBlur(_widths(1.5, 2.0, 2.5), (0, 15, 31), (32, 16, 16), "extended", np.dtype("float32"))
    flat = np.full(blur.frame, 10.0, np.float32)
    run = RichardsonLucy(
        blur, poisson_data(flat, background=0.0, dtype=np.dtype("float32")), acceleration="biggs-andrews"
    )
    for _ in range(50):
        run.step()
    assert run.snapshot() == pytest.approx(flat, rel=0.05)
    assert run.snapshot().mean() == pytest.approx(10, rel=0.002)


def test_every_library_and_number_of_threads_gives_the_same() -> None:
    rng = np.random.default_rng(1)
    psfs, frame = _psfs(rng, 3, 3), (40, 48, 64)
    how = [{"workers": 1, "lines": ScipyLines()}, {"workers": 2, "lines": ScipyLines()}]
    if find_spec("ducc0") is not None:
        how.append({"workers": 2, "lines": available_lines("ducc0")})
    blurs = [StrataBlur(psfs, (0, 20, 39), frame, "extended", F64, **one) for one in how]
    estimate = rng.random(blurs[0].domain)
    found = [blur.forward(estimate) for blur in blurs]
    for blur, one in zip(blurs, found, strict=True):
        np.testing.assert_allclose(one, found[0], rtol=1e-10)
        blur.close()


def test_iterations_fit_data_that_change_with_depth() -> None:
    """The deviance falls with strata to where a single PSF cannot bring it, and never rises without acceleration."""
    rng = np.random.default_rng(2)
    psfs, frame, nodes = _widths(1.2, 2.0, 3.0), (33, 20, 20), (0, 16, 32)
    truth = np.zeros(frame)
    truth[tuple(rng.integers(0, n, 60) for n in frame)] = 3000
    counts = rng.poisson(np.maximum(StrataBlur(psfs, nodes, frame, "zero", F64).forward(truth), 0) + 5).astype(float)
    noise = poisson_data(counts, background=5.0, dtype=F64)
    runs = [
        RichardsonLucy(StrataBlur(psfs, nodes, frame, "extended", F64), noise),
        RichardsonLucy(Blur(psfs[1], frame, "extended", F64), noise),
    ]
    traces: list[list[float]] = [[], []]
    for _ in range(40):
        for run, trace in zip(runs, traces, strict=True):
            run.step()
            trace.append(run.deviance)
    assert all(np.diff(traces[0]) <= 1e-9 * traces[0][0])
    assert traces[0][-1] < 0.7 * traces[1][-1]


@pytest.mark.parametrize(
    ("psfs", "nodes"),
    [
        (1, (0.0,)),
        (2, (0.0,)),
        (2, (3.0, 3.0)),
    ],
)
def test_what_are_no_strata_is_refused(psfs: int, nodes: tuple[float, ...]) -> None:
    with pytest.raises(PSFError, match="strata"):
        StrataBlur(_psfs(np.random.default_rng(0), psfs, 3), nodes, (8, 8, 8))


def test_psfs_of_different_shapes_are_refused() -> None:
    with pytest.raises(PSFError, match="shapes"):
        StrataBlur([np.ones((3, 3, 3)) / 27, np.ones((5, 3, 3)) / 45], (0, 4), (8, 8, 8))
