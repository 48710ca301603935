"""What was found of a PSF, one row for each finding, with buttons that repair."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from napari_deconvolve._napari.kit.buttons import stack, take_out
from napari_deconvolve._napari.kit.findings import (
    GRAVEST_FIRST,
    PATIENCE_SECONDS,
    SEVERITY_LEVELS,
    SEVERITY_SIGNS,
    SPOKEN_SEVERITIES,
    fix_label,
)
from napari_deconvolve._napari.kit.forms import Fold, Remarks, identify
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_validation import Repaired, Subject, repair
from napari_deconvolve._napari.work.latest import LatestTask
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.psf import Finding
from napari_deconvolve.psf.protocol import ChannelSpread


class FindingsPanel(QWidget):  # type: ignore[misc]
    """All that was found of a PSF.

    Signals
    -------
    fixed(psf)
        A button was pressed, and this is the repaired PSF. It is not shown before somebody calls `show_psf` with it.
    examined()
        The rows are those of the newest PSF.
    """

    fixed = Signal(object)
    examined = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("doctor")
        self.findings: tuple[Finding, ...] = ()
        self._subject: Subject | None = None
        self._colors: Palette | None = None
        self._rows: list[_Row] = []
        self._task = LatestTask(self)
        self._task.answered.connect(self._answered)
        self.state = Remarks("doctor_state")
        self._open = QGridLayout()
        self._open.setContentsMargins(0, 0, 0, 0)
        self._open.setColumnStretch(1, 1)
        self.fix_all = identify(
            QPushButton("Fix all"), "fix_all", "Fix all", "Applies every remedy above, one after the other."
        )
        self.fix_all.clicked.connect(lambda _checked=False: self._repair(self._repairable()))
        self.well = Fold("", "doctor_ok")
        self._well = QGridLayout()
        self._well.setContentsMargins(0, 0, 0, 0)
        self._well.setColumnStretch(1, 1)
        self.well.body.setLayout(self._well)
        layout = stack(self, self.state, self._open, self.fix_all, self.well)
        layout.setAlignment(self.fix_all, Qt.AlignmentFlag.AlignLeft)
        self._show(())

    @property
    def busy(self) -> bool:
        """Whether a PSF is being examined or repaired."""
        return self._task.busy

    def show_psf(
        self,
        psf: ChannelSpread | None,
        *,
        image_spacing: Sequence[float] | None = None,
        image_shape: Sequence[int] | None = None,
        optics: Mapping[str, Any] | None = None,
    ) -> None:
        """Examine a PSF for an image of this spacing, in its unit, and this lens; None empties the panel."""
        if psf is None:
            self.show_subject(None)
            return
        self.show_subject(
            Subject(
                psf,
                image_spacing=None if image_spacing is None else tuple(float(step) for step in image_spacing),
                image_shape=None if image_shape is None else tuple(int(length) for length in image_shape),
                optics=dict(optics or {}),
            )
        )

    def show_subject(self, subject: Subject | None) -> None:
        """Examine a PSF, or an array that shall become one."""
        self._subject = subject
        if subject is None:
            self._task.drop()
            self.state.say("")
            self._show(())
            return
        self._task.ask("examine", subject.examine, PATIENCE_SECONDS)
        if self._task.busy:
            for row in self._rows:
                row.allow(False)  # these are of the PSF before
            self.fix_all.setEnabled(False)
            self.state.say("Examining the PSF …")

    def repair(self, name: str) -> None:
        """Do what the button of a finding does."""
        self._repair((name,))

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._colors = colors
        self.state.restyle(colors)
        for row in self._rows:
            row.restyle(colors)

    def _answered(self, tag: object, result: Any) -> None:
        if isinstance(result, DeconvolutionError):
            self.state.say(str(result), "error")
            if tag == "examine":
                self._show(())
        elif isinstance(result, Repaired):
            self.state.say("")
            self._enable()
            self.fixed.emit(result.psf)
        else:
            self.state.say("")
            self._show(result)
        self.examined.emit()

    def _show(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        for row in self._rows:
            row.remove()
        ordered = sorted(findings, key=lambda one: GRAVEST_FIRST.index(one.severity))
        self._rows = []
        for finding in ordered:
            row = _Row(finding, self._open if finding.severity != "ok" else self._well)
            row.button.clicked.connect(lambda _checked=False, name=finding.name: self._repair((name,)))
            if self._colors is not None:
                row.restyle(self._colors)
            self._rows.append(row)
        well = sum(finding.severity == "ok" for finding in findings)
        words = f"{well} checks are in order" if well != 1 else "1 check is in order"
        self.well.button.setText(words)
        self.well.button.setAccessibleName(words)
        self.well.setVisible(well > 0)
        self._enable()

    def _enable(self) -> None:
        for row in self._rows:
            row.allow(True)
        self.fix_all.setEnabled(True)
        self.fix_all.setVisible(len(self._repairable()) > 1)

    def _repairable(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.findings if one.fix is not None and one.severity != "ok")

    def _repair(self, names: Collection[str]) -> None:
        subject = self._subject
        waiting = self._task.busy
        if subject is None or waiting:
            return
        self.state.say("Fixing the PSF …")
        self._task.ask("repair", lambda: repair(subject, names), PATIENCE_SECONDS)


class _Row:
    """Sign, words, and a button where it can be repaired."""

    def __init__(self, finding: Finding, grid: QGridLayout) -> None:
        self._finding = finding
        self._sign = QLabel(SEVERITY_SIGNS[finding.severity])
        self._sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._sign.setAccessibleName(SPOKEN_SEVERITIES[finding.severity])
        self._words = Remarks(f"finding_{finding.name}")
        self._words.setAccessibleName(f"{SPOKEN_SEVERITIES[finding.severity]}: {finding.text}")
        self.button = identify(
            QPushButton(fix_label(finding)), f"fix_{finding.name}", f"{fix_label(finding)}: {finding.name}", "Fixes it."
        )
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        place = grid.rowCount()
        grid.addWidget(self._sign, place, 0)
        grid.addWidget(self._words, place, 1)
        grid.addWidget(self.button, place + 1, 1, Qt.AlignmentFlag.AlignLeft)
        self._words.say(finding.text, SEVERITY_LEVELS[finding.severity])
        self.button.setVisible(finding.fix is not None and finding.severity != "ok")

    def allow(self, yes: bool) -> None:
        """Allow the repair, or not."""
        self.button.setEnabled(yes)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        names = {"ok": "success", "note": "first", "warning": "warning", "error": "error"}
        self._sign.setStyleSheet(f"QLabel {{ color: {getattr(colors, names[self._finding.severity])}; }}")
        self._words.restyle(colors)

    def remove(self) -> None:
        """Leave the panel."""
        for widget in (self._sign, self._words, self.button):
            widget.setObjectName("")  # so that nobody finds it before Qt has deleted it
            take_out(widget)
