"""``napari-deconvolve verify``: run a result's recipe again, and compare the numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import typer

from napari_deconvolve.api.resume import Earlier
from napari_deconvolve.api.verify import verify as verified
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.outputs import keep_inputs
from napari_deconvolve.cli.requests import VerifyRequest
from napari_deconvolve.cli.spectra import is_table
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import check_target, replacing
from napari_deconvolve.image import SampledArray
from napari_deconvolve.io import read_image, read_result
from napari_deconvolve.io.stored_about import sound
from napari_deconvolve.job.digest import digest_of
from napari_deconvolve.recipe.provenance import provenance_of
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import MADE, Made
from napari_deconvolve.schema import listed, record, whole

OTHER_NUMBERS = 1  # exit code where a result is not what its recipe gives
PLACE = whole(0, 1 << 40)
REGION = record(
    {"start": listed(PLACE, 1, 5), "shape": listed(PLACE, 1, 5), "margin": listed(listed(PLACE, 2, 2), 1, 5)}
)


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """One result of a file: a napari window saves one for each channel."""

    name: str
    earlier: Earlier
    region: Mapping[str, Any] | None = None  # of the image, with the margin around it that was run too

    def cut(self, image: SampledArray) -> SampledArray | None:
        """Return what was run of an image; None where it has not the shape for it."""
        if self.region is None:
            return image if image.shape == np.shape(self.earlier.estimate) else None
        margin = self.region["margin"]
        fits = len(margin) == image.ndim and all(
            end <= size for (_, end), size in zip(margin, image.shape, strict=True)
        )
        return image.part(tuple(slice(*one) for one in margin)) if fits else None

    @property
    def inner(self) -> tuple[slice, ...] | None:
        """The result's place in what was run."""
        if self.region is None:
            return None
        begin = [start - low for start, (low, _) in zip(self.region["start"], self.region["margin"], strict=True)]
        return tuple(slice(low, low + size) for low, size in zip(begin, self.region["shape"], strict=True))


def verify(request: VerifyRequest) -> None:
    """Run a result's recipe on its image again, and compare: exit 0 for the same numbers, 1 for others."""
    if request.output:
        check_target(request.output)
        keep_inputs([request.output], [request.image, request.result, *request.psf])
    source = request.open_image()
    point = request.open_psf(source)
    rows, code = [], 0
    for kept in _kept(request.result):
        with named(request.result):
            found = verified(kept.earlier, _made_of(kept, source.image), point, inner=kept.inner)
        print(f"{kept.name}: {found}.")
        if kept.earlier.made is not None:
            print(f"It was made at {kept.earlier.made.time} by {kept.earlier.made}.")
        rows.append({"result": kept.name, "image": request.image, "holds": found.holds, **asdict(found)})
        code = max(code, 0 if found.holds else OTHER_NUMBERS)
    if request.output:
        with replacing(request.output) as temporary:
            temporary.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    if code:
        raise typer.Exit(code)


def _kept(path: str) -> Iterator[_Kept]:
    if is_table(path):
        yield _Kept(path, read_result(path))
        return
    image = read_image(path)
    layers = image.metadata.get("channel_layers")
    if not isinstance(layers, list):
        yield _Kept(path, read_result(path), _region(image.metadata))
        return
    place = image.axes.index("C") if "C" in image.axes else 0
    for number, layer in enumerate(layers[: image.data.shape[place]]):
        about, _ = sound(dict(layer.get("metadata") or {}) if isinstance(layer, Mapping) else {})
        steps = provenance_of(about)
        if not steps:
            raise FileError(f"{path} holds no recipe of its channel {number + 1}; give a result of this program.")
        estimate = np.take(image.data, number, axis=place)
        made = Made.from_dict(about[MADE]) if MADE in about else None
        earlier = Earlier(estimate, Recipe.from_dict(about["recipe"]), steps[-1].iterations, None, steps[:-1], made)
        yield _Kept(f"{path}, channel {number + 1}", earlier, _region(about))


def _region(about: Mapping[str, Any]) -> Mapping[str, Any] | None:
    known = about.get("region")
    if not isinstance(known, Mapping) or "margin" not in known:
        return None
    found: Mapping[str, Any] = REGION(known, "region of the result")
    return found


def _made_of(kept: _Kept, image: SampledArray) -> SampledArray:
    """Return the image, channel or part that a result was made of: by its digest, else by its shape."""
    fitting = [part for one in _images(image) if (part := kept.cut(one)) is not None]
    if not fitting:
        shape = " x ".join(map(str, np.shape(kept.earlier.estimate)))
        raise ParameterError(f"{kept.name} has the shape {shape}, and nothing in the image has; give its own image.")
    made = kept.earlier.made
    same = [part for part in fitting if made is not None and digest_of(part.data) == made.image]
    return (same or fitting)[0]


def _images(image: SampledArray) -> Iterator[SampledArray]:
    yield image
    place = image.find("C")
    if place is not None:
        for number in range(image.shape[place]):
            yield image.part((*(slice(None),) * place, number))
