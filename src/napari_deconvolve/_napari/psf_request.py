"""What the PSF dock asks for, as one value, and how it is made: without Qt, so it can run in any thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_deconvolve._napari.psf_layers import AXES, layer_to_psf
from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf import PSF, gaussian, lorentzian, resample
from napari_deconvolve.psf.shapes import LORENTZIAN_REACH
from napari_deconvolve.units import factor

Numbers = tuple[float, ...]

SOURCES = {"gaussian": "Gaussian", "lorentzian": "Lorentzian", "layer": "From layer", "file": "From file"}
SHAPES = ("gaussian", "lorentzian")
MAX_SAMPLES = 2**25  # of a calculated PSF: more is a slip of the unit, and would take seconds at each change
CUT_OFF = 0.05  # light in an end plane, relative to the brightest plane: more means that the PSF goes on outside


@dataclass(frozen=True)
class Request:
    """All that decides the PSF.

    Attributes
    ----------
    source : str
        A key of `SOURCES`.
    spacing, unit
        The image's, for its last axes; `unit` is "pixel" when nobody knows it.
    image_axes : int or None
        How many axes the image has; None without one.
    fwhm : tuple of float
        In `unit`, one per axis: of the calculated shapes.
    layer : napari layer or None
    path : str
    center : str
    background : float or "auto"
        How a layer or file is prepared.
    own_spacing : tuple of float or None
        In `unit`, of a layer or file that does not tell its own; None takes the image's.
    """

    source: str
    spacing: Numbers
    unit: str
    image_axes: int | None = None
    fwhm: Numbers = ()
    layer: Any = None
    path: str = ""
    center: str = "auto"
    background: float | str = "auto"
    own_spacing: Numbers | None = None


@dataclass(frozen=True)
class Made:
    """A PSF, and what to tell about it.

    Attributes
    ----------
    psf : PSF
        At the image's spacing.
    name : str
        For its layer.
    own_spacing, own_unit
        Of the source, before anything was assumed or resampled.
    warnings : tuple of str
        What the user should mistrust.
    """

    psf: PSF
    name: str
    own_spacing: Numbers
    own_unit: str
    warnings: tuple[str, ...]


def make(request: Request) -> Made:
    """Make the PSF.

    Raises
    ------
    DeconvolutionError
        In words, when it cannot be made.
    """
    raw = _SOURCES[request.source](request)
    if request.image_axes is not None and raw.ndim > request.image_axes:
        raise PSFError(
            f"This PSF has {raw.ndim} axes, but the image has {request.image_axes}; "
            "choose a PSF of as many axes as the image, or fewer."
        )
    psf, warnings = _fitted(raw, request)
    return Made(psf, _name(request), raw.spacing, raw.unit, (*warnings, *mistrust(psf)))


def mistrust(psf: PSF) -> tuple[str, ...]:
    """Say what is doubtful about a PSF: too few samples, light cut off."""
    told: list[str] = []
    unit = shown(psf.unit)
    cut: list[str] = []
    coarse: list[str] = []
    for name, width, step, axis in zip(AXES[-psf.ndim :], psf.fwhm, psf.spacing, range(psf.ndim), strict=True):
        if psf.shape[axis] > 1 and (not np.isfinite(width) or _end_light(psf, axis) > CUT_OFF):
            cut.append(name)
        elif width < 2 * step or psf.shape[axis] == 1:
            coarse.append(name)
    if coarse:
        told.append(
            f"Along {_listed(coarse)} the FWHM is under 2 samples: the image is sampled too coarsely to show this PSF."
        )
    if psf.info.get("source") == "lorentzian":
        reach = LORENTZIAN_REACH[psf.ndim]
        told.append(
            f"A Lorentzian never ends: it is cut {reach:g} FWHM from its centre, at "
            f"{100 / (1 + 4 * reach**2):.2g} % of its height."
        )
    elif cut:
        told.append(
            f"Along {_listed(cut)} light reaches the border of the array: the PSF is probably cut off "
            f"({' × '.join(f'{n * s:.3g}' for n, s in zip(psf.shape, psf.spacing, strict=True))} {unit})."
        )
    return tuple(told)


def shown(unit: str) -> str:
    """Give a unit as it is written: "µm" for "um"."""
    return {"um": "µm", "angstrom": "Å"}.get(unit, unit)


def in_unit(psf: PSF, unit: str) -> PSF:
    """Give the same PSF with its numbers in another unit of length."""
    if unit == psf.unit:
        return psf
    ratio = factor(psf.unit, unit)
    info = dict(psf.info)
    for key in ("fwhm", "spacing"):
        if key in info:
            info[key] = [float(number) * ratio for number in info[key]]
    if "unit" in info:
        info["unit"] = unit
    return PSF(psf.data, tuple(step * ratio for step in psf.spacing), unit, info, psf.notes)


def widths_text(widths: Numbers, unit: str) -> str:
    """Write one width per axis in short: "0.25 µm" when all are equal, "z 0.6, xy 0.25 µm" else."""
    names = AXES[-len(widths) :]
    words = [f"{width:.3g}" for width in widths]
    if len(set(words)) == 1:
        return f"{words[0]} {shown(unit)}"
    parts = [f"{name} {word}" for name, word in zip(names, words, strict=True)]
    if len(words) == 3 and words[1] == words[2]:
        parts = [parts[0], f"xy {words[1]}"]
    return f"{', '.join(parts)} {shown(unit)}"


def _end_light(psf: PSF, axis: int) -> float:
    others = tuple(other for other in range(psf.ndim) if other != axis)
    planes = psf.data.sum(axis=others, dtype=np.float64)
    return float(max(planes[0], planes[-1]) / planes.max())


def _shape(request: Request) -> PSF:
    lengths = [
        3.5 * width / step if request.source == "gaussian" else 2 * LORENTZIAN_REACH[len(request.fwhm)] * width / step
        for width, step in zip(request.fwhm, request.spacing, strict=True)
    ]
    if np.prod([length + 1 for length in lengths]) > MAX_SAMPLES:
        size = " × ".join(f"{length + 1:.0f}" for length in lengths)
        raise PSFError(f"This PSF would have {size} samples; give a smaller FWHM, or check the spacing and its unit.")
    shape = gaussian if request.source == "gaussian" else lorentzian
    return shape(request.fwhm, request.spacing, unit=request.unit)


def _layer(request: Request) -> PSF:
    if request.layer is None:
        raise PSFError("No layer is chosen; choose the one that holds the PSF.")
    return layer_to_psf(request.layer, center=request.center, background=request.background)


def _file(request: Request) -> PSF:
    from napari_deconvolve.psf.files import load

    return load(Path(request.path), center=request.center, background=request.background)


_SOURCES = {"gaussian": _shape, "lorentzian": _shape, "layer": _layer, "file": _file}


def _fitted(psf: PSF, request: Request) -> tuple[PSF, tuple[str, ...]]:
    """Bring the PSF to the image's spacing, as far as both are known."""
    if len(request.spacing) < psf.ndim:
        raise PSFError(
            f"This PSF has {psf.ndim} axes, but only {len(request.spacing)} are asked for; choose more axes."
        )
    wanted = request.spacing[-psf.ndim :]
    if request.source in SHAPES:
        warnings = () if request.unit != "pixel" else ("The spacing is not known, so the FWHM is in pixels.",)
        return psf, warnings
    if psf.unit == "pixel":
        own = request.own_spacing[-psf.ndim :] if request.own_spacing else wanted
        note = f"its spacing is not stated: taken as {' × '.join(f'{step:.4g}' for step in own)} {shown(request.unit)}"
        psf = PSF(psf.data, own, request.unit, psf.info, (*psf.notes, note))
        return resample(psf, wanted), ()
    if request.unit == "pixel":
        own_text = " × ".join(f"{step:.4g}" for step in psf.spacing)
        return psf, (
            f"The image's spacing is not known, so the PSF keeps its own ({own_text} {shown(psf.unit)}); "
            "enter the image's spacing and unit to have them agree.",
        )
    return resample(in_unit(psf, request.unit), wanted), ()


def _name(request: Request) -> str:
    if request.source in SHAPES:
        return f"PSF {SOURCES[request.source]} {widths_text(request.fwhm, request.unit)}"
    if request.source == "layer":
        return f"{request.layer.name} · PSF"
    return f"{Path(request.path).name.split('.')[0]} · PSF"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
