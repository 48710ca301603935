"""Examining and curing PSFs beside the GUI thread: only the newest question is answered."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal

from napari_deconvolve.errors import DeconvolutionError, PSFError
from napari_deconvolve.psf import PSF, Finding, Strata, examine
from napari_deconvolve.psf.strata_stored import fingerprint, stacked

POLL_MS = 15
REMEMBERED = 6  # examinations: each holds the samples that its cures begin with
ORDER = ("values", "pedestal", "negative", "centre", "size", "spacing", "extent")  # in which cures are applied
TOGETHER = 2  # late jobs that may still be on when a new one begins: it need not wait for them
TWICE = 2  # one cure may bring out what another left hidden, but never without end
WORDS = {
    "values": "finite",
    "pedestal": "no pedestal",
    "negative": "no negative values",
    "centre": "centred",
    "size": "centred",
    "spacing": "resampled",
    "extent": "cropped",
}

_log = logging.getLogger(__name__)
_remembered: OrderedDict[Hashable, tuple[Finding, ...]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A PSF, or an array that shall become one, and the image that it is for.

    Attributes
    ----------
    given : PSF, Strata or ndarray
        As it came, before any preparation.
    spacing, unit : tuple of float or None, str
        Of an array; None where nobody told.
    image_spacing, image_shape : tuple or None
        Of the image along the PSF's axes and in its unit, and of all its axes.
    optics : mapping
        What is known of the lens, as `examine` takes it: numerical_aperture, emission_um, immersion_index, modality
        and so on. A PSF that a microscope's optics made tells its own.
    """

    given: PSF | Strata | NDArray[Any]
    spacing: tuple[float, ...] | None = None
    unit: str = "um"
    image_spacing: tuple[float, ...] | None = None
    image_shape: tuple[int, ...] | None = None
    optics: Mapping[str, Any] = field(default_factory=dict)

    def key(self) -> Hashable:
        """Tell apart subjects of which something else may be found: reads all samples."""
        if isinstance(self.given, Strata):
            own: tuple[Any, ...] = (self.given.spacing, self.given.unit, self.given.depths)
            data: NDArray[Any] = stacked(self.given)
        elif isinstance(self.given, PSF):
            own = (self.given.spacing, self.given.unit, str(dict(self.given.info)))
            data = self.given.data
        else:
            own, data = (self.spacing, self.unit), self.given
        lens = tuple(sorted(self.optics.items()))
        return fingerprint(data), str(data.dtype), data.shape, own, self.image_spacing, self.image_shape, lens

    def examine(self) -> tuple[Finding, ...]:
        """Ask the doctor, or remember what he said."""
        key = self.key()
        with _lock:
            if key in _remembered:
                _remembered.move_to_end(key)
                return _remembered[key]
        found = examine(
            self.given,
            spacing=self.spacing,
            unit=self.unit,
            image_spacing=self.image_spacing,
            image_shape=self.image_shape,
            **self.optics,
        )
        with _lock:
            _remembered[key] = found
            while len(_remembered) > REMEMBERED:
                _remembered.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Cure:
    """A cured PSF, and the checks whose faults it no longer has."""

    psf: PSF
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it is now, for the name of a layer: "centred, resampled"."""
        return ", ".join(dict.fromkeys(WORDS.get(name, name) for name in self.names))


def cure(subject: Subject, names: Collection[str]) -> Cure:
    """Cure these faults one after the other, looking again after each.

    Raises
    ------
    PSFError
        When there is nothing to cure.
    """
    done: list[str] = []
    while True:
        open_ = [one for one in subject.examine() if _curable(one, names) and done.count(one.name) < TWICE]
        if not open_:
            break
        first = min(open_, key=lambda one: ORDER.index(one.name) if one.name in ORDER else len(ORDER))
        assert first.fix is not None
        subject = dataclasses.replace(subject, given=first.fix(), spacing=None)
        done.append(first.name)
    if not isinstance(subject.given, PSF) or not done:
        raise PSFError("There is nothing to cure in this PSF; choose another, or make one.")
    return Cure(subject.given, tuple(done))


def _curable(finding: Finding, names: Collection[str]) -> bool:
    return finding.fix is not None and finding.severity != "ok" and finding.name in names


def severe(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the names of what should be cured without being asked for one by one."""
    return tuple(one.name for one in findings if one.fix is not None and one.severity in ("warning", "error"))


class Examiner(QObject):  # type: ignore[misc]
    """Does the newest job in a thread and tells its result in the GUI thread; older ones are dropped.

    Signals
    -------
    answered(tag, result)
        The result of the newest job, or the `DeconvolutionError` that ended it.
    """

    answered = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: _Job | None = None
        self._next: _Job | None = None
        self._late: list[_Job] = []
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._next is not None or self._running is not None

    def ask(self, tag: object, job: Callable[[], Any], patience: float = 0.0) -> None:
        """Do this job instead of any other; an answer within `patience` seconds is told before this returns."""
        self.drop()
        self._next = _Job(tag, job)
        self._begin()
        self._timer.start()
        if self._running is not None and patience > 0:
            self._running.join(patience)
            self._look()

    def drop(self) -> None:
        """Forget what was asked: no answer will come."""
        self._next = None
        if self._running is not None:
            self._late.append(self._running)
            self._running = None

    def _begin(self) -> None:
        self._late = [job for job in self._late if job.is_alive()]
        if self._next is not None and len(self._late) < TOGETHER:
            self._running, self._next = self._next, None
            self._running.start()

    def _look(self) -> None:
        done = self._running if self._running is not None and not self._running.is_alive() else None
        if done is not None:
            self._running = None
        self._begin()
        if not self.busy:
            self._timer.stop()
        if done is not None:
            self.answered.emit(done.tag, done.result)


class _Job(threading.Thread):
    """One job, whose thread ends with it."""

    def __init__(self, tag: object, job: Callable[[], Any]) -> None:
        super().__init__(name="napari-deconvolve doctor", daemon=True)
        self.tag = tag
        self.result: Any = None
        self._job = job

    def run(self) -> None:
        """Keep the result, or what ended it."""
        try:
            self.result = self._job()
        except DeconvolutionError as error:
            self.result = error
        except MemoryError:
            self.result = PSFError("This PSF does not fit into memory; crop it.")
        except Exception as error:
            _log.exception("a PSF could not be examined")
            self.result = PSFError(f"The PSF could not be examined: {error}; the log tells more.")
