"""What searches try and find: settings, widths, PSFs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from napari_deconvolve.core.model_selection.references import HeldOutPoint
from napari_deconvolve.image.shown import page
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import Region
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.schema import plain
from napari_deconvolve.tuning.confirmation import Confirmation

MAX_ITERATIONS_SHARE, EXTRA_ITERATIONS = 0.9, 3  # of the number that a width was found with, and more

DIFFERS = 0.1  # of the width, by which the best one is another
CLEARLY_NARROWER = 0.95  # of the width: what fits best says how much too wide a PSF is
REMEDY = "check what it was made from (aperture, wavelength, spacing, index), or measure it with beads"

Target = float | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A sieve, over the PSF's width, and a prior with its strength that are tried together; 0 and None are none."""

    sieve: float = 0.0
    strength: float = 0.0
    prior: str | None = None

    def __str__(self) -> str:
        prior = "" if self.prior is None else f", {self.prior} of strength {self.strength:g}"
        return prior + (f", sieve {self.sieve:g}" if self.sieve else "")

    @property
    def only_sieved(self) -> bool:
        """Whether there is a sieve and no prior: it takes no fewer iterations than without."""
        return bool(self.sieve) and self.prior is None

    @property
    def changes(self) -> dict[str, Any]:
        """The prior, as a recipe has it."""
        return {"prior": None} if self.prior is None else {"prior": self.prior, "strength": self.strength}


