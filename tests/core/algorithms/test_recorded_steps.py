"""Steps that others take are read in the frame alone: neither the box nor what lies beyond the frame decides."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS
from napari_deconvolve.core.transforms import boundary
from napari_deconvolve.core.transforms.lines import fast_length
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.prepare import prepare

SHAPES = {"line": (90,), "image": (60, 50), "stack of many planes": (70, 14, 12)}
STEPS = 40


def seen(shape: tuple[int, ...]) -> tuple[np.ndarray, nd.PSF]:
    """Points of random light, some of them at the borders, where the object goes on beyond the frame."""
    rng, psf = np.random.default_rng(3), nd.psf.gaussian((4.0,) * len(shape))
    return rng.poisson(nd.convolve(rng.gamma(0.1, 300, shape), psf) + 5).astype(np.uint16), psf


def steps(counts: np.ndarray, psf: nd.PSF, name: str, recorded: bool) -> tuple[list[float], np.ndarray]:
    recipe = nd.Recipe(iterations=STEPS, background=5, gain=1, acceleration=name, dtype="float64")
    live, taken = richardson_lucy(prepare(counts, psf, recipe), 0, recorded=recorded), []
    for _ in range(STEPS):
        live.step()
        taken.append(live.far + 10 * live.restarted)
    return taken, live.snapshot()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ACCELERATIONS)
def test_boxes_of_all_sizes_take_the_same_steps(name: str, shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries are fast at other lengths; what a larger box holds beyond the PSF's reach is in nobody's sight."""
    counts, psf = seen(SHAPES[shape])
    taken, estimate = steps(counts, psf, name, recorded=True)
    monkeypatch.setattr(boundary, "fast_length", lambda length: fast_length(length + 9))
    others, same = steps(counts, psf, name, recorded=True)
    assert others == pytest.approx(taken, abs=1e-6)
    assert np.linalg.norm(same - estimate) <= 1e-6 * np.linalg.norm(estimate)


def test_a_whole_image_reads_its_box_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """As recipes that were stored did: so they repeat their estimates."""
    counts, psf = seen(SHAPES["image"])
    taken, _ = steps(counts, psf, "biggs-andrews", recorded=False)
    apart, _ = steps(counts, psf, "biggs-andrews", recorded=True)
    assert max(taken) > 0.5
    assert taken != pytest.approx(apart, abs=1e-3)
