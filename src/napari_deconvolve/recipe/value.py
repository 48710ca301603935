"""A frozen value in plain JSON: checked as its parameters are declared, changed, written and read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, ClassVar, Self

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image.shown import page
from napari_deconvolve.recipe.fields import Parameter, parameters
from napari_deconvolve.schema import mapping, parsed

LONGEST_VALUE = 40  # characters in a line
UNSAID = ("psf", "found_on", "version")  # fields that a line leaves out, or says in other words


class PlainValue:
    """Share what frozen dataclasses do whose fields are declared by `described`.

    A class that is made from this sets `_called`, its name in sentences, such as "recipe".
    """

    __slots__ = ()
    _called: ClassVar[str]

    def __post_init__(self) -> None:
        for name, one in parameters(type(self)).items():
            object.__setattr__(self, name, one.check(getattr(self, name)))
        self._agree()

    def _agree(self) -> None:
        """Raise `ParameterError` where parameters exclude each other."""

    @classmethod
    def parameter(cls, name: str) -> Parameter:
        """Look up the declaration of a parameter."""
        cls._refuse_unknown([name])
        return parameters(cls)[name]

    def __repr__(self) -> str:
        """Return it in one line: what differs from the defaults."""
        fields = {one.name: one for one in dataclasses.fields(self)}  # type: ignore[arg-type] # whose classes are
        plain = {name: value for name, value in self.to_dict().items() if name not in UNSAID}
        changed = [
            f"{name}={_short(value)}" for name, value in plain.items() if getattr(self, name) != fields[name].default
        ]
        psf = getattr(self, "psf", None)
        if psf is not None:
            changed.append(f"psf={psf.get('modality') or psf.get('source', 'given')}")
        return f"{type(self).__name__}({', '.join(changed)})"

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        return page(repr(self))

    def replace(self, **changes: Any) -> Self:
        """Return a value that differs in the named fields."""
        self._refuse_unknown(changes)
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        values = {name: getattr(self, name) for name in self._names()}
        return {**values, **{name: one.kind.plain(values[name]) for name, one in parameters(type(self)).items()}}

    def to_json(self, indent: int | None = 2) -> str:
        """Write as JSON text."""
        return json.dumps(self.to_dict(), indent=indent)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned; missing keys take their defaults, unknown ones are refused."""
        known = mapping(values, cls._called)
        cls._refuse_unknown(known)
        return cls(**known)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read JSON text; raise `ParameterError` if it is none or does not hold such a value."""
        try:
            values = parsed(text, cls._called)
        except ParameterError as error:
            raise ParameterError(f"{str(error).rstrip('.')}; give a file written by this program.") from None
        if not isinstance(values, dict):
            raise ParameterError(
                f"The {cls._called} holds a {type(values).__name__}; give a JSON object of parameters."
            )
        return cls.from_dict(values)

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        owner: Any = cls  # the cache's own type takes no class of dataclasses
        return _names_of(owner)

    @classmethod
    def _refuse_unknown(cls, names: Iterable[str]) -> None:
        known = cls._names()
        unknown = sorted(set(names) - set(known))
        if unknown:
            keys = ", ".join(known)
            raise ParameterError(f"A {cls._called} has no {', '.join(map(repr, unknown))}; its keys are {keys}.")


@cache
def _names_of(owner: Any) -> tuple[str, ...]:
    return tuple(one.name for one in dataclasses.fields(owner))


def _short(value: Any) -> str:
    """Return a plain value, or what kind of map it is: a background may be thousands of numbers."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"<{type(value).__name__}>"
