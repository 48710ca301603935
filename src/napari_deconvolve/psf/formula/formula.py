"""PSFs by a formula that the user types, such as ``a=0.05,2^(-(x^2+y^2)/(a/2)^2)``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.formula.expression import Program, parse
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.values import MAX_AXES, as_spacing, odd_lengths, refuse_large

Lengths = int | Sequence[int]

ROUNDING_BELOW_ZERO = 1e-12  # of the peak: a negative value this small comes from rounding


def from_formula(text: str, shape: Lengths, spacing: float | Sequence[float] = 1.0, *, unit: str = "um") -> PSF:
    """Make a PSF from a formula.

    Parameters
    ----------
    text : str
        Assignments with commas between, then one expression in ``x``, ``y`` and ``z``: positions in `unit`, zero at
        the centre sample. ``^`` and ``**`` are powers. Known are ``+ - * / < <= > >=``, ``pi``, ``e`` and the
        functions that `napari_deconvolve.psf.formula.names.FORMULA_FUNCTIONS` names. The height does not matter.
    shape : int or sequence of int
        Odd lengths; one number for each axis, the last is x, the one before y, the first of three z.
    spacing, unit
        See `PSF`.

    Returns
    -------
    PSF
        The formula's values at the samples (they are not integrated over the samples).

    Raises
    ------
    PSFError
        When the formula cannot be read, uses an axis that the shape has not, or gives values that are negative,
        not finite, or zero everywhere.

    Examples
    --------
    >>> psf = from_formula("a=0.05,2^(-(x^2+y^2)/(a/2)^2)", (31, 31), 0.01)
    >>> [round(width, 4) for width in psf.fwhm]
    [0.05, 0.05]
    """
    lengths, steps = _grid(shape, spacing)
    program = parse(text)
    axes = "zyx"[MAX_AXES - len(lengths) :]
    _refuse_missing_axes(program, axes, lengths)
    values = _checked(program.evaluate(_coordinates(axes, lengths, steps)), lengths)
    if not program.coordinates:
        raise PSFError(f"The formula uses none of {', '.join(reversed(axes))}, so it is the same everywhere; use them.")
    info = {"source": "formula", "formula": text, "shape": list(lengths), "spacing": list(steps), "unit": unit}
    return PSF(values, steps, unit, info, _notes(program, axes))


def _grid(shape: Lengths, spacing: float | Sequence[float]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    given = np.atleast_1d(np.asarray(shape))
    if given.ndim != 1 or given.dtype.kind not in "iu" or not 1 <= len(given) <= MAX_AXES:
        raise PSFError(f"The PSF's shape is {shape!r}; give 1 to {MAX_AXES} odd whole numbers.")
    count = max(len(given), np.size(spacing)) if np.ndim(shape) == 0 else len(given)
    if count > MAX_AXES:
        raise PSFError(f"The spacing is {spacing!r}; give 1 to {MAX_AXES} numbers.")
    lengths = odd_lengths(shape, count)
    refuse_large(lengths, "give a smaller shape")
    return lengths, as_spacing(spacing, count)


def _coordinates(axes: str, lengths: tuple[int, ...], steps: tuple[float, ...]) -> dict[str, NDArray[np.float64]]:
    """Return each axis's positions, shaped to broadcast."""
    found: dict[str, NDArray[np.float64]] = {}
    for index, (name, length, step) in enumerate(zip(axes, lengths, steps, strict=True)):
        shape = [1] * len(axes)
        shape[index] = length
        found[name] = (np.arange(length, dtype=np.float64) - length // 2).reshape(shape) * step
    return found


def _refuse_missing_axes(program: Program, axes: str, lengths: tuple[int, ...]) -> None:
    missing = sorted(program.coordinates - set(axes))
    if missing:
        raise PSFError(
            f"The formula uses {' and '.join(missing)}, but a shape of {len(lengths)} "
            f"ax{'is' if len(lengths) == 1 else 'es'} {lengths} has only {', '.join(reversed(axes))}; "
            f"take {' and '.join(missing)} out of the formula, or give a shape with more axes."
        )


def _checked(result: NDArray[np.float64], lengths: tuple[int, ...]) -> NDArray[np.float64]:
    bad = int(result.size - np.count_nonzero(np.isfinite(result)))
    if bad:
        raise PSFError(
            f"The formula is not finite at {bad} of {result.size} positions (a logarithm or root of what has none, "
            "or a number too large); change it so that it is finite everywhere."
        )
    lowest, highest = float(result.min()), float(result.max())
    if lowest < -ROUNDING_BELOW_ZERO * abs(highest) or (highest <= 0 and lowest < 0):
        raise PSFError(
            f"The formula goes down to {lowest:.3g} (up to {highest:.3g}), but light is not negative; "
            "square it, or cut it with max(0, ...)."
        )
    if highest <= 0:
        raise PSFError("The formula is zero at every sample, so it passes no light; check its width and the spacing.")
    return np.broadcast_to(np.maximum(result, 0), lengths)


def _notes(program: Program, axes: str) -> tuple[str, ...]:
    unused = [name for name in reversed(axes) if name not in program.coordinates]
    if not unused:
        return ()
    return (f"the formula does not use {' and '.join(unused)}: it is the same all along there",)
