"""``napari-deconvolve psf microscope``: the PSF of a microscope, with its widths, focus and limits."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from napari_deconvolve.cli.options import one_or_many, whole
from napari_deconvolve.cli.psf.requests import Depths, MicroscopeRequest, names_of
from napari_deconvolve.cli.psf.saving import print_rows, saved, widths_of
from napari_deconvolve.cli.psf.told import told_of_channel, unknown_steps, with_modality
from napari_deconvolve.cli.psf.values import at_most_one, channel_index, check_psf_target, grid, length
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.io import ImageFile, read_image
from napari_deconvolve.psf import PSF, Strata, microscope_strata, nyquist
from napari_deconvolve.psf import microscope as calculated
from napari_deconvolve.psf.values import MAX_AXES

OPTIONS = names_of(MicroscopeRequest)
# Names of parameters in messages: the first that occurs is the option to blame.
_CALLED = {
    "number of strata": "--strata",
    "coverslip is at": "--coverslip-at",
    "range of depths": "--depth-range",
    "depths go from": "--depth-range",
    "depths are": "--depths",
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
    typed = request.arguments() if chosen is None else {"modality": chosen, **request.arguments()}
    request, arguments = _completed(request, typed)
    modality, shape = arguments.pop("modality"), request.shape
    where = _strata_arguments(request)
    with _blamed():
        limits = nyquist(modality, **{name: arguments[name] for name in _FOR_NYQUIST if name in arguments})
        spacing = _spacing(request, limits, len(shape) if isinstance(shape, tuple) else None)
        if where is not None:
            strata = microscope_strata(modality, spacing=spacing, shape=shape, **where, **arguments)
            saved(strata, request.output)
            print_rows(_report_of_strata(strata))
            return
        psf = calculated(modality, spacing=spacing, shape=shape, **arguments)
    saved(psf, request.output)
    print_rows(_report(psf, limits))


def _completed(request: MicroscopeRequest, arguments: dict[str, Any]) -> tuple[MicroscopeRequest, dict[str, Any]]:
    """Take parameters that were not typed from the image of --optics-from; raise if one is missing."""
    source = request.optics_from
    if source is None and request.channel is not None:
        raise ParameterError(
            f"--channel is {request.channel!r}, and no image has it; give --optics-from IMAGE as well."
        )
    lacking: list[tuple[str, str]] = []
    if source is not None:
        image = read_image(source, image=request.number, notes=True)
        arguments = {**_told_by(source, image, request.channel), **arguments}
        if request.spacing is None and request.spacing_from is None:
            if request.shape is None:
                arguments["for_shape"] = tuple(image.data.shape[axis] for axis in image.spatial[-MAX_AXES:])
            request = dataclasses.replace(request, spacing_from=source)
            lacking = [(OPTIONS["spacing"], "0.3,0.1,0.1")] if unknown_steps(image) else []
        if "modality" not in arguments and {"numerical_aperture", "emission_um"} <= set(arguments):
            arguments = with_modality(source, image, arguments, "Give --modality for another.")
    lacking = [(OPTIONS[name], example) for name, example in NEEDED.items() if name not in arguments] + lacking
    if lacking:
        _refuse_lacking(source, lacking)
    return request, arguments


def _refuse_lacking(source: str | None, lacking: Sequence[tuple[str, str]]) -> None:
    """Raise for options that are needed, all of them in one sentence."""
    names, examples = (" and ".join(words) for words in zip(*lacking, strict=True))
    one = len(lacking) == 1
    where = "" if source is None else f" and {source} does not have {'it' if one else 'them'}"
    verb, it = ("is", "it") if one else ("are", "them")
    raise ParameterError(f"{names} {verb} not given{where}; give {it}, such as {examples}.")


def _strata_arguments(request: MicroscopeRequest) -> dict[str, Any] | None:
    """Return the arguments of `psf.microscope_strata` that were typed; None where one depth is asked for."""
    asked = {name: getattr(request, name) for name in names_of(Depths)}
    typed = {name: str(value) for name, value in asked.items() if value is not None}
    if not typed:
        return None
    if ("depths" in typed) == ("depth_range" in typed):
        given = ", ".join(f"{OPTIONS[name]} {text}" for name, text in typed.items())
        raise ParameterError(f"For strata give --depths 0,5,10, or --strata 3 with --depth-range 0,10; given: {given}.")
    if "depths" in typed and "strata" in typed:
        raise ParameterError(
            f"--strata {typed['strata']} and --depths {typed['depths']} are both given; the depths give their number, "
            "so leave --strata out, or give --depth-range."
        )
    if request.depth_um is not None:
        raise ParameterError(f"--depth {request.depth_um:g} is one depth, and strata have several; leave it out.")
    found: dict[str, Any] = {}
    for name, argument in (("depths", "depths_um"), ("depth_range", "depth_range_um")):
        if name in typed:
            found[argument] = tuple(length(OPTIONS[name], part) for part in typed[name].split(","))
    if "strata" in typed:
        found["strata"] = whole("--strata", typed["strata"])
    if "top" in typed:
        found["top_um"] = length("--top", typed["top"])
    if "coverslip_at" in typed:
        found["coverslip"] = typed["coverslip_at"]
    return found


def _told_by(path: str, image: ImageFile, channel: str | None) -> dict[str, Any]:
    """Return an image's data on the optics, by the names of `psf.microscope`: of one channel if it has several."""
    count = image.data.shape[image.axes.index("C")] if "C" in image.axes else 1
    return told_of_channel(image, channel_index(path, image, count, channel))


def _spacing(request: MicroscopeRequest, limits: tuple[float, float], axes: int | None) -> float | tuple[float, ...]:
    spacing, source = request.spacing, request.spacing_from
    if spacing is None and source is None:
        axial, lateral = limits
        raise ParameterError(
            "No spacing is given; give --spacing Z,Y,X in um as the image has it, or --spacing-from IMAGE "
            f"(at most {axial:.3g},{lateral:.3g},{lateral:.3g} keeps all detail)."
        )
    number = request.number if source is not None or request.optics_from is None else None
    return one_or_many(grid(spacing, source, "um", axes, number=number).spacing)


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


def _report_of_strata(strata: Strata) -> Iterator[tuple[str, str]]:
    """Return one row for each stratum, and of the whole."""
    for number, (psf, place) in enumerate(zip(strata.psfs, strata.depths, strict=True), start=1):
        true, shift = float(psf.info["depth_um"]), float(psf.info["focus_shift_um"])
        yield f"stratum {number}", f"{true:g} um deep, shown at {place:.2f} um ({shift:+.2f}); FWHM {widths_of(psf)}"
    yield "coverslip", f"nearest to the {strata.coverslip} plane of the image"
    if strata.stretch is not None and abs(strata.stretch - 1) >= 0.005:
        yield "stretch", f"{strata.stretch:.3f} times along z, in the image and in the result"
