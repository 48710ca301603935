"""One PSF per channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.psf import PSF


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
        For no PSFs, what is none, or different numbers of axes.
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

    @property
    def ndim(self) -> int:
        """The number of axes of each PSF."""
        return self.psfs[0].ndim
