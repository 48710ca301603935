"""PSFs made of layers: remembered while these do not change, and made beside the window where that takes time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.layers.psf_layers import held, layer_to_psf
from napari_deconvolve._napari.work.latest import LatestTask
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.protocol import ChannelSpread, strata_count
from napari_deconvolve.psf.regridding import same_spacing

UNIT_SUM = 1e-3
QUICK = 2**17  # samples: fewer are prepared at once, in less time than a frame takes to be drawn


def fingerprint(layer: Any) -> object:
    """Tell apart layers that hold something else, or at other places; samples changed in place are not seen."""
    return None if layer is None else (id(layer), id(layer.data), tuple(layer.scale), tuple(map(str, layer.units)))


class PSFs(QObject):  # type: ignore[misc]
    """The PSF that a layer holds, and the same at an image's spacing.

    Signals
    -------
    ready()
        What was None is there now: ask again.
    """

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._made, self._resampled = _Slot(self), _Slot(self)
        self._source: ChannelSpread | None = None

    def of(self, layer: Any) -> ChannelSpread | None:
        """Return the layer's PSF, None as long as it is being prepared; raise `PSFError` when it holds none."""
        made = self._take(layer)
        if made is not None and made.error is not None:
            raise made.error
        return None if made is None else made.psf

    def held(self, layer: Any) -> ChannelSpread | NDArray[Any] | None:
        """Return what the layer holds before any preparation; None when it cannot be a PSF, or is not read yet."""
        made = self._take(layer)
        return None if made is None else made.held

    def fitted(self, psf: ChannelSpread, spacing: tuple[float, ...] | None) -> ChannelSpread | None:
        """Return the PSF at the image's spacing; None as long as it is being resampled."""
        if spacing is None or same_spacing(psf.spacing, spacing):
            return psf
        self._source = psf  # so that no other can have its id
        quick = strata_count(psf) * int(np.prod(psf.shape)) <= QUICK
        found: ChannelSpread | None = self._resampled.get((id(psf), spacing), lambda: psf.resampled(spacing), quick)
        return found

    def forget(self) -> None:
        """Make them again next time: samples may have changed in place."""
        self._made.forget()

    def _take(self, layer: Any) -> _Made | None:
        quick = int(np.prod(np.shape(layer.data), dtype=object)) <= QUICK if not layer.multiscale else True
        made: _Made | None = self._made.get(fingerprint(layer), lambda: _made(layer), quick)
        return made


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """What came of a layer."""

    held: ChannelSpread | NDArray[Any] | None = None
    psf: ChannelSpread | None = None
    error: DeconvolutionError | None = None


class _Slot(QObject):  # type: ignore[misc]
    """The newest result of a kind of job, done at once or in a thread."""

    def __init__(self, owner: PSFs) -> None:
        super().__init__(owner)
        self._owner = owner
        self._key: object = None
        self._result: Any = None
        self._task = LatestTask(self)
        self._task.answered.connect(self._answered)

    def get(self, key: object, job: Callable[[], Any], quick: bool) -> Any:
        """Return the result, None as long as it is not there; raise the error that ended the job."""
        if key != self._key:
            self._key, self._result = key, None
            if quick:
                self._task.drop()
                try:
                    self._result = job()
                except DeconvolutionError as error:
                    self._result = error
            else:
                self._task.ask(key, job)
        if isinstance(self._result, DeconvolutionError):
            raise self._result
        return self._result

    def forget(self) -> None:
        """Do the job again next time."""
        self._key = None

    def _answered(self, tag: object, result: Any) -> None:
        if tag == self._key:
            self._result = result
            self._owner.ready.emit()


def _made(layer: Any) -> _Made:
    given: ChannelSpread | NDArray[Any] | None = None
    try:
        given = held(layer)
        if isinstance(given, np.ndarray):
            return _Made(given, _noted(layer_to_psf(layer).middle, given))
        return _Made(given, given)
    except DeconvolutionError as error:
        return _Made(given, error=error)


def _noted(psf: PSF, given: NDArray[Any]) -> PSF:
    """Say by what number the samples were divided, where that is no 1."""
    total = float(given.sum(dtype=np.float64))
    if abs(total - 1) < UNIT_SUM:
        return psf
    return PSF(psf.data, psf.spacing, psf.unit, psf.info, (*psf.notes, f"divided by its sum, {total:.4g}"))
