"""The questions that all PSFs answer alike, so that whoever uses them never asks for the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import Boundary
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.stored_form import StoredForm

Samples = NDArray[np.floating]


class PointSpread(Protocol):
    """How points blur: `PSF`, `Strata` or `ChannelPSFs`."""

    @property
    def ndim(self) -> int:
        """The number of axes that it acts on."""

    @property
    def psfs(self) -> tuple[PSF, ...]:
        """All the PSFs that it is made of."""

    @property
    def channels(self) -> tuple[ChannelSpread, ...]:
        """The PSF of each channel; a single one is for all channels."""

    @property
    def channel_axis(self) -> int | None:
        """The image's axis of channels; None for a single channel, or where nothing says it yet."""

    def with_channels(self, channels: Sequence[ChannelSpread]) -> PointSpread:
        """Return the same with other PSFs, as many as there are `channels`."""

    def each(self, change: Callable[[PSF], PSF]) -> Self:
        """Return the same with each of its PSFs changed."""

    def resampled(self, spacing: float | Sequence[float]) -> Self:
        """Return the same at another spacing; see `napari_deconvolve.psf.resample`."""

    def described(self, describe: Callable[[PSF], dict[str, Any]]) -> dict[str, Any]:
        """Return a description in plain JSON types, made of those of its PSFs."""


class ChannelSpread(PointSpread, Protocol):
    """How the points of one channel blur: `PSF`, the same at all depths, or `Strata`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of samples of each PSF along each axis."""

    @property
    def spacing(self) -> tuple[float, ...]:
        """Distance of samples along each axis, in `unit`."""

    @property
    def unit(self) -> str:
        """The unit of lengths."""

    @property
    def fwhm(self) -> tuple[float, ...]:
        """Full width at half maximum per axis, in `unit`; NaN where it is not known."""

    @property
    def info(self) -> Mapping[str, Any]:
        """Where it came from: its source and parameters."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The steps of its preparation, in words."""

    @property
    def middle(self) -> PSF:
        """The PSF that stands for all depths where only one can be looked at: that of the middle stratum."""

    @property
    def depths(self) -> tuple[float, ...]:
        """Where its strata lie, in `unit`; empty for a PSF that is the same at all depths."""

    @property
    def knows_optics(self) -> bool:
        """Whether each of its PSFs holds the optics it was calculated for, so that no image needs to."""

    def within(self, start: int, stop: int, planes: int, step: float | None = None) -> Self:
        """Return the PSF for the planes from `start` up to, but not including, `stop` of an image, `step` apart."""

    def in_unit(self, unit: str) -> Self:
        """Return the same with all lengths in another unit of length."""

    def respaced(
        self, spacing: float | Sequence[float], unit: str, info: Mapping[str, Any] | None = None, note: str = ""
    ) -> Self:
        """Return the same samples at another spacing; strata raise `PSFError`, since their depths would not fit.

        Their source would not make these, so by default they come from an array that was something else before.
        """

    def operator(
        self,
        frame: tuple[int, ...],
        boundary: Boundary = "extended",
        dtype: np.dtype[np.floating] | None = None,
        *,
        widen: Callable[[Samples], Samples] | None = None,
        **how: Any,
    ) -> Blur:
        """Return the blur over a frame of data; see `napari_deconvolve.core.operators.blur.Blur`.

        `widen` changes each kernel first, as a sieve does.
        """

    def stored_form(self, least_axes: int = 1) -> StoredForm:
        """Return the samples, of at least so many axes, and all that is known of them as a file or layer keeps them."""

    def depths_text(self, unit: str) -> str:
        """Return where the strata lie, with the unit as it is written; empty where there are none."""

    def middle_text(self) -> str:
        """Return the name of the middle stratum, with its depth; empty where there are none."""


def strata_count(psf: PointSpread) -> int:
    """Return how many strata each channel has: 1 where the PSF is the same at all depths."""
    return len(psf.psfs) // len(psf.channels)


def middles(psf: PointSpread) -> tuple[PSF, ...]:
    """Return one PSF per channel: of strata the middle one, which stands for all of them."""
    return tuple(one.middle for one in psf.channels)
