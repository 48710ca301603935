"""A run as one value: everything that decides the result, in plain JSON.

This is also the one place where a parameter is defined: name, default, unit, bounds, choices and help stand in the
fields below, from which the forms, the command line and the recipe's keys follow.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from napari_deconvolve._version import __version__
from napari_deconvolve.core.algorithms.acceleration import ACCELERATIONS, as_acceleration
from napari_deconvolve.core.algorithms.constraints import SYMMETRIES
from napari_deconvolve.core.algorithms.wiener import MAX_REGULARIZATION, MIN_REGULARIZATION, as_regularization
from napari_deconvolve.core.algorithms.wiener_rules import RULES
from napari_deconvolve.core.arrays import as_float_dtype, as_iterations
from napari_deconvolve.core.likelihood.background import as_background
from napari_deconvolve.core.priors.choice import as_prior, choices_help
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH, MAX_STRENGTH, MIN_STRENGTH, PRIORS, as_strength
from napari_deconvolve.core.transforms.boundary import BOUNDARIES, as_boundary
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.fields import Parameter, definition, described
from napari_deconvolve.recipe.resolution import TARGET_WAYS, as_target_fwhm

METHODS = ("rl", "rl-gc", "wiener", "blind")
BLIND = ("width", "alternate")
STOPS = ("halves", "risk", "thinning", "discrepancy", "change")
USUAL = 30  # iterations, about, that a search finds


@dataclass(frozen=True, slots=True, eq=True)
class Recipe:
    """All that decides the result of a run, apart from the image itself.

    Attributes
    ----------
    method : str
        "rl", Richardson-Lucy; "rl-gc", the same by consensus of two halves of the photons; "wiener", the Wiener filter;
        "blind", Richardson-Lucy with a PSF that is found from the image.
    iterations, stop, gain, acceleration, background, dark_noise, boundary, dtype, prior, strength, regularization,
    target_fwhm, target_by, blind, symmetry
        See the fields' help, `parameter("iterations").help`.
    psf : mapping or None
        Source and parameters of the PSF, so that it can be made again; None while one is handed over beside it.
    version : str
        Of this package when the recipe was written.

    Raises
    ------
    ParameterError
        For a value outside its bounds.
    """

    method: str = described(
        "rl",
        "Method",
        "How the object is estimated: rl, Richardson-Lucy; rl-gc moves only where two halves of the photons agree; "
        "wiener, a linear filter, quick and signed; blind finds the PSF from the image first, near the one given.",
        choices=METHODS,
    )
    iterations: int | str = described(
        "auto",
        "Iterations",
        "More iterations sharpen more, and raise more noise; auto finds the best number from the image.",
        low=1,
        high=100_000,
    )
    stop: str = described(
        "halves",
        "Chosen by",
        "How auto finds the number: halves, by whether two halves of the photons lead to the same object; risk, by the "
        "error of the blurred image; thinning, by photons left out; discrepancy, when only noise is left (needs the "
        "gain); change, when the fit hardly gets better.",
        choices=STOPS,
    )
    gain: float | str = described(
        "auto",
        "Gain",
        "Counts per photon, by which noise is told from light; auto measures it on the image.",
        unit="counts per photon",
        low=1e-12,
    )
    acceleration: str | None = described(
        "biggs-andrews",
        "Acceleration",
        "Look ahead along the last step (Biggs & Andrews 1997): about a quarter of the iterations reach the same fit.",
        choices=("none", *ACCELERATIONS),
    )
    background: float | str = described(
        "auto",
        "Background",
        "Counts per sample that did not come from the object; auto finds them in the darkest part of the image.",
        unit="counts",
        low=0,
    )
    dark_noise: float | str = described(
        "auto",
        "Dark noise",
        "Counts that lift both data and background, for the noise that a background subtracted before has left; "
        "auto finds them where many samples are negative.",
        unit="counts",
        low=0,
    )
    boundary: str = described(
        "extended",
        "Boundary",
        "What the object does beyond the image; extended estimates it there too and leaves no ringing at the border.",
        choices=BOUNDARIES,
    )
    dtype: str = described(
        "float32",
        "Precision",
        "float64 takes twice the memory and time; spectra are always run in it.",
        choices=("float32", "float64"),
    )
    prior: str | None = described(
        None,
        "Prior",
        f"What is known of the object: {choices_help()}.",
        choices=("none", *PRIORS),
    )
    strength: float | str = described(
        "auto",
        "Strength",
        "How much the prior counts: more is smoother. Pictures of more photons need less; auto finds the best strength "
        "from the image.",
        low=MIN_STRENGTH,
        high=MAX_STRENGTH,
    )
    regularization: float | str = described(
        "auto",
        "Regularization",
        "How much a Wiener filter smooths: about the power of the noise over that of the object, the blur being 1 for "
        "what is large. auto finds the best from the image; negative takes the least whose most negative value is a "
        "tenth of the maximum; gcv is plain cross-validation.",
        low=MIN_REGULARIZATION,
        high=MAX_REGULARIZATION,
    )
    target_fwhm: float | str | tuple[float, ...] = described(
        "auto",
        "Target resolution",
        "Width of the finest detail that may be shown, in the PSF's unit, for all axes or per axis; 0 sets no limit, "
        "auto chooses it together with the number of iterations.",
        low=0,
    )
    target_by: str = described(
        "sieve",
        "Reached by",
        "How the target resolution is reached: sieve, finer detail is impossible while the object is estimated; "
        "smoothing, the estimate is smoothed to it afterwards, which is nearer to an image of just that resolution.",
        choices=TARGET_WAYS,
    )
    blind: str = described(
        "width",
        "PSF found by",
        "How the method blind finds the PSF: width fits how wide it is, from either side; alternate improves image and "
        "PSF in turn, which may change its shape too, but only narrows.",
        choices=BLIND,
    )
    symmetry: str = described(
        "none",
        "Symmetry",
        "What alternation knows of the PSF: none; mirror, it looks the same in a mirror along each axis; rotation, it "
        "is round in y and x.",
        choices=SYMMETRIES,
    )
    psf: Mapping[str, Any] | None = field(default=None)
    version: str = field(default=__version__)

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ParameterError(f"The method is {self.method!r}; choose one of {', '.join(METHODS)}.")
        object.__setattr__(self, "iterations", _number_or_auto(self.iterations))
        object.__setattr__(self, "gain", _as_gain(self.gain))
        if self.stop not in STOPS:
            raise ParameterError(f"The stop rule is {self.stop!r}; choose one of {', '.join(STOPS)}.")
        object.__setattr__(self, "acceleration", as_acceleration(self.acceleration))
        object.__setattr__(self, "background", as_background(self.background))
        object.__setattr__(self, "dark_noise", as_background(self.dark_noise, "dark noise"))
        object.__setattr__(self, "boundary", as_boundary(self.boundary))
        object.__setattr__(self, "dtype", as_float_dtype(self.dtype).name)
        object.__setattr__(self, "prior", as_prior(self.prior))
        object.__setattr__(self, "strength", _strength_or_auto(self.strength))
        object.__setattr__(self, "target_fwhm", as_target_fwhm(self.target_fwhm))
        object.__setattr__(self, "regularization", as_regularization(self.regularization, tuple(RULES)))
        for name, known in (("blind", BLIND), ("symmetry", SYMMETRIES), ("target_by", TARGET_WAYS)):
            if getattr(self, name) not in known:
                said = f"The recipe's {name} is {getattr(self, name)!r}; choose one of {', '.join(known)}."
                raise ParameterError(said)
        if self.method not in ("rl", "blind") and self.prior is not None:
            said = f"The method {self.method!r} takes no prior, and {self.prior!r} is given; choose rl, or none."
            raise ParameterError(said)
        if self.psf is not None:
            if not isinstance(self.psf, Mapping):
                raise ParameterError(f"The recipe's psf is a {type(self.psf).__name__}; give a mapping or null.")
            object.__setattr__(self, "psf", MappingProxyType(dict(self.psf)))

    @property
    def automatic(self) -> bool:
        """Whether the number of iterations is to be found from the image."""
        return isinstance(self.iterations, str)

    @property
    def expected_iterations(self) -> int:
        """The number of iterations; a usual one where it is still to be found."""
        if self.method == "wiener":
            return 1
        return USUAL if isinstance(self.iterations, str) else self.iterations

    @property
    def strength_wanted(self) -> bool:
        """Whether a prior's strength is to be found from the image."""
        return self.prior is not None and isinstance(self.strength, str)

    @property
    def usual_strength(self) -> float:
        """The prior's strength; a usual one where it is still to be found."""
        return DEFAULT_STRENGTH if isinstance(self.strength, str) else self.strength

    def replace(self, **changes: Any) -> Recipe:
        """Return a recipe that differs in the named fields."""
        unknown = sorted(set(changes) - {one.name for one in fields(self)})
        if unknown:
            raise ParameterError(_unknown(unknown))
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        if isinstance(self.target_fwhm, tuple):
            values["target_fwhm"] = list(self.target_fwhm)
        values["psf"] = None if self.psf is None else dict(self.psf)
        return values

    def to_json(self, indent: int | None = 2) -> str:
        """Write as JSON text."""
        return json.dumps(self.to_dict(), indent=indent)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """Read what `to_dict` gave; missing keys take their defaults, unknown ones are refused."""
        unknown = sorted(set(values) - {one.name for one in fields(cls)})
        if unknown:
            raise ParameterError(_unknown(unknown))
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Read JSON text; raise `ParameterError` when it is none or does not hold a recipe."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ParameterError(f"The recipe is not JSON ({error}); give a file written by this program.") from None
        if not isinstance(values, dict):
            raise ParameterError(f"The recipe holds a {type(values).__name__}; give a JSON object of parameters.")
        return cls.from_dict(values)


def _number_or_auto(value: object) -> int | str:
    if isinstance(value, str) and value == "auto":
        return value
    return as_iterations(value)


def _strength_or_auto(value: object) -> float | str:
    if isinstance(value, str) and value == "auto":
        return value
    return as_strength(value)


def _as_gain(value: object) -> float | str:
    if value == "auto" and isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < float("inf"):
        raise ParameterError(f"The gain is {value!r}; give counts per photon, a number above 0, or 'auto'.")
    return float(value)


def _unknown(names: list[str]) -> str:
    known = ", ".join(one.name for one in fields(Recipe))
    return f"A recipe has no {', '.join(map(repr, names))}; its keys are {known}."


def parameter(name: str) -> Parameter:
    """Look up the definition of a recipe's parameter."""
    found = definition(Recipe, name)
    if found is None:
        raise ParameterError(_unknown([name]))
    return found
