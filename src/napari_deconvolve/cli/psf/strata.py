"""``napari-deconvolve psf microscope --depths``: the PSFs of several depths in one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from napari_deconvolve.cli.options import whole
from napari_deconvolve.cli.psf.requests import Depths, MicroscopeRequest, names_of
from napari_deconvolve.cli.psf.saving import widths_of
from napari_deconvolve.cli.psf.values import length
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.psf import Strata, microscope_strata

OPTIONS = names_of(Depths)
_CALLED = {
    "number of strata": "--strata",
    "coverslip is at": "--coverslip-at",
    "range of depths": "--depth-range",
    "depths go from": "--depth-range",
    "depths are": "--depths",
}


def strata_arguments(request: MicroscopeRequest) -> dict[str, Any] | None:
    """Return the arguments of `psf.microscope_strata` that were typed; None where one depth is asked for."""
    typed = {name: str(getattr(request, name)) for name in OPTIONS if getattr(request, name) is not None}
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


def made_of_strata(modality: str, where: Mapping[str, Any], **arguments: Any) -> Strata:
    """Calculate the PSFs; an error names the option."""
    try:
        return microscope_strata(modality, **where, **arguments)
    except (ParameterError, PSFError) as error:
        option = next((option for words, option in _CALLED.items() if words in str(error)), None)
        if option is None:
            raise
        raise type(error)(f"{option}: {error}") from error


def report_of_strata(strata: Strata) -> Iterator[tuple[str, str]]:
    """Return one row for each stratum, and of the whole."""
    for number, (psf, place) in enumerate(zip(strata.psfs, strata.depths, strict=True), start=1):
        true, shift = float(psf.info["depth_um"]), float(psf.info["focus_shift_um"])
        yield f"stratum {number}", f"{true:g} um deep, shown at {place:.2f} um ({shift:+.2f}); FWHM {widths_of(psf)}"
    yield "coverslip", f"nearest to the {strata.coverslip} plane of the image"
    if strata.stretch is not None and abs(strata.stretch - 1) >= 0.005:
        yield "stretch", f"{strata.stretch:.3f} times along z, in the image and in the result"
