"""What is examined of a PSF and repaired in it, as values that any thread may work on."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf import PSF, Finding, examine
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.psf.stored_form import fingerprint

REMEMBERED_EXAMINATIONS = 6  # each holds the samples that its repairs begin with
REPAIR_ORDER = ("values", "isolated", "pedestal", "negative", "centre", "size", "spacing", "extent")
MAX_REPAIRS = 2  # of one fault: a repair may bring out what another left hidden, but never without end
REPAIRED_WORDS = {
    "values": "finite",
    "isolated": "no hot pixels",
    "pedestal": "no pedestal",
    "negative": "no negative values",
    "centre": "centred",
    "size": "centred",
    "border": "larger",
    "sampling": "finer",
    "spacing": "resampled",
    "extent": "cropped",
}

_remembered: OrderedDict[Hashable, tuple[Finding, ...]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A PSF, or an array that shall become one, and the image that it is for."""

    given: ChannelSpread | NDArray[Any]  # before any preparation
    spacing: tuple[float, ...] | None = None  # of an array; None where nobody knows
    unit: str = "um"
    image_spacing: tuple[float, ...] | None = None  # along the PSF's axes, in its unit
    image_shape: tuple[int, ...] | None = None  # along all axes
    optics: Mapping[str, Any] = field(default_factory=dict)  # of the lens, as `examine` takes it

    def key(self) -> Hashable:
        """Tell apart subjects of which something else may be found: reads all samples."""
        if isinstance(self.given, np.ndarray):
            own: Hashable = (fingerprint(self.given), self.spacing, self.unit)
        else:
            own = str(self.given.stored_form().about)  # the fingerprint of the samples is in it
        lens = tuple(sorted(self.optics.items()))
        return own, self.image_spacing, self.image_shape, lens

    def examine(self) -> tuple[Finding, ...]:
        """Return what is found, now or when the same was examined before."""
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
            while len(_remembered) > REMEMBERED_EXAMINATIONS:
                _remembered.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """A repaired PSF, and the checks whose faults it no longer has."""

    psf: PSF
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it is now, for the name of a layer: "centred, resampled"."""
        return ", ".join(dict.fromkeys(REPAIRED_WORDS.get(name, name) for name in self.names))


def repair(subject: Subject, names: Collection[str]) -> Repaired:
    """Repair these faults one after the other, examining after each; raise `PSFError` when there is none."""
    repaired: PSF | None = None
    done: list[str] = []
    places = {name: place for place, name in enumerate(REPAIR_ORDER)}
    while True:
        open_ = [one for one in subject.examine() if _repairable(one, names) and done.count(one.name) < MAX_REPAIRS]
        if not open_:
            break
        first = min(open_, key=lambda one: places.get(one.name, len(places)))
        assert first.fix is not None
        repaired = first.fix()
        subject = dataclasses.replace(subject, given=repaired, spacing=None)
        done.append(first.name)
    if repaired is None:
        raise PSFError("There is nothing to repair in this PSF; choose another, or make one.")
    return Repaired(repaired, tuple(done))


def _repairable(finding: Finding, names: Collection[str]) -> bool:
    return finding.fix is not None and finding.severity != "ok" and finding.name in names


def severe(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the names of what should be repaired without a request for each."""
    return tuple(one.name for one in findings if one.fix is not None and one.severity in ("warning", "error"))
