"""How often the uncertainty map is right: which share of samples lies within one and two standard deviations.

    python benchmarks/uncertainty.py [--ndim 2] [--seeds 1] [--first-seed 0] [--photons 20 100 1000] [--method rl]

Fresh draws of the scenes on a camera's counts, and at 100 photons on clean photons too, with the default recipe.
Columns: the share of bright samples (above a tenth of the brightest) whose error is within 1 and 2 of the map's
standard deviations, and within as many of its noise part alone; the share of all samples within 2; and the parts over
the estimate, at their medians. Normal errors would be within 1 in 68 %, and within 2 in 95 %.

The dark ground of "points" is taken for background, which no map can know: so all samples of it are not well covered.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from objects import FULL, KINDS
from scenes import CLEAN, Camera, Scene, draw

import napari_deconvolve as nd

BRIGHT_SHARE, BRIGHTEST = 0.1, 0.999  # of the estimate's quantile, and which


@dataclass(frozen=True)
class Row:
    """Shares of samples within 1 and 2 standard deviations."""

    both: tuple[float, float]  # of bright samples, within so many of noise and blur
    noise: tuple[float, float]  # of noise alone
    everywhere: float  # of all samples, within 2 of both
    parts: tuple[float, float, float]

    def __str__(self) -> str:
        shares = "  ".join(f"{one:.2f} {two:.2f}" for one, two in (self.both, self.noise))
        return f"{shares}  {self.everywhere:.2f}   {' '.join(f'{part:.3f}' for part in self.parts)}"


def measure(scene: Scene, recipe: nd.Recipe) -> Row:
    """Deconvolve, ask how sure that is, and compare with the truth."""
    found = nd.deconvolve(scene.counts, scene.psf, recipe)
    known = nd.uncertainty_map(scene.counts, scene.psf, found.recipe)
    error = np.abs(found.estimate - scene.truth * scene.camera.gain)
    bright = found.estimate > BRIGHT_SHARE * np.quantile(found.estimate, BRIGHTEST)
    both, noise = (
        tuple(float(np.mean((error <= times * part)[bright])) for times in (1, 2))
        for part in (known.deviation, known.noise)
    )
    return Row(both, noise, float(np.mean(error <= 2 * known.deviation)), known.typical)  # type: ignore[arg-type]


def scenes(given: argparse.Namespace) -> Iterator[Scene]:
    """Yield all scenes."""
    for kind in given.scenes:
        for photons in given.photons:
            for camera in (Camera(), CLEAN) if photons == 100 else (Camera(),):
                for seed in range(given.first_seed, given.first_seed + given.seeds):
                    yield draw(kind, photons, seed, ndim=given.ndim, camera=camera)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ndim", type=int, default=2, choices=(2, 3))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--photons", type=float, nargs="*", default=[20, 100, 1000])
    parser.add_argument("--scenes", nargs="*", choices=KINDS, default=[kind for kind in KINDS if kind not in FULL])
    parser.add_argument("--method", default="rl")
    parser.add_argument("--prior", default=None)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'':32} both 1 2    noise 1 2  all 2   noise blur both")
    rows = []
    for scene in scenes(given):
        rows.append(measure(scene, nd.Recipe(method=given.method, prior=given.prior)))
        print(f"{scene.name:24} {'clean' if scene.camera is CLEAN else 'camera':7} {rows[-1]}", flush=True)
    for name in ("both", "noise"):
        within = np.array([getattr(row, name) for row in rows])
        one, two = (f"{low:.2f} to {high:.2f}" for low, high in zip(within.min(0), within.max(0), strict=True))
        middle = np.median(within, axis=0)
        print(f"{name}: within 1 sd {middle[0]:.2f} ({one}), within 2 sd {middle[1]:.2f} ({two})")


if __name__ == "__main__":
    main()
