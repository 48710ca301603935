"""``napari-deconvolve psf check``: the findings on a PSF in a file, and a corrected PSF if wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from napari_deconvolve.cli.options import center as as_center
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.psf.requests import CheckRequest
from napari_deconvolve.cli.psf.saving import saved
from napari_deconvolve.cli.psf.values import check_psf_target, grid
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.io import ImageFile, read_image
from napari_deconvolve.psf import PSF, Finding, examine
from napari_deconvolve.psf.files import Samples, opened, placed, require_place
from napari_deconvolve.psf.prepare import Center
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.units import factor

# A pedestal has to go while the corners still show it: centring pads them with zeros.
CORRECTION_ORDER = ("values", "isolated", "pedestal", "negative", "size", "centre", "spacing", "extent")
ALSO_NOTED = ("spacing", "extent")  # corrected although they are only noted
CALCULATED = ("gaussian", "lorentzian", "formula", "points", "microscope")  # their light is where it is meant to be
MAX_CORRECTIONS = 20
OPTICS = ("numerical_aperture", "emission_um", "immersion_index")  # that a PSF is compared with; None is not known

Subject = ChannelSpread | Samples
Findings = tuple[Finding, ...]


def check(request: CheckRequest) -> None:
    """Report faults of a PSF, each with its remedy."""
    output = request.output
    if request.fix != (output is not None):
        raise ParameterError("--fix needs -o PSF.ome.tif to write the repaired PSF to, and -o is for --fix; give both.")
    if output is not None:
        check_psf_target(output, request.file, request.image)
    subject = _respaced(opened(request.file), request.spacing)
    where = as_center(request.center)
    if request.center is not None:
        with named(f"--center {request.center}"):
            require_place(subject, where)
    examined = partial(
        findings_of,
        optics={name: getattr(request, name) for name in OPTICS},
        image=None if request.image is None else read_image(request.image, notes=True),
        path=request.image or "",
    )
    with named(request.file):
        findings = examined(subject, center=where)
    print_findings(subject, findings)
    if output is None:
        return
    corrected, names = _corrected(request.file, subject, findings, examined, where)
    print(f"fixed: {', '.join(names)}" if names else "nothing to fix")
    saved(corrected, output)


def findings_of(
    subject: Subject,
    optics: Mapping[str, Any],
    image: ImageFile | None = None,
    path: str = "",
    center: Center = "auto",
) -> Findings:
    """Return the findings of the validation, by the optics and the image, of a file, that the PSF is compared with."""
    options = {**optics, "center": center}
    unit = subject.unit
    if isinstance(subject, Samples):
        options["spacing"] = subject.spacing
    if image is not None:
        steps, unit = _image_spacing(image, path, subject)
        shape = tuple(image.data.shape[axis] for axis in image.spatial)
        options |= {"image_spacing": steps, "image_shape": shape}
    looked_at = subject.data if isinstance(subject, Samples) else subject
    return examine(looked_at, unit="um" if unit == "pixel" else unit, **options)


def print_findings(subject: Subject, findings: Findings, indent: str = "") -> None:
    """Print one line for each finding: severity, check and text."""
    for finding in findings:
        remedy = " [psf check --fix corrects it]" if _correctable(subject, finding) else ""
        print(f"{indent}{finding.severity + ':':<9}{finding.name + ':':<12}{finding.text}{remedy}")


def print_diagnosis(path: str) -> None:
    """Print the findings that are not in order of a PSF that this program wrote, compared with its own optics."""
    subject = opened(path)
    findings = findings_of(subject, _own_optics(subject))
    wrong = tuple(finding for finding in findings if finding.severity != "ok")
    print(f"{'doctor:':<12} {len(wrong) or 'nothing'} of {len(findings)} checks to look at")
    print_findings(subject, wrong, indent=" " * 13)


def _own_optics(subject: Subject) -> dict[str, Any]:
    """Return the lens that a PSF was calculated for: of a wide-field microscope with matched layers."""
    info = subject.info  # strata are compared with what each was made for
    if info.get("modality") != "widefield" or info.get("zernike") or info.get("focus_shift_um"):
        return {}
    return {name: info[name] for name in OPTICS}


def _respaced(subject: Subject, spacing: str | None) -> Subject:
    """Return the PSF at the spacing of the option, in um, in place of the file's."""
    if spacing is None:
        return subject
    given = grid(spacing, None, "um", None).spacing
    steps = given * subject.ndim if len(given) == 1 else given
    if len(steps) != subject.ndim:
        raise ParameterError(f"--spacing is {spacing!r}; give {subject.ndim} numbers, one per axis of the PSF.")
    with named(f"--spacing {spacing}"):
        return subject.respaced(steps, "um")


def _image_spacing(image: ImageFile, path: str, subject: Subject) -> tuple[tuple[float, ...] | None, str]:
    """Return the image's spacing along the PSF's axes, in the PSF's unit where it has one."""
    found = image.grid(image.spatial[-subject.ndim :])
    if found is None:
        return None, subject.unit
    steps, unit = found
    if subject.unit == "pixel":
        return steps, unit
    with named(f"--image {path}"):
        ratio = factor(unit, subject.unit)
    return tuple(step * ratio for step in steps), subject.unit


def _corrected(
    file: str, subject: Subject, findings: Findings, examined: Callable[..., Findings], where: Center
) -> tuple[ChannelSpread, tuple[str, ...]]:
    """Apply one correction after the other, and check again after each; the first one places the zero lag."""
    if subject.depths:
        raise PSFError(
            f"{file} holds the PSFs of {len(subject.depths)} depths, which are not corrected; make them again."
        )
    names: list[str] = []
    for _ in range(MAX_CORRECTIONS):
        hopeless = next((one for one in findings if one.severity == "error" and one.fix is None), None)
        if hopeless is not None and hopeless.name in ("values", "extent"):
            raise PSFError(f"{file} cannot be corrected: {hopeless.text}")
        correction = _next(subject, findings, names)
        if correction is None:
            break
        name, fix = correction
        with named(file):
            subject = fix()
        names.append(name)
        where = "auto" if where == "auto" else "middle"
        findings = examined(subject, center=where)
    with named(file):
        return placed(subject, where), tuple(names)


def _next(subject: Subject, findings: Findings, done: list[str]) -> tuple[str, Callable[[], PSF]] | None:
    """Choose the next correction; none is tried twice."""
    by_name = {finding.name: finding for finding in findings if _correctable(subject, finding)}
    for name in CORRECTION_ORDER:
        finding = by_name.get(name)
        if finding is not None and finding.fix is not None and name not in done:
            return name, finding.fix
    return None


def _correctable(subject: Subject, finding: Finding) -> bool:
    if subject.info.get("source") in CALCULATED and finding.name not in ALSO_NOTED:
        return False
    grave = finding.severity in ("warning", "error")
    return finding.fix is not None and (grave or (finding.severity == "note" and finding.name in ALSO_NOTED))
