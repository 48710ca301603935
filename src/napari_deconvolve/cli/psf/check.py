"""``napari-deconvolve psf check``: what the PSF doctor says of a file, and a cured PSF if wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.psf.requests import CheckRequest
from napari_deconvolve.cli.psf.saving import saved
from napari_deconvolve.cli.psf.values import check_psf_target, grid
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.io import ImageFile, read_image
from napari_deconvolve.psf import PSF, Finding, examine
from napari_deconvolve.psf.files import Samples, opened
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.units import factor

# A pedestal has to go while the corners still show it: centring pads them with zeros.
CURES = ("values", "pedestal", "negative", "size", "centre", "spacing", "extent")
ALSO_NOTED = ("spacing", "extent")  # cured although they are only noted
CALCULATED = ("gaussian", "lorentzian", "formula", "points", "microscope")  # their light is where it is meant to be
MOST_CURES = 20

Patient = ChannelSpread | Samples


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the PSF is compared with; None is not known."""

    image: ImageFile | None = None
    image_path: str = ""
    numerical_aperture: float | None = None
    emission_um: float | None = None
    immersion_index: float | None = None


def check(request: CheckRequest) -> None:
    """Say in words what is wrong with a PSF."""
    output = request.output
    if request.fix != (output is not None):
        raise ParameterError("--fix needs -o PSF.ome.tif to write the repaired PSF to, and -o is for --fix; give both.")
    if output is not None:
        check_psf_target(output, request.file, request.image)
    patient = _respaced(opened(request.file), request.spacing)
    around = Circumstances(
        None if request.image is None else read_image(request.image),
        request.image or "",
        request.numerical_aperture,
        request.emission_um,
        request.immersion_index,
    )
    findings = findings_of(patient, around)
    print_findings(patient, findings)
    if output is None:
        return
    cured, names = _cured(request.file, patient, findings, around)
    print(f"cured: {', '.join(names)}" if names else "nothing to cure")
    saved(cured, output)


def findings_of(patient: Patient, around: Circumstances) -> tuple[Finding, ...]:
    """Ask the doctor."""
    options: dict[str, Any] = {
        "numerical_aperture": around.numerical_aperture,
        "emission_um": around.emission_um,
        "immersion_index": around.immersion_index,
    }
    unit = patient.unit
    if isinstance(patient, Samples):
        options["spacing"] = patient.spacing
    if around.image is not None:
        steps, unit = _image_spacing(around.image, around.image_path, patient)
        shape = tuple(around.image.data.shape[axis] for axis in around.image.spatial)
        options |= {"image_spacing": steps, "image_shape": shape}
    looked_at = patient.data if isinstance(patient, Samples) else patient
    return examine(looked_at, unit="um" if unit == "pixel" else unit, **options)


def print_findings(patient: Patient, findings: tuple[Finding, ...], indent: str = "") -> None:
    """Print one line for each finding: how grave, which check, and what."""
    for finding in findings:
        cure = " [psf check --fix cures it]" if _curable(patient, finding) else ""
        print(f"{indent}{finding.severity + ':':<9}{finding.name + ':':<12}{finding.text}{cure}")


def print_diagnosis(path: str) -> None:
    """Print what is not in order with a PSF that this program wrote; its optics are compared where theory has them."""
    patient = opened(path)
    findings = findings_of(patient, _own_optics(patient))
    wrong = tuple(finding for finding in findings if finding.severity != "ok")
    print(f"{'doctor:':<12} {len(wrong) or 'nothing'} of {len(findings)} checks to look at")
    print_findings(patient, wrong, indent=" " * 13)


def _own_optics(patient: Patient) -> Circumstances:
    """Take the lens that a PSF was calculated for: of a wide-field microscope with matched layers."""
    info = patient.info  # strata are compared with what each was made for
    if info.get("modality") != "widefield" or info.get("zernike") or info.get("focus_shift_um"):
        return Circumstances()
    aperture, emission, index = (info[name] for name in ("numerical_aperture", "emission_um", "immersion_index"))
    return Circumstances(numerical_aperture=aperture, emission_um=emission, immersion_index=index)


def _respaced(patient: Patient, spacing: str | None) -> Patient:
    """Put the spacing that was typed, in um, in the place of the file's."""
    if spacing is None:
        return patient
    given = grid(spacing, None, "um", None).spacing
    steps = given * patient.ndim if len(given) == 1 else given
    if len(steps) != patient.ndim:
        raise ParameterError(f"--spacing is {spacing!r}; give {patient.ndim} numbers, one per axis of the PSF.")
    with named(f"--spacing {spacing}"):
        return patient.respaced(steps, "um")


def _image_spacing(image: ImageFile, path: str, patient: Patient) -> tuple[tuple[float, ...] | None, str]:
    """Return the image's spacing along the PSF's axes, in the PSF's unit where it has one."""
    found = image.grid(image.spatial[-patient.ndim :])
    if found is None:
        return None, patient.unit
    steps, unit = found
    if patient.unit == "pixel":
        return steps, unit
    with named(f"--image {path}"):
        ratio = factor(unit, patient.unit)
    return tuple(step * ratio for step in steps), patient.unit


def _cured(
    file: str, patient: Patient, findings: tuple[Finding, ...], around: Circumstances
) -> tuple[ChannelSpread, tuple[str, ...]]:
    """Apply one cure after the other, and look again after each."""
    if patient.depths:
        raise PSFError(f"{file} holds the PSFs of {len(patient.depths)} depths, which are not corrected; make them again.")
    names: list[str] = []
    for _ in range(MOST_CURES):
        hopeless = next((one for one in findings if one.severity == "error" and one.fix is None), None)
        if hopeless is not None and hopeless.name in ("values", "extent"):
            raise PSFError(f"{file} cannot be cured: {hopeless.text}")
        cure = _next(patient, findings, names)
        if cure is None:
            break
        name, fix = cure
        with named(file):
            patient = fix()
        names.append(name)
        findings = findings_of(patient, around)
    if isinstance(patient, Samples):
        with named(file):
            patient = patient.centred_in_the_middle()
    return patient, tuple(names)


def _next(patient: Patient, findings: tuple[Finding, ...], done: list[str]) -> tuple[str, Callable[[], PSF]] | None:
    """Choose what to cure next; nothing is tried twice."""
    by_name = {finding.name: finding for finding in findings if _curable(patient, finding)}
    for name in CURES:
        finding = by_name.get(name)
        if finding is not None and finding.fix is not None and name not in done:
            return name, finding.fix
    return None


def _curable(patient: Patient, finding: Finding) -> bool:
    if patient.info.get("source") in CALCULATED and finding.name not in ALSO_NOTED:
        return False
    grave = finding.severity in ("warning", "error")
    return finding.fix is not None and (grave or (finding.severity == "note" and finding.name in ALSO_NOTED))
