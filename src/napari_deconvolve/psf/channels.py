"""One PSF per channel, and which of them belongs to which part of an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.image.shown import page
from napari_deconvolve.psf.protocol import ChannelSpread, PointSpread, strata_count
from napari_deconvolve.psf.psf import PSF

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ChannelPSFs:
    """The PSFs of an image's channels, in their order.

    Parameters
    ----------
    psfs : sequence of PSF
        At least one; all with as many axes. Shapes and spacings may differ.
    axis : int, optional
        The image's axis of channels. By default it is found: the first axis that no PSF acts on and that is as long as
        there are PSFs.

    Raises
    ------
    PSFError
        For no PSFs, things that are no PSFs, or different numbers of axes.
    """

    psfs: tuple[PSF, ...]
    axis: int | None = None

    def __init__(self, psfs: Sequence[PSF], axis: int | None = None) -> None:
        given = tuple(psfs)
        for number, psf in enumerate(given, start=1):
            if not isinstance(psf, PSF):
                raise PSFError(
                    f"Number {number} of the {len(given)} PSFs is a {type(psf).__name__}; "
                    "make it a PSF with napari_deconvolve.psf.from_array."
                )
        if not given:
            raise PSFError("There are 0 PSFs; give one for each channel.")
        if len({psf.ndim for psf in given}) > 1:
            counts = ", ".join(str(psf.ndim) for psf in given)
            raise PSFError(f"The channels' PSFs have {counts} axes; give PSFs with the same number of axes.")
        object.__setattr__(self, "psfs", given)
        object.__setattr__(self, "axis", axis)

    def __len__(self) -> int:
        return len(self.psfs)

    def __repr__(self) -> str:
        """Return it in one line."""
        return f"ChannelPSFs({len(self)}: {', '.join(map(repr, self.psfs))})"

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        return page(repr(self), self.psfs[0].data)

    # -- as a `PointSpread`: see there -------------------------------------------------------------------------------

    @property
    def ndim(self) -> int:
        """The number of axes of each PSF."""
        return self.psfs[0].ndim

    @property
    def channels(self) -> tuple[PSF, ...]:
        """The PSF of each channel."""
        return self.psfs

    @property
    def channel_axis(self) -> int | None:
        """The image's axis of channels, where it is known."""
        return self.axis

    def with_channels(self, channels: Sequence[ChannelSpread]) -> ChannelPSFs:
        """Return other PSFs for the same channels."""
        return ChannelPSFs([one.middle for one in channels], self.axis)

    def each(self, change: Callable[[PSF], PSF]) -> ChannelPSFs:
        """Return the PSFs, each changed, for the same channels."""
        return ChannelPSFs([change(psf) for psf in self.psfs], self.axis)

    def resampled(self, spacing: float | Sequence[float]) -> ChannelPSFs:
        """Return the PSFs at another spacing, which is in their unit."""
        units = sorted({one.unit for one in self.psfs})
        if len(units) > 1:
            raise PSFError(
                f"The channels' PSFs are in {' and '.join(units)}, but the spacing is in one unit; give one unit."
            )
        return self.each(lambda psf: psf.resampled(spacing))

    def described(self, describe: Callable[[PSF], dict[str, Any]]) -> dict[str, Any]:
        """Return a description in plain JSON types, made of those of the PSFs."""
        return {"source": "channels", "axis": self.axis, "psfs": [describe(one) for one in self.psfs]}


def along_channels(psf: PointSpread, image: Shape, axes: Shape, channel_axis: int | None) -> PointSpread:
    """Find the axis of channels; a single PSF without one, and strata, are for all channels.

    The caller's choice comes first, then the PSFs' own, and else the first axis besides those that the PSFs act on
    (`axes`) that is as long as there are PSFs.

    Raises
    ------
    ParameterError, PSFError
        When no axis fits, or the chosen one does not.
    """
    if strata_count(psf) > 1:
        return psf
    count = len(psf.channels)
    axis = psf.channel_axis if channel_axis is None else channel_axis
    if axis is None and count == 1:
        return psf.channels[0]
    looped = [number for number in range(len(image)) if number not in axes]
    if axis is not None:
        return ChannelPSFs(psf.psfs, _checked(axis, count, image, looped))
    fitting = [number for number in looped if image[number] == count]
    if not fitting:
        lengths = ", ".join(f"axis {number} with {image[number]}" for number in looped) or "no other axis"
        raise PSFError(
            f"There are {count} PSFs, one per channel, but besides the axes that they act on the image has "
            f"{lengths}; give as many PSFs as the image has channels."
        )
    return ChannelPSFs(psf.psfs, fitting[0])


def channel_of(psf: PointSpread, outer: Shape, axes: Shape, item: int) -> int:
    """Return the number of an item's channel; items count along the looped axes, `outer`, the last one fastest."""
    if psf.channel_axis is None:
        return 0
    # Looped axes come in the image's order, so the place among them is the axis less those before that are blurred.
    place = psf.channel_axis - sum(axis < psf.channel_axis for axis in axes)
    return int(np.unravel_index(item, outer)[place])


def _checked(axis: int, count: int, image: Shape, looped: list[int]) -> int:
    whole = isinstance(axis, (int, np.integer)) and not isinstance(axis, bool)
    found = int(axis) % len(image) if whole and -len(image) <= axis < len(image) else None
    if found is None or found not in looped:
        raise ParameterError(
            f"The channel axis is {axis!r}; give one that the PSFs do not act on: "
            f"{', '.join(map(str, looped)) or 'this image has none'}."
        )
    if image[found] != count:
        raise PSFError(
            f"The image has {image[found]} channels along axis {found}, and there are {count} PSFs; give as many."
        )
    return found
