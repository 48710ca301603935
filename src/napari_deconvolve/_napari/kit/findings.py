"""How what was found of a PSF is shown: by a sign as well as a colour, and with a button that repairs."""

from __future__ import annotations

from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve.psf import Finding

# Told by a sign as well as by a colour, and the colours are blue and orange.
SEVERITY_SIGNS = {"ok": "✔", "note": "ℹ", "warning": "⚠", "error": "✖"}
SEVERITY_LEVELS: dict[str, Level] = {"ok": "success", "note": "info", "warning": "warning", "error": "error"}
SPOKEN_SEVERITIES = {"ok": "in order", "note": "note", "warning": "warning", "error": "error"}
GRAVEST_FIRST = ("error", "warning", "note", "ok")
FIX_LABELS = {
    "values": "Replace by 0",
    "size": "Centre",
    "centre": "Centre",
    "isolated": "Take neighbours",
    "pedestal": "Take off",
    "negative": "Set to 0",
    "border": "Make larger",
    "sampling": "Make finer",
    "spacing": "Resample",
    "extent": "Crop",
}
PATIENCE_SECONDS = 0.03  # for which the window waits, so that small PSFs are examined at once


def fix_label(finding: Finding) -> str:
    """Return what the button of a finding says."""
    if finding.name == "spacing" and finding.severity == "note":
        return "Use the image's"
    return FIX_LABELS.get(finding.name, "Fix")
