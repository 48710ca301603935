"""PSFs that change with depth: a few strata, each with a PSF, and where they lie in an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.psf.microscope import microscope
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.resampling import resample
from napari_deconvolve.units import factor

FEWEST, MOST = 2, 5
COVERSLIPS = ("first", "last")

Samples = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """A PSF that changes along the first axis: 2 to 5 PSFs, and at which depth each of them holds.

    Between two strata light is shared out linearly; beyond the outermost ones their PSFs go on.

    Parameters
    ----------
    psfs : sequence of PSF
        From the shallowest to the deepest, of one shape (2 or 3 axes), spacing and unit; each as an image shows it
        whose first plane is nearest to the coverslip.
    depths : sequence of float
        Where in the image each of them holds: the distance from the coverslip by which the stage was moved to have
        that plane in focus, rising, in the PSFs' unit.
    top : float, optional
        That distance of the image's plane nearest to the coverslip; by default the shallowest stratum lies there.
    coverslip : {"first", "last"}
        Which end of the image's depth axis is nearest to the coverslip: with "last" the PSFs are turned round.
    notes : sequence of str, optional
        What one should know, in words.

    Raises
    ------
    PSFError
        For fewer than 2 or more than 5 PSFs, ones that differ in grid, or depths that do not rise.
    ParameterError
        For another word for the coverslip, or a top that is no finite number.
    """

    psfs: tuple[PSF, ...]
    depths: tuple[float, ...]
    top: float | None = None
    coverslip: str = "first"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "psfs", _checked_psfs(self.psfs))
        object.__setattr__(self, "depths", _checked_depths(self.depths, len(self.psfs)))
        object.__setattr__(self, "notes", tuple(self.notes))
        if self.top is not None:
            if not np.isfinite(self.top):
                raise ParameterError(f"The depth of the top plane is {self.top!r}; give a finite number, or None.")
            object.__setattr__(self, "top", float(self.top))
        if self.coverslip not in COVERSLIPS:
            raise ParameterError(
                f"The coverslip is at {self.coverslip!r}; say whether the image's first or its last plane is nearest "
                "to it: 'first' or 'last'."
            )

    def __len__(self) -> int:
        return len(self.psfs)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.psfs[0].ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of samples of each PSF along each axis."""
        return self.psfs[0].shape

    @property
    def spacing(self) -> tuple[float, ...]:
        """Distance of samples along each axis, in `unit`."""
        return self.psfs[0].spacing

    @property
    def unit(self) -> str:
        """The unit of spacing and depths."""
        return self.psfs[0].unit

    @property
    def middle(self) -> PSF:
        """The PSF of the middle stratum, which stands for all where only one can be looked at."""
        return self.psfs[len(self.psfs) // 2]

    @property
    def stretch(self) -> float | None:
        """How many times as far apart as in the sample the image has its planes; None where nobody knows.

        Layers that differ from the design move the focus in proportion to depth. Each PSF is drawn around its own
        focus, so the estimate is stretched along depth as the image is: divide its spacing by this for true distances.
        """
        told = [(one.info.get("depth_um"), one.info.get("focus_shift_um")) for one in (self.psfs[0], self.psfs[-1])]
        (high, first), (low, last) = told
        if high is None or low is None or first is None or last is None or high == low:
            return None
        return float(1 + (last - first) / (low - high))

    @property
    def fwhm(self) -> tuple[float, ...]:
        """Full width at half maximum of the middle stratum's PSF per axis, in `unit`."""
        return self.middle.fwhm

    def words(self, number: int) -> str:
        """Call one of the strata by its depth: "stratum 2 of 3, 5 um deep"."""
        true = self.psfs[number].info.get("depth_um")
        place = f"{true:g} um deep" if true is not None else f"at {self.depths[number]:.4g} {self.unit}"
        return f"stratum {number + 1} of {len(self)}, {place}"

    def kernels(self) -> tuple[Samples, ...]:
        """Give the samples of each PSF as the image shows them, turned round where the coverslip is at its end."""
        if self.coverslip == "first":
            return tuple(psf.data for psf in self.psfs)
        return tuple(np.ascontiguousarray(psf.data[::-1]) for psf in self.psfs)

    def nodes(self, planes: int) -> tuple[float, ...]:
        """Give where the strata lie in an image of so many planes, in planes from its first; perhaps outside."""
        below = [(depth - self._top) / self.spacing[0] for depth in self.depths]
        return tuple(below if self.coverslip == "first" else [planes - 1 - place for place in below])

    def within(self, start: int, stop: int, planes: int, step: float | None = None) -> Strata:
        """Give the strata for the planes from `start` up to, but not including, `stop` of an image.

        Parameters
        ----------
        start, stop, planes : int
            Which of how many.
        step : float, optional
            Distance of the image's planes in `unit`; by default the PSFs'.
        """
        cut = start if self.coverslip == "first" else planes - stop
        return replace(self, top=self._top + cut * (self.spacing[0] if step is None else step))

    def in_unit(self, unit: str) -> Strata:
        """Give the same with all lengths in another unit of length; the PSFs go on knowing how they were made."""
        ratio = factor(self.unit, unit)
        psfs = [
            PSF(p.data, tuple(s * ratio for s in p.spacing), unit, _in_unit(p, unit, ratio), p.notes) for p in self.psfs
        ]
        depths = tuple(depth * ratio for depth in self.depths)
        return replace(self, psfs=tuple(psfs), depths=depths, top=None if self.top is None else self.top * ratio)

    def each(self, psfs: Sequence[PSF]) -> Strata:
        """Give strata with other PSFs at the same depths, in the same unit."""
        return replace(self, psfs=tuple(psfs), top=self._top)

    def resampled(self, spacing: Sequence[float]) -> Strata:
        """Give the same PSFs at another spacing."""
        return self.each([resample(psf, spacing) for psf in self.psfs])

    @property
    def _top(self) -> float:
        return self.depths[0] if self.top is None else self.top


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
        Odd lengths; by default what the largest of the PSFs needs.
    **optics
        The other arguments of `microscope`.

    Returns
    -------
    Strata
        Each PSF is drawn around its own brightest plane, and lies where the image shows its point: layers that differ
        from the design move the focus, and a point 10 um deep in water under an oil lens (NA 1.4) shows 2.3 um deeper.
        That shift stays in the estimate as a smooth stretch along z, told by the notes and by `Strata.stretch`.

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
        each = [microscope(modality, depth_um=depth, spacing=spacing, **optics).shape for depth in depths]
        shape = tuple(int(length) for length in np.max(each, axis=0))
    psfs = [microscope(modality, depth_um=depth, spacing=spacing, shape=shape, **optics) for depth in depths]
    places = [depth + float(psf.info["focus_shift_um"]) for depth, psf in zip(depths, psfs, strict=True)]
    if top_um is None and depth_range_um is not None:
        top = microscope(modality, depth_um=depth_range_um[0], spacing=spacing, shape=shape, **optics)
        top_um = depth_range_um[0] + float(top.info["focus_shift_um"])
    found = Strata(tuple(psfs), tuple(places), top_um, coverslip)
    return replace(found, notes=_told(found, depths))


def _depths(depths: Sequence[float] | None, depth_range: Sequence[float] | None, strata: int) -> tuple[float, ...]:
    if (depths is None) == (depth_range is None):
        raise ParameterError(
            "Give either depths_um, one depth for each stratum, or depth_range_um, from where to where."
        )
    if depths is not None:
        return _checked_depths(depths, None)
    assert depth_range is not None
    if len(depth_range) != 2:
        raise ParameterError(f"The range of depths is {depth_range!r}; give two numbers, from and to.")
    return middles(float(depth_range[0]), float(depth_range[1]), strata)


def middles(low: float, high: float, count: int) -> tuple[float, ...]:
    """Give the middles of so many strata of equal thickness from `low` to `high`.

    Raises
    ------
    ParameterError
        For a number that is not 2 to 5, or a range that does not rise.
    """
    if not FEWEST <= count <= MOST:
        raise ParameterError(f"The number of strata is {count}; give {FEWEST} to {MOST}.")
    if not -np.inf < low < high < np.inf:
        raise ParameterError(f"The depths go from {low:g} to {high:g}; let the second number be the larger.")
    return tuple(float(f"{low + (high - low) * (number + 0.5) / count:.6g}") for number in range(count))


def _in_unit(psf: PSF, unit: str, ratio: float) -> dict[str, Any]:
    info = dict(psf.info)
    for key in ("fwhm", "spacing"):
        if key in info:
            info[key] = [float(number) * ratio for number in np.atleast_1d(info[key])]
    return {**info, "unit": unit} if "unit" in info else info


def _told(strata: Strata, depths: Sequence[float]) -> tuple[str, ...]:
    words = f"strata {', '.join(f'{depth:g}' for depth in depths)} um deep"
    stretch = strata.stretch
    if stretch is None or abs(stretch - 1) < 0.005:
        return (words,)
    shown = ", ".join(f"{place:.2f}" for place in strata.depths)
    return (
        words,
        f"the image shows them at {shown} um and is stretched {stretch:.3f} times along z, and so is what is "
        f"restored; divide its z spacing by {stretch:.3f} for true distances",
    )


def _checked_psfs(given: Sequence[PSF]) -> tuple[PSF, ...]:
    psfs = tuple(given)
    if not all(isinstance(psf, PSF) for psf in psfs):
        raise PSFError("The strata are not all PSFs; make them with napari_deconvolve.psf.from_array.")
    if not FEWEST <= len(psfs) <= MOST:
        raise PSFError(f"There are {len(psfs)} strata; give {FEWEST} to {MOST}.")
    first = psfs[0]
    for psf in psfs[1:]:
        if psf.shape != first.shape or psf.unit != first.unit or not np.allclose(psf.spacing, first.spacing, rtol=1e-6):
            raise PSFError(
                f"The strata's PSFs have the shapes {first.shape} and {psf.shape} at {first.spacing} {first.unit} and "
                f"{psf.spacing} {psf.unit}; give all of them one shape and spacing."
            )
    if first.ndim < 2:
        raise PSFError("The strata's PSFs have 1 axis, but beside depth there must be another; give 2 or 3 axes.")
    return psfs


def _checked_depths(given: Sequence[float], count: int | None) -> tuple[float, ...]:
    try:
        depths = tuple(float(depth) for depth in given)
    except (TypeError, ValueError):
        depths = ()
    rising = all(low < high for low, high in pairwise(depths)) and all(map(np.isfinite, depths))
    if not rising or not FEWEST <= len(depths) <= MOST or (count is not None and len(depths) != count):
        wanted = f"{FEWEST} to {MOST}" if count is None else str(count)
        raise PSFError(f"The depths are {given!r}; give {wanted} rising numbers.")
    return depths
