"""How much is left of the side lobes of a 4Pi image, by Richardson-Lucy and by the linear filter.

    python benchmarks/side_lobes.py [--peaks 100 400 2000] [--distance 0.27] [--draws 3]

25 points that stand apart, each at its own place between the samples, with lobes of 60 % at 0.27 um on either side: 5.4
samples. The kernel is one of three points (`nd.psf.points`), with the true distance and heights or with those that
`nd.psf.find_lobes` finds. What is left is the light at the places of the lobes, less what is midway between the points,
over that at the main peaks, over all points of an image: of the two sides the farther from 0, without its sign, in %;
mean over the draws.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, spline_filter

import napari_deconvolve as nd
from napari_deconvolve.phantoms import FOUR_PI_FWHM, FOUR_PI_SPACING, LOBE_DISTANCE, LOBE_HEIGHT

Values = NDArray[np.float64]

SHAPE = (64, 96, 96)
BACKGROUND = 5.0
ITERATIONS = (10, 30, 100)
STRENGTHS = (1e-2, 1e-3, 1e-4)
LIMITS = {"RL": 3.0, "linear": 8.0}


@dataclass(frozen=True)
class Measured:
    """An image of points, and where they are, in samples."""

    counts: Values
    places: Values
    distance: float


def measured(peak: float, seed: int, distance: float = LOBE_DISTANCE) -> Measured:
    """Simulate points with lobes."""
    rng = np.random.default_rng(seed)
    grid = np.array([(32, 10 + 18 * row, 10 + 18 * column) for row in range(5) for column in range(5)], float)
    places = grid + rng.uniform(-1, 1, grid.shape) * (6, 0.5, 0.5)
    axes = [np.arange(length) for length in SHAPE]

    def line(axis: int, place: float) -> Values:
        sigma = FOUR_PI_FWHM[axis] / FOUR_PI_SPACING[axis] / 2.3548
        return np.asarray(np.exp(-0.5 * ((axes[axis] - place) / sigma) ** 2))

    image = np.zeros(SHAPE)
    for z, y, x in places:
        shift = distance / FOUR_PI_SPACING[0]
        along = line(0, z) + LOBE_HEIGHT * (line(0, z - shift) + line(0, z + shift))
        image += along[:, None, None] * line(1, y)[:, None] * line(2, x)
    return Measured(rng.poisson(peak * image + BACKGROUND).astype(np.float64), places, distance)


def left(estimate: Values, one: Measured) -> float:
    """Give what is left of the lobes, in % of the main peaks: of the higher side."""
    offsets = np.array((-1, 0, 1)) * one.distance / FOUR_PI_SPACING[0]
    light = np.zeros(3)
    spline = spline_filter(np.asarray(estimate, np.float64))
    for z, y, x in one.places:
        for across, sign in ((0, 1.0), (9, -1.0)):  # at the point; midway to the next
            at = [z + offsets, np.full(3, y + across), np.full(3, x + across)]
            light += sign * map_coordinates(spline, at, order=3, mode="nearest", prefilter=False)
    sides = light[[0, 2]] / light[1]
    return float(100 * sides[np.argmax(np.abs(sides))])


def kernels(one: Measured) -> dict[str, nd.PSF]:
    """Give the kernel by the truth, and by what the image tells."""
    offsets = [(-one.distance, 0, 0), (0, 0, 0), (one.distance, 0, 0)]
    given = nd.psf.points(offsets, (LOBE_HEIGHT, 1, LOBE_HEIGHT), FOUR_PI_SPACING, alike=True)
    found = nd.psf.find_lobes(one.counts, FOUR_PI_SPACING)
    return {"given": given, "found": found.psf()}


def row(one: Measured, kernel: nd.PSF) -> list[float]:
    """Give what RL leaves after so many iterations, and the filter at so many strengths."""
    values = []
    recipe = nd.Recipe(background=BACKGROUND, acceleration="none", target_fwhm=0)
    for state in nd.iterate(one.counts, kernel, recipe):
        if state.iteration in ITERATIONS:
            values.append(left(np.asarray(state.estimate, np.float64), one))
        if state.iteration == ITERATIONS[-1]:
            break
    filtered = (nd.wiener(one.counts - BACKGROUND, kernel, strength) for strength in STRENGTHS)
    return values + [left(np.asarray(estimate, np.float64), one) for estimate in filtered]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peaks", type=float, nargs="+", default=(100, 400, 2000))
    options.add_argument("--distance", type=float, default=LOBE_DISTANCE)
    options.add_argument("--draws", type=int, default=3)
    given = options.parse_args()
    heads = [f"RL {count}" for count in ITERATIONS] + [f"linear {strength:g}" for strength in STRENGTHS]
    print(f"{'photons':>8} {'kernel':>8} {'before':>7}" + "".join(f"{head:>15}" for head in heads))
    for peak in given.peaks:
        cells: dict[str, list[list[float]]] = {}
        for seed in range(given.draws):
            one = measured(peak, seed, given.distance)
            for name, kernel in kernels(one).items():
                cells.setdefault(name, []).append([left(one.counts, one), *row(one, kernel)])
        for name, values in cells.items():
            before, *after = np.mean(np.abs(values), axis=0)
            print(f"{peak:8g} {name:>8} {before:5.0f} %" + "".join(f"{value:13.1f} %" for value in after), flush=True)
    print(", ".join(f"wanted of {name}: below {limit:g} %" for name, limit in LIMITS.items()))


if __name__ == "__main__":
    main()
