"""What a run over tiles depends on, as a few texts: a run that is resumed has to have the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from napari_deconvolve._version import __version__
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.digest import PLACES, spread_place
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.tiles.part import UnreadableError, read_part
from napari_deconvolve.run.tiles.survey import Region

NOT_COMPARED = ("psf", "version", "device")  # of the recipe: stands by itself, or changes rounding alone
UNREAD = "?"  # in place of the hash of samples that could not be read
SHORT = 60  # characters of a value in a sentence


def fingerprint(job: Job) -> dict[str, Any]:
    """Return what the result depends on: shape, type and samples of the image, PSF, recipe and version.

    Of the image small parts are looked at, spread over all of it: one that was changed elsewhere passes for the same.
    """
    asked = {name: value for name, value in job.recipe.to_dict().items() if name not in NOT_COMPARED}
    return {
        "version": __version__,
        "image": {
            "shape": list(job.items.shape),
            "type": str(job.items.dtype),
            "axes of the PSF": list(job.items.axes),
            "samples": _samples(job),
        },
        "PSF": {"samples": _of_psf(job)},
        "recipe": json.loads(json.dumps(asked)),
    }


def require_same(known: Mapping[str, Any], now: Mapping[str, Any], path: str) -> None:
    """Raise `ParameterError` that names the first difference of two fingerprints."""
    for what in now:
        first, second = known.get(what), now[what]
        if first == second:
            continue
        if not isinstance(second, Mapping) or not isinstance(first, Mapping):
            raise _other(path, f"the {what} {_short(first)}, and this is {_short(second)}")
        for name in second:
            if name == "samples" and _same_samples(first.get(name), second[name]):
                continue
            if first.get(name) != second[name]:
                raise _other(path, _sentence(what, name, first.get(name), second[name]))


def _sentence(what: str, name: str, first: object, second: object) -> str:
    if name == "samples":
        return f"another {what}: its samples differ"
    if what == "recipe":
        noun = Recipe.parameter(name).noun or name
        return f"another recipe: the {noun} was {_short(first)} and is {_short(second)}"
    return f"another {what}: its {name} was {_short(first)} and is {_short(second)}"


def _other(path: str, difference: str) -> ParameterError:
    return ParameterError(
        f"{path} was begun with {difference}. Give the same to resume it, or --restart to begin again."
    )


def _samples(job: Job) -> str:
    """Return a short hash for each place that is looked at."""
    items = len(job)
    numbers = [number * items // PLACES if items > 1 else 0 for number in range(PLACES)]
    return " ".join(_place(job, item, spread_place(job.frame, number)) for number, item in enumerate(numbers))


def _place(job: Job, item: int, region: Region) -> str:
    try:
        part = read_part(job, item, region)[0]
    except UnreadableError:
        return UNREAD
    return hashlib.blake2b(np.ascontiguousarray(part).tobytes(), digest_size=8).hexdigest()


def _same_samples(first: object, second: object) -> bool:
    """Return whether all places that could be read both times are the same: an image may be repaired meanwhile."""
    places = zip(str(first).split(), str(second).split(), strict=False)
    return all(one == other or UNREAD in (one, other) for one, other in places)


def _of_psf(job: Job) -> str:
    found = hashlib.sha256()
    for psf in job.psf.psfs:
        found.update(np.ascontiguousarray(psf.data, np.float32).tobytes())
        found.update(json.dumps([list(psf.shape), list(psf.spacing), psf.unit]).encode())
    return found.hexdigest()


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= SHORT else f"{text[:SHORT]}..."
