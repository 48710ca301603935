"""Values of options, read from text; errors name the option or the file that is to blame."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_deconvolve.errors import DeconvolutionError, ParameterError, PSFError
from napari_deconvolve.memory import as_bytes
from napari_deconvolve.psf.prepare import Center, read_center
from napari_deconvolve.run.tiles.run import Share

NUMBER_HELP = "Which image of a file with several, from 1. Default: the largest."
AXES_HELP = "Names of the image's axes instead of the file's, such as ZYX where frames are planes."


@contextmanager
def named(what: str) -> Iterator[None]:
    """Put the option or file that is to blame before the sentence of an error, unless it names it already."""
    try:
        yield
    except (ParameterError, PSFError) as error:
        if what in str(error):
            raise
        raise type(error)(f"{what}: {error}") from error


def numbers(option: str, text: str) -> tuple[float, ...]:
    """Read "0.3,0.1,0.1"; refuse numbers that are not positive and finite."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or not all(math.isfinite(value) and value > 0 for value in values):
        raise ParameterError(f"{option} is {text!r}; give positive numbers with commas between, such as 0.3,0.1,0.1.")
    return values


def whole(option: str, text: str) -> int:
    """Read a whole number."""
    try:
        return int(text)
    except ValueError:
        raise ParameterError(f"{option} is {text!r}; give a whole number.") from None


def bytes_of(option: str, text: str) -> int:
    """Read "1.5GB"."""
    return as_bytes(text, option)


def lengths(option: str, text: str) -> tuple[int, ...]:
    """Read "64,512,512"."""
    return tuple(round(value) for value in numbers(option, text))


def share(option: str, text: str) -> Share:
    """Read "3/40": the third of forty shares."""
    number, slash, count = text.partition("/")
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise ParameterError(f"{option} is {text!r}; give the number of a share, from 1, and how many there are: 3/40.")
    return Share(int(number), int(count))


def one_or_many(values: tuple[float, ...]) -> float | tuple[float, ...]:
    """Return a single number as a number."""
    return values[0] if len(values) == 1 else values


def center(text: str | None) -> Center:
    """Read "auto", "middle", "peak", "first", or an index per axis."""
    if text is None:
        return "auto"
    found = read_center(text)
    if found is None:
        raise ParameterError(
            f"--center is {text!r}; choose auto, middle or peak, first, or give an index per axis, such as 127,127."
        )
    return found


def same_file(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> bool:
    """Return whether two names mean one existing file."""
    return Path(first).exists() and Path(second).exists() and os.path.samefile(first, second)


def sentence(error: BaseException) -> str:
    """Return an error's text on one line; its type's name when it has none."""
    text = " ".join(str(error).split())
    return text if text and isinstance(error, DeconvolutionError) else f"{type(error).__name__} {text}".strip()
