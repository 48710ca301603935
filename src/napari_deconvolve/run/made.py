"""By what a result was made: the image's digest, versions, library of transforms, device, threads and time.

With the recipe, PSF included, this is all that a later run needs in order to make the same numbers, or to say why it
makes others.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Self

from napari_deconvolve._version import __version__
from napari_deconvolve.core.threads import at_once
from napari_deconvolve.core.transforms.fft import cpu_count
from napari_deconvolve.core.transforms.lines import DuccLines, available_lines
from napari_deconvolve.job.device import device_of, noted
from napari_deconvolve.job.digest import digest_of
from napari_deconvolve.job.meant import image_digest
from napari_deconvolve.job.problem import Checkpoint, Job
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.schema import mapping, record, text, whole

MADE = "made"  # the key under which files and layers keep it
CPU = "CPU"
ACCOUNT = ("image", "recipe", "made", "time")  # the columns of tables that say how a row was made
LONGEST_CELL = 1000  # characters of a value in a cell's recipe, as the samples of a PSF


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """By what a result was made.

    Attributes
    ----------
    image : str
        Digest of the image's samples, with their shape and type; empty where a part of it could not be read.
    time : str
        When the run ended: UTC, by ISO 8601.
    versions : mapping
        Of this package, Python, numpy and scipy, by name.
    transforms : str
        The library of Fourier transforms, with its version.
    device : str
        "CPU", or the GPU's name.
    threads : int
        How many the transforms may use.
    checkpoint : str
        Digest of the checkpoint that belongs to the result; empty where none was kept.
    """

    image: str
    time: str
    versions: Mapping[str, str]
    transforms: str
    device: str
    threads: int
    checkpoint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        known = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**known, "versions": dict(self.versions)}

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """Read what `to_dict` returned; raise `ParameterError` for anything else."""
        known = _MADE(values, "account of how it was made")
        return cls(**{one.name: known[one.name] for one in fields(cls) if one.name in known})

    def __str__(self) -> str:
        own, *others = (f"{name} {number}" for name, number in self.versions.items())
        threads = f"{self.threads} thread{'s' * (self.threads > 1)}"
        return f"{own} on {self.device}, {threads}, transforms by {self.transforms}; {', '.join(others)}"

    def differences(self, other: Made) -> tuple[str, ...]:
        """Say in what another run was made otherwise, as far as that can change the last digits of its numbers."""
        pairs = [(name, number, other.versions.get(name, "none")) for name, number in self.versions.items()]
        pairs += [("transforms", self.transforms, other.transforms), ("device", self.device, other.device)]
        pairs += [("threads", str(self.threads), str(other.threads))]
        others = [f"{name} {now} instead of {before}" for name, now, before in pairs if before != now]
        return ("another image", *others) if self.image != other.image and self.image and other.image else tuple(others)


_MADE = record(
    {
        **dict.fromkeys(("image", "time", "transforms", "device"), text),
        "versions": mapping,
        "threads": whole(1, 1 << 20),
    },
    {"checkpoint": text},
)


def made_of(job: Job, checkpoint: Checkpoint | None = None) -> Made:
    """Return by what a job was run that has just ended."""
    device = None if noted(job) else device_of(job)
    known = "" if checkpoint is None else digest_of(checkpoint.items)
    return replace(made_here(_digest(job)), device=CPU if device is None else device.label, checkpoint=known)


def made_here(image: str) -> Made:
    """Return by what something was made on the CPU just now; `image` is the digest of what it was made of."""
    return Made(
        image=image,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=MappingProxyType(_versions()),
        transforms=_transforms(),
        device=CPU,
        threads=at_once(cpu_count()),
    )


def about_making(made: Made | None) -> dict[str, Any]:
    """Return an account as an entry of metadata, in plain JSON types; empty where there is none."""
    return {} if made is None else {MADE: made.to_dict()}


def account(made: Made | None, recipe: Recipe | None = None) -> dict[str, str]:
    """Return how a row of a table was made, by its column in `ACCOUNT`; empty where that is not known.

    The recipe is JSON in one line. Longer than cells of tables may be are the samples of a PSF: a digest takes their
    place. A PSF that parameters make is whole.
    """
    known = dict.fromkeys(ACCOUNT, "")
    if recipe is not None:
        known["recipe"] = json.dumps(_short(recipe.to_dict()))
    return known if made is None else {**known, "image": made.image, "made": str(made), "time": made.time}


def _short(value: Any) -> Any:
    """Return plain JSON types with digests in place of long texts."""
    if isinstance(value, Mapping):
        return {name: _short(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_short(one) for one in value]
    if isinstance(value, str) and len(value) > LONGEST_CELL:
        return f"blake2b {hashlib.blake2b(value.encode(), digest_size=16).hexdigest()}"
    return value


def _digest(job: Job) -> str:
    """Return the digest of the image; empty where a part of it cannot be read, which no result may be lost for."""
    try:
        return image_digest(job)
    except Exception:
        return ""


def _transforms() -> str:
    name = "ducc0" if isinstance(available_lines(), DuccLines) else "scipy"
    return f"{name} {_version(name)}"


@cache
def _version(name: str) -> str:
    """Return a library's version: to read it takes longer than a few iterations over a small image."""
    return version(name)


@cache
def _versions() -> dict[str, str]:
    libraries = {name: _version(name) for name in ("numpy", "scipy")}
    return {"napari-deconvolve": __version__, "Python": platform.python_version(), **libraries}
