"""Colours of layers that show differences: blue below zero, orange above, which colour-blind people tell apart."""

from __future__ import annotations

BLUE_ORANGE = [[0.0, 0.35, 0.65], [0.34, 0.71, 0.91], [0.97, 0.97, 0.97], [0.90, 0.62, 0.0], [0.55, 0.25, 0.0]]
