"""PSFs as napari layers, and layers as PSFs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.transforms import linear, steps_of
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.image.axes import SPATIAL, letter
from napari_deconvolve.psf import PSF, Strata, from_array
from napari_deconvolve.psf.prepare import Center
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.psf.stored_form import PSF_ABOUT, STRATA_ABOUT, fingerprint
from napari_deconvolve.psf.strata_stored import STRATA_KEY, restored
from napari_deconvolve.psf.values import MAX_AXES
from napari_deconvolve.schema import Check
from napari_deconvolve.units import canonical, factor

LayerData = tuple[NDArray[np.float32], dict[str, Any], str]

KEY = "napari_deconvolve"
AXES = ("z", "y", "x")
LOOK = {"colormap": "inferno", "gamma": 0.5, "blending": "additive"}
MAX_SAMPLES = 2**28  # more than a gigabyte of float32: surely an image that was taken for a PSF


def psf_layer_data(psf: ChannelSpread, name: str) -> LayerData:
    """Return what `Viewer._add_layer_from_data` and napari's readers take: data, keywords, "image".

    The zero lag lies at world 0. Colours add to what is below, and a gamma under 1 lets the faint tails be seen.
    A PSF of one axis becomes a layer of one row, since napari's images have two axes at least; PSFs of several depths
    lie along the first axis of one layer.
    """
    kept = psf.stored_form(least_axes=2)
    data = kept.samples
    leading = 1 if kept.stacked else 0
    axes = data.ndim - leading
    spacing = psf.spacing * 2 if psf.ndim == 1 else psf.spacing
    keywords = {
        "name": name,
        "scale": (1.0,) * leading + spacing,
        "translate": (0.0,) * leading + corner(data.shape[leading:], spacing),
        "units": ("pixel",) * leading + (napari_unit(psf.unit),) * axes,
        "axis_labels": ("stratum",) * leading + AXES[-axes:],
        "metadata": {KEY: {kept.key: kept.about}},
        **LOOK,
        "contrast_limits": (0.0, float(data.max())),
    }
    return data, keywords, "image"


def corner(shape: Sequence[int], spacing: Sequence[float], center: Sequence[float] | None = None) -> tuple[float, ...]:
    """Return the `translate` that brings the middle sample to a place in the world, 0 by default."""
    places = center if center is not None else (0.0,) * len(shape)
    return tuple(place - (length // 2) * step for place, length, step in zip(places, shape, spacing, strict=True))


def napari_unit(unit: str) -> str:
    """Return a unit in the form that napari takes; what napari does not know becomes "pixel"."""
    name = canonical(unit)
    return name if name == "pixel" or _is_known(name) else "pixel"


def _is_known(name: str) -> bool:
    try:
        factor(name, "um")
    except ParameterError:
        return False
    return True


def is_psf_layer(layer: Any) -> bool:
    """Return whether this package made the layer from a PSF."""
    return _described(layer) is not None or _strata_stored(layer) is not None


def layer_spacing(layer: Any) -> tuple[tuple[float, ...], str]:
    """Return a layer's distance of samples along each axis, and its unit: "pixel" when none is known.

    The unit is that of the last axis; axes in other units of length are converted to it, and an axis that is no
    length (time) keeps its number.
    """
    steps = steps_of(layer)
    names = _unit_names(layer, len(steps))
    unit = names[-1] if names else "pixel"
    for axis, name in enumerate(names):
        if name != unit and _is_known(name) and _is_known(unit):
            steps[axis] *= factor(name, unit)
    return tuple(steps), unit


def layer_to_psf(layer: Any, *, center: Center = "auto", background: float | str = "auto") -> ChannelSpread:
    """Take a layer as a PSF, or as those of several depths.

    A layer that `psf_layer_data` made, with its samples untouched, gives the very PSF again, at the layer's
    spacing should that have been edited. Any other, of 1 to 3 axes besides leading axes of one sample, goes through
    `psf.from_array` with `center` and `background`. Raise `PSFError` for what cannot be a PSF: RGB, labels, several
    resolutions, too many axes, NaN, zero.
    """
    given = held(layer)
    if not isinstance(given, np.ndarray):
        return given.each(lambda psf: _as_it_lies(psf, layer))
    spacing, unit = layer_spacing(layer)
    try:
        steps = tuple(spacing[axis] for axis in layer_order(layer, given.ndim))
        return _as_it_lies(from_array(given, steps, center=center, background=background, unit=unit), layer)
    except PSFError as error:
        raise PSFError(f"The layer {layer.name!r} is no PSF: {error}") from error


def _as_it_lies(psf: PSF, layer: Any) -> PSF:
    """Return the PSF of a layer with a note where its samples are not drawn in the order in which they act."""
    matrix = linear(layer)
    if np.allclose(matrix, np.diag(np.abs(np.diag(matrix)))):
        return psf
    note = "the layer is turned, mirrored or sheared: its samples act in their own order"
    return psf if note in psf.notes else PSF.verbatim(psf.data, psf.spacing, psf.unit, psf.info, (*psf.notes, note))


def held(layer: Any) -> ChannelSpread | NDArray[Any]:
    """Return what a layer holds before any preparation.

    That is the very PSF for a layer that `psf_layer_data` made, with its samples untouched; else the samples, without
    leading axes of one, and along z, y and x where its axes have these names in another order. Raise `PSFError` for
    what cannot be a PSF: RGB, labels, several resolutions, too many axes.
    """
    _refuse(layer)
    data: NDArray[Any] = np.asanyarray(layer.data)  # with its mask, should it have one
    strata = _strata_stored(layer)
    if strata is not None:
        return _strata_of(layer, strata, *layer_spacing(layer))
    described = _described(layer)
    if described is not None and described.get("sha256") == fingerprint(data):
        return _restored(data, described, *layer_spacing(layer))
    while data.ndim > 1 and data.shape[0] == 1:
        data = data[0]
    if data.ndim > MAX_AXES:
        raise PSFError(
            f"The layer {layer.name!r} has {data.ndim} axes {data.shape}, but a PSF has 1 to {MAX_AXES}; "
            "choose one time point or channel of it first."
        )
    leading = layer.data.ndim - data.ndim
    return np.transpose(data, [axis - leading for axis in layer_order(layer, data.ndim)])


def layer_order(layer: Any, count: int) -> tuple[int, ...]:
    """Return the last axes of a layer in the order z, y, x, if these are their names; else as they are."""
    ndim, wanted = int(layer.ndim), SPATIAL[-count:]
    last = range(ndim - count, ndim)
    names = [letter(str(layer.axis_labels[axis])) for axis in last]
    return tuple(last[names.index(name)] for name in wanted) if sorted(names) == sorted(wanted) else tuple(last)


def beside(image: Any, shape: Sequence[int], scale: Sequence[float]) -> dict[str, Any]:
    """Return the keywords that put a PSF's layer into the middle of an image, hidden so as not to cover it."""
    axes = len(shape)
    world = np.asarray(image.extent.world)
    padded = np.zeros((2, axes))
    padded[:, -min(axes, image.ndim) :] = world[:, -min(axes, image.ndim) :]
    found: dict[str, Any] = {"visible": False, "translate": corner(shape, scale, tuple(padded.mean(axis=0)))}
    if image.ndim >= axes and layer_order(image, axes) == tuple(range(image.ndim - axes, image.ndim)):
        found["axis_labels"] = tuple(image.axis_labels[-axes:])
    return found


