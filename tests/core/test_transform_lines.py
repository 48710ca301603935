"""The libraries of transforms do the same."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.transforms import lines as tested
from napari_deconvolve.core.transforms.lines import ComplexArray, Lines, PocketLines, ScipyLines, available_lines


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 9), (6, 10), (3, 5, 8)])
def test_all_libraries_do_the_same(shape: tuple[int, ...], dtype: str) -> None:
    real = np.random.default_rng(1).normal(size=shape).astype(dtype)
    for lines in (available_lines("scipy"), ScipyLines(), available_lines()):
        spectrum = np.fft.rfft(real, axis=-1).astype(np.result_type(real.dtype, np.complex64))
        found = np.empty_like(spectrum)
        lines.r2c(real, found)
        np.testing.assert_allclose(found, spectrum, rtol=1e-5, atol=1e-4)
        along = lines.c2c(found, 0, True)
        np.testing.assert_allclose(along, np.fft.fft(spectrum, axis=0), rtol=1e-4, atol=1e-4)
        back = lines.c2r(lines.c2c(along, 0, False), shape[-1], np.empty_like(real))
        np.testing.assert_allclose(back, real * (shape[0] * shape[-1]), rtol=1e-4, atol=1e-3)


def test_a_part_of_an_array_is_transformed_by_itself() -> None:
    whole = np.random.default_rng(2).normal(size=(6, 12)).astype(np.complex64)
    before, expected = whole.copy(), np.fft.fft(whole[:4, 3:9], axis=1)
    found = available_lines("scipy").c2c(whole[:4, 3:9], 1, True)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(whole[4:], before[4:])
    np.testing.assert_array_equal(whole[:, 9:], before[:, 9:])


class _Backwards(ScipyLines):
    def c2c(self, data: ComplexArray, axis: int, forward: bool) -> ComplexArray:
        return super().c2c(data, axis, not forward)


@pytest.mark.parametrize("lines", [_Backwards(), PocketLines(None)])
def test_an_inner_library_that_does_something_else_is_left_alone(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tested, "PocketLines", lambda module: lines)
    assert type(tested._scipy.__wrapped__()) is ScipyLines
