"""How much strata gain over one PSF, when the PSF changes with depth: prints a table.

Filaments in water under an oil lens (NA 1.4, wide field, scalar PSFs), from the coverslip to a depth: each plane of
the object is blurred with the PSF of its own depth, and lies where the stage has it in focus. Errors are relative to
the truth, |u - t| / |t|, at the best of at most 60 accelerated iterations, and at the number that the data choose.

    python benchmarks/depth.py [--spans 5,10,20] [--peaks 100,1000] [--draws 2]
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from phantoms import KINDS, error

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.operators.strata_blur import StrataBlur

Values = NDArray[np.float64]

OPTICS = {
    "numerical_aperture": 1.4,
    "immersion_index": 1.515,
    "sample_index": 1.33,
    "emission_um": 0.52,
    "model": "scalar",
}
STEP_UM, ACROSS = 0.3, 64  # of the stage; samples along y and x
SPACING_UM = (STEP_UM, 0.1, 0.1)
MARGIN = (0, 12, 12)  # samples of the object beyond the image; above is glass, below the sample ends
BACKGROUND = 10.0
MOST = 60


@dataclass(frozen=True)
class Scene:
    """A simulated stack: truth and counts on the planes of the stage, and where each plane's points really lie."""

    truth: Values
    counts: Values
    depths_um: Values


def psf_at(depth_um: float, shape: Sequence[int]) -> nd.PSF:
    """Give the PSF of one depth, around its own focus."""
    return nd.psf.microscope("widefield", depth_um=depth_um, spacing=SPACING_UM, shape=shape, **OPTICS)


def true_depths(span_um: float) -> Values:
    """Give how deep the points lie that the stage has in focus at even steps from the coverslip."""
    depths = np.linspace(0, span_um, 13)
    shifts = [float(psf_at(d, (41, 41, 41)).info["focus_shift_um"]) for d in depths]
    stage = depths + np.array(shifts)
    return np.asarray(np.interp(np.arange(0, stage[-1], STEP_UM), stage, depths))


def shape_for(span_um: float) -> tuple[int, int, int]:
    """Give a shape that holds the widest of the PSFs, but for faint tails across."""
    most = nd.psf.microscope("widefield", depth_um=span_um, spacing=SPACING_UM, **OPTICS).shape
    return most[0], min(most[1], 61), min(most[2], 61)


def scene(kind: str, span_um: float, peak: float, seed: int) -> Scene:
    """Draw an object and image it, plane by plane with the PSF of its depth."""
    from scipy.signal import fftconvolve

    depths = true_depths(span_um)
    shape, planes = shape_for(span_um), len(depths)
    rng = np.random.default_rng([seed, round(10 * span_um)])
    whole = (planes, *(ACROSS + 2 * m for m in MARGIN[1:]))
    drawn = KINDS[kind](whole, rng)
    blurred = np.zeros(whole)
    reach = shape[0] // 2
    for plane, depth in enumerate(depths):
        psf = psf_at(depth, shape).data.astype(np.float64)
        low, high = max(0, plane - reach), min(planes, plane + reach + 1)
        part = psf[low - plane + reach : high - plane + reach]
        light = np.broadcast_to(drawn[plane], (len(part), *whole[1:]))
        blurred[low:high] += fftconvolve(light, part, mode="same", axes=(1, 2))
    inside = tuple(slice(m, n - m) for m, n in zip(MARGIN, whole, strict=True))
    blurred = np.maximum(blurred[inside], 0)
    scale = peak / blurred.max()
    counts = rng.poisson(blurred * scale + BACKGROUND).astype(np.float64)
    return Scene(drawn[inside] * scale, counts, depths)


def models(span_um: float) -> dict[str, nd.PSF | nd.psf.Strata]:
    """Give the PSFs that are compared."""
    shape = shape_for(span_um)
    how = {"spacing": SPACING_UM, "shape": shape, **OPTICS}
    found: dict[str, nd.PSF | nd.psf.Strata] = {
        "surface": psf_at(0.0, shape),
        "middle": psf_at(span_um / 2, shape),
        "deepest": psf_at(span_um, shape),
    }
    for count in (2, 3, 5):
        found[f"{count} strata"] = nd.psf.microscope_strata(
            "widefield", depth_range_um=(0, span_um), strata=count, **how
        )
    ends = np.linspace(0, span_um, 3).tolist()
    found["3, from end to end"] = nd.psf.microscope_strata("widefield", depths_um=ends, **how)
    return found


def errors(one: Scene, psf: nd.PSF | nd.psf.Strata, automatic: bool) -> tuple[float, float]:
    """Give the least error on the way, and the one at the number that the data choose (NaN when not asked)."""
    recipe = nd.Recipe(background=BACKGROUND, target_fwhm=0.0)
    states = itertools.islice(nd.iterate(one.counts, psf, recipe), MOST)
    least = min(error(state.estimate, one.truth) for state in states)
    if not automatic:
        return least, float("nan")
    return least, error(nd.deconvolve(one.counts, psf, recipe).estimate, one.truth)


def at_every_plane(one: Scene, span_um: float) -> float:
    """Give the least error with the PSF of each plane: no strata can do better."""
    shape = shape_for(span_um)
    psfs = [psf_at(depth, shape).data for depth in one.depths_um]
    single = np.dtype("float32")
    blur = StrataBlur(psfs, range(len(psfs)), one.counts.shape, "extended", single)
    run = RichardsonLucy(
        blur, poisson_data(one.counts, background=BACKGROUND, dtype=single), acceleration=DEFAULT_ACCELERATION
    )
    with closing(blur):
        return min(error(state.snapshot(), one.truth) for state in itertools.islice(run.states(), MOST))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="How much strata gain over one PSF, when the PSF changes with depth.")
    parser.add_argument("--spans", default="5,10,20")
    parser.add_argument("--peaks", default="100,1000")
    parser.add_argument("--kinds", default="filaments")
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--no-auto", action="store_true")
    asked = parser.parse_args()
    print("error at the best iteration (at the automatic one), and over that with the PSF of middle and surface")
    for kind in asked.kinds.split(","):
        for span in map(float, asked.spans.split(",")):
            for peak in map(float, asked.peaks.split(",")):
                _table(kind, span, peak, asked.draws, not asked.no_auto)


def _table(kind: str, span: float, peak: float, draws: int, automatic: bool) -> None:
    scenes = [scene(kind, span, peak, seed) for seed in range(draws)]
    print(f"\n{kind}, 0 to {span:g} um deep, {len(scenes[0].truth)} planes, {peak:g} photons, {draws} draws")
    found: dict[str, Values] = {}
    for name, psf in models(span).items():
        found[name] = np.mean([errors(one, psf, automatic) for one in scenes], axis=0)
    found["every plane"] = np.array([np.mean([at_every_plane(one, span) for one in scenes]), np.nan])
    for name, (best, auto) in found.items():
        over = [f"{best / found[single][0]:.2f} ({auto / found[single][1]:.2f})" for single in ("middle", "surface")]
        print(f"  {name:19} {best:.3f} ({auto:.3f})   {over[0]}   {over[1]}", flush=True)


if __name__ == "__main__":
    main()
