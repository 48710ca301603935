"""Parameters: declared once, as fields of the frozen value that holds them.

From a declaration follow the check of a value, its JSON form, the option of the command line, the row of a form, and
the row of a table in the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import Any

from napari_deconvolve.recipe.kinds import Kind

COLUMNS = ("name", "label", "unit", "range", "default", "help")


@dataclass(frozen=True, slots=True)
class Parameter:
    """All that a form, the command line and the documentation need to know of a parameter."""

    name: str
    label: str  # the words beside the control
    text: str  # its help, in which "{choices}" stands for what each choice means
    default: Any
    kind: Kind
    unit: str = ""  # empty for pure numbers
    noun: str = ""  # what sentences call it: "gain", as in "The gain is -1"
    metavar: str = ""  # what stands for its value in the help of the command line; empty where there is no option
    joined: str = ""  # another parameter that the option takes after a colon: "--prior tv:0.01"

    @property
    def help(self) -> str:
        """What the parameter does, in a sentence or two."""
        return self.text.replace("{choices}", self.kind.meanings) if "{choices}" in self.text else self.text

    @property
    def low(self) -> float | None:
        """Lowest number that forms offer; None where there is no bound."""
        return self.kind.offered[0]

    @property
    def high(self) -> float | None:
        """Highest number that forms offer; None where there is no bound."""
        return self.kind.offered[1]

    @property
    def choices(self) -> tuple[str, ...]:
        """All names that can be chosen; none for a number."""
        return self.kind.choices

    @property
    def words(self) -> tuple[str, ...]:
        """Words that may stand for a number, such as "auto"."""
        return tuple(self.kind.words)

    @property
    def default_text(self) -> str:
        """The default as it is typed."""
        return self.kind.text(self.default)

    def check(self, value: object) -> Any:
        """Return a value as it is kept; raise `ParameterError` with value and remedy if it does not fit."""
        return self.kind.check(value, self.noun or self.label.lower())

    def parse(self, text: str) -> object:
        """Return the value that a text means; what cannot be read is returned as it is, for `check` to refuse."""
        return self.kind.parse(text)


def described(default: Any, label: str, text: str, kind: Kind, **more: Any) -> Any:
    """Declare a parameter as a field of a frozen value; for the keywords see `Parameter`."""
    return field(default=default, metadata={"label": label, "text": text, "kind": kind, **more})


def parameters(owner: Any) -> Mapping[str, Parameter]:
    """Return all parameters that a class of frozen values declares, by name and in their order."""
    return _parameters(owner)


@cache  # whose own type takes no class of dataclasses
def _parameters(owner: Any) -> Mapping[str, Parameter]:
    found = {}
    for one in fields(owner):
        if "kind" in one.metadata:
            default = None if one.default is MISSING else one.default
            given = {"metavar": one.metadata["kind"].metavar, **one.metadata}
            found[one.name] = Parameter(name=one.name, default=default, **given)
    return MappingProxyType(found)


def table(owner: Any) -> str:
    """Return all parameters of a value as a table in Markdown: name, label, unit, range, default, help."""
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    for one in parameters(owner).values():
        cells = (f"`{one.name}`", one.label, one.unit, one.kind.range, one.default_text, one.help)
        rows.append(tuple(cell.replace("|", "\\|") for cell in cells))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
