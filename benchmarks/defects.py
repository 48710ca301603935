"""What is found of samples without data and of spikes, and what it saves.

    python benchmarks/defects.py

For filaments at 100 photons and beads at 1000, 2D, counts of a camera (offset 100, gain 2.2, read noise 1.6 electrons),
background given: the share of the defects that is found, how many other samples are taken, and the error of the
estimate over that of the clean image, with the defects left in and with what was found masked. What lies under a large
area without data is lost either way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from phantoms import Draw, draw, error

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.missing import missing_samples
from napari_deconvolve.core.likelihood.spikes import spikes

GAIN, READ_NOISE, OFFSET, BACKGROUND = 2.2, 1.6, 100.0, 10.0
ITERATIONS = 20

Image = NDArray[np.float64]
Mask = NDArray[np.bool_]


def main() -> None:
    print(f"{'':44}{'found':>7}{'false':>7}{'left in':>9}{'masked':>8}")
    for kind, peak in (("filaments", 100), ("beads", 1000)):
        one = draw(kind, peak, 1)
        noise = np.random.default_rng(0).normal(0, READ_NOISE, one.counts.shape)
        clean = np.round(OFFSET + GAIN * (one.counts + noise))
        least = estimate_error(clean, one, None)
        for name, (image, defects) in cases(clean).items():
            show(f"{kind} {peak}, {name}", image, defects, one, least)


def cases(clean: Image) -> dict[str, tuple[Image, Mask]]:
    """Return images with defects by name, and where the defects are."""
    rng = np.random.default_rng(1)
    y, x = np.indices(clean.shape)
    size = len(clean)
    areas = {
        "nothing": np.zeros(clean.shape, bool),
        "corner of 0": x + y < size // 3,
        "module gaps of -1": (np.abs(x - size // 2) < 3) | (np.abs(y - size // 3) < 3),
        "dead row of 0": y == size // 2,
        "rotated footprint of 65535": np.abs(x - size / 2) + np.abs(y - size / 2) > 0.8 * size,
    }
    values = {"module gaps of -1": -1.0, "rotated footprint of 65535": 65535.0}
    found = {name: (np.where(area, values.get(name, 0.0), clean), area) for name, area in areas.items()}
    for share in (0.0005, 0.002, 0.01):
        hot = rng.random(clean.shape) < share
        found[f"{100 * share:g} % hot, 2 to 50 times"] = (
            np.where(hot, clean * rng.uniform(2, 50, clean.shape), clean),
            hot,
        )
    dead = rng.random(clean.shape) < 0.002
    found["0.2 % dead"] = np.where(dead, 0.0, clean), dead
    track = np.zeros(clean.shape, bool)
    for row, column in rng.integers(5, size - 5, (20, 2)):
        track[row, column : column + 3] = True
    found["20 tracks of 3"] = np.where(track, clean + 5000 * rng.uniform(0.5, 1, clean.shape), clean), track
    return {name: (np.round(image), defects) for name, (image, defects) in found.items()}


def show(name: str, image: Image, defects: Mask, one: Draw, least: float) -> None:
    """Print a case."""
    missing = missing_samples(image)
    taken = np.zeros(image.shape, bool) if missing is None else missing.found
    more = spikes(image, np.asarray(one.psf.data), valid=~taken)
    taken = taken if more is None else taken | more
    share = np.sum(taken & defects) / max(1, int(np.sum(defects)))
    false = np.count_nonzero(taken & ~defects)
    ratios = [estimate_error(image, one, mask) / least for mask in (None, ~taken)]
    print(f"{name:44}{share:7.3f}{false:7}{ratios[0]:9.2f}{ratios[1]:8.2f}", flush=True)


def estimate_error(image: Image, one: Draw, mask: Mask | None) -> float:
    """Return the error after a fixed number of iterations, in photons."""
    photons = np.maximum((image - OFFSET) / GAIN, 0)
    recipe = nd.Recipe(iterations=ITERATIONS, background=BACKGROUND, target_fwhm=0)
    return error(nd.deconvolve(photons, one.psf, recipe, mask=mask).estimate, one.truth)


if __name__ == "__main__":
    main()
