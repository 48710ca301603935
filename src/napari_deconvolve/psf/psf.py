"""The PSF value: how a point blurs, on a grid of known spacing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import Boundary
from napari_deconvolve.errors import PSFError
from napari_deconvolve.image.shown import page, size
from napari_deconvolve.psf.regridding import regridded, require_samples, same_spacing, sample_is_integral
from napari_deconvolve.psf.single_channel import SingleChannel
from napari_deconvolve.psf.stored_form import StoredForm, fingerprint
from napari_deconvolve.psf.values import as_spacing, checked_values, fwhm, listed, normalised
from napari_deconvolve.units import factor

Samples = NDArray[np.floating]

SIGNED = "signed"  # in the info of a PSF with negative lobes

# The parameters of each source that are lengths in the PSF's unit; in another unit they make the same samples.
LENGTH_PARAMETERS = {
    "gaussian": ("fwhm", "spacing"),
    "lorentzian": ("fwhm", "spacing"),
    "points": ("offsets", "spacing"),
    "microscope": ("spacing",),
}


@dataclass(frozen=True, slots=True, eq=False)
class PSF(SingleChannel):
    """A point spread function: odd-sized, centred, of sum 1, float32, read-only.

    It is not negative, unless its info says that it is "signed": filters with negative lobes, which the Wiener filter
    takes.

    Parameters
    ----------
    data : array_like
        1 to 3 axes, each of odd length; the zero lag is the middle sample. It is divided by its sum. Use
        `napari_deconvolve.psf.from_array` for arrays that are even-sized, off centre or on a pedestal.
    spacing : float or sequence of float
        Distance of samples, one per axis or one for all, in `unit`.
    unit : str
        Name of the unit, "um" by default.
    info : mapping, optional
        Where it came from: its source and parameters, in plain JSON types.
    notes : sequence of str, optional
        The steps of its preparation, in words.
    own : bool, optional
        Whether a float32 array may be divided in place, because nothing else refers to it. By default it is copied.

    Raises
    ------
    PSFError
        For NaN or infinite or negative values, a sum of zero, even lengths, no or more than 3 axes.
    """

    data: Samples
    spacing: tuple[float, ...]
    unit: str = "um"
    info: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    own: InitVar[bool] = False

    def __post_init__(self, own: bool) -> None:
        values = checked_values(self.data)
        if any(length % 2 == 0 for length in values.shape):
            raise PSFError(
                f"The PSF has shape {values.shape}, but a PSF value has odd lengths; "
                "make it with napari_deconvolve.psf.from_array, which centres it."
            )
        if values.min() < 0 and not self.info.get(SIGNED):
            raise PSFError(
                f"The PSF goes down to {values.min():.3g}, but light is not negative; "
                "make it with napari_deconvolve.psf.from_array, which takes the pedestal off."
            )
        data = normalised(values, own and values.dtype == np.float32 and values.flags.writeable)
        data.flags.writeable = False
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "spacing", as_spacing(self.spacing, data.ndim))
        object.__setattr__(self, "info", MappingProxyType(dict(self.info)))
        object.__setattr__(self, "notes", tuple(self.notes))

    @classmethod
    def verbatim(
        cls,
        samples: NDArray[Any],
        spacing: Sequence[float],
        unit: str,
        info: Mapping[str, Any],
        notes: Sequence[str] = (),
    ) -> PSF:
        """Make a PSF of these very samples, of sum 1: dividing float32 by its own sum again may move the last bit."""
        psf = cls(samples, tuple(spacing), unit, info, tuple(notes))
        exact = np.array(samples, np.float32)
        exact.flags.writeable = False
        object.__setattr__(psf, "data", exact)
        return psf

    def __repr__(self) -> str:
        """Return it in one line."""
        what = f"{size(self.shape)}, {self._source}, FWHM {listed(self.fwhm)} {self.unit}"
        return f"PSF({what}, spacing {listed(self.spacing)})"

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        return page(repr(self), self.data)

    # -- size and width --------------------------------------------------------------------------------------------

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of samples along each axis."""
        return self.data.shape

    @property
    def fwhm(self) -> tuple[float, ...]:
        """Full width at half maximum through the centre per axis, in `unit`; NaN where it never falls to half."""
        return tuple(fwhm(self.profile(axis), self.spacing[axis]) for axis in range(self.ndim))

    def profile(self, axis: int) -> Samples:
        """Return the values through the centre along one axis."""
        index: list[Any] = [length // 2 for length in self.shape]
        index[axis] = slice(None)
        return np.asarray(self.data[tuple(index)])

    @property
    def _source(self) -> str:
        found = str(self.info.get("modality") or self.info.get("source") or "array")
        return f"signed {found}" if self.info.get(SIGNED) else found

    # -- as a `ChannelSpread`: see there -----------------------------------------------------------------------------

    @property
    def psfs(self) -> tuple[PSF, ...]:
        """The PSF itself."""
        return (self,)

    @property
    def middle(self) -> PSF:
        """The PSF itself."""
        return self

    @property
    def depths(self) -> tuple[float, ...]:
        """None: there are no strata."""
        return ()

    @property
    def knows_optics(self) -> bool:
        """Whether it was calculated for a microscope."""
        return self.info.get("source") == "microscope"

    def each(self, change: Callable[[PSF], PSF]) -> PSF:
        """Return the changed PSF."""
        return change(self)

    def described(self, describe: Callable[[PSF], dict[str, Any]]) -> dict[str, Any]:
        """Return its description."""
        return describe(self)

    def within(self, start: int, stop: int, planes: int, step: float | None = None) -> PSF:
        """Return the PSF itself: it is the same at all depths."""
        return self

    def in_unit(self, unit: str) -> PSF:
        """Return the same PSF with its numbers in another unit of length; it goes on knowing how it was made."""
        if unit == self.unit:
            return self
        ratio = factor(self.unit, unit)
        steps = tuple(step * ratio for step in self.spacing)
        return PSF(self.data, steps, unit, _info_in_unit(self.info, unit, ratio), self.notes)

    def resampled(self, spacing: float | Sequence[float]) -> PSF:
        """Return the PSF on a grid of another spacing; see `napari_deconvolve.psf.resample`."""
        steps = as_spacing(spacing, self.ndim)
        if same_spacing(self.spacing, steps):
            return self
        require_samples(self.shape, self.spacing, steps, self.unit)
        integral = sample_is_integral(self.info, self.ndim)
        values = regridded(self.data.astype(np.float64), self.spacing, steps, integral)
        note = f"resampled from {listed(self.spacing, 4)} to {listed(steps, 4)} {self.unit}"
        return PSF(values, steps, self.unit, self.info, (*self.notes, note))

    def respaced(
        self, spacing: float | Sequence[float], unit: str, info: Mapping[str, Any] | None = None, note: str = ""
    ) -> PSF:
        """See `ChannelSpread`."""
        source = of_array(self, before=dict(self.info)) if info is None else {**info}
        if self.info.get(SIGNED):
            source[SIGNED] = True
        return PSF(self.data, as_spacing(spacing, self.ndim), unit, source, (*self.notes, note) if note else self.notes)

    def operator(
        self,
        frame: tuple[int, ...],
        boundary: Boundary = "extended",
        dtype: np.dtype[np.floating] | None = None,
        *,
        widen: Callable[[Samples], Samples] | None = None,
        **how: Any,
    ) -> Blur:
        """See `ChannelSpread`."""
        return Blur(self.data if widen is None else widen(self.data), frame, boundary, dtype, **how)

    def stored_form(self, least_axes: int = 1) -> StoredForm:
        """See `ChannelSpread`."""
        samples = np.array(self.data).reshape((1,) * (least_axes - self.ndim) + self.shape)
        about = {
            "info": dict(self.info),
            "notes": list(self.notes),
            "unit": self.unit,
            "spacing": list(self.spacing),
            "ndim": self.ndim,
            "sha256": fingerprint(samples),
        }
        return StoredForm(samples, False, "psf", about, f"{self.info.get('source', '')} PSF".strip())

    def depths_text(self, unit: str) -> str:
        """Return an empty text: there are no strata."""
        return ""

    def middle_text(self) -> str:
        """Return an empty text: there are no strata."""
        return ""


def of_array(psf: PSF, **known: Any) -> dict[str, Any]:
    """Return the info of samples whose source would not make them: they stay signed where they are."""
    signed = {SIGNED: True} if psf.info.get(SIGNED) else {}
    return {"source": "array", **known, **signed}


def _info_in_unit(info: Mapping[str, Any], unit: str, ratio: float) -> dict[str, Any]:
    """Return a PSF's parameters with its lengths in another unit; `ratio` is the old unit in the new one."""
    source = info.get("source")
    if source not in LENGTH_PARAMETERS:  # a formula tells how the PSF was made in its own unit, and in that alone
        return dict(info)
    lengths = {name: (np.asarray(info[name], np.float64) * ratio).tolist() for name in LENGTH_PARAMETERS[source]}
    return {**info, **lengths, "unit": unit}
