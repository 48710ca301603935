"""Biggs-Andrews acceleration reads its steps off the frame alone: neither the box nor what lies beyond decides."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.transforms import boundary
from napari_deconvolve.core.transforms.lines import fast_length
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.methods.rl import richardson_lucy

SHAPES = {"line": (90,), "image": (60, 50), "stack of many planes": (70, 14, 12)}
STEPS = 40


def seen(shape: tuple[int, ...]) -> tuple[np.ndarray, nd.PSF]:
    """Points of random light, some of them at the borders, where the object goes on beyond the frame."""
    rng, psf = np.random.default_rng(3), nd.psf.gaussian((4.0,) * len(shape))
    return rng.poisson(nd.convolve(rng.gamma(0.1, 300, shape), psf) + 5).astype(np.uint16), psf


def far(counts: np.ndarray, psf: nd.PSF) -> tuple[list[float], np.ndarray]:
    recipe = nd.Recipe(iterations=STEPS, background=5, gain=1, acceleration="biggs-andrews", dtype="float64")
    live, steps = richardson_lucy(prepare(counts, psf, recipe), 0), []
    for _ in range(STEPS):
        live.step()
        steps.append(live.far)
    return steps, live.snapshot()


@pytest.mark.parametrize("name", SHAPES)
def test_boxes_of_all_sizes_take_the_same_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries are fast at other lengths; what a larger box holds beyond the PSF's reach is in nobody's sight."""
    counts, psf = seen(SHAPES[name])
    steps, estimate = far(counts, psf)
    assert max(steps) > 0.5
    monkeypatch.setattr(boundary, "fast_length", lambda length: fast_length(length + 9))
    others, same = far(counts, psf)
    assert others == pytest.approx(steps, abs=1e-6)
    assert np.linalg.norm(same - estimate) <= 1e-6 * np.linalg.norm(estimate)
