"""One job: checked arguments, cut into items that the PSF acts on, each with its own iteration."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.algorithms.gradient_consensus import GradientConsensus
from napari_deconvolve.core.algorithms.iterate import Iteration
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape, as_real
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.dark_noise import estimate_dark_noise
from napari_deconvolve.core.likelihood.noise import NO_VALID_VOXEL, PoissonData, poisson_data
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.operators.strata_blur import StrataBlur
from napari_deconvolve.core.priors.priors import make_prior
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.core.transforms.fft import Cancel, ComplexArray
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.job.channels import AnyPSF, GivenPSF, along_channels, as_psf, at_spacing, channel_of
from napari_deconvolve.job.checkpoint import Whole
from napari_deconvolve.psf import PSF, Strata
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.resolution import sieve_for


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """An image seen as a stack of items along the axes that the PSF does not act on.

    Attributes
    ----------
    image : ndarray
        Items first: shape (items, *frame).
    psf : PSF, ChannelPSFs or Strata
        At the image's spacing; with the axis of channels, if there is one per channel.
    recipe : Recipe
        Complete but for the PSF's description.
    outer : tuple of int
        Lengths of the looped axes.
    axes : tuple of int
        Where the PSF acts in the image as it was given.
    mask, start : ndarray or None
        In the same order as `image`.
    cancelled : callable or None
        Polled during transforms.
    workers : int or None
        Threads of one iteration; by default all cores where that helps.
    """

    image: NDArray[np.generic]
    psf: AnyPSF
    recipe: Recipe
    outer: Shape
    axes: Shape
    mask: BoolArray | None = None
    start: FloatArray | None = None
    cancelled: Cancel | None = None
    workers: int | None = None
    _transfer: dict[int, ComplexArray] = field(default_factory=dict)
    _kept: dict[Hashable, Any] = field(default_factory=dict)  # what a method has worked out for all items

    def __len__(self) -> int:
        return len(self.image)

    @property
    def psfs(self) -> tuple[PSF, ...]:
        """The PSF of all channels, or those of each; of strata the middle one, which stands for all of them."""
        if isinstance(self.psf, Strata):
            return (self.psf.middle,)
        return (self.psf,) if isinstance(self.psf, PSF) else self.psf.psfs

    def point(self, channel: int = 0) -> PSF | Strata:
        """Return all that is known of how a channel's points blur: its PSF, or those of all strata."""
        return self.psf if isinstance(self.psf, Strata) else self.psfs[channel]

    def channel(self, item: int) -> int:
        """Return the place of an item's PSF in `psfs`."""
        return channel_of(self.psf, self.outer, self.axes, item)

    @property
    def in_lines(self) -> bool:
        """Whether items are lines, as the spectra of a cube: too short to tell much by themselves."""
        return self.image.ndim == 2

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """What the arithmetic is done in: the recipe's precision, and for lines, which are small, always double.

        Looking ahead and the edge of a prior multiply rounding: 2 % of single samples in single precision.
        """
        return np.dtype(np.float64) if self.in_lines else np.dtype(self.recipe.dtype)

    def background(self, item: int) -> float:
        """Return the background of one item: the recipe's, or found from the item; for lines, from all of them."""
        given = self.recipe.background
        if not isinstance(given, str):
            return given
        return self._found("background", item, estimate_background)

    def dark(self, item: int) -> float:
        """Return what data and background of one item are lifted by: the recipe's, or found as a background is."""
        given = self.recipe.dark_noise
        return self._found("dark", item, estimate_dark_noise) if isinstance(given, str) else given

    def _found(self, what: str, item: int, find: Callable[..., float]) -> float:
        """Find something from one item, once; for lines, from all of the channel."""
        if not (self.in_lines and len(self) > 1):
            return cast("float", self.once((what, "item", item), lambda: find(self.seen(item))))
        channel = self.channel(item)
        return cast("float", self.once((what, channel), lambda: find(self._lines_of(channel), lines=True)))

    def _lines_of(self, channel: int) -> NDArray[np.generic]:
        items = [item for item in range(len(self)) if self.channel(item) == channel]
        every = slice(None) if len(items) == len(self) else items
        return _hidden(self.image[every], None if self.mask is None else self.mask[every])

    def seen(self, item: int) -> NDArray[np.generic]:
        """Return one item of the image with NaN where the mask hides it."""
        return _hidden(self.image[item], None if self.mask is None else self.mask[item])

    def iteration(
        self,
        item: int,
        *,
        noise: PoissonData | None = None,
        leader: RichardsonLucy | None = None,
        keep_model: bool = False,
    ) -> RichardsonLucy:
        """Set up the iteration over one item.

        Parameters
        ----------
        item : int
            Which.
        noise : PoissonData, optional
            Other data in place of the item's own: a twin's.
        leader, keep_model
            See `RichardsonLucy`.
        """
        return RichardsonLucy(
            self.blur(item),
            self.noise(item) if noise is None else noise,
            start=self._start(item),
            accelerate=self.recipe.acceleration is not None,
            leader=leader,
            keep_model=keep_model,
            prior=make_prior(self.recipe.prior, self.recipe.usual_strength),
            spacing=self.psfs[0].spacing,
            sieve=self.sieve,
        )

    def live(self, item: int, noise: PoissonData | None = None) -> Iteration:
        """Set up the iteration over one item by the recipe's method; its own data may be replaced by others."""
        if self.recipe.method in ("rl", "blind"):  # once its PSF is found, see `blind`, this is all that blind means
            return self.iteration(item, noise=noise)
        noise = self.noise(item) if noise is None else noise
        if self.recipe.method == "wiener":
            from napari_deconvolve.methods.filtering import wiener_step

            return wiener_step(self, item, noise)
        return GradientConsensus(self.blur(item), noise, start=self._start(item), sieve=self.sieve)

    @property
    def sieve(self) -> Sieve | None:
        """The sieve of the target resolution, if there is one."""
        return sieve_for(self.psfs[0], self.recipe.target_fwhm)

    def kernel(self, channel: int = 0) -> FloatArray:
        """Return what the estimate is blurred with: a channel's PSF, widened by the sieve; of strata the middle one."""
        return self._widened(self.psfs[channel].data)

    def _widened(self, psf: FloatArray) -> FloatArray:
        return psf if self.sieve is None or self.recipe.target_by == "smoothing" else self.sieve.widen(psf)

    def noise(self, item: int) -> PoissonData:
        """Return one item's data as the noise model sees them."""
        if len(self) > 1 and self.is_empty(item):  # its result is dark, and that of the others is none the worse
            return poisson_data(np.zeros(self.image.shape[1:], np.float32), background=0.0, dtype=self.dtype)
        mask = None if self.mask is None else self.mask[item]
        background, dark = self.background(item), self.dark(item)
        return poisson_data(self.image[item], background=background, dtype=self.dtype, mask=mask, dark=dark)

    @property
    def samples(self) -> int:
        """How many samples say something."""
        if self.image.dtype.kind != "f" and self.mask is None:
            return self.image.size
        return sum(int(np.count_nonzero(np.isfinite(self.seen(item)))) for item in range(len(self)))

    def is_empty(self, item: int) -> bool:
        """Return whether no sample of an item is finite and inside the mask."""
        hidden = self.mask is not None and not self.mask[item].any()
        return hidden or (self.image.dtype.kind == "f" and not np.isfinite(self.seen(item)).any())

    @property
    def empty(self) -> tuple[int, ...]:
        """The items without any sample that counts."""
        if self.image.dtype.kind != "f" and self.mask is None:
            return ()
        return tuple(item for item in range(len(self)) if self.is_empty(item))

    def blur(self, item: int = 0) -> Blur:
        """Make a blur of its own for one item; all of a channel share one OTF."""
        channel = self.channel(item)
        shared = self._transfer.get(channel)
        frame, boundary, dtype = self.image.shape[1:], as_boundary(self.recipe.boundary), self.dtype
        how: dict[str, Any] = {"workers": self.workers, "cancelled": self.cancelled, "transfer": shared}
        if isinstance(self.psf, Strata):
            kernels = [self._widened(one) for one in self.psf.kernels()]
            blur: Blur = StrataBlur(kernels, self.psf.nodes(frame[0]), frame, boundary, dtype, **how)
        else:
            blur = Blur(self.kernel(channel), frame, boundary, dtype, **how)
        if shared is None:
            self._transfer[channel] = blur.transfer
        return blur

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what was worked out before for this image, PSF and recipe, or work it out now."""
        kept = self._kept.get(key)
        if kept is None or kept[0] is not self.image or kept[1] is not self.psf or kept[2] != self.recipe:
            kept = self._kept[key] = self.image, self.psf, self.recipe, make()
        return kept[3]

    def assemble(self, items: Sequence[FloatArray]) -> FloatArray:
        """Put the items' results back into the image's order of axes, in the recipe's precision."""
        whole = np.asarray(items, self.recipe.dtype).reshape(*self.outer, *self.image.shape[1:])
        return np.moveaxis(whole, range(len(self.outer), whole.ndim), self.axes)

    def _start(self, item: int) -> FloatArray | None:
        return None if self.start is None else self.start[item]


