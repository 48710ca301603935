"""A simulation as one value: everything that decides its result, apart from the image, in plain JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from napari_deconvolve._version import __version__
from napari_deconvolve.core.arrays import MAX_AXES
from napari_deconvolve.core.transforms.smoothing import SCIPY_MODES
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.fields import Parameter, definition, described

MOST = 1e9  # photons per sample, and in all in single precision: beyond, noise is below the precision of float32
MOST_IN_ALL = 1e18
SEEDS = 2**31  # of them are drawn from: as many as a form can show

Widths = float | tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=True)
class Simulation:
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
        For a value outside its bounds, or two that exclude each other.
    """

    fwhm: float | tuple[float, ...] | None = described(
        None,
        "FWHM",
        "Full width at half maximum of the Gaussian that smooths: one for all axes (the last three at most), or one "
        "per axis for as many of the last ones; 0 leaves an axis as it is.",
        low=0,
    )
    spacing: float | tuple[float, ...] | None = described(
        None, "Spacing", "Distance of the image's samples, in the unit of FWHM and PSF: one for all axes, or one each."
    )
    boundary: str = described(
        "reflect",
        "Boundary",
        "What lies beyond the image: reflect, its mirror image; edge, its border samples; periodic, its other side; "
        "zero, nothing.",
        choices=tuple(SCIPY_MODES),
    )
    photons: float | None = described(
        None,
        "Photons",
        "How many photons are to be expected at the brightest sample of the blurred image, background not counted; "
        "none leaves the values as they are.",
        unit="photons",
        low=0,
        high=MOST,
    )
    total: float | None = described(
        None, "Photons in all", "The same for the sum over all samples.", unit="photons", low=0, high=MOST_IN_ALL
    )
    background: float = described(
        0.0, "Background", "Photons that come to every sample besides.", unit="photons", low=0, high=MOST
    )
    poisson: bool = described(True, "Photon noise", "Photons come at random: Poisson noise.")
    read_noise: float = described(
        0.0,
        "Read noise",
        "Standard deviation of what reading out adds to each sample, in photons (electrons).",
        unit="photons",
        low=0,
        high=MOST,
    )
    gain: float = described(1.0, "Gain", "What the camera writes for a photon.", unit="counts per photon", low=1e-12)
    offset: float = described(0.0, "Offset", "What the camera writes where there is no light.", unit="counts")
    seed: int | None = described(None, "Seed", "The same number gives the same noise again.", low=0)
    psf: Mapping[str, Any] | None = field(default=None)
    version: str = field(default=__version__)

    def __post_init__(self) -> None:
        self._set("fwhm", _widths("fwhm", self.fwhm))
        self._set("spacing", _widths("spacing", self.spacing, positive=True))
        if self.boundary not in SCIPY_MODES:
            raise ParameterError(f"The boundary is {self.boundary!r}; choose reflect, edge, periodic or zero.")
        self._set("photons", _photons("photons", self.photons, MOST))
        self._set("total", _photons("total", self.total, MOST_IN_ALL))
        for name, low, high in (
            ("background", 0.0, MOST),
            ("read_noise", 0.0, MOST),
            ("gain", 1e-12, 1e12),
            ("offset", -1e12, 1e12),
        ):
            self._set(name, _number(name, getattr(self, name), low, high))
        if not isinstance(self.poisson, (bool, np.bool_)):
            raise ParameterError(f"Poisson is {self.poisson!r}; give True or False.")
        self._set("poisson", bool(self.poisson))
        self._set("seed", _seed(self.seed))
        if self.photons is not None and self.total is not None:
            raise ParameterError(
                f"Photons is {self.photons:g} and total {self.total:g}, but one follows from the other; give one."
            )
        if self.psf is not None:
            if not isinstance(self.psf, Mapping):
                raise ParameterError(f"The simulation's psf is a {type(self.psf).__name__}; give a mapping or None.")
            if self.smooths:
                raise ParameterError("A PSF and the width of a Gaussian are both given; give one of them.")
            self._set("psf", MappingProxyType(dict(self.psf)))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

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

    def replace(self, **changes: Any) -> Simulation:
        """Return a value that differs in the named fields."""
        _refuse_unknown(changes)
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        for name in ("fwhm", "spacing"):
            if isinstance(values[name], tuple):
                values[name] = list(values[name])
        values["psf"] = None if self.psf is None else dict(self.psf)
        return values

    def to_json(self, indent: int | None = 2) -> str:
        """Write as JSON text."""
        return json.dumps(self.to_dict(), indent=indent)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Simulation:
        """Read what `to_dict` gave; missing keys take their defaults, unknown ones are refused."""
        _refuse_unknown(values)
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> Simulation:
        """Read JSON text; raise `ParameterError` when it is none or does not hold a simulation."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ParameterError(
                f"The simulation is not JSON ({error}); give a file written by this program."
            ) from None
        if not isinstance(values, dict):
            raise ParameterError(f"The simulation holds a {type(values).__name__}; give a JSON object of parameters.")
        return cls.from_dict(values)


def simulation_parameter(name: str) -> Parameter:
    """Look up the definition of a simulation's parameter."""
    found = definition(Simulation, name)
    if found is None:
        _refuse_unknown([name])
    assert found is not None
    return found


def _refuse_unknown(names: Any) -> None:
    known = [one.name for one in fields(Simulation)]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ParameterError(f"A simulation has no {', '.join(map(repr, unknown))}; its keys are {', '.join(known)}.")


def _is_number(value: object) -> bool:
    real = isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.complexfloating))
    return real and math.isfinite(float(value))  # type: ignore[arg-type]


def _number(name: str, value: Any, low: float, high: float) -> float:
    if not (_is_number(value) and low <= float(value) <= high):
        raise ParameterError(f"The {name.replace('_', ' ')} is {value!r}; give a number from {low:g} to {high:g}.")
    return float(value)


def _photons(name: str, value: Any, high: float) -> float | None:
    if value is None:
        return None
    if not (_is_number(value) and 0 < float(value) <= high):
        words = "photons" if name == "photons" else "photons in all"
        raise ParameterError(f"The number of {words} is {value!r}; give one above 0 and at most {high:g}, or None.")
    return float(value)


def _widths(name: str, value: Any, *, positive: bool = False) -> Widths | None:
    if value is None:
        return None
    several = isinstance(value, (list, tuple, np.ndarray))
    numbers: list[Any] = list(value) if several else [value]
    good = 1 <= len(numbers) <= MAX_AXES and all(
        _is_number(one) and (float(one) > 0 or (float(one) == 0 and not positive)) for one in numbers
    )
    if not good:
        bound = "positive numbers" if positive else "numbers of at least 0"
        raise ParameterError(f"The {name} is {value!r}; give {bound}: one, or one per axis, {MAX_AXES} at most.")
    return tuple(float(one) for one in numbers) if several else float(numbers[0])


def _seed(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ParameterError(f"The seed is {value!r}; give a whole number of at least 0, or None for a new one.")
    return int(value)
