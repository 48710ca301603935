"""Whether PSFs of the dock's other sources pass the examination, or get one advice whose cure makes them pass.

    python benchmarks/doctor_sources.py

What `doctor` does for microscopes and shapes, for formulas, points, beads, and files and layers of other programs: 53
settings. Beads are simulated images of them with noise, of three microscopes in two and three dimensions, in two sizes,
with 300 and 3000 photons at the peak; files are their PSFs as numbers of 16 bits, with a pedestal, even lengths, and
off the middle. Each is examined for no image and for one of its size, and again after the cure of one finding: that of
the finding, or a formula on finer samples, beads measured farther out, and more planes in a file.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import tifffile
from doctor import open_findings

import napari_deconvolve as nd

Make = Callable[[bool], nd.PSF]  # as it is, or as the one advice says
Named = tuple[str, Make]
IMAGE = (32, 128, 128)
FINER, LARGER = 0.5, 2.2  # of the spacing, and of the size
LONGEST = 65  # samples per axis that the dock gives a formula
LENSES = {"widefield 0.8": (0.8, 1.0, "widefield"), "confocal 1.2": (1.2, 1.33, "confocal")}
LENSES |= {"widefield 1.4": (1.4, 1.515, "widefield")}


def formulas() -> Iterator[Named]:
    """Return PSFs by formulas, as large as the dock makes them."""
    texts = {
        "gaussian": "2^(-(x^2+y^2)/(0.15)^2)",
        "airy": "r = sqrt(x^2+y^2)*2*pi*{na}/0.52 + 1e-9, (j1(r)/r)^2",
        "lorentzian": "1/(1+(x^2+y^2)/0.1^2)^1.5",
        "stack": "2^(-(x^2+y^2)/0.15^2-z^2/0.4^2)",
    }
    for (name, text), step in itertools.product(texts.items(), (0.05, 0.08, 0.1)):
        axes = 3 if "z" in text else 2
        shape = tuple(min(LONGEST, length - 1 + length % 2) for length in IMAGE[-axes:])
        spacing = (2 * step, step, step)[-axes:]
        yield f"formula {name} at {step:g}", partial(by_formula, text.replace("{na}", "0.8"), shape, spacing)


def by_formula(text: str, shape: tuple[int, ...], spacing: tuple[float, ...], finer: bool) -> nd.PSF:
    """Return the PSF of a formula, or that on finer samples."""
    return nd.psf.from_formula(text, shape, [step * (FINER if finer else 1) for step in spacing])


def points() -> Iterator[Named]:
    """Return side lobes, and points aside."""
    for height, far in itertools.product((0.2, 0.5), (0.3, 0.5)):
        places = [(-far, 0, 0), (0, 0, 0), (far, 0, 0)]
        psf = nd.psf.points(places, [height, 1, height], (0.1, 0.1, 0.1))
        yield f"points, lobes {height:g} at {far:g}", partial(same, psf)
    yield "points, a double image", partial(same, nd.psf.points([(0, 0), (0.2, 0.3)], [1, 0.6], (0.1, 0.1)))


def same(psf: nd.PSF, again: bool) -> nd.PSF:
    """Return what no other setting makes better."""
    return psf


def lens(name: str, axes: int, larger: bool = False) -> nd.PSF:
    """Return a microscope's PSF at six tenths of Nyquist's distance, or with more planes around it."""
    aperture, index, modality = LENSES[name]
    optics = {"numerical_aperture": aperture, "immersion_index": index, "emission_um": 0.52}
    axial, lateral = (0.6 * step for step in nd.psf.nyquist(modality, **optics))
    make = partial(nd.psf.microscope, modality, spacing=(axial, lateral, lateral)[-axes:], **optics)
    usual = make(for_shape=IMAGE[-axes:])
    return make(shape=(usual.shape[0] + 8, *usual.shape[1:])) if larger and axes == 3 else usual


def bead_images() -> Iterator[Named]:
    """Return PSFs from images of beads."""
    for (name, axes), (peak, size) in itertools.product(
        itertools.product(LENSES, (2, 3)), ((300, 0.0), (3000, 0.0), (3000, 0.2))
    ):
        psf = lens(name, axes)
        width = [max(9, 2 * round(5 * width / step) + 1) for width, step in zip(psf.fwhm, psf.spacing, strict=True)]
        shape = (3 * width[0], *(4 * one for one in width[1:])) if axes == 3 else tuple(5 * one for one in width)
        truth = np.zeros(shape)
        rng = np.random.default_rng([peak, axes, len(name), round(10 * size)])
        for row, column in itertools.product((0.2, 0.5, 0.8), (0.2, 0.5, 0.8)):
            place = np.array([shape[-2] * row, shape[-1] * column]) + rng.uniform(-1, 1, 2)
            index = (*(shape[0] // 2,) * (axes - 2), *(int(one) for one in place))
            truth[index] = rng.uniform(0.8, 1.2)
        if size:  # a bead of some size is a ball, here as a Gaussian of its variance
            ball = nd.psf.gaussian(size * 0.53, psf.spacing, ndim=axes)
            truth = np.maximum(nd.convolve(truth, ball), 0)
        light = np.maximum(nd.convolve(truth, psf), 0)
        counts = rng.poisson(light / light.max() * peak + 10)
        yield f"beads {name} {axes}D {peak} {size:g}", partial(by_beads, counts, psf, size)


def by_beads(counts: np.ndarray, psf: nd.PSF, size: float, larger: bool) -> nd.PSF:
    """Return the PSF that an image of beads shows, or that of a window as large as beads leave."""
    shape = None
    if larger:
        usual = nd.psf.from_beads(counts, psf.spacing, bead_diameter=size)
        shape = [2 * round(LARGER * length / 2) + 1 for length in usual.shape]
    return nd.psf.from_beads(counts, psf.spacing, bead_diameter=size, shape=shape)


def files(folder: Path) -> Iterator[Named]:
    """Return PSFs out of files as other programs write them."""
    for (name, axes), way in itertools.product(
        itertools.product(LENSES, (2, 3)), ("plain", "pedestal", "even and off the middle")
    ):
        yield f"file {name} {axes}D {way}", partial(by_file, folder / "psf.tif", name, axes, way)


def by_file(path: Path, name: str, axes: int, way: str, larger: bool) -> nd.PSF:
    """Return a PSF that was written by another program, or one with more planes."""
    psf = lens(name, axes, larger)
    data = psf.data / psf.data.max() * 20000
    if way == "pedestal":
        data = data + 300
    elif way != "plain":
        data = np.pad(data, [(0, 3)] * axes)
    tifffile.imwrite(path, np.rint(data).astype(np.uint16), photometric="minisblack")
    return nd.psf.load(path, spacing=psf.spacing, unit="um")


def main() -> None:
    green = cured = total = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, make in itertools.chain(formulas(), points(), bead_images(), files(Path(folder))):
            psf = make(False)
            for shape in (None, IMAGE[-psf.ndim :]):
                total += 1
                found = open_findings(psf, shape)
                fix = (found[0].fix or partial(make, True)) if len(found) == 1 else None
                left = None if fix is None else open_findings(fix(), shape)
                cured += left == ()
                green += not found
                words = "; ".join(f"{one.name}: {one.text}" for one in found)
                verdict = "in order" if not found else f"{words} -> {'cured' if left == () else 'OPEN'}"
                size = " x ".join(map(str, psf.shape))
                print(f"{name:44}{'for an image' if shape else 'for none':14}{size:16}{verdict}", flush=True)
    print(f"{green} of {total} in order, {cured} with one advice whose cure cures, {total - green - cured} open")


if __name__ == "__main__":
    main()