def _hidden(image: NDArray[np.generic], mask: BoolArray | None) -> NDArray[np.generic]:
    """Return an image with NaN where a mask is False."""
    if mask is None or mask.all():
        return image
    return np.where(mask, image, np.float32(np.nan))


def prepare(
    image: ArrayLike,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    spacing: float | Sequence[float] | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    mask: ArrayLike | None = None,
    start: ArrayLike | Whole | None = None,
    cancelled: Cancel | None = None,
) -> Job:
    """Check all arguments of a run, and set it up; nothing is computed yet.

    Parameters
    ----------
    image : array_like
        1 to 5 axes of real numbers.
    psf : PSF, Strata, array_like, or sequence of PSF
        An array is taken as it is, its zero lag at n//2. Several PSFs are those of the channels; those of `Strata`
        are of depths, along the first of the axes that they act on.
    recipe : Recipe, optional
        The default pipeline when absent.
    spacing : float or sequence of float, optional
        Of the image, in the PSF's unit: for all its axes, or for those that the PSF acts on. A PSF at another spacing
        is resampled. By default the PSF is taken to have the image's.
    axes : sequence of int, optional
        Where the PSF acts; by default on the last axes.
    channel_axis : int, optional
        Of the image: which axis has a PSF for each of its places. By default the first that the PSFs do not act on and
        that is as long as there are PSFs. A single PSF is for all channels.
    mask : array_like of bool, optional
        True where the data are to be used; the image's shape.
    start : array_like or Whole, optional
        First estimate, the image's shape; or all of one, as a result that was made resumable holds it.
    cancelled : callable, optional
        Polled during the run; when it says True, `Cancelled` is raised.

    Raises
    ------
    ParameterError, PSFError
        For arguments that do not fit each other.
    """
    data = as_real(image)
    recipe = recipe or Recipe()
    point = as_psf(psf, data)
    chosen = _axes(axes, data.ndim, point.ndim)
    point = along_channels(point, data.shape, chosen, channel_axis)
    if spacing is not None:
        point = at_spacing(point, _spacing(spacing, data.ndim, chosen))
    outer = tuple(length for axis, length in enumerate(data.shape) if axis not in chosen)
    if start is not None and recipe.method == "wiener":
        raise ParameterError("The Wiener filter takes no start estimate, and one is given; leave it out.")
    job = Job(
        image=_items(data, chosen),
        psf=point,
        recipe=recipe,
        outer=outer,
        axes=chosen,
        mask=None if mask is None else _items(_like(mask, data, "mask"), chosen).astype(bool),
        start=_first(start, data, chosen),
        cancelled=cancelled,
    )
    if all(job.is_empty(item) for item in range(len(job))):
        raise ParameterError(NO_VALID_VOXEL)
    return job


