"""The grid of a microscope's PSF: its spacing, and the lengths that hold its light."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.microscope.aberrated_focus import aberrated_reach
from napari_deconvolve.psf.microscope.focus import MIN_LIGHT_HELD, axial_reach, lateral_reach
from napari_deconvolve.psf.microscope.settings import Settings
from napari_deconvolve.psf.microscope.zernike import displacement
from napari_deconvolve.psf.values import as_spacing, odd_lengths, refuse_large

MAX_CHOSEN_SAMPLES = 2**24  # where no lengths are given

LEAST_PLANES = 3  # of a stack: one plane alone shows no width

Lengths = tuple[int, ...]


def grid_steps(spacing: Any, shape: Any) -> tuple[float, ...]:
    """Return 2 or 3 distances; a grid of which only the shape tells the number of axes has that many."""
    axes = np.size(spacing) if np.ndim(spacing) else (len(shape) if np.ndim(shape) else 3)
    if np.ndim(shape) == 1 and np.size(spacing) == 3 and len(shape) == 2:
        spacing, axes = tuple(spacing)[1:], 2
    if axes not in (2, 3):
        raise PSFError(f"The spacing is {spacing!r}; give (z, y, x), or (y, x) for the plane of focus, in um.")
    steps = as_spacing(spacing, axes)
    if max(steps) > 20:
        raise PSFError(
            f"The spacing is {spacing!r}; give it in micrometres, {max(steps) / 1000:g} if it is in nanometres."
        )
    return steps


def settled_window(steps: tuple[float, ...], shape: Any) -> tuple[float, ...] | None:
    """Return how far the PSF reaches along y and x (um), as far as that is settled."""
    if shape is None:
        return None
    lengths = _given_lengths(shape, len(steps))
    return tuple(length // 2 * step for length, step in zip(lengths[-2:], steps[-2:], strict=True))


def grid_lengths(
    settings: Settings,
    layers: float,
    focus: float,
    steps: tuple[float, ...],
    shape: Any,
    notes: list[str],
    most: Lengths | None = None,
) -> Lengths:
    """Return the number of samples per axis, given or chosen; add a note where not all light is held.

    Where they are chosen, `most` is the largest size of use, odd along each axis.

    `layers` and `focus` are where layers alone, and all together, have the focus (um). Raises `PSFError` for lengths
    that are not odd, or too many samples.
    """
    if shape is None:
        lengths = _chosen_lengths(settings, layers, focus, steps, notes, most)
    else:
        lengths = _given_lengths(shape, len(steps))
    refuse_large(lengths, "give a smaller shape, or check that the spacing is in micrometres")
    return lengths


def _chosen_lengths(
    settings: Settings,
    layers: float,
    focus: float,
    steps: tuple[float, ...],
    notes: list[str],
    largest: Lengths | None,
) -> Lengths:
    """Choose lengths that hold the light, and note where that would take too many samples, or more than is of use."""
    thrown = axial = 0.0
    if settings.zernike:
        thrown = displacement(
            settings.zernike, settings.zernike_order, settings.numerical_aperture, settings.emission_um
        )
    if len(steps) == 3:
        axial = aberrated_reach(settings, focus) if settings.zernike else axial_reach(settings, focus)
    planes = 2 * int(axial / steps[0] * (1 + 1e-9)) + 1  # rounded down: so a finer PSF, resampled, has the same ones
    if len(steps) == 3:
        planes = max(planes, LEAST_PLANES) if largest is None else min(max(planes, LEAST_PLANES), largest[0])
    most = max(8.0, np.sqrt(MAX_CHOSEN_SAMPLES / planes) / 2 - 1) * min(steps[-2:])
    of_use = np.inf if largest is None else max(n // 2 * step for n, step in zip(largest[-2:], steps[-2:], strict=True))
    lateral, held = lateral_reach(settings, layers, axial, min(most, of_use))
    if held < MIN_LIGHT_HELD:
        more = "as much as the image can tell" if of_use <= most else "give a larger shape to hold more"
        notes.append(f"holds about {100 * held:.1f} % of the light of its planes; {more}")
    across = tuple(2 * int(np.ceil((lateral + thrown) / step)) + 1 for step in steps[-2:])
    if largest is not None:
        across = tuple(min(length, one) for length, one in zip(across, largest[-2:], strict=True))
    return (planes, *across) if len(steps) == 3 else across


def _given_lengths(shape: Any, axes: int) -> Lengths:
    numbers = np.atleast_1d(np.asarray(shape))
    if numbers.ndim != 1 or len(numbers) not in (1, axes) or numbers.dtype.kind not in "iu":
        raise PSFError(f"The PSF's shape is {shape!r} for {axes} axes; give one odd length, or one per axis.")
    return odd_lengths(shape, axes)
