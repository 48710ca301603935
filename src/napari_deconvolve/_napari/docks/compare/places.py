"""Names and places of a sweep's layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.results import ITERATION_UNIT
from napari_deconvolve.run.sweep.table import Row

Axis = tuple[str, float, float]  # label, step, first coordinate


def said(row: Row) -> str:
    """Name a setting: "RL 40", or "tv 0.01 · RL 40"."""
    return f"RL {row.iterations}" if row.prior is None else f"{row.setting} · RL {row.iterations}"


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


def same(one: Row, other: Row) -> bool:
    """Return whether two rows are of one setting: a row is replaced when more is known of it."""
    return one.setting == other.setting and one.iterations == other.iterations


def grid_of(viewer: Any) -> Any:
    """Return the grid: of the canvas since napari 0.9."""
    canvas = getattr(viewer, "canvas", None)
    return viewer.grid if canvas is None else canvas.grid
