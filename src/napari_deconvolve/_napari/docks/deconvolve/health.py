"""The line under the PSF of the dock "Deconvolve": what was found, in one sentence, with one button that repairs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QSizePolicy, QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.findings import (
    PATIENCE_SECONDS,
    SEVERITY_LEVELS,
    SEVERITY_SIGNS,
    SPOKEN_SEVERITIES,
    fix_label,
)
from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.kit.words import in_window
from napari_deconvolve._napari.layers.psf_validation import REPAIR_ORDER, Repaired, repair, severe
from napari_deconvolve._napari.work.checks.question import Question
from napari_deconvolve._napari.work.latest import LatestTask
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.psf import Finding, worst

SEVERITY = ("ok", "note", "warning", "error")
PREPARED = {  # what a run does with samples that are no PSF yet
    "centre": "a run centres it by itself",
    "size": "a run centres it by itself",
    "isolated": "a run takes the neighbours by itself",
    "pedestal": "a run takes it off by itself",
    "negative": "all methods but Wiener set them to 0",
}
SHORT = {
    "values": "samples that are no numbers",
    "size": "even size",
    "centre": "off centre",
    "isolated": "hot pixels",
    "pedestal": "a pedestal",
    "negative": "negative samples",
    "saturation": "a flat top",
    "border": "cut off",
    "width": "its width",
    "sampling": "sampling",
    "spacing": "other spacing",
    "extent": "larger than the image",
    "optics": "the optics",
}


def gravest(findings: Sequence[Finding]) -> Finding:
    """Return the finding to show: the most severe, and of equals the one that can be repaired."""
    places = {name: place for place, name in enumerate(REPAIR_ORDER)}
    return min(
        findings, key=lambda one: (-SEVERITY.index(one.severity), one.fix is None, places.get(one.name, len(places)))
    )


def sentence(findings: Sequence[Finding], prepared: bool) -> str:
    """Say what is found: the gravest in words, and what a run does about it; the others by name."""
    if worst(findings) == "ok":
        return f"Sampling, centre and border are in order ({len(findings)} checks)."
    first = gravest(findings)
    text = _told(first, prepared)
    others = [
        SHORT.get(one.name, one.name)
        for one in findings
        if one is not first and one.severity not in ("ok", "note") and SHORT.get(one.name) != SHORT.get(first.name)
    ]
    return f"{text} Also: {', '.join(others)}." if others else text


def _told(finding: Finding, prepared: bool) -> str:
    """Return the finding's words, with what a run does in place of what should be done."""
    if finding.name == "spacing":
        if finding.severity == "note":
            return "Its pixel size is not known; a run takes the image's."
        return "Its spacing is not the image's; a run resamples it by itself."
    if prepared and finding.name in PREPARED and finding.severity != "ok":
        fact = finding.text.rpartition("; ")[0] or finding.text.rstrip(".")
        return f"{fact}; {PREPARED[finding.name]}."
    return finding.text


class PSFHealth(QWidget):  # type: ignore[misc]
    """A coloured sentence on the chosen PSF, and a button that repairs it.

    Signals
    -------
    repaired(repaired)
        The button was pressed: a `Repaired`.
    """

    repaired = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = Remarks("psf_health")
        self.fix = identify(QPushButton("Fix"), "psf_fix", "Fix the PSF", "Makes a PSF without this fault.")
        self.fix.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.fix.clicked.connect(lambda _checked=False: self._repair())
        self._question: Question | None = None
        self._refusal = ""
        self._names: tuple[str, ...] = ()
        self._task = LatestTask(self)
        self._task.answered.connect(self._answered)
        stack(self, self.line, self.fix, spacing=2)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._say("", "ok")

    @property
    def busy(self) -> bool:
        """Whether a PSF is being examined or repaired."""
        return self._task.busy

    def forget(self) -> None:
        """Examine again next time: samples may have changed in place."""
        self._question = None

    def look(self, asked: Question | None, refusal: str = "") -> None:
        """Examine a PSF, unless the same was examined before; None empties the line.

        `refusal` says why no run is possible with this PSF, instead of what is found.
        """
        if asked is not None and asked.same_as(self._question) and refusal == self._refusal:
            return
        self._question, self._refusal, self._names = asked, refusal, ()
        self._say(refusal, "error" if refusal else "ok")
        if asked is None:
            self._task.drop()
            return
        self._task.ask("examine", asked.subject.examine, PATIENCE_SECONDS)
        if self._task.busy and not refusal:
            self.line.say("Examining the PSF …")

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.line.restyle(colors)

    def _answered(self, tag: object, result: Any) -> None:
        if isinstance(result, DeconvolutionError):
            self._say(self._refusal or str(result), "error")
        elif isinstance(result, Repaired):
            self.fix.setEnabled(True)
            self.repaired.emit(result)
        else:
            self._found(result)

    def _found(self, findings: Sequence[Finding]) -> None:
        if self._question is None:
            return
        # A PSF larger than the image is right for a run, which looks beyond the image's border.
        findings = [one for one in findings if (one.name, one.severity) != ("extent", "note")]
        first = gravest(findings)
        if not self._refusal:
            self._say(sentence(findings, self._question.prepared), first.severity)
        if first.fix is None or first.severity == "ok":
            return
        names = {first.name, *severe(findings)}
        if self._question.prepared:
            names |= {"values", *PREPARED}  # what is made now is taken as it is: it must lack nothing of a preparation
        self._names = tuple(names)
        self.fix.setText(fix_label(first))
        self.fix.setToolTip(
            f"<p>{in_window(first.text)}</p>"
            "<p>Adds a new layer without this fault, and chooses it; this layer stays.</p>"
        )
        self.fix.setAccessibleName(f"{fix_label(first)}: makes a PSF without this fault")
        self.fix.show()

    def _say(self, text: str, severity: str) -> None:
        self.line.say(f"{SEVERITY_SIGNS[severity]} {text}" if text else "", SEVERITY_LEVELS[severity])
        self.line.setAccessibleName(f"PSF, {SPOKEN_SEVERITIES[severity]}: {text}" if text else "")
        self.fix.hide()
        self.updateGeometry()

    def _repair(self) -> None:
        asked, names = self._question, self._names
        if asked is None or not names:
            return
        self.fix.setEnabled(False)
        self._task.ask("repair", lambda: repair(asked.subject, names), PATIENCE_SECONDS)
