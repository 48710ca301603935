"""Counts times c give the estimate times c, and the same numbers otherwise: with every method, rule and diagnostic.

benchmarks/units.py holds the cases, and prints how much is left for many c.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_deconvolve as nd

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "units.py"
SPEC = importlib.util.spec_from_file_location("units_benchmark", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
units = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(units)

CLOSE, FOUND = 1e-5, 1e-3  # shares of the largest: of all, and of what a search has found in data without a step
# Looking ahead multiplies the rounding of single precision: where no step makes data whole again, by a percent.
ROUGH = {"camera, halves", "camera, risk", "camera, tv, strength auto", "camera, rl-gc"}
SLOW = {"hessian, strength auto, 20", "camera, tv, strength auto", "lines, strength auto"}
WHOLE = sorted(set(units.CASES) - ROUGH - SLOW)
TINY = 1e-25  # of the largest: what single precision cannot hold at a small factor
BY_BITS = [
    "rl, halves",
    "rl, risk",
    "rl-gc",
    "good, 1e-2",
    "wiener",
    "blind, alternate",
    "lines",
    *sorted(ROUGH - SLOW),
]


@cache
def usual(name: str) -> dict[str, Any]:
    """Give what a case tells of the counts themselves."""
    found: dict[str, Any] = units.numbers_at(name, 1.0, "float64")
    return found


def deviations(name: str, factor: float, dtype: str) -> dict[str, float]:
    """Give how far all numbers are from the usual ones."""
    found: dict[str, float] = units.deviations(units.numbers_at(name, factor, dtype), usual(name), factor)
    return found


@pytest.mark.parametrize(("name", "place"), [(name, place) for place, name in enumerate(WHOLE)], ids=WHOLE)
def test_counts_in_another_unit_tell_the_same(name, place):
    """Each case with another factor, in single precision or double."""
    factor, dtype = units.FACTORS[place % len(units.FACTORS)], ("float32", "float64")[place // len(units.FACTORS) % 2]
    most = FOUND if name.startswith("camera") else CLOSE
    found = deviations(name, factor, dtype)
    assert {quantity: value for quantity, value in found.items() if not value <= most} == {}


@pytest.mark.parametrize("factor", units.FACTORS)
def test_the_default_at_every_factor(factor):
    for dtype in ("float32", "float64"):
        assert max(deviations("rl, halves", factor, dtype).values()) <= CLOSE


@pytest.mark.parametrize("name", BY_BITS)
def test_a_power_of_two_changes_no_bit(name):
    for factor in (2.0**-60, 2.0**96):
        assert max(deviations(name, factor, "float64").values()) < TINY


def test_a_recipe_that_was_found_scales_with_the_counts():
    usual, scaled = (nd.deconvolve(units.COUNTS * c, units.PSF) for c in (1.0, 1e-20))
    usual_recipe, other = usual.recipe, scaled.recipe
    assert scaled.background == pytest.approx(1e-20 * usual.background, rel=1e-6)
    assert (other.gain, other.offset) == pytest.approx(
        (1e-20 * usual_recipe.gain, 1e-20 * usual_recipe.offset), rel=1e-6
    )
    assert (other.iterations, other.target_fwhm) == (usual_recipe.iterations, usual_recipe.target_fwhm)


@pytest.mark.parametrize("unit", [1.0, 1 / 4095, 1e-20])
def test_a_run_in_any_unit_goes_on_exactly(unit):
    recipe = nd.Recipe(iterations=10, acceleration=None, background=10 * unit)
    image = (units.COUNTS * unit).astype(np.float32)
    first = nd.deconvolve(image, units.PSF, recipe, resumable=True)
    more = nd.resume(first, image, units.PSF, 10)
    straight = nd.deconvolve(image, units.PSF, recipe.replace(iterations=20))
    np.testing.assert_array_equal(more.estimate, straight.estimate)


def test_rl_gc_takes_counts_over_the_gain_for_photons():
    given, measured = (
        nd.deconvolve(units.CAMERA, units.PSF, nd.Recipe(method="rl-gc", gain=gain)) for gain in (1.7, "auto")
    )
    photons = nd.deconvolve(units.COUNTS * 1.7, units.PSF, nd.Recipe(method="rl-gc"))
    for found in (given, measured):
        difference = np.linalg.norm(found.estimate - photons.estimate) / np.linalg.norm(photons.estimate)
        assert difference < 0.25
