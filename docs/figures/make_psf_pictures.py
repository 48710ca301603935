"""Make the pictures of docs/how_to/choose_psf.md: PSFs as this package calculates, measures and cures them.

    python docs/figures/make_psf_pictures.py [NAME ...]

writes docs/pictures/psf_*.png, all of them or only those named. It needs no display.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import Panel, draw, make, shown, stretched, zoomed

import napari_deconvolve as nd
from napari_deconvolve import phantoms

WATER = {"numerical_aperture": 1.0, "immersion_index": 1.33, "emission_um": 0.52}
OIL = {"numerical_aperture": 1.4, "emission_um": 0.52}


def microscopes(target: Path) -> None:
    """The same lens in five microscopes, x across and z down."""
    cases = {
        "wide field": ("widefield", {}),
        "confocal, 1 Airy": ("confocal", {"excitation_um": 0.488}),
        "spinning disk, 2 Airy": ("spinning-disk", {"excitation_um": 0.488, "pinhole_airy": 2.0}),
        "two-photon": ("two-photon", {"excitation_um": 0.9}),
        "light sheet, 0.8 um": ("light-sheet", {"sheet_um": 0.8}),
    }
    scale = 80
    panels = []
    for title, (modality, more) in cases.items():
        cut = nd.psf.microscope(modality, spacing=1 / scale, shape=(351, 1, 161), sampling="point", **WATER, **more)
        panels.append(Panel(title, shown(cut.data[:, 0]), (widths(cut),), scale))
    draw(target, panels)


def depth(target: Path) -> None:
    """Oil into water: the deeper, the longer, and the farther from where the stage says."""
    scale, above, below = 55, 1.0, 5.5
    panels = []
    for deep in (0.0, 5.0, 10.0):
        cut = nd.psf.microscope(
            "widefield",
            spacing=1 / scale,
            shape=(1001, 1, 141),
            sampling="point",
            sample_index=1.33,
            depth_um=deep,
            **OIL,
        )
        shift = float(cut.info["focus_shift_um"])
        first = 500 - round((shift + above) * scale)
        part = cut.data[first : first + round((above + below) * scale), 0]
        text = (f"focus {shift:+.2f} um", widths(cut))
        panels.append(Panel(f"{deep:g} um deep", shown(part), text, scale, round(above * scale)))
    draw(target, panels)


def pixels(target: Path) -> None:
    """The same PSF on pixels of three sizes, the plane of focus."""
    panels = []
    for step, title in ((0.045, "45 nm"), (0.09, "90 nm: Nyquist"), (0.225, "225 nm: too coarse")):
        half = round((1.35 / step - 1) / 2)
        plane = nd.psf.microscope("widefield", spacing=(step, step), shape=2 * half + 1, **OIL)
        panels.append(Panel(title, zoomed(shown(plane.data), 210), (f"FWHM {plane.fwhm[1]:.3f} um",)))
    draw(target, panels)


def beads(target: Path) -> None:
    """Beads of 0.3 um: one of them, the average of all, the same without the bead, and the truth."""
    diameter = 0.3
    slide = phantoms.beads(seed=5, diameter=diameter)
    spacing, true, stack = slide.spacing, slide.psf, slide.counts
    left = nd.psf.from_beads(stack, spacing, shape=(25, 31, 31))
    freed = nd.psf.from_beads(stack, spacing, bead_diameter=diameter, shape=(25, 31, 31))
    one = stack[4:29, 20, 5:36] - 10.0
    cases = {
        "one bead": (np.maximum(one, 0), nd.psf.from_array(stack[4:29, 5:36, 5:36], spacing)),
        "average of 9": (left.data[:, 15], left),
        "bead taken out": (freed.data[:, 15], freed),
        "the truth": (true.data[:, 15], true),
    }
    panels = [Panel(title, stretched(shown(cut), 10, 5), (widths(psf),)) for title, (cut, psf) in cases.items()]
    draw(target, panels)


def doctor(target: Path) -> None:
    """A PSF off the middle, on a pedestal and of even size; what the doctor says, and what is left after the cures."""
    plane = nd.psf.microscope("widefield", spacing=(0.08, 0.08), shape=31, **OIL).data
    bad = np.pad(plane / plane.max(), ((5, 0), (3, 0))) + 0.04
    bad = np.random.default_rng(1).normal(bad, 0.004)
    cured = nd.psf.from_array(bad, 0.08)
    findings = [one for one in nd.psf.examine(bad, spacing=0.08) if one.severity == "warning"]
    panels = [
        Panel("as it came", zoomed(shown(bad), 216), (f"{bad.shape[0]} x {bad.shape[1]}",)),
        Panel("cured", zoomed(shown(cured.data), 216), (f"{cured.shape[0]} x {cured.shape[1]}",)),
    ]
    draw(target, panels, [f"{one.name}: {one.text}" for one in findings])


def widths(psf: nd.PSF) -> str:
    return f"FWHM z {psf.fwhm[0]:.2f}, x {psf.fwhm[-1]:.2f} um"


PICTURES: dict[str, Callable[[Path], None]] = {
    "psf_microscopes": microscopes,
    "psf_depth": depth,
    "psf_pixels": pixels,
    "psf_beads": beads,
    "psf_doctor": doctor,
}


if __name__ == "__main__":
    make(PICTURES)
