"""Going on from any estimate that was kept, with other settings: a run of its own, that says where it began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers import region as regions
from napari_deconvolve._napari.layers.source import Source, our_metadata
from napari_deconvolve._napari.layers.world import to_data
from napari_deconvolve._napari.work.plan import Origin, Plan
from napari_deconvolve.recipe.provenance import ProvenanceStep, provenance_of
from napari_deconvolve.recipe.recipe import Recipe

if TYPE_CHECKING:
    from napari_deconvolve._napari.docks.deconvolve.runs import DeconvolveRuns

__all__ = ["Origin", "ProvenanceStep", "branched", "origin_of", "why_not"]


def origin_of(viewer: Any, runs: DeconvolveRuns, start: Any = None) -> Origin | None:
    """Return the estimate that is looked at.

    That is an earlier result if one is chosen as `start`, or selected; else, of the last run, what the slider of the
    kept iterates shows, or its present estimate. Results may have been read from files.
    """
    chosen = None if start is None else _earlier(viewer, start)
    if chosen is not None:
        return chosen
    active = viewer.layers.selection.active
    if active is not None and not any(active is layer for layer in runs.made_layers()):
        found = _earlier(viewer, active)
        if found is not None:
            return found
    return _present(viewer, runs)


def branched(plan: Plan, origin: Origin, count: int, halo: tuple[int, ...]) -> Plan:
    """Return a plan that goes on from an estimate, on the part of the image that it shows."""
    bounds = tuple((start, start + length) for start, length in zip(origin.offset, origin.shape, strict=True))
    before = Recipe.from_dict(origin.provenance[-1].recipe)
    changes: dict[str, Any] = {"iterations": count}
    if isinstance(plan.recipe.target_fwhm, str):  # what was chosen for the first part holds on
        changes["target_fwhm"] = 0.0 if isinstance(before.target_fwhm, str) else before.target_fwhm
    whole = origin.shape == plan.source.shape
    return replace(
        plan,
        recipe=plan.recipe.replace(**changes),
        crop=regions.crop(bounds, plan.source.shape, halo, plan.axes),
        region=regions.REGIONS[0] if whole else plan.region,
        start=None,
        origin=replace(origin, read=_kept(origin.read())),
    )


def why_not(origin: Origin | None, plan: Plan | None, running: bool) -> str:
    """Say why a run cannot go on from an estimate; empty when it can."""
    if running:
        return "Pause the run first, or wait for its end."
    if origin is None:
        return "There is no estimate to go on from yet."
    if plan is None:
        return "The settings above cannot be used; see there."
    if not plan.recipe.traits.takes_start:
        return f"The method {plan.recipe.traits.label} does not go on from an estimate; choose another."
    if not _is_of(origin, plan.source):
        return (
            f"This estimate is of {f'“{origin.image}”' if origin.image else 'another image'}; choose that image above."
        )
    if any(a + n > whole for a, n, whole in zip(origin.offset, origin.shape, plan.source.shape, strict=True)):
        return "The image has changed its shape since; press Run."
    return ""


def _is_of(origin: Origin, source: Source) -> bool:
    known = origin.identity == source.identity if origin.identity else origin.image in ("", source.name)
    return known and len(origin.shape) == len(source.shape)


def _kept(data: NDArray[Any]) -> Callable[[], NDArray[Any]]:
    copy = np.array(data)  # snapshots are written on, and layers may be edited
    return lambda: copy


def _present(viewer: Any, runs: DeconvolveRuns) -> Origin | None:
    """Return what the last run shows."""
    session, layers = runs.session, runs.layers
    if session is None or session.latest is None or layers is None or layers.removed:
        return None
    plan, latest, history = session.plan, session.latest, session.history
    data: Callable[[], NDArray[Any]] = lambda: latest.estimate[plan.crop.inner]  # noqa: E731
    count = session.iteration
    if layers.snapshots.layer is not None and history is not None and history.count:
        slot = _slot(viewer, layers.snapshots.layer)
        if slot < history.count - 1:  # at the last one, go on from the present estimate
            count, kept = (slot + 1) * history.every, history.data
            data = lambda: kept[slot]  # noqa: E731
    steps = () if plan.origin is None else plan.origin.provenance
    own = ProvenanceStep((session.recipe or plan.recipe).replace(iterations=max(1, count)).to_dict(), count)
    return Origin((*steps, own), plan.crop.offset, plan.crop.shape, plan.source.name, plan.source.identity, data)


def _earlier(viewer: Any, layer: Any) -> Origin | None:
    """Return what the layer of an earlier run shows, made here or read from a file; None for other layers."""
    ours = our_metadata(layer)
    steps = provenance_of(ours)
    if not steps or "sweep" in ours or layer.multiscale or getattr(layer, "rgb", False):
        return None
    data, count = layer.data, steps[-1].iterations
    every = int(ours.get("keep_every", 0))
    if every:
        slot = _slot(viewer, layer)
        data, count = data[slot], (slot + 1) * every
    region = ours.get("region") or {"start": [0] * data.ndim, "shape": list(data.shape)}
    own = ProvenanceStep({**steps[-1].recipe, "iterations": max(1, count)}, count)
    where = tuple(region["start"]), tuple(region["shape"])
    identity = ours.get("image_id", "")
    here = any(str(one.unique_id) == identity for one in viewer.layers)
    return Origin((*steps[:-1], own), *where, ours.get("image", ""), identity if here else "", lambda: data)


def _slot(viewer: Any, layer: Any) -> int:
    """Return which kept iterate the slider shows."""
    place = to_data(viewer, layer, viewer.dims.point)[0]
    return int(np.clip(round(float(place)), 0, len(layer.data) - 1))
