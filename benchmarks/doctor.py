"""Whether PSFs that are made by default pass the examination, or get one advice whose cure makes them pass.

    python benchmarks/doctor.py [--image 32 128 128]

60 settings: microscopes, apertures from 0.3 to 1.49, spacings up to twice Nyquist's, planes alone and stacks, and the
other shapes. Each is made as `nd.psf` and the dock "PSF" make it when no size is given, for no image and for one of
that size, and examined. Printed is what is not in order, and what is left of it after the cure: that of the finding,
or for a spacing that is too coarse the finest one that it asks for.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import napari_deconvolve as nd

LENSES = (
    (0.3, 1.0),
    (0.5, 1.0),
    (0.8, 1.0),
    (0.95, 1.0),
    (1.0, 1.33),
    (1.2, 1.33),
    (1.3, 1.406),
    (1.4, 1.515),
    (1.42, 1.518),
    (1.49, 1.515),
)
MODALITIES = ("widefield", "confocal", "spinning-disk", "two-photon", "light-sheet")
SHARES = (0.5, 0.9, 1.3)  # of Nyquist's distance
COARSE, FINER = "sampling", 0.4
Make = Callable[[float, tuple[int, ...] | None], nd.PSF]


@dataclass(frozen=True)
class Setting:
    """One way to make a PSF, times a share of its spacing, for an image of a shape or for none."""

    name: str
    make: Make
    axes: int


def settings() -> Iterator[Setting]:
    """Return all settings: 50 microscopes of both dimensions, one in five with its focus deep in the sample."""
    for number, (aperture, index) in enumerate(LENSES):
        for place, modality in enumerate(MODALITIES):
            share, axes = SHARES[(number + place) % len(SHARES)], 2 if (number + 2 * place) % 5 == 0 else 3
            optics: dict[str, Any] = {"numerical_aperture": aperture, "immersion_index": index, "emission_um": 0.52}
            yield Setting(
                f"{modality} {aperture:g}/{index:g} {share:g} {axes}D", _microscope(modality, optics, share, axes), axes
            )
    yield Setting("confocal 1.42 at 0.3/0.1/0.1", _fixed("confocal", 1.42, (0.3, 0.1, 0.1)), 3)
    yield Setting("widefield 1.4 at 0.2/0.1/0.1", _fixed("widefield", 1.4, (0.2, 0.1, 0.1)), 3)
    for axes in (1, 2, 3):
        yield Setting(
            f"gaussian {axes}D", lambda share, _shape, axes=axes: nd.psf.gaussian(0.3, 0.1 * share, ndim=axes), axes
        )
        yield Setting(
            f"lorentzian {axes}D", lambda share, _shape, axes=axes: nd.psf.lorentzian(0.3, 0.1 * share, ndim=axes), axes
        )


def _microscope(modality: str, optics: dict[str, Any], share: float, axes: int) -> Make:
    limits = nd.psf.nyquist(modality, **optics)

    def make(times: float, shape: tuple[int, ...] | None) -> nd.PSF:
        steps = (limits[0] * share * times, limits[1] * share * times, limits[1] * share * times)[-axes:]
        return nd.psf.microscope(modality, spacing=steps, for_shape=shape, **optics)

    return make


def _fixed(modality: str, aperture: float, spacing: Sequence[float]) -> Make:
    return lambda times, shape: nd.psf.microscope(
        modality,
        numerical_aperture=aperture,
        emission_um=0.52,
        spacing=[step * times for step in spacing],
        for_shape=shape,
    )


def open_findings(psf: nd.PSF, image: Sequence[int] | None) -> tuple[nd.psf.Finding, ...]:
    """Return what is not in order of a PSF."""
    found = nd.psf.examine(psf, image_shape=image, image_spacing=None if image is None else psf.spacing)
    return tuple(one for one in found if one.severity != "ok")


def after_cure(
    setting: Setting, found: nd.psf.Finding, shape: tuple[int, ...] | None
) -> tuple[nd.psf.Finding, ...] | None:
    """Return what is left after the cure of a finding; None where it has none."""
    if found.name == COARSE and found.fix is None:  # the image has to be taken again
        return open_findings(setting.make(FINER, shape), shape)
    return None if found.fix is None else open_findings(found.fix(), shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", type=int, nargs=3, default=(32, 128, 128))
    image = tuple(parser.parse_args().image)
    green = cured = total = 0
    for setting in settings():
        for shape in (None, image[-setting.axes :]):
            total += 1
            psf = setting.make(1.0, shape)
            found = open_findings(psf, shape)
            words = "in order"
            if found:
                left = after_cure(setting, found[0], shape) if len(found) == 1 else None
                cured += left == ()
                words = (
                    "; ".join(f"{one.name}: {one.text}" for one in found) + f" -> {'cured' if left == () else 'OPEN'}"
                )
            green += not found
            size = " x ".join(map(str, psf.shape))
            print(f"{setting.name:36}{'for an image' if shape else 'for none':14}{size:18}{words}", flush=True)
    print(f"{green} of {total} in order, {cured} with one advice whose cure cures, {total - green - cured} open")


if __name__ == "__main__":
    main()
