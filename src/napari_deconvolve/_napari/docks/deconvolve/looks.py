"""The buttons that look at a result, at the PSF, or at the camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari_deconvolve._napari.docks.deconvolve.diagnostics import Kind
from napari_deconvolve._napari.docks.deconvolve.runs import DeconvolveRuns
from napari_deconvolve._napari.work.plan import Plan


class Looks:
    """Starts checks where there is something to check; `planned` looks at the form, `attempt` says what failed."""

    def __init__(
        self, runs: DeconvolveRuns, planned: Callable[[], Plan | None], attempt: Callable[[Callable[[], Any]], None]
    ) -> None:
        self._runs, self._planned, self._attempt = runs, planned, attempt

    def take(self, kind: Kind) -> None:
        """Make the residual or the uncertainty map of the last result."""
        session = self._runs.session
        if session is not None and session.latest is not None and not self._runs.busy:
            self._attempt(lambda: self._runs.diagnostics.take(kind, session))

    def report_camera(self) -> None:
        """Look what the image tells of its camera."""
        plan = self._planned()
        if plan is not None and not self._runs.busy:
            self._attempt(lambda: self._runs.diagnostics.report_camera(plan))

    def check_width(self) -> None:
        """Try widths of the PSF."""
        plan = self._planned()
        if plan is not None and not self._runs.busy:
            self._attempt(lambda: self._runs.diagnostics.check_width(plan))
