"""A simulation as one value: everything that decides its result, apart from the image, in plain JSON."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from napari_deconvolve._version import __version__
from napari_deconvolve.core.arrays import MAX_AXES
from napari_deconvolve.core.transforms.smoothing import SCIPY_MODES
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.fields import Parameter, described
from napari_deconvolve.recipe.kinds import Choice, Flag, Number, PerAxis, Source
from napari_deconvolve.recipe.value import PlainValue

MAX_PHOTONS = 1e9  # photons per sample, and in all in single precision: beyond, noise is below the precision of float32
MAX_TOTAL_PHOTONS = 1e18
SEEDS = 2**31  # of them are drawn from: as many as a form can show
MAX_COUNTS = 1e12


@dataclass(frozen=True, slots=True, eq=True, repr=False)
class Simulation(PlainValue):
    """All that decides a simulated measurement, apart from the image itself.

    The steps, in this order: blur (by a PSF, or by a Gaussian of `fwhm`); scale to `photons` or `total`; add
    `background`; count photons at random; add `read_noise`, multiply by `gain`, add `offset`.

    Attributes
    ----------
    fwhm, spacing, boundary, photons, total, background, poisson, read_noise, gain, offset, seed
        See the fields' help, `simulation_parameter("photons").help`.
    psf : mapping or None
        Source and parameters of the PSF, so that it can be made again.
    version : str
        Of this package when the value was written.

    Raises
    ------
    ParameterError
        If a value is outside its range, or two exclude each other.
    """

    _called: ClassVar[str] = "simulation"

    fwhm: float | tuple[float, ...] | None = described(
        None,
        "FWHM",
        "Full width at half maximum of the Gaussian that smooths: one for all axes (the last three at most), or one "
        "per axis for as many of the last ones; 0 leaves an axis as it is.",
        PerAxis(MAX_AXES, low=0),
        noun="fwhm",
    )
    spacing: float | tuple[float, ...] | None = described(
        None,
        "Spacing",
        "Distance between the image's pixels, in the unit of FWHM and PSF: one for all axes, or one each.",
        PerAxis(MAX_AXES, above=0),
    )
    boundary: str = described(
        "reflect",
        "Boundary",
        "What lies beyond the image: reflect, its mirror image; edge, its border pixels; periodic, its other side; "
        "zero, nothing.",
        Choice(SCIPY_MODES),
    )
    photons: float | None = described(
        None,
        "Photons",
        "Expected photons in the brightest pixel of the blurred image, without background; none leaves the values as "
        "they are.",
        Number(above=0, high=MAX_PHOTONS, none=True),
        unit="photons",
        noun="number of photons",
        metavar="P",
    )
    total: float | None = described(
        None,
        "Photons in all",
        "The same for the sum over all pixels.",
        Number(above=0, high=MAX_TOTAL_PHOTONS, none=True),
        unit="photons",
        noun="number of photons in all",
        metavar="P",
    )
    background: float = described(
        0.0,
        "Background",
        "Photons that are added to every pixel.",
        Number(low=0, high=MAX_PHOTONS),
        unit="photons",
        metavar="B",
    )
    poisson: bool = described(True, "Photon noise", "Photons come at random: Poisson noise.", Flag())
    read_noise: float = described(
        0.0,
        "Read noise",
        "Standard deviation of the noise that reading out adds to each pixel, in photons (electrons).",
        Number(low=0, high=MAX_PHOTONS),
        unit="photons",
        metavar="S",
    )
    gain: float = described(
        1.0,
        "Gain",
        "Counts that the camera writes for a photon.",
        Number(low=1e-12, high=MAX_COUNTS),
        unit="counts per photon",
        metavar="G",
    )
    offset: float = described(
        0.0,
        "Offset",
        "Counts that the camera writes where there is no light.",
        Number(low=-MAX_COUNTS, high=MAX_COUNTS),
        unit="counts",
        metavar="O",
    )
    seed: int | None = described(
        None,
        "Seed",
        "The same number gives the same noise again; none draws a new one.",
        Number(low=0, whole=True, none=True),
        metavar="S",
    )
    psf: Mapping[str, Any] | None = described(
        None,
        "PSF",
        "Source and parameters of the PSF, so that it can be made again.",
        Source(),
        noun="simulation's psf",
    )
    version: str = field(default=__version__)

    def _agree(self) -> None:
        if self.photons is not None and self.total is not None:
            raise ParameterError(
                f"Photons is {self.photons:g} and total {self.total:g}, but one follows from the other; give one."
            )
        if self.psf is not None and self.smooths:
            raise ParameterError("A PSF and the width of a Gaussian are both given; give one of them.")

    @property
    def smooths(self) -> bool:
        """Whether a Gaussian smooths along any axis."""
        widths = self.fwhm if isinstance(self.fwhm, tuple) else (self.fwhm or 0.0,)
        return any(width > 0 for width in widths)

    @property
    def noisy(self) -> bool:
        """Whether random numbers take part."""
        return self.poisson or self.read_noise > 0

    def widths(self, ndim: int) -> tuple[float, ...]:
        """Return the Gaussian's width for each axis of an image, 0 for none."""
        if self.fwhm is None:
            return (0.0,) * ndim
        given = self.fwhm if isinstance(self.fwhm, tuple) else (self.fwhm,) * min(3, ndim)
        if len(given) > ndim:
            raise ParameterError(f"There are {len(given)} widths (fwhm) and the image has {ndim} axes; give fewer.")
        return (0.0,) * (ndim - len(given)) + given

    def steps(self, ndim: int) -> tuple[float, ...]:
        """Return the distance of samples along each axis of an image; 1 where none is given."""
        given = self.spacing if isinstance(self.spacing, tuple) else (self.spacing or 1.0,) * ndim
        if len(given) > ndim:
            raise ParameterError(f"The spacing has {len(given)} numbers and the image {ndim} axes; give fewer.")
        return (1.0,) * (ndim - len(given)) + given

    def seeded(self) -> Simulation:
        """Return the same with a seed: a new one, if noise needs one and none is given."""
        return self.replace(seed=secrets.randbelow(SEEDS)) if self.noisy and self.seed is None else self


def simulation_parameter(name: str) -> Parameter:
    """Look up the declaration of a simulation's parameter."""
    return Simulation.parameter(name)
