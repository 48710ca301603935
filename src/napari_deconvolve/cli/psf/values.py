"""Options of the PSF commands: lengths with their units, grids from numbers or from an image."""

from __future__ import annotations

import math
import re

from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.outputs import keep_inputs
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tiff_writer import SUFFIXES
from napari_deconvolve.image import Grid
from napari_deconvolve.io import ImageFile, read_image
from napari_deconvolve.psf.values import MAX_AXES
from napari_deconvolve.units import factor

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s.+-]\S*)?\s*")


def quantity(option: str, text: str, unit: str) -> float:
    """Read "0.52" or "520nm" and give it in `unit`, which a number without a unit is in already."""
    found = _QUANTITY.fullmatch(text)
    value = float(found[1]) if found else math.nan
    if found is None or not math.isfinite(value):
        raise ParameterError(f"{option} is {text!r}; give a number in {unit}, or one with its unit, such as 520nm.")
    if found[2] is None:
        return value
    with named(f"{option} {text}"):
        ratio = factor(found[2], unit)
    return float(f"{value * ratio:.12g}")  # 520nm is 0.52 um, not 0.5200000000000001


def quantities(option: str, text: str, unit: str) -> tuple[float, ...]:
    """Read "0.3,0.1,0.1" or "300nm,100nm,100nm" in `unit`; refuse numbers that are not positive."""
    values = tuple(quantity(option, part, unit) for part in text.split(","))
    if not all(value > 0 for value in values):
        raise ParameterError(f"{option} is {text!r}; give positive numbers with commas between, such as 0.3,0.1,0.1.")
    return values


def real(option: str, text: str) -> float:
    """Read a number that has no unit."""
    found = _QUANTITY.fullmatch(text)
    if found is not None and found[2] is not None:
        raise ParameterError(f"{option} is {text!r}, but it has no unit; give a bare number, such as {found[1]}.")
    return quantity(option, text, "no unit")


def length(option: str, text: str) -> float:
    """Read a length in um."""
    return quantity(option, text, "um")


def lengths(option: str, text: str) -> int | tuple[int, ...]:
    """Read numbers of samples: one for all axes, or one per axis."""
    try:
        values = tuple(int(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or min(values) < 1:
        raise ParameterError(f"{option} is {text!r}; give odd whole numbers with commas between, such as 31,31,31.")
    return values[0] if len(values) == 1 else values


def zernike_terms(option: str, text: str) -> dict[int, float]:
    """Read "11:0.1,5:-0.05"."""
    found: dict[int, float] = {}
    for part in text.split(","):
        index, _, amount = part.partition(":")
        try:
            found[int(index)] = float(amount)
        except ValueError:
            raise ParameterError(
                f"{option} is {text!r}; give waves by Zernike index, such as 11:0.1 or 5:0.05,11:-0.1."
            ) from None
    return found


def grid(
    spacing: str | None,
    spacing_from: str | None,
    unit: str | None,
    axes: int | None,
    default: str | None = None,
    *,
    number: int | None = None,
) -> Grid:
    """Return the grid that the options name; where none does, one of the default's spacing, if there is a default.

    `axes` is the number of the PSF's axes where other options give it: the last ones of an image with more; `number`
    is that of the image in a file with several.
    """
    if spacing is not None and spacing_from is not None:
        raise ParameterError(f"--spacing {spacing} and --spacing-from {spacing_from} are both given; give one of them.")
    if spacing_from is not None:
        return _of_image(spacing_from, unit, axes, number)
    if number is not None:
        raise ParameterError(f"--image is {number}, and no file of images is given; give --spacing-from IMAGE as well.")
    given = default if spacing is None else spacing
    if given is None:
        raise ParameterError("No spacing is given; give --spacing Z,Y,X, or --spacing-from IMAGE.")
    return Grid(quantities("--spacing", given, unit or "um"), unit or "um")


def image_grid(path: str, image: ImageFile, axes: tuple[int, ...], unit: str | None) -> Grid:
    """Return the grid of some axes of an image, in a unit or in its own."""
    found = image.grid(axes)
    if found is None:
        raise ParameterError(f"{path} does not have a voxel size; give it with --spacing Z,Y,X.")
    steps, own = found
    with named(path):
        ratio = factor(own, unit or own)
    return Grid(tuple(float(f"{step * ratio:.12g}") for step in steps), unit or own)


def channel_index(path: str, image: ImageFile, count: int, channel: str | None) -> int:
    """Return the index of the channel that was named, or numbered from 0; a single one need not be."""
    if channel is None and count == 1:
        return 0
    names = f" ({', '.join(image.channels)})" if image.channels else ""
    if channel is None:
        raise ParameterError(f"{path} has {count} channels{names}; choose one with --channel, from 0 to {count - 1}.")
    if channel in image.channels:
        return image.channels.index(channel)
    if channel.isdecimal() and int(channel) < count:
        return int(channel)
    raise ParameterError(
        f"--channel is {channel!r}; {path} has the channels 0 to {count - 1}{names}: give one of them."
    )


def check_psf_target(output: str, *inputs: str | None) -> None:
    """Refuse a name under which no PSF can be saved, before anything is calculated."""
    if suffix_of(output) not in SUFFIXES:
        raise FileError(f"{output} does not end in .ome.tif, .tif or .tiff; give such a name.")
    check_target(output)
    keep_inputs([output], inputs)


def _of_image(path: str, unit: str | None, axes: int | None, number: int | None) -> Grid:
    image = read_image(path, image=number, notes=True)
    spatial = image.spatial
    count = min(MAX_AXES, len(spatial)) if axes is None else axes
    if count > len(spatial):
        raise ParameterError(
            f"--spacing-from {path}: the image has {len(spatial)} axes in space and the PSF {count}; "
            "give the spacing with --spacing."
        )
    return image_grid(path, image, spatial[-count:], unit)


def at_most_one(option: str, positional: str | None, by_option: str | None) -> str | None:
    """Return a value given with or without the option's name, but not both."""
    if positional is not None and by_option is not None:
        raise ParameterError(f"{option} {by_option} and {positional} are both given; give one of them.")
    return by_option if positional is None else positional
