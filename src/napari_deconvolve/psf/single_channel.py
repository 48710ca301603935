"""The answers that all PSFs of one channel share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, TypeVar

Spread = TypeVar("Spread")


class SingleChannel:
    """A PSF of one channel, or for all channels; see `napari_deconvolve.psf.protocol.PointSpread`."""

    __slots__ = ()

    @property
    def channels(self) -> tuple[Self, ...]:
        """The PSF itself."""
        return (self,)

    @property
    def channel_axis(self) -> int | None:
        """None: the PSF is for all channels."""
        return None

    def with_channels(self, channels: Sequence[Spread]) -> Spread:
        """Return the only one of the given PSFs."""
        (only,) = channels
        return only
