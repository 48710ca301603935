"""What a run knows of its camera: offset, read noise, gain and background, how sure they are, and their sources."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.maps import MAPS, mean_of
from napari_deconvolve.job.data import (
    background,
    camera_level,
    found_by,
    gain_of,
    level,
    reading,
    typical,
    visible,
)
from napari_deconvolve.job.pixels import over
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.recipe import Recipe

Origin: TypeAlias = Literal["given", "image", "metadata"]
QUANTITIES = ("offset", "read_noise", "gain", "background")

# Errors of the background over those of the mean of as many samples as lie near it, measured on discs of 20 to 1000
# photons in 64 x 64 and 128 x 128 samples: the constant is that of the darkest part, a surface uses all samples.
CONSTANT_SPREAD, SURFACE_SPREAD = 3.3, 1.8
NEAR = 2.0  # standard deviations of noise from the background: samples that hold nothing else


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, and how it is known.

    Attributes
    ----------
    value : float
        Of a map, the mean; NaN where nobody knows it.
    sd : float
        Its standard deviation; 0 for a number that was given, NaN where that is not known.
    source : str
        "given", by the recipe; "metadata", by the image's file; "image", found in its samples.
    """

    value: float
    sd: float
    source: Origin

    def __str__(self) -> str:
        return with_sd(self.value, self.sd)

    def to_list(self) -> list[Any]:
        """Return value, standard deviation and source in plain JSON types; None where a number is not known."""
        return [*(one if math.isfinite(one) else None for one in (self.value, self.sd)), self.source]

    @classmethod
    def from_list(cls, values: Sequence[Any]) -> Self:
        """Read what `to_list` returned."""
        value, sd = (math.nan if one is None else float(one) for one in values[:2])
        return cls(value, sd, values[2])


@dataclass(frozen=True, slots=True)
class CameraFound:
    """What is known of the camera from one item of an image; of lines, from all of them.

    An image tells offset and read noise only together, by the counts at which there is no noise, offset - gain x (read
    noise)^2. Where it has to, `offset` is that number, and `read_noise` is NaN.

    Attributes
    ----------
    item : int
        Place among those that are deconvolved one by one.
    offset : Quantity
        In counts.
    read_noise : Quantity
        Standard deviation in photons.
    gain : Quantity
        In counts per photon. What is found is the slope of variance over mean; NaN where that is not certain.
    background : Quantity
        In counts, with the offset in it; the mean where it is not one number.
    """

    item: int
    offset: Quantity
    read_noise: Quantity
    gain: Quantity
    background: Quantity

    @property
    def measured(self) -> bool:
        """Whether anything was found with an uncertainty, or read from the image's file."""
        known = self.offset, self.read_noise, self.gain, self.background
        return any(one.sd > 0 or one.source == "metadata" for one in known)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"item": self.item, **{name: getattr(self, name).to_list() for name in QUANTITIES}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned."""
        return cls(values["item"], *(Quantity.from_list(values[name]) for name in QUANTITIES))

    def __str__(self) -> str:
        shown = {
            "offset": f"{self.offset} counts",
            "read noise": f"{self.read_noise} photons",
            "gain": f"{self.gain} counts per photon",
            "background": f"{self.background} counts",
        }
        quantities = (self.offset, self.read_noise, self.gain, self.background)
        known = zip(shown.items(), quantities, strict=True)
        return ", ".join(f"{name} {text} ({one.source})" for (name, text), one in known if math.isfinite(one.value))


def known_camera(job: Job, item: int) -> dict[str, Any]:
    """Return what is known of one item's camera as a recipe holds it: it leads to the same numbers.

    The read noise is in the offset already, unless pixels differ in it; then the gain is there that it was found with.
    """
    recipe, low = job.recipe, level(job, item)
    found: dict[str, Any] = {"read_noise": 0.0}
    if isinstance(recipe.read_noise, MAPS):
        low += typical(reading(job, item))
        gain = recipe.gain if not isinstance(recipe.gain, str) else gain_of(job, item) or recipe.gain
        found = {"read_noise": recipe.read_noise, "gain": gain}
    given = recipe.offset
    shifted = given.scaled(1.0, low - over(job, item, given).mean) if isinstance(given, MAPS) else low
    return {"offset": shifted, **found}


def background_map(job: Job) -> FloatArray:
    """Return the background under all items, in the image's shape; in counts."""
    frames = [np.broadcast_to(np.asarray(background(job, item), np.float32), job.frame) for item in range(len(job))]
    return job.items.assemble(frames, "float32")


def find_camera(job: Job, item: int, asked: Recipe) -> CameraFound:
    """Return what is known of the camera from one item of a job whose recipe was `asked` for.

    Nothing is looked for that the job has not found anyway.
    """
    offset, read, gain = mean_of(asked.offset), mean_of(asked.read_noise), mean_of(asked.gain)
    line = camera_level(job, item).transfer if isinstance(offset, str) else None
    sure = line if line is not None and line.trusted else None
    level_sd, slope, slope_sd = (math.nan,) * 3 if sure is None else (sure.level_sd, sure.gain, sure.gain_sd)
    return CameraFound(
        item,
        _offset(job, item, offset, level_sd),
        _quantity(read, math.nan, math.nan),
        _quantity(gain, slope, slope_sd),
        _background(job, item, asked, slope),
    )


def _offset(job: Job, item: int, asked: float | str, sd: float) -> Quantity:
    """Return the offset; one that the file tells is no less certain than the line on which it lies."""
    found = _quantity(asked, level(job, item) + 0.0, sd)  # not -0
    told = job.offsets[item] if item < len(job.offsets) else None
    return Quantity(found.value, math.nan, "metadata") if found.source == "image" and found.value == told else found


def _quantity(asked: float | str, found: float, sd: float) -> Quantity:
    return Quantity(found, sd, "image") if isinstance(asked, str) else Quantity(asked, 0.0, "given")


def _background(job: Job, item: int, asked: Recipe, gain: float) -> Quantity:
    under = background(job, item)
    mean = float(np.mean(under, dtype=np.float64))
    if not isinstance(asked.background, str):
        return Quantity(mean, 0.0, "given")
    by, low = found_by(job, item), level(job, item)
    if by.filled or by.bright or job.in_lines or math.isnan(gain):
        return Quantity(mean, math.nan, "image")
    noise = np.sqrt(gain * np.maximum(np.asarray(under, np.float64) - low, 0))
    near = 0
    for seen, dark, sd in zip(*map(np.atleast_2d, np.broadcast_arrays(visible(job, item), under, noise)), strict=True):
        above = seen.astype(np.float64) - dark  # of the whole at once would be as much memory as an iteration takes
        near += int(np.count_nonzero(np.abs(above) < NEAR * sd))
    spread = CONSTANT_SPREAD if by.surface is None else SURFACE_SPREAD
    return Quantity(mean, spread * float(np.mean(noise)) / math.sqrt(near) if near else math.nan, "image")


def with_sd(value: float, sd: float) -> str:
    """Return a number with as many digits as its standard deviation, of two digits itself, leaves certain."""
    if not (math.isfinite(sd) and sd > 0):
        return f"{value:.4g}"
    digits = max(0, 1 - math.floor(math.log10(sd)))
    return f"{value:.{digits}f} ± {sd:.{digits}f}"
