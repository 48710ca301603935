"""Shares in words."""

from __future__ import annotations


def percent(share: float) -> str:
    """Return a share in per cent, with two digits: "0.32 %", "12 %", "100 %"."""
    return "100 %" if share > 0.995 else f"{100 * share:.2g} %"
