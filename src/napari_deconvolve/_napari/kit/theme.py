"""Colours that follow napari's theme, from a palette that colour-blind people can tell apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from napari.utils.theme import get_theme

# Of layers that show differences, below zero and above: colour-blind people tell them apart.
BLUE_ORANGE = [[0.0, 0.35, 0.65], [0.34, 0.71, 0.91], [0.97, 0.97, 0.97], [0.90, 0.62, 0.0], [0.55, 0.25, 0.0]]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as "#rrggbb"."""

    background: str
    card: str  # behind the steps of a dock
    line: str  # between parts, and behind what is not done yet
    foreground: str
    muted: str
    first: str  # blue
    second: str  # orange
    success: str
    warning: str
    error: str


def palette(theme_name: str) -> Palette:
    """Return the colours for a napari theme."""
    theme = get_theme(theme_name)
    red, green, blue = theme.background.as_rgb_tuple()[:3]
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 128
    return Palette(
        background=_hex(theme.background),
        card=_hex(theme.foreground) if dark else mixed("#ffffff", _hex(theme.background), 0.45),
        line=_hex(theme.primary),
        foreground=_hex(theme.text),
        muted="#9aa0a6" if dark else "#5f6368",
        first="#56b4e9" if dark else "#0072b2",
        second="#e69f00" if dark else "#b85c00",
        success="#56b4e9" if dark else "#0072b2",
        warning="#e69f00" if dark else "#b85c00",
        error="#ff8a65" if dark else "#b3261e",
    )


def mixed(first: str, second: str, share: float = 0.5) -> str:
    """Return a colour between two, with a share of the first."""
    pairs = ((int(one[place : place + 2], 16) for one in (first, second)) for place in (1, 3, 5))
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def follow_theme(viewer: Any, restyle: Callable[[Palette], None]) -> Callable[[], None]:
    """Call `restyle` now and at each change of theme; give a function that ends this."""

    def changed(event: Any = None) -> None:
        """Hear of another theme."""
        restyle(palette(viewer.theme))

    viewer.events.theme.connect(changed)
    changed()
    return lambda: viewer.events.theme.disconnect(changed)


def _hex(color: Any) -> str:
    red, green, blue = color.as_rgb_tuple()[:3]
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
