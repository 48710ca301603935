"""``napari-deconvolve inspect``: the contents of a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from napari_deconvolve.cli.blur import simulation_in, words
from napari_deconvolve.cli.match import open_image
from napari_deconvolve.cli.psf.check import print_diagnosis
from napari_deconvolve.cli.psf.saving import print_rows
from napari_deconvolve.cli.requests import InspectRequest
from napari_deconvolve.cli.spectra import is_table
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.noise import saturated_voxels
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.ome_detector import GAIN, OFFSET
from napari_deconvolve.image import is_lazy
from napari_deconvolve.io import ImageFile
from napari_deconvolve.io.columns import described_columns
from napari_deconvolve.io.recipe_files import read_recipe
from napari_deconvolve.io.results import recipe_in_table
from napari_deconvolve.job.items import Items
from napari_deconvolve.recipe.wording import as_paragraph
from napari_deconvolve.run.tiles.survey import ItemLook, bins_of

LARGE = 1 << 28  # bytes, from which on an image that is kept in parts is looked at part by part
REMARKS = {  # on what a file says of its detector
    OFFSET: " counts; taken where the image does not tell its own, and is nowhere darker",
    GAIN: ", which may be a setting of the camera: the gain is found from the image",
}


def inspect(request: InspectRequest) -> None:
    """Print the contents of a file: shape, spacing, range, saturation, background, recipe."""
    path = request.file
    if request.recipe:
        print(read_recipe(path).to_json())
        return
    table = is_table(path)
    image = open_image(
        path,
        column=request.column,
        resample=table,  # a table's notes mention uneven positions
        axis_column=request.axis_column,
        number=request.number,
        named_axes=request.axes,
    )
    if table:
        image = dataclasses.replace(image, recipe=recipe_in_table(path))
    if request.methods:
        _print_methods(image, path)
        return
    print_rows((*_layout(image), *_columns(request, table), *_values(image), *_history(image)))
    if isinstance(image.metadata.get("psf"), dict):
        print_diagnosis(path)


def _print_methods(image: ImageFile, path: str) -> None:
    """Print how an image was made, for the methods of a paper; raise `ParameterError` for one that was not."""
    if image.recipe is None:
        raise ParameterError(f"{path} holds no recipe: --methods describes a result that this program wrote.")
    count = image.recipe.iterations if image.iterations is None else image.iterations
    print(as_paragraph(image.recipe, count if isinstance(count, int) else 1))


def _layout(image: ImageFile) -> Iterator[tuple[str, str]]:
    yield "name", image.name
    yield "shape", " x ".join(map(str, image.data.shape))
    yield "axes", image.axes
    yield "type", str(image.data.dtype)
    if image.spacing is None:
        yield "spacing", "not stored; give it with --spacing"
    else:
        steps = zip(image.axes, image.spacing, image.units, strict=True)
        yield "spacing", ", ".join(f"{letter} {step:.6g} {unit}" for letter, step, unit in steps)
    if image.channels:
        yield "channels", ", ".join(image.channels)
    yield from _optics(image)
    for note in image.notes:
        yield "note", note


def _columns(request: InspectRequest, table: bool) -> Iterator[tuple[str, str]]:
    """Return a table's columns, and what each is taken for."""
    if table:
        for words in described_columns(request.file, request.axis_column):
            yield "column", words


def _optics(image: ImageFile) -> Iterator[tuple[str, str]]:
    """Return the file's data on objective and light."""
    for name, value in image.optics.items():
        remark = REMARKS.get(name, "")
        label, is_length, _ = name.replace("numerical_aperture", "NA").partition("_um")
        values = value if isinstance(value, (list, tuple)) else [value]
        yield label.replace("_", " "), _in_words(values, " um" if is_length else "") + remark


def _in_words(values: Sequence[Any], unit: str) -> str:
    """Return values with their unit; it stands at the end if all are known, else after each."""
    whole = None not in values
    each = "" if whole else unit

    def word(value: Any) -> str:
        return (f"{value:g}" if isinstance(value, float) else str(value)) + each

    return ", ".join("not stored" if value is None else word(value) for value in values) + (unit if whole else "")


def _values(image: ImageFile) -> Iterator[tuple[str, str]]:
    if is_lazy(image.data) and image.image.data.size * image.image.dtype.itemsize > LARGE:
        yield from _of_large(image)
        return
    data = np.asarray(image.data)  # of a maker's format, planes are read here
    finite = np.isfinite(data)
    bad = int(data.size - np.count_nonzero(finite))
    if bad == data.size:
        yield "range", "no finite number"
        return
    known = data if bad == 0 else data[finite]
    yield "range", f"{known.min():.6g} to {known.max():.6g}, mean {np.mean(known, dtype=np.float64):.6g}"
    if bad:
        yield "not finite", f"{bad} samples; they are left out of a run"
    saturated = saturated_voxels(data)
    count = 0 if saturated is None else int(np.count_nonzero(saturated))
    yield "saturated", f"{count} samples ({100 * count / data.size:.3g} %)" if count else "none found"
    first = tuple(slice(None) if axis in image.spatial[-3:] else 0 for axis in range(data.ndim))
    where = "" if len(image.spatial) == data.ndim else ", in the first frame"
    yield "background", f"about {estimate_background(data[first]):.4g}{where}"


def _of_large(image: ImageFile) -> Iterator[tuple[str, str]]:
    """Return the same of an image that may not fit into memory, from one pass over its parts."""
    items = Items(image.data, tuple(range(image.image.ndim)))
    look = ItemLook(items, 0, bins_of(items.frame, (1.0,) * len(items.frame)))
    for region in look.blocks:
        look.take(region)
    facts, size = look.facts(), items.size
    if not facts.samples:
        yield "range", "no finite number"
        return
    yield "range", f"{facts.low:.6g} to {facts.high:.6g}, mean {facts.mean:.6g}"
    for region, error in look.unread:
        place = ", ".join(f"{cut.start}-{cut.stop - 1}" for cut in region)
        yield "unreadable", f"the samples at {place}: {getattr(error, 'reason', error)}"
    if facts.samples < size:
        yield "not finite", f"{size - facts.samples} samples; they are left out of a run"
    full = facts.top(items.dtype) >= 0
    yield "saturated", f"{facts.at_top} samples ({100 * facts.at_top / size:.3g} %)" if full else "none found"


def _history(image: ImageFile) -> Iterator[tuple[str, str]]:
    psf = image.metadata.get("psf")
    if isinstance(psf, dict):
        yield "PSF", "; ".join([str(psf.get("info", {}).get("source", "array")), *map(str, psf.get("notes", []))])
    try:
        made = simulation_in(image)
        if made is not None:
            yield "simulated", f"from {image.metadata.get('image', 'an image')}: {words(made)}"
    except ParameterError as error:  # of a later version, say; the rest can be printed all the same
        yield "simulated", str(error)
    if image.recipe is None:
        yield "recipe", "none"
        return
    one = image.recipe
    method = one.traits.description(one.to_dict())
    source = "none" if one.psf is None else str(one.psf.get("source"))
    under = one.parameter("background").kind.text(one.background)
    made_by = f"background {under}, boundary {one.boundary}, PSF {source}, version {one.version}"
    yield "recipe", f"{method}, {made_by}"
    if image.made is not None:
        yield "made", f"{image.made.time} by {image.made}"
