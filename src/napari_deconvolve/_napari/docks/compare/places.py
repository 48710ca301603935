"""Names and places of a sweep's layers."""

from __future__ import annotations

from napari_deconvolve.run.sweep.table import Row, Setting


def said(row: Row) -> str:
    """Name a setting: "RL 40", or "tv 0.01 · RL 40"."""
    return f"RL {row.iterations}" if row.setting == Setting() else f"{row.setting} · RL {row.iterations}"


def same(one: Row, other: Row) -> bool:
    """Return whether two rows are of one setting: a row is replaced when more is known of it."""
    return one.setting == other.setting and one.iterations == other.iterations
