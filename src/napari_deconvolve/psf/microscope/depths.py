"""The PSF of a microscope at several depths, and where the stage shows what lies how deep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.psf.microscope.aberrated_focus import brightest_plane
from napari_deconvolve.psf.microscope.focus import focus_shift
from napari_deconvolve.psf.microscope.microscope import default_optics, microscope
from napari_deconvolve.psf.microscope.settings import checked
from napari_deconvolve.psf.strata import MAX_STRATA, MIN_STRATA, Strata, checked_depths


def microscope_strata(
    modality: str,
    *,
    depths_um: Sequence[float] | None = None,
    depth_range_um: Sequence[float] | None = None,
    strata: int = 3,
    top_um: float | None = None,
    coverslip: str = "first",
    spacing: float | Sequence[float],
    shape: int | Sequence[int] | None = None,
    for_shape: Sequence[int] | None = None,
    **optics: Any,
) -> Strata:
    """Calculate the PSF of a microscope at several depths.

    Parameters
    ----------
    modality : str
        See `microscope`.
    depths_um : sequence of float, optional
        How far below the coverslip the points of each stratum lie: 2 to 5 rising numbers, in um.
    depth_range_um : sequence of float, optional
        From and to which depth the image's points lie, instead of `depths_um`: then there are `strata` of equal
        thickness, and each has the PSF of its middle. That errs half as much as strata from end to end (measured by
        ``benchmarks/depth.py``).
    strata : int
        How many, 2 to 5, where a range is given.
    top_um : float, optional
        How far from the coverslip the stage's focus is in the image's plane nearest to it. By default that plane shows
        points at the first of the depths, or where the range begins.
    coverslip : {"first", "last"}
        Which end of the image's z axis is nearest to the coverslip.
    spacing : float or sequence of float
        Distance of samples in um, (z, y, x).
    shape : int or sequence of int, optional
        Odd lengths; by default those of the largest PSF.
    for_shape : sequence of int, optional
        Shape of the image; see `microscope`.
    **optics
        The other arguments of `microscope`.

    Returns
    -------
    Strata
        Each PSF is drawn around its own brightest plane, and lies where the image shows its point: layers that differ
        from the design move the focus, and a point 10 um deep in water under an oil lens (NA 1.4) shows 2.3 um deeper.
        That shift stays in the estimate as a smooth stretch along z, given by the notes and by `Strata.stretch`.

    Raises
    ------
    ParameterError, PSFError
        See `microscope`; for depths that do not rise, or a spacing of two axes.

    Examples
    --------
    >>> import napari_deconvolve as nd
    >>> strata = nd.psf.microscope_strata(
    ...     "widefield", numerical_aperture=1.2, immersion_index=1.33, sample_index=1.38, emission_um=0.52,
    ...     depth_range_um=(0, 12), strata=3, spacing=(0.3, 0.1, 0.1), shape=(31, 31, 31))
    >>> len(strata), [round(psf.info["depth_um"], 1) for psf in strata.psfs]
    (3, [2.0, 6.0, 10.0])
    """
    depths = _depths(depths_um, depth_range_um, strata)
    if any(isinstance(one, Sequence) and len(one) == 2 for one in (spacing, shape)):
        raise PSFError(f"The spacing is {spacing!r} and the shape {shape!r}; strata are of depth, so give z, y and x.")
    if shape is None:
        each = [
            microscope(modality, depth_um=depth, spacing=spacing, for_shape=for_shape, **optics).shape
            for depth in depths
        ]
        shape = tuple(int(length) for length in np.max(each, axis=0))
    psfs = [microscope(modality, depth_um=depth, spacing=spacing, shape=shape, **optics) for depth in depths]
    places = [depth + float(psf.info["focus_shift_um"]) for depth, psf in zip(depths, psfs, strict=True)]
    if top_um is None and depth_range_um is not None:
        top = microscope(modality, depth_um=depth_range_um[0], spacing=spacing, shape=shape, **optics)
        top_um = depth_range_um[0] + float(top.info["focus_shift_um"])
    found = Strata(tuple(psfs), tuple(places), top_um, coverslip)
    return replace(found, notes=_told(found, depths))


def stage_at(depth_um: float, modality: str, **optics: Any) -> float:
    """Return how far from the coverslip the stage's focus is (um) when it shows a point at a depth at its brightest."""
    settings = checked({**default_optics(), **optics, "modality": modality, "depth_um": depth_um})
    return depth_um + (brightest_plane(settings) if settings.zernike else focus_shift(settings))


def depth_shown(stage_um: float, modality: str, **optics: Any) -> float:
    """Return the depth (um) of the points that the stage shows at its brightest at a distance from the coverslip."""
    from scipy.optimize import brentq

    if stage_um <= stage_at(0.0, modality, **optics):
        return 0.0
    high = stage_um
    while stage_at(high, modality, **optics) < stage_um:  # light from a denser sample comes from deeper
        high *= 2
    return float(brentq(lambda depth: stage_at(depth, modality, **optics) - stage_um, 0.0, high, xtol=1e-3))


def _depths(depths: Sequence[float] | None, depth_range: Sequence[float] | None, strata: int) -> tuple[float, ...]:
    if (depths is None) == (depth_range is None):
        raise ParameterError(
            "Give either depths_um, one depth for each stratum, or depth_range_um, from where to where."
        )
    if depths is not None:
        return checked_depths(depths, None)
    assert depth_range is not None
    if len(depth_range) != 2:
        raise ParameterError(f"The range of depths is {depth_range!r}; give two numbers, from and to.")
    return middles(float(depth_range[0]), float(depth_range[1]), strata)


def middles(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return the middles of so many strata of equal thickness from `low` to `high`.

    Raises `ParameterError` for a number that is not 2 to 5, or a range that does not rise.
    """
    if not MIN_STRATA <= count <= MAX_STRATA:
        raise ParameterError(f"The number of strata is {count}; give {MIN_STRATA} to {MAX_STRATA}.")
    if not -np.inf < low < high < np.inf:
        raise ParameterError(f"The depths go from {low:g} to {high:g}; let the second number be the larger.")
    return tuple(float(f"{low + (high - low) * (number + 0.5) / count:.6g}") for number in range(count))


def _told(strata: Strata, depths: Sequence[float]) -> tuple[str, ...]:
    words = f"strata {', '.join(f'{depth:.3g}' for depth in depths)} um deep"
    stretch = strata.stretch
    if stretch is None or abs(stretch - 1) < 0.005:
        return (words,)
    shown = ", ".join(f"{place:.2f}" for place in strata.depths)
    return (
        words,
        f"the image shows them at {shown} um and is stretched {stretch:.3f} times along z, and so is what is "
        f"restored; divide its z spacing by {stretch:.3f} for true distances",
    )
