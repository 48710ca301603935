"""Kinds of parameters: which values one takes, how they are kept, written as text and read from it.

"auto" and None are spelt in one way everywhere: the words "auto" and "none" as text, `"auto"` and None as values. A
kind whose None is a separate value (a width of 0, the symmetry "none") names it as `absent`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeAlias

AUTO = "auto"
NONE = "none"  # None as text

Auto: TypeAlias = str  # the word "auto", which no signature tells from other words


class Kind:
    """All that a parameter needs to know of its values; here stands what most kinds do."""

    @property
    def metavar(self) -> str:
        """What stands for the value in the help of the command line; empty where there is no option."""
        return ""

    @property
    def range(self) -> str:
        """All values, for tables."""
        raise NotImplementedError

    @property
    def meanings(self) -> str:
        """What each choice means, for help texts; empty where there is none."""
        return ""

    @property
    def choices(self) -> tuple[str, ...]:
        """All names that can be chosen; none for a number."""
        return ()

    @property
    def words(self) -> Collection[str]:
        """Words that may stand for a number, such as "auto"."""
        return ()

    @property
    def takes_file(self) -> bool:
        """Whether the samples of a file may stand for the number."""
        return False

    @property
    def offered(self) -> tuple[float | None, float | None]:
        """Lowest and highest number that forms offer; None where there is no bound."""
        return None, None

    def check(self, value: object, noun: str) -> Any:
        """Return a value as it is kept; raise `ParameterError` in a sentence on "the noun" if it does not fit."""
        raise NotImplementedError

    def parse(self, text: str) -> object:
        """Return the value that a text means; what cannot be read is returned as it is, for `check` to refuse."""
        return text

    def text(self, value: Any) -> str:
        """Return the text that means a value."""
        return NONE if value is None else str(value)

    def plain(self, value: Any) -> Any:
        """Return a value that fits in JSON types."""
        return value


def is_none(value: object) -> bool:
    """Return whether a value is None, or the word for it."""
    return value is None or (isinstance(value, str) and value == NONE)
