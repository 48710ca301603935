"""Parameters of runs: defined once, where the frozen value is that holds them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a form, a command line and a manual need to know of a parameter.

    Attributes
    ----------
    name, label, help : str
        The key, the words beside the control, and the sentence in its tooltip.
    default : object
        Its value when nobody chooses.
    unit : str
        Empty for pure numbers.
    low, high : float or None
        Bounds of a number.
    choices : tuple of str
        All values, for a name.
    """

    name: str
    label: str
    help: str
    default: Any
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


def described(default: Any, label: str, text: str, **more: Any) -> Any:
    """Make a field of a frozen value that tells what a form, a command line and a manual need to know."""
    return field(default=default, metadata={"label": label, "help": text, **more})


def definition(owner: Any, name: str) -> Parameter | None:
    """Look up what a field of `owner` was described with; None when there is no such field."""
    for one in fields(owner):
        if one.name == name and one.metadata:
            return Parameter(name=name, default=one.default, **one.metadata)
    return None
