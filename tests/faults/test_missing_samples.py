"""No data written as a number: masked and counted; zeros of photon counts are data.

The row: a corner, a wedge, module gaps, dead rows, deskewed or rotated footprints filled with 0, -1, 65535 or 2^32-1 on
an offset of 100. Other members: any other constant, planes of a stack, blank frames of a series, gaps of spectra, a
round field of view.
"""

from __future__ import annotations

import numpy as np
import pytest
from fault_scenes import Scene, mean_of, scene, seen
from scipy.ndimage import rotate

import napari_deconvolve as nd

OFFSET, GROUND = 100.0, 8.0
SHAPE = (96, 96)
DISCS = scene("discs", SHAPE, 100.0)
COUNTS = DISCS.photons(GROUND) + OFFSET
Y, X = np.indices(SHAPE)
AREAS = {
    "corner": (Y < 30) & (X < 25),
    "wedge": Y + X < 40,
    "module gaps": (np.abs(Y - 32) < 3) | (np.abs(X - 64) < 2),
    "dead rows": np.isin(Y, (20, 21, 57)),
    "deskewed": np.abs(Y - X) > 60,
    "rotated": rotate(np.ones(SHAPE), 25.0, order=0, reshape=False) < 0.5,
    "round field": np.hypot(Y - 47.5, X - 47.5) > 46,
}


def inside(estimate: np.ndarray, missing: np.ndarray) -> float:
    return float(np.linalg.norm((estimate - DISCS.truth)[~missing]) / np.linalg.norm(DISCS.truth[~missing]))


@pytest.mark.parametrize(
    ("constant", "dtype"), [(0, "uint16"), (-1, "int32"), (65535, "uint16"), (2**32 - 1, "uint32"), (37, "float32")]
)
@pytest.mark.parametrize("area", AREAS)
def test_areas_without_data_are_left_out_and_counted(area, constant, dtype):
    missing = AREAS[area]
    image = COUNTS.astype(dtype)
    image[missing] = constant
    result, clean = (nd.deconvolve(one, DISCS.psf, nd.Recipe(iterations=12)) for one in (image, COUNTS))
    assert result.background == pytest.approx(OFFSET + GROUND, abs=3)
    assert inside(result.estimate, missing) < 1.2 * inside(clean.estimate, missing)
    share = f"{100 * missing.mean():.2g} % of the samples hold exactly {constant:.10g} in connected areas"
    assert any(word.startswith(share) for word in result.words)


def test_a_switch_keeps_them():
    image = np.where(AREAS["wedge"], 0, COUNTS)
    result = nd.deconvolve(image, DISCS.psf, nd.Recipe(iterations=12, defects="keep"))
    assert not any("left out" in word for word in result.words)


@pytest.mark.parametrize("constant", [0, 65535])
def test_empty_planes_of_a_stack(constant):
    one = scene("discs", (12, 40, 40), 100.0)
    stack = (one.photons(GROUND) + OFFSET).astype(np.uint16)
    clean = nd.deconvolve(stack, one.psf, nd.Recipe(iterations=10))
    stack[:2] = constant
    result = nd.deconvolve(stack, one.psf, nd.Recipe(iterations=10))
    assert any(word.startswith("17 % of the samples hold exactly") for word in result.words)
    assert result.background == pytest.approx(clean.background, abs=3)


def test_gaps_of_a_spectrum():
    one = scene("points", (400,), 300.0)
    counts = one.photons(30.0)
    clean = nd.deconvolve(counts, one.psf, nd.Recipe(iterations=30))
    gap = (np.arange(400) >= 180) & (np.arange(400) < 215)
    result = nd.deconvolve(np.where(gap, 0, counts), one.psf, nd.Recipe(iterations=30))
    assert any(word.startswith("8.8 % of the samples hold exactly 0") for word in result.words)
    assert result.background == pytest.approx(clean.background, abs=3)


@pytest.mark.parametrize("peak", [0.3, 0.5, 2.0, 10.0])
@pytest.mark.parametrize("kind", ["discs", "points"])
def test_zeros_of_photon_counts_are_data(kind, peak):
    one = scene(kind, SHAPE, peak)
    result = nd.deconvolve(one.photons(), one.psf, nd.Recipe(iterations=5))
    assert not any("hold exactly" in word for word in result.words)


def rings(seed: int, peak: float) -> Scene:
    """Return thin rings, beyond the frame too: light inside a gap shows beside it."""
    rng, pad = np.random.default_rng(seed), 16
    y, x = np.ogrid[: SHAPE[0] + 2 * pad, : SHAPE[1] + 2 * pad]
    truth = np.zeros((SHAPE[0] + 2 * pad, SHAPE[1] + 2 * pad))
    for _ in range(9):
        away = np.hypot(y - rng.uniform(0, len(y)), x - rng.uniform(0, x.size))
        truth += rng.uniform(0.3, 1) * np.exp(-0.5 * (away - rng.uniform(4, 16)) ** 2)
    whole = seen(truth)
    part = (slice(pad, -pad), slice(pad, -pad))
    one = Scene(truth[part], whole.psf, whole.light[part])
    return one.brighter(peak / one.light.max())


def require_as_without(one: Scene, missing: np.ndarray) -> None:
    """Require of the automatic run that a gap costs little beside it, and that nothing grows in it."""
    counts = one.photons(GROUND) + OFFSET
    result, clean = (nd.deconvolve(image, one.psf) for image in (np.where(missing, 0.0, counts), counts))
    errors = [np.linalg.norm((run.estimate - one.truth)[~missing]) for run in (result, clean)]
    assert errors[0] < 1.2 * errors[1]
    assert result.estimate[missing].max() < 1.5 * one.truth.max()


@pytest.mark.parametrize("peak", [60.0, 600.0])
@pytest.mark.parametrize("area", ["corner", "wedge", "deskewed", "rotated"])
def test_a_gap_does_not_mislead_the_choice_of_iterations(area, peak):
    """What the faint ends of the PSF seem to tell of a gap is noise; it grew without bound, and decided."""
    one, missing = rings(4, peak), AREAS[area]
    require_as_without(one, missing)


def test_a_gap_through_all_planes_of_a_stack():
    one = scene("discs", (12, 40, 40), 100.0)
    missing = np.broadcast_to(np.add.outer(np.arange(40), np.arange(40)) < 26, (12, 40, 40))
    require_as_without(one, missing)


def test_a_gap_does_not_mislead_the_choice_for_a_spectrum():
    ratios = []
    for seed in range(6):
        one = scene("points", (400,), 300.0, seed)
        counts = one.photons(30.0)
        gap = (np.arange(400) >= 180) & (np.arange(400) < 215)
        result, clean = (nd.deconvolve(image, one.psf) for image in (np.where(gap, 0, counts), counts))
        errors = [np.linalg.norm((run.estimate - one.truth)[~gap]) for run in (result, clean)]
        ratios.append(errors[0] / errors[1])
        assert result.estimate[gap].max() < 1.5 * one.truth.max()
    assert mean_of(ratios) < 1.3
