"""The PSF that the form of the dock "PSF" asks for, made beside the window and held until it asks for another."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.docks.psf.forms import PSFForm
from napari_deconvolve._napari.layers.psf_request import Made, Request, make, warnings_of
from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.latest import LatestTask
from napari_deconvolve.errors import DeconvolutionError, ResourceError
from napari_deconvolve.psf import PSF

REST_SECONDS = 0.15  # that all fields must rest before a PSF is made
PATIENCE_SECONDS = 1.0  # for which a click on Make waits, so that small PSFs are there at once

Many = tuple[Made, ...]
Then = Callable[[Many], None]


@dataclass(frozen=True)
class Outcome:
    """The result of requests: a PSF for each, or a sentence that says why there is none."""

    requests: tuple[Request, ...]
    made: Many = ()
    error: str = ""
    passing: bool = False  # the error is of the machine, or of a library, and not of what was asked: try again


class Making(QObject):  # type: ignore[misc]
    """Makes what the form asks for; only the newest request counts.

    Attributes
    ----------
    outcome : Outcome or None
        The newest result that the form asked for.
    seconds : float
        That it took.

    Signals
    -------
    shown(made)
        The PSF that the form asks for is there; None when there is none.
    said(text), busy(text)
        For the two lines of state.
    changed()
        The form's own state, or what can be done with it, may be another.
    """

    shown = Signal(object)
    said = Signal(str)
    busy = Signal(str)
    changed = Signal()

    def __init__(self, form: PSFForm, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._form = form
        self.outcome: Outcome | None = None
        self._then: Then | None = None
        self._repaired: tuple[Request, Made] | None = None
        self._began = self.seconds = 0.0
        self._task = LatestTask(self, late=0)  # PSFs may be large
        self._task.answered.connect(self._answered)
        self._rest = Delay(self, REST_SECONDS, self._ask)

    @property
    def holds_repaired(self) -> bool:
        """Whether the PSF that is shown was repaired."""
        return self._repaired is not None

    def touch(self) -> None:
        """Hear that the form may ask for another PSF."""
        self._rest.restart()

    def forget(self) -> None:
        """Make it again next time: the layers that it came from were edited."""
        self.outcome = self._repaired = None

    def error(self) -> str:
        """Return why the PSF that the form asks for cannot be made; empty when it can, or may the next time."""
        one = self.outcome
        if one is None or not one.error or one.passing or self._form.problems():
            return ""
        return one.error if one.requests == (self._form.request(),) else ""

    def with_psf(self, then: Then) -> None:
        """Do something with the PSF that the form asks for, at once or when it is ready."""
        problems = self._form.problems()
        if problems:
            self.said.emit(next(iter(problems.values())))
        elif self._repaired is not None and self._repaired[0] == self._form.request():
            then((self._repaired[1],))
        else:
            self.with_psfs((self._form.request(),), then)

    def with_psfs(self, requests: tuple[Request, ...], then: Then) -> None:
        """Do something with the PSFs of several requests."""
        self._rest.stop()
        if self.outcome is not None and self.outcome.requests == requests and self.outcome.made:
            then(self.outcome.made)
            return
        self._then = then
        self.said.emit("Making the PSF…" if len(requests) == 1 else f"Making {len(requests)} PSFs…")
        self._begin(requests, PATIENCE_SECONDS)

    def take_repaired(self, psf: PSF) -> None:
        """Hold a repaired PSF, until the form asks for another."""
        if self.outcome is None or not self.outcome.made or self._form.problems():
            return
        made = self._repaired[1] if self._repaired is not None else self.outcome.made[0]
        repaired = replace(made, psf=psf, warnings=warnings_of(psf))
        self._repaired = (self._form.request(), repaired)
        self.shown.emit(repaired)

    def _ask(self) -> None:
        if self._form.problems():
            self._task.drop()
            self._then = None
            self.forget()
            self.shown.emit(None)
            return
        request = self._form.request()
        if self._repaired is not None and self._repaired[0] == request:
            return
        self._repaired = None
        if self.outcome is None or self.outcome.requests != (request,) or not self.outcome.made:
            self._begin((request,))

    def _begin(self, requests: tuple[Request, ...], patience: float = 0.0) -> None:
        self.busy.emit("Calculating…")
        self._began = time.monotonic()
        self._task.ask(requests, lambda: tuple(make(request) for request in requests), patience)

    def _answered(self, requests: tuple[Request, ...], result: Many | Exception) -> None:
        self.busy.emit("")
        self.seconds = time.monotonic() - self._began
        error = self._form.panel.in_labels(str(result)) if isinstance(result, Exception) else ""
        made: Many = () if isinstance(result, Exception) else result
        then, self._then = self._then, None
        if not self._form.problems() and self._form.request() in requests:
            index = requests.index(self._form.request())
            mine = made[index] if made else None
            passing = isinstance(result, ResourceError) or type(result) is DeconvolutionError
            self.outcome = Outcome(requests[index : index + 1], (mine,) if mine else (), error, passing)
            self._form.update_state()
            self._form.take_result(mine, error)
            self.shown.emit(mine)
            self.changed.emit()
        if then is not None and made:
            then(made)
        elif then is not None:
            self.said.emit(error)
