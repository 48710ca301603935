"""A run as one value: everything that decides the result, in plain JSON.

This is also the one place where a parameter is declared: the fields below hold name, label, help, unit, range, default
and check. The forms, the options of the command line, the keys in JSON and the tables of the documentation follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from napari_deconvolve._version import __version__
from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS, DEFAULT_ACCELERATION
from napari_deconvolve.core.algorithms.constraints import SYMMETRIES
from napari_deconvolve.core.algorithms.wiener import MAX_REGULARIZATION, MIN_REGULARIZATION
from napari_deconvolve.core.algorithms.wiener_rules import RULES
from napari_deconvolve.core.likelihood.maps import MAPS, Map, MapSamples, least_mean, mean_of
from napari_deconvolve.core.model_selection.rules import STOP_RULES
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH, MAX_STRENGTH, MIN_STRENGTH, PRIORS
from napari_deconvolve.core.transforms.boundary import BOUNDARIES
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.defects import DEFECTS, MASK
from napari_deconvolve.recipe.earlier import without_dark_noise
from napari_deconvolve.recipe.fields import Parameter, described
from napari_deconvolve.recipe.found import ASKED, FoundOn, without
from napari_deconvolve.recipe.kinds import AUTO, Auto, Choice, Level, Number, PerAxis, Precision, Source
from napari_deconvolve.recipe.method import METHODS, TYPICAL_ITERATIONS, MethodTraits
from napari_deconvolve.recipe.resolution import MAX_TARGET_AXES, TARGET_WAYS
from napari_deconvolve.recipe.value import PlainValue
from napari_deconvolve.schema import mapping

BLIND = ("width", "alternate")


@dataclass(frozen=True, slots=True, eq=True, repr=False)
class Recipe(PlainValue):
    """All that decides the result of a run, apart from the image itself.

    Attributes
    ----------
    method : str
        "rl", Richardson-Lucy; "rl-gc", the same by consensus of two halves of the photons; "wiener", the Wiener filter;
        "blind", Richardson-Lucy with a PSF that is found from the image.
    iterations, stop, gain, acceleration, background, offset, read_noise, defects, boundary, dtype, prior, strength,
    regularization, target_fwhm, target_by, blind, symmetry, device
        See the fields' help, `parameter("iterations").help`.
    psf : mapping or None
        Source and parameters of the PSF, so that it can be made again; None while one is handed over beside it.
    version : str
        Of this package when the recipe was written.
    found_on : mapping or None
        Of a recipe that repeats a run: a digest of the image on which its numbers were found, and what was asked in
        their place ("auto"), by field. On that image it repeats the run; any other is asked again.

    Raises
    ------
    ParameterError
        If a value is outside its range, or two exclude each other.
    """

    _called: ClassVar[str] = "recipe"

    method: str = described("rl", "Method", "How the object is estimated: {choices}.", Choice(METHODS))
    iterations: int | Auto = described(
        AUTO,
        "Iterations",
        "More iterations sharpen more, and raise more noise; auto finds the best number from the image.",
        Number(low=1, whole=True, words=(AUTO,), span=(1, 100_000), usual=TYPICAL_ITERATIONS),
        noun="number of iterations",
    )
    stop: str = described(
        "halves",
        "Chosen by",
        "How auto finds the number of iterations: {choices}.",
        Choice(STOP_RULES),
        noun="stop rule",
        metavar="RULE",
    )
    gain: float | Auto | Map = described(
        AUTO,
        "Gain",
        "Camera gain in counts per photon. Auto estimates it from the image. A map brings counts to its mean.",
        Level(above=0, words=(AUTO,), span=(1e-12, None)),
        unit="counts per photon",
    )
    acceleration: str | None = described(
        DEFAULT_ACCELERATION,
        "Acceleration",
        "Look ahead along the last steps, by momentum (Nesterov 1983) or by Biggs & Andrews (1997), so that fewer "
        "iterations reach the same fit: by momentum 20 in place of about 70.",
        Choice(ACCELERATIONS, none=True),
    )
    background: float | Auto | Map = described(
        AUTO,
        "Background",
        "Counts in every pixel that do not come from the object, the camera's offset included; may be negative. Auto "
        "finds them in the empty parts of the image: one number, or a smooth surface where it is not flat.",
        Level(words=(AUTO,)),
        unit="counts",
    )
    offset: float | Auto | Map = described(
        AUTO,
        "Camera offset",
        "Counts that the camera adds to every pixel; negative where more was subtracted. Auto reads off the image at "
        "which counts there is no noise.",
        Level(words=(AUTO,)),
        unit="counts",
        noun="camera offset",
    )
    read_noise: float | Auto | Map = described(
        AUTO,
        "Read noise",
        "Standard deviation of the noise that the camera adds by reading: of a variance in squared counts, the square "
        "root over the gain. Auto takes it together with the offset.",
        Level(low=0, words=(AUTO,)),
        unit="photons",
    )
    defects: str = described(
        MASK,
        "Defects",
        "What becomes of samples that hold no data, such as areas filled with a constant, hot and dead pixels: mask "
        "leaves them out; keep takes them as they are.",
        Choice(DEFECTS),
    )
    boundary: str = described(
        "extended",
        "Boundary",
        "How the object continues beyond the image; extended estimates it there too and leaves no ringing at the "
        "border.",
        Choice(BOUNDARIES),
    )
    dtype: str = described(
        "float32", "Precision", "float64 takes twice the memory and time; spectra always use it.", Precision()
    )
    prior: str | Auto | None = described(
        None,
        "Prior",
        "What is known about the object: {choices}. auto tries none, sieves and priors on the image and takes a prior "
        "only where it is clearly better.",
        Choice(PRIORS, none=True, words=(AUTO,)),
        metavar="NAME[:STRENGTH]|auto|none",
        joined="strength",
    )
    strength: float | Auto = described(
        AUTO,
        "Strength",
        "Weight of the prior: more is smoother. Images with more photons need less; auto finds the best strength "
        "from the image.",
        Number(low=MIN_STRENGTH, high=MAX_STRENGTH, words=(AUTO,), usual=DEFAULT_STRENGTH),
        noun="strength of the prior",
        metavar="",
    )
    regularization: float | str = described(
        AUTO,
        "Regularization",
        "How much a Wiener filter smooths: about the power of the noise over that of the object, for an OTF of 1 at "
        "zero frequency. auto finds the best from the image; negative takes the least whose most negative value is a "
        "tenth of the maximum; gcv is plain cross-validation.",
        Number(above=0, words=RULES, span=(MIN_REGULARIZATION, MAX_REGULARIZATION), usual=1e-3),
    )
    target_fwhm: float | Auto | tuple[float, ...] = described(
        AUTO,
        "Target resolution",
        "Width of the finest detail to show, in the PSF's unit, for all axes or per axis; 0 sets no limit, "
        "auto chooses it together with the number of iterations.",
        PerAxis(MAX_TARGET_AXES, low=0, words=(AUTO,), absent=0.0),
        metavar="WIDTH|Z,Y,X|auto",
    )
    target_by: str = described(
        "sieve",
        "Reached by",
        "How the target resolution is reached: sieve, finer detail is impossible while the object is estimated; "
        "smoothing, the estimate is smoothed to it afterwards, which is nearer to an image of just that resolution.",
        Choice(TARGET_WAYS),
        noun="way to the target resolution (target_by)",
    )
    blind: str = described(
        "width",
        "PSF found by",
        "How the method blind finds the PSF: width fits its width, from either side; alternate improves image and "
        "PSF in turn, which may change its shape too, but only narrows.",
        Choice(BLIND),
        noun="way to find the PSF (blind)",
        metavar="WAY",
    )
    symmetry: str = described(
        "none",
        "Symmetry",
        "Symmetry of the PSF that alternation assumes: none; mirror, it equals its mirror image along each axis; "
        "rotation, it is round in y and x.",
        Choice(SYMMETRIES),
    )
    psf: Mapping[str, Any] | None = described(
        None, "PSF", "Source and parameters of the PSF, so that it can be made again.", Source(), noun="recipe's psf"
    )
    device: str = described(
        AUTO,
        "Run by",
        "Where iterations run: auto takes a GPU if there is one and the image is large; gpu takes it for small ones "
        "too; cpu never does. Results differ by rounding. PyTorch or CuPy brings the GPU.",
        Choice(("cpu", "gpu"), words=(AUTO,)),
        noun="device",
    )
    version: str = field(default=__version__)
    found_on: Mapping[str, Any] | None = described(
        None,
        "Found on",
        "The image on which numbers of this recipe were found, and what was asked in their place.",
        FoundOn(),
        noun="recipe's found_on",
    )

    def _agree(self) -> None:
        self.traits.check(self.prior)
        given, offset = self.background, least_mean(self.offset)
        lowest = float(given.data.min()) if isinstance(given, MapSamples) else given
        if isinstance(self.read_noise, MAPS):  # a background that was found may lie below by some of that noise
            return
        if isinstance(offset, float) and isinstance(lowest, float) and lowest < offset:
            raise ParameterError(
                f"The background is {lowest:g} and the camera's offset {offset:g}; the background counts "
                f"the offset too, so give at least {offset:g}."
            )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned; missing keys take their defaults, unknown ones are refused."""
        return super(Recipe, cls).from_dict(without_dark_noise(mapping(values, "recipe")))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; without `found_on` where nothing was found."""
        known = super(Recipe, self).to_dict()
        return known if self.found_on is not None else {name: known[name] for name in known if name != "found_on"}

    def replace(self, **changes: Any) -> Self:
        """Return a recipe that differs in the named fields: their values are asked now, of any image."""
        return super(Recipe, self).replace(**{"found_on": without(self.found_on, changes), **changes})

    def as_found(self) -> Self:
        """Return a recipe that asks its numbers of any image."""
        return self.replace(found_on=None)

    def as_asked(self) -> Self:
        """Return the recipe that was asked before numbers were found."""
        asked = {} if self.found_on is None else self.found_on[ASKED]
        return self.from_dict({**self.to_dict(), **asked, "found_on": None})

    @property
    def traits(self) -> MethodTraits:
        """All that the method's name means."""
        return METHODS[self.method]

    @property
    def mean_gain(self) -> float | Auto:
        """Counts per photon, in which results are; of a map, its mean."""
        return mean_of(self.gain)

    @property
    def automatic(self) -> bool:
        """Whether the number of iterations is to be found from the image."""
        return isinstance(self.iterations, str)

    @property
    def expected_iterations(self) -> int:
        """The number of iterations; a usual one where it is still to be found."""
        return self.traits.expected_iterations(self.iterations)

    @property
    def chooses_prior(self) -> bool:
        """Whether it is to be found from the image which prior is used, if any."""
        return self.prior == AUTO

    @property
    def prior_wanted(self) -> bool:
        """Whether a prior, or its strength, is to be found from the image."""
        return self.chooses_prior or self.strength_wanted

    @property
    def strength_wanted(self) -> bool:
        """Whether a prior's strength is to be found from the image."""
        return self.prior is not None and isinstance(self.strength, str)

    @property
    def named_prior(self) -> str | None:
        """The prior; None where there is none, and where it is still to be found."""
        return None if self.chooses_prior else self.prior

    @property
    def usual_strength(self) -> float:
        """The prior's strength; a usual one where it is still to be found."""
        return DEFAULT_STRENGTH if isinstance(self.strength, str) else self.strength


def parameter(name: str) -> Parameter:
    """Look up the declaration of a recipe's parameter."""
    return Recipe.parameter(name)
