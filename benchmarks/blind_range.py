"""Whether blind deconvolution ends worse than it began, for PSFs from 0.6 to 1.6 of the right width.

    python benchmarks/blind_range.py [--axes 3] [--draws 20] [--first 1000] [--ways width alternate]
                                     [--factors 0.6 0.8 1 1.2 1.6] [--psfs gaussian airy widefield confocal] [--check]

Small images (64 x 64, or 16 x 48 x 48) of the objects of `objects` at peaks of 100 and 1000 photons, under a Gaussian,
an Airy, a wide-field and a confocal PSF; seeds are counted from the first one. Each row: the error of the run with the
PSF as it was given, that of the blind run over it, the width found, the truth being 1, its uncertainty, and with
`--check` what the check of the width says of right and of too wide PSFs. The last lines count where the error rose by
more than 1 %, where a width with an uncertainty below 0.05 is more than 10 % off, and which right and too wide PSFs the
check calls wrong.
"""

from __future__ import annotations

import argparse
import itertools
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scenes import CLEAN, Scene, draw

import napari_deconvolve as nd
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.tuning.alternation import ALTERNATED

SHAPES = {2: (64, 64), 3: (16, 48, 48)}
KINDS = ("discs", "filaments", "points", "mesh", "beads", "nuclei")
LEVELS = (100.0, 1000.0)
SURE, RIGHT, ROSE = 0.05, 0.1, 1.01
CHECKED = {1.0: "wrong", 1.2: "too wide"}


@dataclass(frozen=True)
class Row:
    """What became of one draw with one PSF."""

    way: str
    factor: float
    start: float
    ratio: float
    width: float
    uncertainty: float
    warning: str

    @property
    def wrong(self) -> bool:
        """Whether a width that is sure is not right."""
        return self.uncertainty < SURE and abs(self.width - 1) > RIGHT


def psfs(axes: int) -> dict[str, nd.PSF]:
    """Return the PSFs by name; Airy's pattern is that of a lens of NA 0.5, as thick as a light sheet in stacks."""
    steps, shape = (0.2, 0.08, 0.08)[-axes:], (15, 31, 31)[-axes:]
    optics = {"emission_um": 0.52, "spacing": steps, "shape": shape}
    airy = "q = sqrt(x^2+y^2) * 2*pi*0.5/0.52 + 1e-9, (j1(q)/q)^2" + (" * 2^(-(z/0.8)^2)" if axes == 3 else "")
    return {
        "gaussian": nd.psf.gaussian((3.0, 3.2, 3.2)[-axes:]),
        "airy": nd.psf.from_formula(airy, shape, (0.5, 0.18, 0.18)[-axes:]),
        "widefield": nd.psf.microscope("widefield", numerical_aperture=1.4, **optics),
        "confocal": nd.psf.microscope("confocal", numerical_aperture=1.2, immersion_index=1.33, **optics),
    }


def measure(scene: Scene, factor: float, ways: Sequence[str], *, check: bool) -> Iterator[Row]:
    """Run with a PSF that is so many times as wide as the right one, as it is and blind.

    Both ways fit the width first; where no shape is found by alternation, their runs are the same, and one is enough.
    """
    given = scaled(scene.psf, factor)
    start = scene.error(nd.deconvolve(scene.counts, given).estimate)
    said = nd.check_psf_width(scene.counts, given).warning if check and factor in CHECKED else ""
    found: nd.Result | None = None
    for way in sorted(ways):  # "alternate" first
        if found is None or found.found[0].psf.info.get("source") == ALTERNATED:
            found = nd.deconvolve(scene.counts, given, nd.Recipe(method="blind", blind=way))
        one = found.found[0]
        ratio = scene.error(found.estimate) / start
        yield Row(way, factor, start, ratio, factor * one.factor, one.uncertainty, said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--axes", type=int, default=2, choices=(2, 3))
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--psfs", nargs="+", choices=tuple(psfs(2)), default=tuple(psfs(2)))
    parser.add_argument("--ways", nargs="+", default=("width", "alternate"))
    parser.add_argument("--factors", type=float, nargs="+", default=(0.6, 0.8, 1.0, 1.2, 1.6))
    parser.add_argument("--check", action="store_true", help="check the width of right and too wide PSFs too")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    rows: list[Row] = []
    for seed, (place, (lens, psf)) in itertools.product(
        range(given.first, given.first + given.draws), enumerate(psfs(given.axes).items())
    ):
        kind, peak = KINDS[(seed + 2 * place) % len(KINDS)], LEVELS[(seed + place) % 2]
        if lens not in given.psfs:
            continue
        scene = draw(kind, peak, seed, ndim=given.axes, seen_through=psf, shape=SHAPES[given.axes], camera=CLEAN)
        name = f"{kind} {peak:g} {lens} #{seed}"
        for factor in given.factors:
            for row in measure(scene, factor, given.ways, check=given.check):
                rows.append(row)
                print(
                    f"{name:32}{row.way:10}{factor:5.2f}{row.start:8.3f}{row.ratio:7.2f}{row.width:7.2f} +- "
                    f"{row.uncertainty:.2f}  {row.warning[:24]}",
                    flush=True,
                )
    report(rows, check=given.check)


def report(rows: list[Row], *, check: bool) -> None:
    """Print what the rows come to."""
    for way in dict.fromkeys(row.way for row in rows):
        some = [row for row in rows if row.way == way]
        ratios = [row.ratio for row in some]
        print(
            f"{way}: error over the start's {np.mean(ratios):.2f}, worst {max(ratios):.2f}; "
            f"{sum(ratio > ROSE for ratio in ratios)} of {len(some)} rose; "
            f"{sum(row.wrong for row in some)} sure and wrong"
        )
    for factor, word in CHECKED.items() if check else ():
        some = [row for row in rows if row.way == rows[0].way and row.factor == factor]
        print(f"{factor:g} of the width: {sum(bool(row.warning) for row in some)} of {len(some)} called {word}")


if __name__ == "__main__":
    main()
