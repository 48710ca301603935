"""Kinds that are chosen by name: one file each, found by themselves.

A kind (a prior, a method, a stop rule) holds all that its name means. The file that defines it ends with
``KINDS.add(Kind)``, or ``KINDS.add(Kind())``; no list elsewhere has to be extended.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from napari_deconvolve.errors import ParameterError


class Named(Protocol):
    """What a registry needs to know of a kind, which may be a class or an object."""

    @property
    def name(self) -> str:
        """Return the name in recipes and on the command line."""

    @property
    def rank(self) -> int:
        """Return the place among the choices, the lowest first; those of equal rank follow in alphabetical order."""


T = TypeVar("T", bound=Named)


class Registry(Mapping[str, T]):
    """Kinds by their names, in the order of their ranks.

    Parameters
    ----------
    noun : str
        What an error calls one of them, such as "prior".
    package : str
        Dotted name of the package whose modules add the kinds; they are imported when the registry is first read.
    also : tuple of str
        Further names that an error offers, such as "none".
    """

    def __init__(self, noun: str, package: str, also: tuple[str, ...] = ()) -> None:
        self.noun, self._package, self._also = noun, package, also
        self._kinds: dict[str, T] = {}
        self._complete = False

    def add(self, kind: T) -> None:
        """Add a kind.

        Raise `ValueError` if the name is taken.
        """
        if kind.name in self._kinds:
            raise ValueError(f"Two kinds of {self.noun} have the name {kind.name!r}; rename one.")
        kinds = [*self._kinds.values(), kind]
        self._kinds = {one.name: one for one in sorted(kinds, key=lambda one: (one.rank, one.name))}

    def look_up(self, name: object) -> T:
        """Return the kind of a name; raise `ParameterError` with the known names if there is none."""
        kinds = self._found()
        if not isinstance(name, str) or name not in kinds:
            known = ", ".join((*self._also, *kinds))
            raise ParameterError(f"The {self.noun} is {name!r}; choose one of {known}.")
        return kinds[name]

    def __getitem__(self, name: str) -> T:
        return self._found()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())

    def _found(self) -> dict[str, T]:
        """Return the kinds; import the package's modules before the first time."""
        if not self._complete:
            package = importlib.import_module(self._package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self._package}.{module.name}")
            self._complete = True
        return self._kinds
