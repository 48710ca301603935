"""The faults of `confusion`: scenes whose recipe, PSF or counts are not what they should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scenes import Scene, draw, point_spread
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve.psf.scaling import scaled

OFFSET_AMISS = 20.0  # counts
HOT_SHARE = 0.002
SMOOTHED_BY = 0.8  # samples, sigma of the Gaussian
SATURATED_AT = 0.5  # of the brightest sample above the offset
DEPTH_UM = 10.0
MOUNTING = {1.33: 1.38, 1.515: 1.45}  # index of the sample under a lens of that immersion
WRONG_APERTURE = 1.0 / 1.4


@dataclass(frozen=True, eq=False)
class Given:
    """What is handed to `deconvolve`.

    Attributes
    ----------
    scene : Scene
        The right answer.
    counts, psf, recipe
        The arguments.
    """

    scene: Scene
    counts: NDArray[np.floating]
    psf: nd.PSF
    recipe: nd.Recipe = field(default_factory=nd.Recipe)


@dataclass(frozen=True)
class Fault:
    """One row of the table.

    Attributes
    ----------
    make : callable
        Spoils a scene.
    causes : tuple of str
        Any of these in a warning names the cause.
    axes : tuple of int
        In how many dimensions there is such a fault.
    """

    make: Callable[[Scene, str, float, int], Given]
    causes: tuple[str, ...] = ()
    axes: tuple[int, ...] = (2, 3)


def _right(scene: Scene, kind: str, peak: float, seed: int) -> Given:
    return Given(scene, scene.counts, scene.psf)


def _scaled(factor: float) -> Callable[[Scene, str, float, int], Given]:
    return lambda scene, *_: Given(scene, scene.counts, scaled(scene.psf, factor))


def _aperture(scene: Scene, kind: str, peak: float, seed: int) -> Given:
    """Give a PSF of too low an aperture."""
    return Given(scene, scene.counts, _with_optics(scene.psf, numerical_aperture=WRONG_APERTURE))


def _spherical(scene: Scene, kind: str, peak: float, seed: int) -> Given:
    """Look deep into a sample of another index, and give the PSF of the coverslip."""
    ideal = point_spread(kind, seed, scene.counts.ndim)
    index = MOUNTING[dict(ideal.info)["immersion_index"]]
    deep = draw(kind, peak, seed, ndim=3, seen_through=_at_depth(ideal, index))
    return Given(deep, deep.counts, ideal)


def _at_depth(psf: nd.PSF, sample_index: float) -> nd.PSF:
    return _with_optics(psf, depth_um=DEPTH_UM, sample_index=sample_index)


def _with_optics(psf: nd.PSF, numerical_aperture: float = 1.0, **changes: float) -> nd.PSF:
    """Return a microscope's PSF with other optics; the aperture is a factor."""
    known = dict(psf.info)
    return nd.psf.microscope(
        known["modality"],
        numerical_aperture=known["numerical_aperture"] * numerical_aperture,
        immersion_index=known["immersion_index"],
        emission_um=known["emission_um"],
        spacing=psf.spacing,
        shape=psf.shape,
        **changes,
    )


def _camera(amiss: float) -> Callable[[Scene, str, float, int], Given]:
    """Give a wrong offset in the recipe."""
    return lambda scene, *_: Given(
        scene,
        scene.counts,
        scene.psf,
        nd.Recipe(offset=scene.camera.offset + amiss, read_noise=scene.camera.read_noise),
    )


def _background(amiss: float) -> Callable[[Scene, str, float, int], Given]:
    """Give a wrong background in the recipe."""
    return lambda scene, *_: Given(
        scene,
        scene.counts,
        scene.psf,
        nd.Recipe(background=scene.camera.offset + scene.camera.gain * float(scene.background.mean()) + amiss),
    )


def _subtracted(amiss: float) -> Callable[[Scene, str, float, int], Given]:
    """Subtract a wrong offset from the counts."""
    return lambda scene, *_: Given(scene, scene.counts - scene.camera.offset - amiss, scene.psf)


def _negative(scene: Scene, kind: str, peak: float, seed: int) -> Given:
    """Subtract more than offset and background, and say that there is none."""
    dark = scene.camera.offset + scene.camera.gain * float(scene.background.mean())
    return Given(scene, scene.counts - dark - OFFSET_AMISS, scene.psf, nd.Recipe(offset=0, read_noise=0, background=0))


def _hot(scene: Scene, kind: str, peak: float, seed: int) -> Given:
    hot = scene.with_hot_pixels(HOT_SHARE, seed)
    return Given(scene, hot.counts, scene.psf, nd.Recipe(defects="keep"))


def _smoothed(scene: Scene, kind: str, peak: float, seed: int) -> Given:
    return Given(scene, gaussian_filter(scene.counts, SMOOTHED_BY), scene.psf)


def _saturated(scene: Scene, kind: str, peak: float, seed: int) -> Given:
    top = scene.camera.offset + SATURATED_AT * (scene.counts.max() - scene.camera.offset)
    return Given(scene, np.minimum(scene.counts, top), scene.psf)


FAULTS: dict[str, Fault] = {
    "right": Fault(_right),
    "PSF 20 % wide": Fault(_scaled(1.2), ("too wide",)),
    "PSF 20 % narrow": Fault(_scaled(0.8), ("too narrow",)),
    "NA 1.0 for 1.4": Fault(_aperture, ("too wide", "aperture")),
    "spherical, 10 um": Fault(_spherical, ("spherical",), (3,)),
    "offset + 20 given": Fault(_camera(OFFSET_AMISS), ("offset",)),
    "offset - 20 given": Fault(_camera(-OFFSET_AMISS), ("offset",)),
    "background + 20 given": Fault(_background(OFFSET_AMISS), ("background",)),
    "background - 20 given": Fault(_background(-OFFSET_AMISS), ("background",)),
    "offset + 20 subtracted": Fault(_subtracted(OFFSET_AMISS), ("offset", "background")),
    "offset - 20 subtracted": Fault(_subtracted(-OFFSET_AMISS), ("offset", "background")),
    "negative": Fault(_negative, ("negative", "offset", "background")),
    "hot pixels kept": Fault(_hot, ("hot",)),
    "smoothed": Fault(_smoothed, ("not that of counts",)),
    "saturated": Fault(_saturated, ("saturated",)),
}