def _refuse(layer: Any) -> None:
    kind = getattr(layer, "_type_string", type(layer).__name__.lower())
    if kind != "image":
        raise PSFError(f"The layer {layer.name!r} holds {kind}, but a PSF is an image; choose an image layer.")
    if getattr(layer, "rgb", False):
        raise PSFError(
            f"The layer {layer.name!r} is a colour (RGB) image, but a PSF has one value per sample; "
            "split its channels and choose one."
        )
    if getattr(layer, "multiscale", False):
        raise PSFError(f"The layer {layer.name!r} holds several resolutions; choose one of them as a layer of its own.")
    size = int(np.prod(np.shape(layer.data), dtype=object))
    if size > MAX_SAMPLES:
        raise PSFError(
            f"The layer {layer.name!r} has {size:,} samples, more than a PSF can have ({MAX_SAMPLES:,}); crop it."
        )


def _restored(data: NDArray[Any], described: Mapping[str, Any], spacing: tuple[float, ...], unit: str) -> PSF:
    kept_spacing, kept_unit = described["spacing"], described["unit"]
    info, notes = described["info"], described["notes"]
    ndim = len(kept_spacing)
    samples = data.reshape(data.shape[data.ndim - ndim :])
    now = spacing[-ndim:]
    moved = not np.allclose(now, kept_spacing, rtol=1e-6, atol=0)
    renamed = unit not in (canonical(kept_unit), napari_unit(kept_unit))
    if moved or renamed:
        notes = (*notes, f"spacing set on the layer: {' × '.join(f'{step:.4g}' for step in now)} {unit}")
        # Its source would make it at the old spacing, so from here on it is known by its samples.
        kept_spacing, kept_unit, info = now, unit, {"source": "array", "before": info}
    return PSF.verbatim(samples, kept_spacing, kept_unit, info, notes)


def _described(layer: Any) -> Mapping[str, Any] | None:
    ours = getattr(layer, "metadata", {}).get(KEY)
    psf = ours.get("psf") if isinstance(ours, Mapping) else None
    return _passed(PSF_ABOUT, psf)


def _strata_stored(layer: Any) -> Mapping[str, Any] | None:
    ours = getattr(layer, "metadata", {}).get(KEY)
    found = ours.get(STRATA_KEY) if isinstance(ours, Mapping) else None
    return _passed(STRATA_ABOUT, found)


def _passed(check: Check, about: object) -> Mapping[str, Any] | None:
    """Return what is said of a PSF where it can be used; other plugins may have left anything under our key."""
    if not isinstance(about, Mapping):
        return None
    try:
        found: Mapping[str, Any] = check(about, "PSF of the layer")
    except ParameterError:
        return None
    return found


def _strata_of(layer: Any, about: Mapping[str, Any], spacing: Sequence[float], unit: str) -> Strata:
    """Return the strata that a layer holds, at its spacing should that have been edited.

    Raise `PSFError` when its samples were changed: depths and PSFs would no longer belong together.
    """
    data: NDArray[Any] = np.asarray(layer.data)
    strata = restored(about, data, tuple(spacing[-(data.ndim - 1) :]), unit)
    if strata is None:
        raise PSFError(
            f"The layer {layer.name!r} held the PSFs of several depths, but its samples were changed since; make them "
            "again in the dock “PSF”."
        )
    return strata


def _unit_names(layer: Any, ndim: int) -> list[str]:
    units = getattr(layer, "units", None)
    if units is None:
        return ["pixel"] * ndim
    single = isinstance(units, str) or not isinstance(units, Sequence)
    return [canonical(str(unit)) for unit in ([units] * ndim if single else units)]