def refuse_strata(psf: AnyPSF, method: str) -> None:
    """Refuse a PSF that changes with depth for a method that knows but one.

    Raises
    ------
    ParameterError
        With the method's name and what to do.
    """
    if isinstance(psf, Strata):
        raise ParameterError(
            f"The PSF has {len(psf)} strata, but {method} takes one PSF for all depths; give one of the strata, or "
            "choose Richardson-Lucy."
        )


def _axes(axes: Sequence[int] | None, image_axes: int, psf_axes: int) -> Shape:
    if psf_axes > image_axes:
        raise PSFError(
            f"The PSF has {psf_axes} axes and the image {image_axes}; give a PSF of at most {image_axes} axes."
        )
    if axes is None:
        return tuple(range(image_axes - psf_axes, image_axes))
    try:
        chosen = tuple(int(axis) % image_axes for axis in axes if -image_axes <= int(axis) < image_axes)
    except (TypeError, ValueError):
        chosen = ()
    if len(chosen) != psf_axes or len(set(chosen)) != psf_axes or len(chosen) != len(tuple(axes)):
        raise ParameterError(
            f"The axes are {axes!r}; give {psf_axes} different axes between {-image_axes} and {image_axes - 1}, "
            "as many as the PSF has."
        )
    return chosen


def _spacing(spacing: float | Sequence[float], image_axes: int, chosen: Shape) -> tuple[float, ...]:
    given = tuple(float(value) for value in np.atleast_1d(np.asarray(spacing, np.float64)))
    if len(given) == image_axes:
        return tuple(given[axis] for axis in chosen)
    if len(given) == 1:
        return given * len(chosen)
    if len(given) == len(chosen):
        return given
    raise ParameterError(f"The spacing has {len(given)} numbers for an image of {image_axes} axes; give one per axis.")


def _items(array: NDArray[np.generic], chosen: Shape) -> NDArray[np.generic]:
    moved = np.moveaxis(array, chosen, range(array.ndim - len(chosen), array.ndim))
    return moved.reshape(-1, *moved.shape[array.ndim - len(chosen) :])


def _like(array: ArrayLike, image: NDArray[np.generic], name: str) -> NDArray[np.generic]:
    given = as_real(array, name)
    if given.shape != image.shape:
        raise ParameterError(f"The {name} has shape {given.shape} and the image {image.shape}; give equal shapes.")
    return given


def _first(start: ArrayLike | Whole | None, image: NDArray[np.generic], chosen: Shape) -> FloatArray | None:
    """Return each item's first estimate: of its frame, or of the whole domain."""
    if start is None:
        return None
    if isinstance(start, Whole):
        count = int(np.prod([length for axis, length in enumerate(image.shape) if axis not in chosen]))
        return start.start(count)
    return _items(_checked_start(start, image), chosen).astype(np.float64)


def _checked_start(start: ArrayLike, image: NDArray[np.generic]) -> NDArray[np.generic]:
    given = _like(start, image, "start").astype(np.float64)
    if not (np.isfinite(given).all() and given.min() >= 0 and given.max() > 0):
        raise ParameterError(
            "The start estimate must be finite, nowhere negative and somewhere positive; give another."
        )
    return given
