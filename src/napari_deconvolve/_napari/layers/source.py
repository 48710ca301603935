"""Image layers as the core sees them, and results as napari sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.transforms import steps_of
from napari_deconvolve.core.arrays import MAX_AXES
from napari_deconvolve.errors import PSFError
from napari_deconvolve.formats.ome_detector import detector_offsets
from napari_deconvolve.image import SampledArray, psf_axes
from napari_deconvolve.image.axes import letter
from napari_deconvolve.psf.protocol import ChannelSpread, PointSpread
from napari_deconvolve.units import canonical

CONTRAST_SAMPLES = 200_000
CONTRAST_STEP = 0.02  # relative: smaller changes of contrast are not drawn
DARKEST = 0.1  # of the maximum: white is never darker, or single bright points would be blots
MOST_TOGETHER = 17  # characters that fit into a line of a narrow dock
BRIGHTEST = 99.95  # percentile that is shown white
ITERATION_UNIT = "pixel"  # napari takes no pure number beside lengths without a warning

Axis = tuple[str, float, float]  # label, step, first coordinate


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What a run needs to know of an image layer, read once when it begins."""

    name: str
    image: SampledArray  # the finest level; it may be lazy, so only slices of it are ever read
    placement: Mapping[str, Any]  # where the layer lies in the world, as keywords for a new layer
    identity: str = ""  # of the layer, whatever it is called; empty for what is none
    offsets: tuple[float | None, ...] = ()  # of the detector, as the file says: one, or none
    descending: tuple[int, ...] = ()  # axes along which places in the world fall from sample to sample
    looks: Mapping[str, Any] = field(default_factory=dict)  # colours of the layer, as keywords for a new layer

    @property
    def covering(self) -> dict[str, Any]:
        """The looks of a layer that lies on this one, and would add to it."""
        return {**self.looks, **({"blending": "translucent"} if self.looks else {})}

    @property
    def data(self) -> Any:
        """The samples."""
        return self.image.data

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the data."""
        return self.image.shape

    @property
    def spacing(self) -> tuple[float, ...]:
        """Distance of samples along each axis, in `units`."""
        return self.image.steps()

    @property
    def units(self) -> tuple[str, ...]:
        """Short names, "pixel" where there is none."""
        return self.image.units

    @property
    def lazy(self) -> bool:
        """Whether reading samples may take long."""
        return not isinstance(self.data, np.ndarray)


def read(layer: Any) -> Source:
    """Read an image layer, without touching its samples."""
    data = layer.data[0] if layer.multiscale else layer.data
    image = SampledArray(
        data,
        _names(layer.axis_labels),
        steps_of(layer),
        [str(unit) for unit in layer.units],
        [float(place) for place in layer.translate],
    )
    placed_by = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
    placement = {name: getattr(layer, name) for name in placed_by}
    optics = our_metadata(layer).get("optics")
    offsets = detector_offsets(optics) if isinstance(optics, Mapping) else ()
    descending = tuple(axis for axis, step in enumerate(layer.scale) if step < 0)
    return Source(layer.name, image, placement, str(layer.unique_id), offsets, descending, looks_of(layer))


def looks_of(layer: Any) -> dict[str, Any]:
    """Return how a layer is drawn, as keywords for another: its colours, how it lies over others, its gamma."""
    return {} if layer.rgb else {name: getattr(layer, name) for name in ("colormap", "blending", "gamma")}


def ascending(source: Source, image: SampledArray, axis: int) -> SampledArray:
    """Return an image of a layer whose places along an axis rise: turned round where the layer's fall."""
    if axis not in source.descending:
        return image
    turned = tuple(slice(None, None, -1) if one == axis else slice(None) for one in range(image.ndim))
    origin = list(image.origin)
    origin[axis] -= image.steps()[axis] * (image.shape[axis] - 1)
    return image.with_data(image.data[turned], origin=tuple(origin))


def _names(labels: Sequence[str]) -> list[str]:
    """Return the labels of a layer's axes as names; one that stands twice is none."""
    letters = [letter(str(label)) for label in labels]
    return [str(label) if letters.count(own) == 1 else "" for label, own in zip(labels, letters, strict=True)]


def refusal(layer: Any) -> str:
    """Say in a sentence why a layer cannot be deconvolved; nothing when it can."""
    if layer.rgb:
        return "This is a colour (RGB) picture; split its colours into layers, and run them as channels."
    dtype = np.dtype(layer.dtype)
    if dtype.kind not in "buif":
        return f"This image holds {dtype} values; convert it to real numbers first."
    if layer.ndim > MAX_AXES:
        return f"This image has {layer.ndim} axes; take a part of it with at most {MAX_AXES}."
    if 0 in np.shape(layer.data[0] if layer.multiscale else layer.data):
        return "This image holds no samples; choose another."
    return ""


def axes_of(source: Source, psf: PointSpread) -> tuple[int, ...]:
    """Return the axes of an image that a PSF acts on, in the PSF's order; see `napari_deconvolve.image.psf_axes`."""
    return psf_axes(source.image, psf.ndim, psf.psfs[0].unit)


