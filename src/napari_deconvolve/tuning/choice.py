"""What a search tries, and what it chooses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import Region

Target = float | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A sieve, over the PSF's width, and a strength of the recipe's prior that are tried together; 0 is none."""

    sieve: float = 0.0
    strength: float = 0.0

    def __str__(self) -> str:
        strength = f", strength {self.strength:g}" if self.strength else ""
        return strength + (f", sieve {self.sieve:g}" if self.sieve else "")


@dataclass(frozen=True, slots=True)
class Curve:
    """The scores over iterations, for one setting: the lower the better, comparable within a choice."""

    sieve: float
    iterations: tuple[int, ...]
    scores: tuple[float, ...]
    strength: float = 0.0


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


def settled(job: Job, choice: Choice) -> Job:
    """Return a job with the settings of a choice; the number stays "auto" where a rule finds it on the way."""
    found: dict[str, Any] = {"iterations": choice.iterations} if choice.iterations else {}
    if choice.strength:
        found["strength"] = choice.strength
    return with_settings(job, choice.target_fwhm, gain=choice.gain, **found)


def with_settings(job: Job, target_fwhm: Target, **changes: Any) -> Job:
    """Return a job whose recipe differs."""
    return replace(job, recipe=job.recipe.replace(target_fwhm=target_fwhm, **changes))
