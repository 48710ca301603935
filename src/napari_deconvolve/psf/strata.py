"""PSFs that change with depth: a few strata, each with a PSF, and where they lie in an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.operators.strata_blur import StrataBlur
from napari_deconvolve.core.transforms.boundary import Boundary
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.image.shown import page, size
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.single_channel import SingleChannel
from napari_deconvolve.psf.stored_form import StoredForm, fingerprint
from napari_deconvolve.units import factor

MIN_STRATA, MAX_STRATA = 2, 5
COVERSLIPS = ("first", "last")

Samples = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Strata(SingleChannel):
    """A PSF that changes along the first axis: 2 to 5 PSFs, and at which depth each of them holds.

    Between two strata light is shared out linearly; beyond the outermost ones their PSFs go on.

    Parameters
    ----------
    psfs : sequence of PSF
        From the shallowest to the deepest, of one shape (2 or 3 axes), spacing and unit; each as an image shows it
        whose first plane is nearest to the coverslip.
    depths : sequence of float
        Where in the image each of them holds: the distance from the coverslip by which the stage was moved to have
        that plane in focus, rising, in the PSFs' unit.
    top : float, optional
        That distance of the image's plane nearest to the coverslip; by default the shallowest stratum lies there.
    coverslip : {"first", "last"}
        Which end of the image's depth axis is nearest to the coverslip: with "last" the PSFs are turned round.
    notes : sequence of str, optional
        Remarks for the user.

    Raises
    ------
    PSFError
        For fewer than 2 or more than 5 PSFs, ones that differ in grid, or depths that do not rise.
    ParameterError
        For another name of the coverslip's end, or a top that is no finite number.
    """

    psfs: tuple[PSF, ...]
    depths: tuple[float, ...]
    top: float | None = None
    coverslip: str = "first"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "psfs", _checked_psfs(self.psfs))
        object.__setattr__(self, "depths", checked_depths(self.depths, len(self.psfs)))
        object.__setattr__(self, "notes", tuple(self.notes))
        if self.top is not None:
            if not np.isfinite(self.top):
                raise ParameterError(f"The depth of the top plane is {self.top!r}; give a finite number, or None.")
            object.__setattr__(self, "top", float(self.top))
        if self.coverslip not in COVERSLIPS:
            raise ParameterError(
                f"The coverslip is at {self.coverslip!r}; say whether the image's first or its last plane is nearest "
                "to it: 'first' or 'last'."
            )

    def __len__(self) -> int:
        return len(self.psfs)

    def __repr__(self) -> str:
        """Return it in one line."""
        places = ", ".join(f"{depth:.3g}" for depth in self.depths)
        widths = " × ".join(f"{width:.3g}" for width in self.fwhm)
        return f"Strata({len(self)} of {size(self.shape)}, at {places} {self.unit}, FWHM {widths} {self.unit})"

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        return page(repr(self), self.middle.data)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.psfs[0].ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of samples of each PSF along each axis."""
        return self.psfs[0].shape

    @property
    def spacing(self) -> tuple[float, ...]:
        """Distance of samples along each axis, in `unit`."""
        return self.psfs[0].spacing

    @property
    def unit(self) -> str:
        """The unit of spacing and depths."""
        return self.psfs[0].unit

    @property
    def middle(self) -> PSF:
        """The PSF of the middle stratum, which stands for all where only one can be used."""
        return self.psfs[len(self.psfs) // 2]

    @property
    def info(self) -> Mapping[str, Any]:
        """The source "strata"; each of the `psfs` knows its own."""
        return {"source": "strata"}

    @property
    def knows_optics(self) -> bool:
        """True: each PSF is compared with the optics it was made for."""
        return True

    @property
    def stretch(self) -> float | None:
        """The factor by which the image stretches distances along depth; None where it is not known.

        Layers that differ from the design move the focus in proportion to depth. Each PSF is drawn around its own
        focus, so the estimate is stretched along depth as the image is: divide its spacing by this for true distances.
        """
        ends = self.psfs[0].info, self.psfs[-1].info
        (high, first), (low, last) = [(info.get("depth_um"), info.get("focus_shift_um")) for info in ends]
        if high is None or low is None or first is None or last is None or high == low:
            return None
        return float(1 + (last - first) / (low - high))

    @property
    def fwhm(self) -> tuple[float, ...]:
        """Full width at half maximum of the middle stratum's PSF per axis, in `unit`."""
        return self.middle.fwhm

    def words(self, number: int) -> str:
        """Return the name of a stratum with its depth: "stratum 2 of 3, 5 um deep"."""
        true = self.psfs[number].info.get("depth_um")
        place = f"{true:.3g} um deep" if true is not None else f"at {self.depths[number]:.4g} {self.unit}"
        return f"stratum {number + 1} of {len(self)}, {place}"

    def kernels(self) -> tuple[Samples, ...]:
        """Return the samples of each PSF as the image shows them, turned round where the coverslip is at its end."""
        if self.coverslip == "first":
            return tuple(psf.data for psf in self.psfs)
        return tuple(np.ascontiguousarray(psf.data[::-1]) for psf in self.psfs)

    def nodes(self, planes: int) -> tuple[float, ...]:
        """Return where the strata lie in an image of so many planes, in planes from its first; perhaps outside."""
        below = [(depth - self._top) / self.spacing[0] for depth in self.depths]
        return tuple(below if self.coverslip == "first" else [planes - 1 - place for place in below])

    def within(self, start: int, stop: int, planes: int, step: float | None = None) -> Strata:
        """See `ChannelSpread`; by default the image's planes are as far apart as the PSFs'."""
        cut = start if self.coverslip == "first" else planes - stop
        return replace(self, top=self._top + cut * (self.spacing[0] if step is None else step))

    def in_unit(self, unit: str) -> Strata:
        """See `ChannelSpread`; the PSFs go on knowing how they were made."""
        ratio = factor(self.unit, unit)
        depths = tuple(depth * ratio for depth in self.depths)
        top = None if self.top is None else self.top * ratio
        return replace(self, psfs=tuple(psf.in_unit(unit) for psf in self.psfs), depths=depths, top=top)

    def each(self, change: Callable[[PSF], PSF]) -> Strata:
        """Return strata with each PSF changed, at the same depths and in the same unit."""
        return replace(self, psfs=tuple(change(psf) for psf in self.psfs), top=self._top)

    def resampled(self, spacing: float | Sequence[float]) -> Strata:
        """Return the same PSFs at another spacing."""
        return self.each(lambda psf: psf.resampled(spacing))

    def respaced(
        self, spacing: float | Sequence[float], unit: str, info: Mapping[str, Any] | None = None, note: str = ""
    ) -> Strata:
        """Refuse another spacing: the depths would not fit it."""
        raise PSFError(
            f"The PSFs of {len(self)} depths keep their spacing of {self.spacing} {self.unit}, to which the depths "
            "belong; make them again with the right one."
        )

    def described(self, describe: Callable[[PSF], dict[str, Any]]) -> dict[str, Any]:
        """Return a description in plain JSON types, made of those of the PSFs."""
        place = {"depths": list(self.depths), "top": self.top, "coverslip": self.coverslip, "notes": list(self.notes)}
        return {"source": "strata", **place, "psfs": [describe(one) for one in self.psfs]}

    def operator(
        self,
        frame: tuple[int, ...],
        boundary: Boundary = "extended",
        dtype: np.dtype[np.floating] | None = None,
        *,
        widen: Callable[[Samples], Samples] | None = None,
        **how: Any,
    ) -> StrataBlur:
        """Return the blur that changes with depth, over a frame of data."""
        kernels = self.kernels() if widen is None else [widen(kernel) for kernel in self.kernels()]
        return StrataBlur(kernels, self.nodes(frame[0]), frame, boundary, dtype, **how)

    def stored_form(self, least_axes: int = 1) -> StoredForm:
        """Return the samples, strata along the first axis, and all that is known of them."""
        samples = np.stack([psf.data for psf in self.psfs]).astype(np.float32, copy=False)
        about = {
            "psfs": [{"info": dict(psf.info), "notes": list(psf.notes)} for psf in self.psfs],
            "depths": list(self.depths),
            "top": self.top,
            "coverslip": self.coverslip,
            "notes": list(self.notes),
            "unit": self.unit,
            "spacing": list(self.spacing),
            "sha256": fingerprint(samples),
        }
        return StoredForm(samples, True, "strata", about, f"PSF of {len(self)} depths")

    def depths_text(self, unit: str) -> str:
        """Return where the strata lie, with the unit as it is written."""
        places = ", ".join(f"{depth:.3g}" for depth in self.depths)
        return f"{len(self)} strata at {places} {unit} from the coverslip, by the {self.coverslip} plane"

    def middle_text(self) -> str:
        """Return the name of the middle stratum, with its depth."""
        return self.words(len(self) // 2)

    @property
    def _top(self) -> float:
        return self.depths[0] if self.top is None else self.top


def _checked_psfs(given: Sequence[PSF]) -> tuple[PSF, ...]:
    psfs = tuple(given)
    if not all(isinstance(psf, PSF) for psf in psfs):
        raise PSFError("The strata are not all PSFs; make them with napari_deconvolve.psf.from_array.")
    if not MIN_STRATA <= len(psfs) <= MAX_STRATA:
        raise PSFError(f"There are {len(psfs)} strata; give {MIN_STRATA} to {MAX_STRATA}.")
    first = psfs[0]
    for psf in psfs[1:]:
        if psf.shape != first.shape or psf.unit != first.unit or not np.allclose(psf.spacing, first.spacing, rtol=1e-6):
            raise PSFError(
                f"The strata's PSFs have the shapes {first.shape} and {psf.shape} at {first.spacing} {first.unit} and "
                f"{psf.spacing} {psf.unit}; give all of them one shape and spacing."
            )
    if first.ndim < 2:
        raise PSFError("The strata's PSFs have 1 axis, but beside depth there must be another; give 2 or 3 axes.")
    return psfs


def checked_depths(given: Sequence[float], count: int | None) -> tuple[float, ...]:
    """Return 2 to 5 rising numbers, or as many as given by `count`; raise `PSFError` for others."""
    try:
        depths = tuple(float(depth) for depth in given)
    except (TypeError, ValueError):
        depths = ()
    rising = all(low < high for low, high in pairwise(depths)) and all(map(np.isfinite, depths))
    if not rising or not MIN_STRATA <= len(depths) <= MAX_STRATA or (count is not None and len(depths) != count):
        wanted = f"{MIN_STRATA} to {MAX_STRATA}" if count is None else str(count)
        raise PSFError(f"The depths are {given!r}; give {wanted} rising numbers.")
    return depths
