"""The blur is the matrix that it says it is, under every boundary, and its adjoint is the transpose."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_deconvolve.core.operators.blur import Blur, wrapped
from napari_deconvolve.core.transforms.boundary import BOUNDARIES
from napari_deconvolve.core.transforms.fft import SLAB_BYTES, SlabFFT
from napari_deconvolve.core.transforms.lines import ScipyLines, available_lines
from napari_deconvolve.errors import Cancelled

NDIMAGE_MODES = {"periodic": "wrap", "reflect": "reflect", "edge": "nearest", "zero": "constant"}

frames = st.integers(1, 3).flatmap(lambda axes: st.tuples(*[st.integers(1, 14)] * axes))


@st.composite
def cases(draw):
    frame = draw(frames)
    psf = tuple(2 * draw(st.integers(0, 5)) + 1 for _ in frame)
    return frame, psf, draw(st.sampled_from(BOUNDARIES)), draw(st.integers(0, 2**32 - 1))


@given(cases())
def test_adjoint_is_the_transpose(case):
    frame, psf_shape, boundary, seed = case
    rng = np.random.default_rng(seed)
    blur = Blur(rng.random(psf_shape), frame, boundary, np.float64)
    u, v = rng.random(blur.domain), rng.random(frame)
    assert np.vdot(blur.forward(u), v) == pytest.approx(np.vdot(u, blur.adjoint(v)), rel=1e-12)


@given(cases())
def test_forward_is_the_convolution_that_ndimage_does(case):
    frame, psf_shape, boundary, seed = case
    if boundary not in NDIMAGE_MODES:
        boundary = "reflect"
    rng = np.random.default_rng(seed)
    psf, u = rng.random(psf_shape), rng.random(frame)
    expected = ndimage.convolve(u, psf, mode=NDIMAGE_MODES[boundary])
    np.testing.assert_allclose(Blur(psf, frame, boundary, np.float64).forward(u), expected, rtol=1e-10)


@given(cases())
def test_extended_sees_an_object_beyond_the_frame(case):
    frame, psf_shape, _, seed = case
    rng = np.random.default_rng(seed)
    psf = rng.random(psf_shape)
    blur = Blur(psf, frame, "extended", np.float64)
    u = rng.random(blur.domain)
    reach = [n // 2 for n in psf_shape]
    around = np.roll(u, reach, tuple(range(u.ndim)))  # what lies before the frame comes from the box's far end
    whole = ndimage.convolve(around, psf, mode="constant")
    inside = tuple(slice(r, r + n) for r, n in zip(reach, frame, strict=True))
    np.testing.assert_allclose(blur.forward(u), whole[inside], rtol=1e-10)


@pytest.mark.parametrize("boundary", ["periodic", "reflect", "edge"])
@pytest.mark.parametrize("frame", [(7,), (16,), (5, 8), (4, 5, 6)])
def test_light_is_neither_made_nor_lost(frame, boundary):
    psf = np.random.default_rng(1).random((3,) * len(frame))
    flat = np.full(frame, 10.0)
    blur = Blur(psf / psf.sum(), frame, boundary, np.float64)
    np.testing.assert_allclose(blur.forward(flat), 10, rtol=1e-12)
    np.testing.assert_allclose(blur.adjoint(flat).sum(), flat.sum(), rtol=1e-12)


def test_threads_and_pieces_change_nothing():
    """A box large enough for threads, slabs and pieces gives what a single small transform gives."""
    rng = np.random.default_rng(2)
    psf, frame = rng.random((5, 7, 3)), (40, 70, 60)
    one = Blur(psf, frame, "extended", np.float64, workers=1)
    many = Blur(psf, frame, "extended", np.float64, workers=3)
    u = rng.random(one.domain)
    assert many.fft.workers == 3
    np.testing.assert_allclose(many.forward(u), one.forward(u), rtol=1e-12)
    np.testing.assert_allclose(many.adjoint(one.forward(u)), one.adjoint(one.forward(u)), rtol=1e-12, atol=1e-9)
    many.close()


def test_every_transform_library_agrees():
    rng = np.random.default_rng(3)
    psf, frame = rng.random((3, 5, 7)), (9, 20, 31)
    fast, plain = (Blur(psf, frame, "zero", np.float64, lines=lines) for lines in (available_lines(), ScipyLines()))
    u = rng.random(frame)
    np.testing.assert_allclose(fast.forward(u), plain.forward(u), rtol=1e-12)


def test_cancelling_stops_between_slabs():
    calls = []

    def cancelled():
        calls.append(None)
        return len(calls) > 3

    fft = SlabFFT((4000, 600), (3000, 500), np.dtype("float32"), workers=1, cancelled=cancelled)
    with pytest.raises(Cancelled):
        fft.load(lambda slab, real: None, in_frame=False)
    assert len(calls) == 4


@pytest.mark.parametrize("shape", [(7,), (9, 8), (6, 8, 10)])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_kernel_is_placed_slab_by_slab_as_in_a_whole_box(shape, boundary):
    psf = np.random.default_rng(3).random(tuple(2 * n + 3 for n in range(len(shape))))
    blur = Blur(psf, shape, boundary, np.float64)
    box = wrapped(psf, blur.layout.box, blur.layout.reach, np.dtype(np.float64))
    np.testing.assert_allclose(blur.transfer, blur.transfer_of(box), atol=1e-15)


def test_a_large_even_kernel_has_half_a_transfer_function(monkeypatch):
    even = np.random.default_rng(4).random((3, 5, 5))
    even = even + np.flip(even)
    image = np.random.default_rng(5).random((6, 14, 15))
    want = Blur(even, image.shape, dtype=np.dtype(np.float64))
    monkeypatch.setattr("napari_deconvolve.core.operators.blur.LARGE", 0)
    half = Blur(even, image.shape, dtype=np.dtype(np.float64))
    assert (want.transfer.dtype, half.transfer.dtype) == (np.complex128, np.float64)
    np.testing.assert_allclose(half.adjoint(image), want.adjoint(image), atol=1e-12)
    even[0, 0, 0] *= 1.01
    assert Blur(even, image.shape).transfer.dtype == np.complex64


@pytest.mark.parametrize("shape", [(7, 9), (8, 15), (6, 14, 15), (7, 11, 12)])
def test_of_a_kernel_that_is_mirrored_along_the_first_axis_half_of_that_is_kept(shape, monkeypatch):
    psf = np.random.default_rng(4).random((3, 5, 5)[-len(shape) :])
    for axis in range(psf.ndim):
        psf = psf + np.flip(psf, axis)
    image = np.random.default_rng(5).random(shape)
    want = Blur(psf, shape, dtype=np.dtype(np.float64))
    monkeypatch.setattr("napari_deconvolve.core.operators.blur.LARGE", 0)
    half = Blur(psf, shape, dtype=np.dtype(np.float64))
    assert len(half.transfer) == len(want.transfer) // 2 + 1
    estimate = half.adjoint(image)
    np.testing.assert_allclose(estimate, want.adjoint(image), atol=1e-12)
    np.testing.assert_allclose(half.forward(estimate), want.forward(estimate), atol=1e-12)


def test_a_blur_takes_no_more_than_spectrum_and_transfer_function():
    psf, shape = np.ones((9, 9, 9), np.float32) / 729, (40, 112, 112)
    Blur(psf, (9, 9, 9)).close()
    tracemalloc.start()
    blur = Blur(psf, shape, workers=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert blur.transfer.dtype == np.complex64
    assert peak < blur.fft.spectrum.nbytes + blur.transfer.nbytes + 5 * SLAB_BYTES
    blur.close()
    assert blur.fft.spectrum.nbytes == 0
