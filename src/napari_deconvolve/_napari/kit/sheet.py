"""The one style sheet of a dock: what widgets look like, by the part they play."""

from __future__ import annotations

from typing import Any

from napari_deconvolve._napari.kit.theme import Palette, mixed

PART = "part"  # the property by which the sheet finds a widget
HEADER_HEIGHT, BADGE_SIZE, BAR_HEIGHT = 30, 20, 5  # pixels


def part(widget: Any, name: str) -> Any:
    """Return a widget that plays a part: "card", "notice", "title", "summary", "badge", "primary", "link", "plain"."""
    widget.setProperty(PART, name)
    return widget


def become(widget: Any, name: str, value: str) -> None:
    """Set a property that the sheet looks at, and draw the widget by it."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def sheet(colors: Palette) -> str:
    """Return the style sheet of a dock in the colours of a theme."""
    lit = mixed(colors.first, colors.card)
    return f"""
        QFrame[part="card"] {{ background: {colors.card}; border: none; border-radius: 6px; }}
        QFrame[part="card"] QLabel, QFrame[part="card"] QCheckBox, QFrame[part="card"] QRadioButton,
        QFrame[part="notice"] QLabel, QWidget[part="plain"] {{ background: transparent; }}
        QPushButton[part="header"] {{ background: transparent; border: 1px solid transparent; border-radius: 6px;
            padding: 0px; text-align: left; }}
        QPushButton[part="header"]:focus {{ border: 1px solid {colors.first}; }}
        QLabel[part="title"] {{ font-weight: bold; }}
        QLabel[part="summary"], QLabel[part="chevron"] {{ color: {colors.muted}; }}
        QLabel[part="summary"][state="wrong"] {{ color: {colors.warning}; }}
        QLabel[part="badge"], QFrame[part="card"] QLabel[part="badge"] {{
            background: {colors.line}; color: {colors.foreground}; font-weight: bold;
            border-radius: {BADGE_SIZE // 2}px; }}
        QLabel[part="badge"][state="right"], QFrame[part="card"] QLabel[part="badge"][state="right"] {{
            background: {colors.first}; color: {colors.background}; }}
        QLabel[part="badge"][state="wrong"], QFrame[part="card"] QLabel[part="badge"][state="wrong"] {{
            background: {colors.second}; color: {colors.background}; }}
        QFrame[part="notice"] {{ background: {mixed(colors.second, colors.card, 0.12)}; border: none;
            border-left: 3px solid {colors.second}; border-radius: 3px; }}
        QPushButton[part="cure"] {{ background: transparent; border: 1px solid {colors.second}; border-radius: 3px;
            color: {colors.warning}; padding: 2px 8px; }}
        QPushButton[part="cure"]:hover, QPushButton[part="cure"]:focus {{
            background: {mixed(colors.second, colors.card, 0.3)}; }}
        QPushButton[part="link"], QToolButton[part="link"] {{ background: transparent; border: none; padding: 2px;
            color: {colors.first}; text-align: left; }}
        QPushButton[part="link"]:focus, QToolButton[part="link"]:focus {{ text-decoration: underline; }}
        QPushButton[part="link"]:disabled {{ color: {colors.muted}; }}
        QPushButton[part="primary"]:enabled {{ background: {colors.first}; color: {colors.background};
            font-weight: bold; }}
        QPushButton[part="choice"] {{ padding: 3px 2px; }}
        QPushButton[part="choice"]:checked {{ background: {colors.first}; color: {colors.background}; }}
        QPushButton[part="entry"] {{ background: transparent; border: none; border-radius: 2px; padding: 4px 12px;
            text-align: left; }}
        QPushButton[part="entry"]:enabled:hover, QPushButton[part="entry"]:enabled:focus {{ background: {lit}; }}
        QToolButton[part="menu"] {{ background: {colors.line}; border: none; border-radius: 2px; padding: 3px 9px;
            min-height: 18px; }}
        QToolButton[part="menu"]:hover, QToolButton[part="menu"]:focus {{ background: {lit}; }}
        QToolButton[part="menu"]::menu-indicator {{ image: none; width: 0px; }}
        QLineEdit[state="wrong"] {{ border: 1px solid {colors.second}; }}
        QFrame[part="footer"] {{ border: none; border-top: 1px solid {colors.line}; }}
        QProgressBar[part="bar"] {{ background: {colors.line}; border: none; border-radius: 2px; }}
        QProgressBar[part="bar"]::chunk {{ background: {colors.first}; border-radius: 2px; }}
    """