@dataclass(frozen=True, slots=True)
class Curve:
    """The scores over iterations, for one setting: the lower the better, comparable within a choice."""

    sieve: float
    iterations: tuple[int, ...]
    scores: tuple[float, ...]
    strength: float = 0.0
    prior: str | None = None
    alike: tuple[int, int] | None = None  # first and last number that score as the best within the noise, if known

    @property
    def setting(self) -> Setting:
        """What the scores are of."""
        return Setting(self.sieve, self.strength, self.prior)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `Choice.to_dict` made of it."""
        scores = tuple(_number(one) for one in values["scores"])
        return cls(**{**{name: _fixed(value) for name, value in values.items()}, "scores": scores})


@dataclass(frozen=True, slots=True)
class Best:
    """The best that was tried so far: a number of iterations, with a setting, and their score."""

    iterations: int
    setting: Setting
    point: HeldOutPoint | None = None  # None where nothing was scored

    @property
    def score(self) -> float:
        """The score; infinite where nothing was scored."""
        return float("inf") if self.point is None else self.point.score


@dataclass(frozen=True, slots=True)
class Choice:
    """The settings that a search chose on a region of one item by a stop rule, and its scores."""

    iterations: int  # for the whole image; 0 where a rule finds the number on the way
    target_fwhm: Target  # of the sieve, per axis in the PSF's unit; 0 for none
    sieve: float  # the same over the PSF's width
    gain: float  # counts per photon: variance over mean of the data
    curves: tuple[Curve, ...]  # one per setting that was tried
    item: int
    region: Region
    rule: str
    strength: float = 0.0  # of the prior; 0 for none
    prior: str | None = None
    lead: float = math.nan  # of the best prior over none, in standard deviations; NaN where none competed
    narrower: Confirmation = field(default_factory=Confirmation)  # by a narrower PSF
    unexplained: float = 0.0  # see `residual_spectrum.unexplained`
    items: tuple[int, ...] = ()  # for which it holds

    @property
    def setting(self) -> Setting:
        """What was chosen, beside the number of iterations."""
        return Setting(self.sieve, self.strength, self.prior)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types: None for a number that is not finite."""
        known: dict[str, Any] = plain({**asdict(self), "region": [[cut.start, cut.stop] for cut in self.region]})
        return known

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned, or what it did before, with numbers that are not finite."""
        share, uncertainty = values["narrower"]["share"], values["narrower"]["uncertainty"]
        known = {
            "curves": tuple(Curve.from_dict(one) for one in values["curves"]),
            "region": tuple(slice(*cut) for cut in values["region"]),
            "target_fwhm": _fixed(values["target_fwhm"]),
            "items": tuple(values["items"]),
            "narrower": Confirmation(_number(share), _number(uncertainty, math.inf)),
        }
        return cls(**{**values, **{name: _number(values[name]) for name in ("gain", "lead")}, **known})


def _fixed(value: Any) -> Any:
    """Return a tuple of a list, as JSON writes it, and all else as it is."""
    return tuple(value) if isinstance(value, list) else value


def _number(value: float | None, missing: float = math.nan) -> float:
    """Return a number, and for None what it stands for, as JSON has no numbers that are not finite."""
    return missing if value is None else value


def settled(job: Job, choice: Choice) -> Job:
    """Return a job with the settings of a choice; the number stays "auto" where a rule finds it on the way."""
    found: dict[str, Any] = {"iterations": choice.iterations} if choice.iterations else {}
    if isinstance(job.recipe.gain, str):
        found["gain"] = choice.gain
    return with_settings(job, choice.target_fwhm, **choice.setting.changes, **found)


def with_settings(job: Job, target_fwhm: Target, **changes: Any) -> Job:
    """Return a job whose recipe differs."""
    return replace(job, recipe=job.recipe.replace(target_fwhm=target_fwhm, **changes))


@dataclass(frozen=True, slots=True, eq=False)
class FoundPSF:
    """A PSF that was found from an image.

    Attributes
    ----------
    psf : PSF
        The PSF found.
    how : str
        "width" or "alternate".
    factor : float
        Its width, over that of the PSF that was given.
    uncertainty : float
        Standard deviation of the factor; NaN where it is not known.
    warning : str
        Its limits, in a sentence; may be empty.
    iterations : int
        The number that was found with the width, and that a run should not exceed; 0 where none was.
    """

    psf: PSF
    how: str
    factor: float
    uncertainty: float
    warning: str
    iterations: int = 0

    def __str__(self) -> str:
        sure = f" ± {self.uncertainty:.2f}" if math.isfinite(self.uncertainty) else ""
        return f"The PSF found is {self.factor:.2f}{sure} times as wide as the one given."

    def __repr__(self) -> str:
        """Return it in one line."""
        sure = f" ± {self.uncertainty:.2f}" if math.isfinite(self.uncertainty) else ""
        return f"FoundPSF({self.how}, {self.factor:.3g}{sure} of the width, {self.psf!r})"

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        return page(repr(self), self.psf.data)

    def limit(self, choice: Choice) -> Choice:
        """Return a choice whose number of iterations is hardly more than that with which the width was found.

        Held-out splits share the rings of a PSF that is a few per cent too wide, so they take them for structure and
        ask for too many iterations. Where width and number are found together, that is avoided. A sieve goes with more
        iterations than that, and is left out with them.
        """
        most = round(MAX_ITERATIONS_SHARE * self.iterations) + EXTRA_ITERATIONS
        if not self.iterations or choice.iterations <= most:
            return choice
        return replace(choice, iterations=most, sieve=0.0, target_fwhm=0.0 if choice.sieve else choice.target_fwhm)


@dataclass(frozen=True, slots=True, eq=False)
class WidthCheck:
    """The width of the PSF, estimated from the image.

    Attributes
    ----------
    widths : tuple of float
        That were tried, over the PSF's own, in rising order.
    scores : tuple of float
        Predictive score of each above the best one's, in nats; lower is better.
    between : tuple of float
        What fits best at fewer and at more iterations, the lower one first.
    best : float
        The width that fits best, over the PSF's own.
    uncertainty : float
        Its standard deviation: of chance, and of what `between` tells. Infinite where the image tells nothing.
    iterations : int
        At which widths were compared.
    warning : str
        What is wrong with the PSF's width, in a sentence; empty when nothing is to be said.
    psf : PSF
        The PSF made as wide as fits best; of strata, each.
    item : int
        Which item was looked at.
    region : tuple of slice
        Which part of it.
    at_the_end : bool
        Whether the best width is the narrowest or widest that was allowed, so that the true one may lie beyond.
    told : bool
        Whether the image determines the width; one that is flat, or noise alone, does not.
    advised : float
        The width that a run should have, over the PSF's own: another than 1 only where it certainly does no worse.
    soft : bool
        Whether nothing in the image is as fine as the PSF, so that softness of the object passes for a wider PSF.
    clear : bool
        Whether the image holds points in enough light, so that scores tell the shape of the PSF too.
    """

    widths: tuple[float, ...]
    scores: tuple[float, ...]
    between: tuple[float, float]
    best: float
    uncertainty: float
    iterations: int
    warning: str
    psf: ChannelSpread
    item: int
    region: Region
    at_the_end: bool = False
    told: bool = True
    advised: float = 1.0
    soft: bool = False
    clear: bool = False

    def __repr__(self) -> str:
        """Return it in one line."""
        said = ", it is said to be wrong" if self.warning else ""
        return f"WidthCheck({self.best:.3g} ± {self.uncertainty:.2g} of the width, {self.iterations} iterations{said})"


def too_wide_warning(best: float, beyond: bool) -> str:
    """Return the warning that an image holds finer detail than its PSF; `beyond` says that it may be by more."""
    least = "at least " if beyond else ""
    much = f"{least}{1 / best - 1:.0%} " if best < CLEARLY_NARROWER else ""
    found = f"one of {best:.2f} times its width predicts the image better" if much else "the image holds finer detail"
    return f"The PSF seems {much}too wide: {found}; {REMEDY}."


def too_narrow_warning(best: float, beyond: bool) -> str:
    """Return the warning that a PSF is narrower than anything in its image; `beyond` says that it may be by more."""
    least = "at least " if beyond else ""
    return (
        f"The PSF seems {least}{1 - 1 / best:.0%} too narrow: one of {best:.2f} times its width predicts the image "
        f"better; {REMEDY}."
    )
