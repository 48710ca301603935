"""What the automatic number of iterations makes of images that are not what they should be.

    python benchmarks/spoiled.py

For filaments at 20 and shells at 100 photons, 2D, no sieve: the chosen and the best iteration, the error over the least
one, and the gain that was measured (1 is true). docs/how_to/choose_iterations.md draws its warnings from it.
"""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.typing import NDArray
from phantoms import FWHM, Draw, draw, error
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd

ITERATIONS = 100
OFFSET = 100.0


def main() -> None:
    print(f"{'':36}{'chosen':>8}{'best':>6}{'ratio':>8}{'gain':>8}")
    for kind, peak in (("filaments", 20), ("shells", 100)):
        one = draw(kind, peak, 1)
        wider, narrower = (nd.psf.gaussian(FWHM[2] * factor, ndim=2) for factor in (1.2, 0.8))
        cases = {
            "as it should be": (one.counts, one.psf, "auto"),
            "camera offset": (one.counts + OFFSET, one.psf, "auto"),
            "camera offset, gain given": (one.counts + OFFSET, one.psf, 1.0),
            "background subtracted": (one.counts - 10.0, one.psf, "auto"),
            "subtracted and clipped": (np.maximum(one.counts - 10.0, 0), one.psf, "auto"),
            "camera: gain 2, read noise 6": (camera(one.counts), one.psf, "auto"),
            "smoothed, sigma 0.6": (gaussian_filter(one.counts, 0.6), one.psf, "auto"),
            "smoothed, sigma 1": (gaussian_filter(one.counts, 1.0), one.psf, "auto"),
            "PSF 20 % too wide": (one.counts, wider, "auto"),
            "PSF 20 % too narrow": (one.counts, narrower, "auto"),
        }
        for name, (image, psf, gain) in cases.items():
            show(f"{kind} {peak}, {name}", one, image, psf, gain)
    faint = draw("filaments", 4, 1)
    show("filaments 4", faint, faint.counts, faint.psf, "auto")


def camera(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give what a camera makes of photons, its offset and the background subtracted."""
    return (counts - 10.0) * 2.0 + np.random.default_rng(0).normal(0, 6.0, counts.shape)


def show(name: str, one: Draw, image: NDArray[np.float64], psf: nd.PSF, gain: float | str) -> None:
    """Print a case."""
    recipe = nd.Recipe(gain=gain, target_fwhm=0)
    result = nd.deconvolve(image, psf, recipe)
    states = nd.iterate(image, psf, recipe.replace(background=result.background))
    scale = 2.0 if "gain 2" in name else 1.0
    errors = [error(state.estimate / scale, one.truth) for state in islice(states, ITERATIONS)]
    ratio = errors[min(result.iterations, ITERATIONS) - 1] / min(errors)
    best = int(np.argmin(errors)) + 1
    print(f"{name:36}{result.iterations:8}{best:6}{ratio:8.2f}{result.choices[0].gain:8.2f}", flush=True)


if __name__ == "__main__":
    main()
