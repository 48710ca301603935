"""Make the pictures of docs/how_to/cameras.md: variance over mean, and what a map of the background is good for.

    python docs/figures/make_cameras_pictures.py [NAME ...]

writes docs/pictures/cameras_*.png, all of them or only those named. It needs no display.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import BLUE, GAP, INK, MARGIN, ORANGE, Line, Panel, Values, draw, legend, make, plot, row, stretched
from PIL import Image
from scipy import ndimage

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.background import estimate_background

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import scenes

SIZE = (370, 256)  # of a plot
SEED = 0
TOP = 0.998  # quantile of an image that is shown as bright as can be


def transfer(target: Path) -> None:
    """An image, its variance over its mean, and the same where the noise was smoothed away."""
    one = scenes.draw("nuclei", 200, SEED)
    raw, smoothed = one.counts, ndimage.gaussian_filter(one.counts, 0.7)
    picture = row([Panel("counts", bright(raw, float(raw.min()), float(np.quantile(raw, TOP))))])
    plots = [line_of(raw, one.psf, "as recorded"), line_of(smoothed, one.psf, "smoothed by 0.7 samples")]
    page = Image.new("RGB", (picture.width + 2 * (SIZE[0] + GAP) + MARGIN, SIZE[1] + 76), "white")
    page.paste(picture, (0, 0))
    for number, drawn in enumerate(plots):
        page.paste(drawn, (picture.width + number * (SIZE[0] + GAP), MARGIN - 4))
    names = [Line("bins of the image", BLUE, np.zeros(1)), Line("the line through them", ORANGE, np.zeros(1))]
    names.append(Line("gain 2.2, offset 100, read noise 1.6", INK, np.zeros(1)))
    legend(page, names, SIZE[1] + 50, "variance over mean, in counts")
    page.quantize(64).save(target, "PNG", optimize=True)


def line_of(image: Values, psf: nd.PSF, title: str) -> Image.Image:
    """Draw the bins of an image, the line through them, and the right one."""
    (found,) = nd.camera_report(image, psf).rows
    ends = np.array([min(found.offset, 90.0), float(found.mean.max())])
    bins = [Line("", BLUE, np.full(2, v), m, np.full(2, m)) for m, v in zip(found.mean, found.variance, strict=True)]
    camera = scenes.Camera()
    level = camera.offset - camera.gain * camera.read_noise**2
    right = Line("", INK, np.maximum(camera.gain * (ends - level), 0), places=ends)
    lines = [right, *bins]
    words = "not certain"
    if found.trusted:
        lines.insert(1, Line("", ORANGE, np.maximum(found.gain * (ends - found.offset), 0), places=ends))
        words = f"offset {found.offset:.0f} ± {found.offset_sd:.0f}, gain {found.gain:.2f} ± {found.gain_sd:.2f}"
    return plot(f"{title}: {words}", lines, step=100, size=SIZE)


def tilted(target: Path) -> None:
    """A tilted background: the image, the map that is found, and what is wrong with a constant and with the map."""
    one = scenes.draw("discs", 100, SEED, background="tilted")
    (found,) = nd.camera_report(one.counts, one.psf).rows
    constant = found.offset + estimate_background((one.counts - found.offset).astype(np.float32))
    runs = {
        "error with a constant": nd.deconvolve(one.counts, one.psf, nd.Recipe(background=constant)),
        "error with the map": nd.deconvolve(one.counts, one.psf),
    }
    surface = runs["error with the map"].recipe.background
    assert not isinstance(surface, (float, str)), "no map was found"
    under = surface.values(one.counts.shape)
    low, high = one.camera.offset, float(np.quantile(one.counts, TOP))
    right = one.camera.offset + one.camera.gain * one.background
    panels = [
        Panel("counts", bright(one.counts, low, high), ("its ground rises to the right",)),
        Panel("the map that is found", bright(under, low, high), (spread(under, right),)),
    ]
    brightest = float(np.quantile(one.truth, TOP))
    for title, run in runs.items():
        wrong = np.abs(run.estimate / one.camera.gain - one.truth)
        below = f"{one.error(run.estimate):.2f} of the truth"
        panels.append(Panel(title, bright(wrong, 0, brightest / 2), (below,)))
    panels.append(Panel("the truth", bright(one.truth, 0, brightest)))
    draw(target, panels)


def spread(under: Values, right: Values) -> str:
    """Say how far a map lies from the right one."""
    return f"{under.min():.0f} to {under.max():.0f}; right: {right.min():.0f} to {right.max():.0f}"


def bright(image: Values, low: float, high: float) -> Values:
    """Return brightness between 0 and 1, each sample twice as large."""
    return stretched(np.clip((image - low) / (high - low), 0, 1), 2, 2)


PICTURES = {"cameras_transfer": transfer, "cameras_tilted": tilted}

if __name__ == "__main__":
    make(PICTURES)
