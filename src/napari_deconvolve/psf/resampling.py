"""A PSF at the spacing of the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.psf import PSF, as_spacing

Values = NDArray[np.float64]

SAME_SPACING = 1e-3  # relative
MOST_SAMPLES = 2**27  # of the result
DEGREE = 5  # of the splines
INTEGRATED = ("gaussian", "lorentzian", "points")  # sources whose samples are light collected over their width
SAMPLED = ("formula",)  # and those whose samples are values at places


def resample(psf: PSF, spacing: float | Sequence[float]) -> PSF:
    """Return the PSF on a grid of another spacing, in the same unit: as its source would have made it there.

    Parameters
    ----------
    psf : PSF
        Of any source.
    spacing : float or sequence of float
        The new distance of samples.

    Raises
    ------
    PSFError
        For a spacing that is not positive, or so fine that the PSF would have more samples than memory holds.

    Notes
    -----
    What a sample is depends on the axis. A camera's pixels collect light over their width; so along y and x (and along
    a spectrum) the running sum of the light is drawn smoothly through the old borders between samples and read at the
    new ones: going coarser integrates, going finer interpolates, and no light is lost. A stage moves in steps and
    stands still for each plane, however far apart they are; so along z the values at the new planes are
    interpolated, and nothing is integrated. `sample_is_integral` tells what holds for which source: a microscope's
    PSF knows it from its ``sampling``, a Gaussian and a Lorentzian are integrated along all axes, a formula
    along none.
    """
    steps = as_spacing(spacing, psf.ndim)
    if _same(psf.spacing, steps):
        return psf
    _require_samples(psf, steps)
    values: Values = psf.data.astype(np.float64)
    for axis, integral in enumerate(sample_is_integral(psf)):
        old, new = psf.spacing[axis], steps[axis]
        if not _same((old,), (new,)):
            moved = np.moveaxis(values, axis, 0)
            found = _integrated(moved, old, new) if integral else _interpolated(moved, old, new)
            values = np.moveaxis(found, 0, axis)
    note = f"resampled from {_text(psf.spacing)} to {_text(steps)} {psf.unit}"
    return PSF(np.maximum(values, 0), steps, psf.unit, psf.info, (*psf.notes, note))


def sample_is_integral(psf: PSF) -> tuple[bool, ...]:
    """Return for each axis whether a sample is light collected over its width, or else the value at its place.

    For sources that do not say: collected along y and x and in a spectrum, a value along the first of three axes.
    """
    info: Mapping[str, Any] = psf.info
    before = info.get("before")
    if isinstance(before, Mapping):  # of a PSF that was given another spacing
        info = before
    if info.get("source") in INTEGRATED:
        return (True,) * psf.ndim
    if info.get("source") in SAMPLED or info.get("sampling") == "point":
        return (False,) * psf.ndim
    return (False, True, True) if psf.ndim == 3 else (True,) * psf.ndim


def _require_samples(psf: PSF, steps: Sequence[float]) -> None:
    """Refuse a result that is too large: nearly always a spacing in another unit."""
    lengths = [length * old / new for length, old, new in zip(psf.shape, psf.spacing, steps, strict=True)]
    if np.prod([max(1.0, length) for length in lengths]) > MOST_SAMPLES:
        raise PSFError(
            f"The PSF resampled from {_text(psf.spacing)} to {_text(steps)} {psf.unit} would have about "
            f"{' × '.join(f'{length:.0f}' for length in lengths)} samples, more than the {MOST_SAMPLES:,} that it can "
            "have; check that the image's spacing and the PSF's are in the same unit."
        )


def _same(old: Sequence[float], new: Sequence[float]) -> bool:
    return bool(np.allclose(old, new, rtol=SAME_SPACING, atol=0))


def _text(numbers: Sequence[float]) -> str:
    return " × ".join(f"{number:.4g}" for number in numbers)


def _integrated(values: Values, old: float, new: float) -> Values:
    """Collect the light along the first axis anew, over samples of another width."""
    from scipy.interpolate import make_interp_spline

    reach = max(0, int(np.ceil((len(values) / 2 * old) / new - 0.5)))
    empty = np.zeros((4, *values.shape[1:]))  # beyond the ends nothing is added: keeps the curve flat there
    total = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(np.concatenate([empty, values, empty]), 0)])
    edges = (np.arange(len(total)) - (len(total) - 1) / 2) * old
    wanted = np.clip((np.arange(2 * reach + 2) - reach - 0.5) * new, edges[0], edges[-1])
    running = make_interp_spline(edges, total, k=DEGREE, axis=0)(wanted)
    return np.asarray(np.diff(running, axis=0))


def _interpolated(values: Values, old: float, new: float) -> Values:
    """Read the values along the first axis at other places, less than half an old step beyond the last one."""
    from scipy.interpolate import make_interp_spline

    half = len(values) // 2
    if half == 0:
        return values
    reach = int(np.floor((half + 0.5) * old / new * (1 - SAME_SPACING)))
    places = (np.arange(len(values)) - half) * old
    wanted = np.clip((np.arange(2 * reach + 1) - reach) * new, places[0], places[-1])
    degree = min(DEGREE, len(values) - 1)
    return np.asarray(make_interp_spline(places, values, k=degree, axis=0)(wanted))
