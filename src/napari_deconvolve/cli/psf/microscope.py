"""``napari-deconvolve psf microscope``: the PSF of a microscope, with its widths, focus and limits."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from napari_deconvolve.cli.options import one_or_many
from napari_deconvolve.cli.psf.requests import MicroscopeRequest, names_of
from napari_deconvolve.cli.psf.saving import print_rows, saved, widths_of
from napari_deconvolve.cli.psf.strata import made_of_strata, report_of_strata, strata_arguments
from napari_deconvolve.cli.psf.values import at_most_one, channel_index, check_psf_target, grid
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.io import read_image
from napari_deconvolve.psf import PSF, nyquist
from napari_deconvolve.psf import microscope as calculated

OPTIONS = names_of(MicroscopeRequest)
# Names of parameters in messages: the first that occurs is the option to blame.
_CALLED = {
    "numerical aperture": "--numerical-aperture",
    "modality": "--modality",
    "Zernike": "--zernike",
    "sampling": "--sampling",
    "spacing": "--spacing",
    "shape": "--shape",
    "layers": "--depth",
    "model": "--model",
    "too large": "--shape",
}
NEEDED = {"modality": "widefield or confocal", "numerical_aperture": "1.4", "emission_um": "520nm"}
_FOR_NYQUIST = ("numerical_aperture", "emission_um", "excitation_um", "immersion_index")


def microscope(request: MicroscopeRequest) -> None:
    """Calculate the PSF of a microscope; prints its FWHM, how far its focus is moved, and Nyquist's limits."""
    check_psf_target(request.output, request.spacing_from, request.optics_from)
    chosen = at_most_one("--modality", request.modality_argument, request.modality)
    request, arguments = _completed(
        request, {**({} if chosen is None else {"modality": chosen}), **request.arguments()}
    )
    modality, shape = arguments.pop("modality"), request.shape
    where = strata_arguments(request)
    with _blamed():
        limits = nyquist(modality, **{name: arguments[name] for name in _FOR_NYQUIST if name in arguments})
        spacing = _spacing(request, limits, len(shape) if isinstance(shape, tuple) else None)
        if where is not None:
            strata = made_of_strata(modality, where, spacing=spacing, shape=shape, **arguments)
            saved(strata, request.output)
            print_rows(list(report_of_strata(strata)))
            return
        psf = calculated(modality, spacing=spacing, shape=shape, **arguments)
    saved(psf, request.output)
    print_rows(list(_report(psf, limits)))


def _completed(request: MicroscopeRequest, arguments: dict[str, Any]) -> tuple[MicroscopeRequest, dict[str, Any]]:
    """Take parameters that were not typed from the image of --optics-from; raise if one is missing."""
    source = request.optics_from
    if source is None and request.channel is not None:
        raise ParameterError(
            f"--channel is {request.channel!r}, and no image has it; give --optics-from IMAGE as well."
        )
    if source is not None:
        arguments = {**told_by(source, request.channel), **arguments}
        if request.spacing is None and request.spacing_from is None:
            request = dataclasses.replace(request, spacing_from=source)
    for name, example in NEEDED.items():
        if name not in arguments:
            where = "" if source is None else f" and {source} does not have it"
            raise ParameterError(f"{OPTIONS[name]} is not given{where}; give it, such as {example}.")
    return request, arguments


def told_by(path: str, channel: str | None) -> dict[str, Any]:
    """Return an image's data on the optics, by the names of `psf.microscope`: of one channel if it has several."""
    image = read_image(path)
    optics = image.optics
    count = image.data.shape[image.axes.index("C")] if "C" in image.axes else 1
    index = channel_index(path, image, count, channel)
    found = {name: optics[name] for name in ("modality", "numerical_aperture", "immersion_index") if name in optics}
    for name in ("emission_um", "excitation_um"):
        values = optics.get(name, ())
        if index < len(values) and values[index] is not None:
            found[name] = values[index]
    return found


def _spacing(request: MicroscopeRequest, limits: tuple[float, float], axes: int | None) -> float | tuple[float, ...]:
    spacing, source = request.spacing, request.spacing_from
    if spacing is None and source is None:
        axial, lateral = limits
        raise ParameterError(
            "No spacing is given; give --spacing Z,Y,X in um as the image has it, or --spacing-from IMAGE "
            f"(at most {axial:.3g},{lateral:.3g},{lateral:.3g} keeps all detail)."
        )
    return one_or_many(grid(spacing, source, "um", axes).spacing)


@contextmanager
def _blamed() -> Iterator[None]:
    """Let an error name the option instead of the parameter."""
    try:
        yield
    except (ParameterError, PSFError) as error:
        text = str(error)
        for name in sorted(OPTIONS, key=len, reverse=True):
            if "_" in name:
                text = re.sub(rf"(?<![\w-]){name}\b", OPTIONS[name], text)
        if "--" not in text:
            blame = next((option for word, option in _CALLED.items() if word in text), "psf microscope")
            text = f"{blame}: {text}"
        raise type(error)(text) from error


def _report(psf: PSF, limits: tuple[float, float]) -> Iterator[tuple[str, str]]:
    info, (axial, lateral) = psf.info, limits
    yield "microscope", f"{info['modality']}, {info['model']}, {info['sampling']}-sampled"
    yield "FWHM", widths_of(psf)
    shift = float(info["focus_shift_um"])
    where = "where the lens is made for" if abs(shift) < 0.005 else f"{shift:+.2f} um, deeper is positive"
    yield "focus shift", where
    yield "Nyquist", f"z {axial:.3g}, y and x {lateral:.3g} um{_verdict(psf, axial, lateral)}"


def _verdict(psf: PSF, axial: float, lateral: float) -> str:
    wanted = ([axial] if psf.ndim == 3 else []) + [lateral, lateral]
    coarse: dict[str, list[str]] = {}
    for axis, step, limit in zip("zyx"[-psf.ndim :], psf.spacing, wanted, strict=True):
        if step > limit * 1.001:
            coarse.setdefault(f"{step / limit:.2g}", []).append(axis)
    if not coarse:
        return "; the spacing keeps it"
    words = " and ".join(f"{times} times that along {' and '.join(axes)}" for times, axes in coarse.items())
    return f"; the spacing is {words}: detail is lost"