def space_axes(source: Source, count: int) -> tuple[int, ...]:
    """Return the axes that a PSF of so many axes acts on; the last ones where it would be refused."""
    try:
        return psf_axes(source.image, count, "um")
    except PSFError:
        return tuple(range(max(0, source.image.ndim - count), source.image.ndim))


def spacing_in(source: Source, psf: ChannelSpread) -> tuple[float, ...] | None:
    """Return the image's spacing along the PSF's axes in the PSF's unit; None when they cannot be compared.

    A scale that somebody set without a unit is taken to be in the PSF's.
    """
    return source.image.spacing_in(axes_of(source, psf), psf.unit)


def shape_text(shape: Iterable[int]) -> str:
    """Write a shape for people: "32 × 512 × 512"."""
    return times(str(length) for length in shape)


def times(numbers: Iterable[str]) -> str:
    """Join numbers by multiplication signs at which lines do not break, unless that would be long."""
    text = " × ".join(numbers)
    return text.replace(" ", "\u00a0") if len(text) <= MOST_TOGETHER else text


def spacing_text(spacing: Sequence[float], units: Sequence[str]) -> str:
    """Write spacings for people: "0.3 × 0.1 × 0.1 µm", each with its unit when these differ."""
    if len(set(units)) == 1:
        return f"{times(f'{step:.4g}' for step in spacing)}\u00a0{pretty_unit(units[0])}"
    return times(f"{step:.4g} {pretty_unit(unit)}" for step, unit in zip(spacing, units, strict=True))


def pretty_unit(unit: str) -> str:
    """Write a unit's short name as people do: "um" as "µm"."""
    return {"um": "µm", "angstrom": "Å"}.get(canonical(unit), unit)


def moved(source: Source, offset: Sequence[int]) -> dict[str, Any]:
    """Return the placement of a part of the image that begins at `offset`, in samples."""
    from napari.utils.transforms import Affine

    placement = dict(source.placement)
    if any(offset):
        inner = Affine(**{name: placement[name] for name in ("scale", "translate", "rotate", "shear")})
        placement["translate"] = np.asarray(inner(np.asarray(offset, np.float64)))
    return placement


def leading(placement: dict[str, Any], axes: Sequence[Axis]) -> dict[str, Any]:
    """Put leading axes before a placement, each with its label, step and first coordinate."""
    from napari.utils.transforms import Affine

    inner = Affine(**{name: placement[name] for name in ("scale", "translate", "rotate", "shear")})
    ndim, more = len(placement["scale"]), len(axes)
    full = np.eye(ndim + more + 1)
    full[more:, more:] = np.asarray(placement["affine"].affine_matrix) @ np.asarray(inner.affine_matrix)
    steps, starts = tuple(step for _, step, _ in axes), tuple(start for _, _, start in axes)
    common = {
        "units": ((ITERATION_UNIT,) * more + tuple(str(unit) for unit in placement["units"])),
        "axis_labels": (*(label for label, _, _ in axes), *placement["axis_labels"]),
    }
    if np.allclose(full[more:-1, more:-1], np.diag(placement["scale"])):
        scale, translate = (*steps, *placement["scale"]), (*starts, *full[more:-1, -1])
        return {"scale": scale, "translate": translate, **common}
    full[range(more), range(more)], full[range(more), -1] = steps, starts
    return {"affine": full, **common}


def unused_name(image: str, ending: str, taken: Iterable[str]) -> str:
    """Name a result ``image · ending``; when that name is taken, number the run, not the ending."""
    names = set(taken)
    name, run = f"{image} · {ending}", 1
    while name in names:
        run += 1
        name = f"{image} · run {run} · {ending}"
    return name


def contrast_of(data: NDArray[Any]) -> tuple[float, float]:
    """Return contrast limits that fit a result: from zero to its brightest samples but a few."""
    step = max(1, ceil((data.size / CONTRAST_SAMPLES) ** (1 / data.ndim)))
    sample = data[(slice(None, None, step),) * data.ndim]
    high = max(float(np.percentile(sample, BRIGHTEST)), DARKEST * float(sample.max(initial=0.0)))
    if high <= 0:  # few bright samples, and all beside the sample of samples
        high = float(data.max(initial=0.0))
    return 0.0, high if high > 0 else 1.0


def fit_contrast(layer: Any, data: NDArray[Any], step: float = CONTRAST_STEP) -> None:
    """Let a layer's contrast follow its data; relative changes up to `step` are not worth drawing."""
    low, high = contrast_of(data)
    now = float(layer.contrast_limits[1])
    if max(high, now) > (1 + step) * min(high, now):
        if high > layer.contrast_limits_range[1]:
            layer.contrast_limits_range = (low, 2 * high)
        layer.contrast_limits = (low, high)


def our_metadata(layer: Any) -> Mapping[str, Any]:
    """Return what this package wrote into a layer's metadata; empty for other layers."""
    ours = getattr(layer, "metadata", {}).get(KEY)
    return ours if isinstance(ours, Mapping) else {}
