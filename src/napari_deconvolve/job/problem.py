"""One job as a frozen value: an image in items, a PSF at its spacing, a recipe; and checkpoints to go on from."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from napari_deconvolve.core.accelerations.steps import Steps
from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape
from napari_deconvolve.core.likelihood.background_map import Ground
from napari_deconvolve.core.likelihood.shared_scale import SharedScale
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.job.items import Items
from napari_deconvolve.psf.channels import channel_of
from napari_deconvolve.psf.protocol import ChannelSpread, PointSpread, middles
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.resolution import sieve_for

T = TypeVar("T")


class Workspace:
    """A cache of one job: backgrounds, transfer functions, strengths.

    A job is frozen, so nothing in here can grow old; a job that differs, by its recipe say, begins with an empty one.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def get(self, key: Hashable) -> Any | None:
        """Return a value computed before; None where there is none."""
        return self._known.get(key)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a value computed before, or compute it now."""
        if key not in self._known:
            self._known[key] = make()
        known: T = self._known[key]
        return known


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """What an iteration holds of the object, more than a result shows.

    Under the boundary "extended" the object goes on beyond the image, and with a target resolution what is iterated is
    the object before it is smoothed. Both are needed to go on as if a run had never stopped.

    Attributes
    ----------
    items : ndarray
        Items first, each of the shape of its domain; in counts.
    """

    items: FloatArray


@dataclass(frozen=True, slots=True)
class Cut:
    """What a job of a part of an image has of the whole: see `Layout.padded`, `SharedScale` and `RichardsonLucy`."""

    padded: tuple[bool, ...]
    shared: SharedScale
    steps: Steps


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """An image, a PSF and a recipe, checked and ready to run (see `prepare`)."""

    items: Items  # of the image
    psf: PointSpread  # at the image's spacing; with the axis of channels, if there is one per channel
    recipe: Recipe  # complete but for the PSF's description
    mask: BoolArray | None = None  # items first, as `Items.array` is
    start: FloatArray | None = None  # items first
    under: Ground | None = None  # what the background of an only item was found by, once its recipe holds it
    offsets: tuple[float | None, ...] = ()  # of the detector, per item, by the image's file; may be empty
    remarks: tuple[str, ...] = ()  # sentences on what was changed to fit
    asked: Recipe | None = None  # the recipe before it held what was found of the camera
    intended: Recipe | None = None  # what was asked of any image, where the recipe holds what was found on this one
    cancelled: Cancel | None = None  # polled during transforms
    workers: int | None = None  # threads of one iteration; by default all cores where that helps
    cut: Cut | None = None  # of a part of an image that is run as it would be within the whole
    workspace: Workspace = field(init=False, default_factory=Workspace, repr=False)
    seen: Workspace = field(default_factory=Workspace, repr=False)  # of the items alone, whatever the recipe

    def __len__(self) -> int:
        return len(self.items)

    @property
    def frame(self) -> Shape:
        """Shape of an item."""
        return self.items.frame

    @property
    def psfs(self) -> tuple[PSF, ...]:
        """The PSF of all channels, or those of each; of strata the middle one, which stands for all of them."""
        return middles(self.psf)

    def point(self, channel: int = 0) -> ChannelSpread:
        """Return all that is known of how a channel's points blur: its PSF, or those of all strata."""
        return self.psf.channels[channel]

    def sharpest(self, channel: int = 0) -> FloatArray:
        """Return the kernel of a channel's PSF; of strata that of the highest peak."""
        return max((psf.data for psf in self.point(channel).psfs), key=lambda kernel: float(kernel.max()))

    def channel(self, item: int) -> int:
        """Return the place of an item's PSF in `psfs`."""
        return channel_of(self.psf, self.items.outer, self.items.axes, self.items.number(item))

    def items_of(self, channel: int) -> list[int]:
        """Return the items of a channel."""
        return [item for item in range(len(self)) if self.channel(item) == channel]

    def first_estimate(self, item: int) -> FloatArray | None:
        """Return an item's first estimate; None for a flat one."""
        return None if self.start is None else self.start[item]

    @property
    def in_lines(self) -> bool:
        """Whether items are lines, as the spectra of a cube: too short to tell much by themselves."""
        return len(self.frame) == 1

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The precision of the arithmetic: the recipe's, and for lines, which are small, always double.

        Looking ahead and the edge of a prior multiply rounding: 2 % of single samples in single precision.
        """
        return np.dtype(np.float64) if self.in_lines else np.dtype(self.recipe.dtype)

    @property
    def sieve(self) -> Sieve | None:
        """The sieve of the target resolution, if there is one."""
        return sieve_for(self.psfs[0], self.recipe.target_fwhm)

    def widened(self, kernel: FloatArray) -> FloatArray:
        """Return a kernel as the iteration blurs with it: widened by the sieve."""
        sieve = self.sieve
        return kernel if sieve is None or self.recipe.target_by == "smoothing" else sieve.widen(kernel)

    def kernel(self, channel: int = 0) -> FloatArray:
        """Return what blurs a channel's estimate; of strata the middle one."""
        return self.widened(self.psfs[channel].data)
