"""Which axes of an image a PSF acts on: those called Z, Y and X, wherever they lie.

Python, the command line and the docks all ask `psf_axes`: a file, a layer and an array are matched, or refused, alike.
"""

from __future__ import annotations

from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.image.axes import OTHER_MEANINGS, SPATIAL, written
from napari_deconvolve.image.sampled import PIXEL, SampledArray
from napari_deconvolve.units import canonical, is_length, kind


def psf_axes(image: SampledArray, count: int, unit: str = PIXEL) -> tuple[int, ...]:
    """Return the axes of an image that a PSF acts on, in the order of the PSF's own.

    A PSF of three axes acts along Z, Y and X, one of two along Y and X. One of a single axis acts along the only axis,
    the one that is measured in the PSF's unit (a spectrum's), or else X, or the last in space. Axes without a name
    stand in for names that are missing, the last ones first: without any name that are the last axes. `count` is the
    number of the PSF's axes, and `unit` that of its spacing.

    Raises
    ------
    PSFError
        When the PSF has more axes than the image, or would act along time, channels, or another axis that is not in
        space.
    """
    if count > image.ndim:
        raise PSFError(f"The PSF has {count} axes and the image {image.ndim}; give a PSF of at most {image.ndim} axes.")
    chosen = (_line(image, unit),) if count == 1 else _in_space(image, count, unit)
    for axis in chosen:
        other = _other_meaning(image, axis, unit)
        if other and (count > 1 or is_length(unit)):
            raise _refused(image, count, axis, other)
    return chosen


def _line(image: SampledArray, unit: str) -> int:
    """Choose one axis: the only one, that of the PSF's unit, that of a spectrum, X, or the last."""
    if image.ndim == 1:
        return 0
    if not is_length(unit):
        wanted = kind(unit)
        measured = [axis for axis, own in enumerate(image.units) if wanted and kind(own) == wanted]
        spectral = [axis for axis, own in enumerate(image.units) if kind(own) not in ("", "length", "time")]
        for found in (measured, spectral):
            if len(found) == 1:
                return found[0]
    across = image.find("X")
    if across is not None:
        return across
    able = [axis for axis in range(image.ndim) if not is_length(unit) or _may_be_space(image, axis)]
    return able[-1] if able else image.ndim - 1


def _in_space(image: SampledArray, count: int, unit: str) -> tuple[int, ...]:
    letters, wanted = image.letters, SPATIAL[-count:]
    named = [axis for axis, letter in enumerate(letters) if letter and letter in wanted]
    free = [axis for axis in range(image.ndim) if axis not in named and _may_be_space(image, axis)]
    lacking = count - len(named)
    if lacking > len(free):
        others = [axis for axis in range(image.ndim) if axis not in named and axis not in free]
        axis = others[-1]
        raise _refused(image, count, axis, _other_meaning(image, axis, unit) or f"“{image.axes[axis]}”")
    chosen = sorted(named + free[len(free) - lacking :])
    if all(letters[axis] in SPATIAL and letters[axis] for axis in chosen):
        return tuple(sorted(chosen, key=lambda axis: SPATIAL.index(letters[axis])))
    rest = iter([axis for axis in chosen if axis not in named])
    places = {letters[axis]: axis for axis in named}
    return tuple(places[name] if name in places else next(rest) for name in wanted.rjust(count))


def _may_be_space(image: SampledArray, axis: int) -> bool:
    """Return whether an axis may stand in for a missing Z, Y or X.

    One without a name may; one of another name ("row", "angle") where no axis is called Z, Y or X.
    """
    letters = image.letters
    own = letters[axis]
    if own in OTHER_MEANINGS:
        return False
    return not own or own in SPATIAL or not any(name and name in SPATIAL for name in letters)


def _other_meaning(image: SampledArray, axis: int, unit: str) -> str:
    """Say what an axis is instead of one in space; nothing where it may be blurred."""
    own, letter, name = image.units[axis], image.letters[axis], image.axes[axis] or f"axis {axis}"
    if kind(own) and kind(own) == kind(unit) and not is_length(own):
        return ""  # a trace over time and a kernel in time
    if letter in OTHER_MEANINGS:
        return OTHER_MEANINGS[letter]
    if is_length(unit) and kind(own) and not is_length(own):
        return f"“{name}”, in {canonical(own)}"
    beside_lengths = own == PIXEL and any(map(is_length, image.units))
    if is_length(unit) and beside_lengths and letter and letter not in SPATIAL:
        return f"“{name}”"
    return ""


def _refused(image: SampledArray, count: int, axis: int, other: str) -> PSFError:
    able = sum(1 for one in range(image.ndim) if one != axis and _may_be_space(image, one))
    most = min(count - 1, able)
    remedy = f"take a {most}D PSF" if most else "take an image in space"
    return PSFError(
        f"The PSF has {count} axes and would blur along axis {axis} of the image, {other}; {remedy}, or correct the "
        f"names of the image's axes ({written(image.axes)}) if they are wrong."
    )


def require_same_order(given: SampledArray, image: SampledArray, name: str) -> None:
    """Raise `ParameterError` for what lies on an image and has the names of its axes in another order."""
    if any(own and other and own != other for own, other in zip(given.letters, image.letters, strict=False)):
        raise ParameterError(
            f"The {name} has the axes {written(given.axes)} and the image {written(image.axes)}; give the same order."
        )
