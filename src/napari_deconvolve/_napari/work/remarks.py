"""What is said beside the fields of a form, and how serious it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["info", "success", "warning", "error"]
GRAVITY = ("error", "warning", "success", "info")


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence beside a field; an error keeps Run disabled.

    Attributes
    ----------
    field : str
        Name of the field that causes it.
    text : str
        The sentence.
    level : str
        "info", "success", "warning" or "error".
    """

    field: str
    text: str
    level: Level = "info"


def first_error(remarks: Iterable[Remark]) -> str:
    """Return the first reason not to run; empty when there is none."""
    return next((remark.text for remark in remarks if remark.level == "error"), "")


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What comes of the choices in a form. Subclasses add a plan.

    Attributes
    ----------
    remarks : tuple of Remark
        By field.
    """

    remarks: tuple[Remark, ...]

    def remark(self, field: str) -> Remark:
        """Return the most serious remark on a field."""
        found = sorted((one for one in self.remarks if one.field == field), key=lambda one: GRAVITY.index(one.level))
        return found[0] if found else Remark(field, "")

    @property
    def flaws(self) -> Mapping[str, str]:
        """What has to be looked at before a run and does not forbid it, by field."""
        return {}

    @property
    def waits(self) -> tuple[str, ...]:
        """The fields that nothing can be said of yet."""
        return ()

    @property
    def reason(self) -> str:
        """Why there is no plan."""
        return first_error(self.remarks)
