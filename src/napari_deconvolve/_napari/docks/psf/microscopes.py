"""Microscopes by name, kept in a file of the user's between sessions: each is what the form was set to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from napari_deconvolve._napari.docks.psf import presets
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.settings import read_settings, write_settings
from napari_deconvolve.schema import listed, mapping, record, text, whole

FILE = "microscopes.json"
FORMAT = 1
MAX_NAME = 80  # characters

Value = float | str | bool | list[float] | None


@dataclass(frozen=True)
class Microscope:
    """A name, and the values of the form's fields by their names."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Microscopes:
    """What the file holds.

    Attributes
    ----------
    items : tuple of Microscope
        In the order of the list.
    last : str
        The name of the one that was used last; empty when none was.
    problem : str
        Why the file could not be read; empty when it could, or there is none.
    """

    items: tuple[Microscope, ...] = ()
    last: str = ""
    problem: str = ""

    def get(self, name: str) -> Microscope | None:
        """Return the microscope of a name."""
        return next((one for one in self.items if one.name == name), None)

    def with_one(self, new: Microscope) -> Microscopes:
        """Return these with one more, in the place of the one of its name."""
        if self.get(new.name) is None:
            return replace(self, items=(*self.items, new))
        return replace(self, items=tuple(new if one.name == new.name else one for one in self.items))

    def without(self, name: str) -> Microscopes:
        """Return these without the one of a name."""
        return replace(
            self,
            items=tuple(one for one in self.items if one.name != name),
            last="" if self.last == name else self.last,
        )

    def renamed(self, old: str, new: str) -> Microscopes:
        """Return these with another name for one, which stays in its place."""
        items = tuple(replace(one, name=new) if one.name == old else one for one in self.items if one.name != new)
        return replace(self, items=items, last=new if self.last == old else self.last)

    def unused(self, name: str) -> str:
        """Return a name that none has: the given one, or one with a number."""
        names, number = {one.name for one in self.items}, 2
        found = name
        while found in names:
            found = f"{name} ({number})"
            number += 1
        return found


def _example(kind: str, modality: str, lens: str, **more: Value) -> Microscope:
    objective = next(one for one in presets.OBJECTIVES if one.name == lens)
    values: dict[str, Value] = {
        "modality": modality,
        "objective": lens,
        "numerical_aperture": objective.numerical_aperture,
        "immersion_index": objective.immersion_index,
        **more,
    }
    return Microscope(f"{kind} {lens}", values)


EXAMPLES = (
    _example("Wide field", "widefield", "60×/1.42 oil"),
    _example("Wide field", "widefield", "20×/0.75 air"),
    _example("Confocal", "confocal", "63×/1.40 oil"),
    _example("Spinning disk", "spinning-disk", "60×/1.20 water"),
    _example("Two-photon", "two-photon", "20×/1.00 water"),
    _example("Light sheet", "light-sheet", "20×/1.00 water"),
)
"""What the list holds before a user has kept any."""


def microscopes_path() -> Path:
    """Return the file of the user's microscopes, which need not exist."""
    return presets.presets_path().with_name(FILE)


def read_microscopes() -> Microscopes:
    """Read the user's microscopes; what is wrong with a file that cannot be read stands in `problem`."""
    path = microscopes_path()
    try:
        return _checked(read_settings(path, "microscopes"))
    except FileNotFoundError:
        return Microscopes(EXAMPLES)
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except ParameterError:
        reason = "are damaged"
    return Microscopes(
        EXAMPLES, problem=f"Your microscopes in {path} {reason}. The list shows examples; saving keeps the old file."
    )


def write_microscopes(kept: Microscopes) -> None:
    """Write the user's microscopes; the file is complete, or as it was, and a damaged one stays beside it.

    Raise `FileError` when it cannot be written.
    """
    path = microscopes_path()
    try:
        if read_microscopes().problem:
            path.replace(path.with_name(f"{path.stem}.damaged{path.suffix}"))
    except OSError as error:
        raise FileError(f"{path} cannot be written ({error.strerror}); the microscope is not kept.") from error
    export(kept, path)


def export(kept: Microscopes, path: str | Path) -> None:
    """Write microscopes to a file that `load` reads; raise `FileError` when it cannot be written."""
    values = {
        "format": FORMAT,
        "last": kept.last,
        "microscopes": [{"name": one.name, "values": dict(one.values)} for one in kept.items],
    }
    write_settings(Path(path), values, "the microscope is not kept")


def load(path: str | Path) -> Microscopes:
    """Read microscopes from a file that somebody exported; raise `FileError` when it holds none."""
    try:
        return _checked(read_settings(Path(path), "microscopes"))
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}).") from error
    except ParameterError as error:
        raise FileError(f"{path} holds no microscopes; choose a file that Export… has written.") from error


def _checked(values: object) -> Microscopes:
    known = _FILE(values, "microscopes")
    items = tuple(Microscope(one["name"], one["values"]) for one in known["microscopes"])
    return Microscopes(items, known.get("last", ""))


def _name(value: object, noun: str) -> str:
    name = text(value, noun).strip()
    if not 0 < len(name) <= MAX_NAME:
        raise ParameterError(f"The {noun} is {name!r}; give 1 to {MAX_NAME} characters.")
    return name


def _values(value: object, noun: str) -> dict[str, Value]:
    found = mapping(value, noun)
    for one in found.values():
        parts = one if isinstance(one, list) else [one]
        if not all(part is None or isinstance(part, str | bool | int | float) for part in parts):
            raise ParameterError(f"The {noun} are {one!r}; they should be numbers and texts.")
    return found


_FILE = record(
    {"format": whole(FORMAT, FORMAT), "microscopes": listed(record({"name": _name, "values": _values}))},
    {"last": text},
)
