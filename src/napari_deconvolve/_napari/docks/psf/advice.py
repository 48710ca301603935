"""What is to be warned of a PSF that is shown, the worst first, each with what helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from napari_deconvolve._napari.docks.psf.findings import FindingsPanel
from napari_deconvolve._napari.docks.psf.forms import PSFForm
from napari_deconvolve._napari.docks.psf.sources.microscope import MicroscopePanel
from napari_deconvolve._napari.docks.psf.sources.microscope_depth import ALIKE
from napari_deconvolve._napari.kit.findings import fix_label
from napari_deconvolve._napari.kit.notice import Warned
from napari_deconvolve._napari.layers.psf_request import Made
from napari_deconvolve._napari.layers.source import read, space_axes
from napari_deconvolve.psf import Finding
from napari_deconvolve.psf.microscope.depth_change import MARECHAL_WAVES, depth_change
from napari_deconvolve.units import factor, is_length

SERIOUS = ("error", "warning")


def warnings_of(form: PSFForm, made: Made | None, doctor: FindingsPanel) -> list[Warned]:
    """Return all warnings of a PSF; of none there are none."""
    if made is None:
        return []
    found = [_severe(doctor, finding, level) for level in SERIOUS for finding in doctor.findings if _is(finding, level)]
    deep = _of_depth(form)
    return [*(_said(form, text) for text in made.warnings), *([deep] if deep is not None else []), *found]


def others(findings: Sequence[Finding]) -> str:
    """Say how many checks found nothing to warn of."""
    good, notes = (sum(one.severity == level for one in findings) for level in ("ok", "note"))
    warned = len(findings) - good - notes
    parts = [f"✓ {good} {'other ' if warned else ''}check{'' if good == 1 else 's'}"] if good else []
    parts += [f"{notes} note{'' if notes == 1 else 's'}"] if notes else []
    return ", ".join(parts)


def _is(finding: Finding, level: str) -> bool:
    return bool(finding.severity == level)


def _severe(doctor: FindingsPanel, finding: Finding, level: str) -> Warned:
    fixable = finding.fix is not None
    return Warned(
        finding.text,
        fix_label(finding) if fixable else "",
        (lambda: doctor.repair(finding.name)) if fixable else None,
    )


def _said(form: PSFForm, text: str) -> Warned:
    panel = form.panel
    if text == ALIKE and isinstance(panel, MicroscopePanel):
        return Warned(text, "Use one depth", lambda: panel.depth.mode.choose("single"))
    return Warned(text)


def _of_depth(form: PSFForm) -> Warned | None:
    """Warn of one PSF for a stack through which it changes."""
    panel, place = form.panel, form.place
    if not isinstance(panel, MicroscopePanel) or panel.depth.chosen(place.grid.axes) or place.grid.axes < 3:
        return None
    thickness = _thickness(place.image)
    known = ("numerical_aperture", "emission_um", "immersion_index", "sample_index")
    optics = {name: value for name, value in panel.arguments().items() if name in known}
    if not thickness or depth_change(thickness, **optics) <= MARECHAL_WAVES:
        return None
    lens, sample = panel.immersion.medium.currentText(), panel.sample.medium.currentText()
    what = f"{lens} lens in {sample}" if "other" not in (lens, sample) else "The sample's index is not the immersion's"
    text = f"{what[0].upper()}{what[1:]}: the PSF changes over the {thickness:.3g} µm of this stack."
    return Warned(text, f"Use {panel.depth.count.value():.0f} depths", panel.depth.use_strata)


def _thickness(image: Any | None) -> float:
    """Return how thick a stack is, in um; 0 where nobody knows."""
    if image is None:
        return 0.0
    source = read(image)
    if len(source.shape) < 3:
        return 0.0
    axis = space_axes(source, 3)[0]
    unit = str(source.units[axis])
    return float((source.shape[axis] - 1) * source.spacing[axis] * factor(unit, "um")) if is_length(unit) else 0.0
