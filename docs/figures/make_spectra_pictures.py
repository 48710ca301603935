"""Make the picture of docs/how_to/spectra.md, and print its figures.

    python docs/figures/make_spectra_pictures.py [spectra_gap]

The figures are those of the simulated gap spectrum without noise, after 200 plain iterations, as scikit-image and
this package calculate them; and of the same with noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from drawing import BLUE, FAINT, GAP, GREEN, LINE, MARGIN, ORANGE, Line, legend, make, plot
from numpy.typing import NDArray
from PIL import Image

import napari_deconvolve as nd
from napari_deconvolve import phantoms

Values = NDArray[np.floating]

ITERATIONS = 200
ROWS = 21  # of the tiled image and kernel
SHOWN = 2.5  # meV to either side


def energies(count: int = phantoms.GAP_SAMPLES) -> Values:
    return (np.arange(count) - (count - 1) / 2) * phantoms.GAP_STEP


def kernel(count: int) -> Values:
    """Give the thermal kernel as the forum wrote it; with an even number of samples its middle lies between two."""
    return 0.25 / phantoms.GAP_THERMAL / np.cosh(energies(count) / (2 * phantoms.GAP_THERMAL)) ** 2


def textbook(data: Values, psf: Values, clip: bool) -> Values:
    """Let scikit-image do it: zeros beyond the ends, the flipped kernel for adjoint."""
    from skimage.restoration import richardson_lucy

    return richardson_lucy(data, psf, num_iter=ITERATIONS, clip=clip)


def cases() -> Iterator[tuple[str, Values]]:
    """Give the ways in which one and the same spectrum was deconvolved."""
    one = phantoms.gap_spectrum()
    data = nd.convolve(one.truth / phantoms.GAP_COUNTS, one.psf, boundary="edge").astype(np.float64)
    even, odd = kernel(1000), kernel(121)
    yield "1D, clipped to [-1, 1], even kernel", textbook(data, even, clip=True)
    yield "1D, not clipped, even kernel", textbook(data, even, clip=False)
    yield "1D, not clipped, odd kernel", textbook(data, odd, clip=False)
    tiled = textbook(np.tile(data, (ROWS, 1)), np.tile(odd, (ROWS, 1)), clip=False)
    yield f"2D, tiled {ROWS} times, middle row", tiled[ROWS // 2]
    yield f"2D, tiled {ROWS} times, first row", tiled[0]
    yield "this package, even kernel", nd.richardson_lucy(data, nd.psf.from_array(even, background=0), ITERATIONS)
    yield "this package, odd kernel", nd.richardson_lucy(data, odd, ITERATIONS)


def figures() -> None:
    """Print peak, places of the peaks, first sample, and error inside of each."""
    truth = phantoms.gap_spectrum().truth / phantoms.GAP_COUNTS
    print(f"the truth: peak {truth.max():.3f} at {abs(energies()[truth.argmax()]):.2f} meV, first {truth[0]:.3f}")
    for name, found in cases():
        half = len(found) // 2
        left, right = found[100:half].argmax() + 100, half + found[half:-100].argmax()
        peaks = f"{found[left]:.3f} at {energies()[left]:+.2f}, {found[right]:.3f} at {energies()[right]:+.2f}"
        error = np.linalg.norm((found - truth)[100:-100]) / np.linalg.norm(truth[100:-100])
        print(f"{name:38} {peaks}; first {found[0]:.3f}, highest {found.max():.3f}; error inside {error:.3f}")


def noisy() -> tuple[phantoms.Phantom, nd.Result, Values, Values]:
    """Give the sample, the default pipeline's result, and what 200 and the best number of plain iterations give."""
    one = phantoms.gap_spectrum()
    result = nd.deconvolve(one.counts, one.psf, nd.Recipe(background=0.0))
    plain = nd.Recipe(background=0.0, acceleration=None, target_fwhm=0)
    states = [state.estimate for state in islice(nd.iterate(one.counts, one.psf, plain), ITERATIONS)]
    best = min(states, key=lambda estimate: error(estimate, one.truth))
    print(
        f"with noise: counts {error(one.counts, one.truth):.3f}, {ITERATIONS} plain {error(states[-1], one.truth):.3f}"
    )
    number = next(index for index, estimate in enumerate(states, 1) if estimate is best)
    print(
        f"best plain ({number}) {error(best, one.truth):.3f}, automatic ({result.iterations}) "
        f"{error(result.estimate, one.truth):.3f}"
    )
    for name in ("tikhonov", "good", "tv"):
        found = nd.deconvolve(one.counts, one.psf, nd.Recipe(background=0.0, prior=name))
        print(f"prior {name}: {error(found.estimate, one.truth):.3f}, strength {found.recipe.strength:g}")
    return one, result, states[-1], best


def error(estimate: Values, truth: Values) -> float:
    return float(np.linalg.norm(estimate.astype(np.float64) - truth) / np.linalg.norm(truth))


def gap(target: Path) -> None:
    """Draw what was measured, and what became of it: right, too often, and clipped."""
    figures()
    one, result, often, _ = noisy()
    inside = np.abs(energies()) <= SHOWN
    places = energies()[inside]
    data = nd.convolve(one.truth / phantoms.GAP_COUNTS, one.psf, boundary="edge").astype(np.float64)
    clipped = textbook(data, kernel(1000), clip=True) * phantoms.GAP_COUNTS

    def curve(name: str, colour: str, values: Values) -> Line:
        return Line(name, colour, values[inside] / phantoms.GAP_COUNTS, places=places)

    truth = curve("truth", GREEN, one.truth)
    left = [curve("counts", FAINT, one.counts), truth, curve("clipped to 1", ORANGE, clipped)]
    right = [truth, curve("200 iterations", ORANGE, often), curve("automatic", BLUE, result.estimate)]
    wide = (330, 200)
    plots = [plot("measured, meV", left, step=1, size=wide), plot("deconvolved, meV", right, step=1, size=wide)]
    page = Image.new("RGB", (2 * wide[0] + GAP + 2 * MARGIN, plots[0].height + 2 * MARGIN + LINE), "white")
    for number, picture in enumerate(plots):
        page.paste(picture, (MARGIN + number * (wide[0] + GAP), MARGIN))
    named = [left[0], truth, Line("clipped to 1 / 200 iterations", ORANGE, truth.values), right[2]]
    legend(page, named, page.height - LINE - MARGIN // 2)
    page.quantize(64).save(target, optimize=True)


PICTURES: dict[str, Callable[[Path], None]] = {"spectra_gap": gap}


if __name__ == "__main__":
    make(PICTURES)
