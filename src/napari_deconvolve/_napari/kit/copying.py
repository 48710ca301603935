"""Copy as: how a result was made, as Python, as a command line, or as a paragraph for the methods of a paper."""

from __future__ import annotations

from qtpy.QtWidgets import QApplication, QPushButton

from napari_deconvolve._napari.kit.button_menu import ButtonMenu
from napari_deconvolve._napari.kit.buttons import push_button

TIP = "Copies the last run, with the numbers that were found, to the clipboard:"
KINDS = {
    "python": ("Python", f"{TIP} a script that makes the same result."),
    "cli": ("Command line", f"{TIP} a command that makes the same result."),
    "methods": ("Methods paragraph", f"{TIP} plain English for the methods of a paper, with sources."),
}


def copy_menu() -> tuple[ButtonMenu, dict[str, QPushButton]]:
    """Make the button "Copy as", and those in its list by kind."""
    menu = ButtonMenu("Copy as ▾", "copy_as", "Copy as", "Copies how the result was made.")
    buttons = {kind: push_button(text, f"copy_{kind}", tip) for kind, (text, tip) in KINDS.items()}
    menu.add(*buttons.values())
    return menu, buttons


def copied(kind: str, text: str) -> str:
    """Copy a text to the clipboard, and say what was copied."""
    clipboard = QApplication.clipboard()
    if clipboard is None:
        return "There is no clipboard on this machine."
    clipboard.setText(text)
    count = len(text.splitlines())
    return f"Copied: {KINDS[kind][0]}, {count} line{'s' * (count != 1)}."
