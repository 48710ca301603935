"""The spectra that stand in the list: where each comes from, and what was found for it."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from napari_deconvolve._napari.docks.spectrum.data import AXIS, FILE, DataChoice
from napari_deconvolve._napari.docks.spectrum.session import SpectrumPlan, SpectrumSession
from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve.io.spectrum import Spectrum

LAYERS = ("layer", "points", "shapes")  # the fields of a choice that hold layers


@dataclass(slots=True, eq=False)
class Found:
    """The run of a spectrum.

    Attributes
    ----------
    session : SpectrumSession
        The run.
    signature : object
        Of the settings.
    text, level : str
        What came of it, in a sentence.
    warned : tuple of str
        What limits the result.
    """

    session: SpectrumSession
    signature: object
    text: str = ""
    level: Level = "info"
    warned: tuple[str, ...] = ()

    @property
    def spectrum(self) -> Spectrum:
        """The data of the run."""
        plan = self.session.plan
        assert isinstance(plan, SpectrumPlan)
        return plan.spectrum


@dataclass(slots=True, eq=False)
class Row:
    """A spectrum of the list. Layers are held weakly: a list outlives its dock.

    Attributes
    ----------
    values : dict
        What the fields say, as `DataForm.values` has it.
    settled : bool
        Whether a person chose the layer.
    heading : str
        Of the column, where a file has several.
    spectrum : Spectrum or None
        The data, as they were last seen.
    problem : str
        Why there are none.
    found : Found or None
        The run of these data.
    """

    values: dict[str, Any] = field(default_factory=dict)
    settled: bool = False
    heading: str = ""
    spectrum: Spectrum | None = None
    problem: str = ""
    found: Found | None = None
    _plain: DataChoice = field(default_factory=DataChoice)
    _layers: Mapping[str, weakref.ref[Any]] = field(default_factory=dict)

    @property
    def choice(self) -> DataChoice:
        """Where the data come from."""
        layers: dict[str, Any] = {name: layer() for name, layer in self._layers.items()}
        return replace(self._plain, **layers) if layers else self._plain

    def take(self, choice: DataChoice) -> None:
        """Say where the data come from."""
        layers = {name: getattr(choice, name) for name in LAYERS}
        self._layers = {name: weakref.ref(layer) for name, layer in layers.items() if layer is not None}
        self._plain = replace(choice, layer=None, points=None, shapes=None)

    @property
    def blank(self) -> bool:
        """Whether no data are chosen yet."""
        return self._plain.source == FILE and not self._plain.path.strip()

    @property
    def own(self) -> bool:
        """Whether a person chose it, and not the dock by itself."""
        plain = self._plain
        if plain.source == FILE:
            return not self.blank
        return self.settled or bool(plain.at) or "points" in self._layers or plain.source != AXIS

    @property
    def name(self) -> str:
        """What it is called in the list."""
        plain = self._plain
        if plain.source == FILE:
            return Path(plain.path).name + (f" · {self.heading}" if self.heading else "")
        layer = self.choice.layer
        called = "no layer" if layer is None else str(layer.name)
        if plain.source != AXIS:
            return f"{called}, line"
        at = plain.at or str(self.values.get("middle", ""))
        return f"{called}, point {at}" if at else called

    @property
    def stem(self) -> str:
        """A name for files of it."""
        plain = self._plain
        called = Path(plain.path).stem + (f" {self.heading}" if self.heading else "")
        return "".join("_" if sign in '/\\:*?"<>|' else sign for sign in called if plain.source == FILE) or "".join(
            "_" if sign in '/\\:*?"<>|,' else sign for sign in self.name
        )

    def gone(self, layers: Sequence[Any]) -> bool:
        """Return whether its layer has left the viewer."""
        if self._plain.source == FILE:
            return False
        layer = self.choice.layer
        return not any(layer is one for one in layers)


class Rows:
    """The list: at least one row, one of which is chosen; a row without data is not shown."""

    def __init__(self) -> None:
        self.all: list[Row] = [Row()]
        self.chosen = 0

    @property
    def current(self) -> Row:
        """The chosen row."""
        return self.all[self.chosen]

    @property
    def seen(self) -> list[Row]:
        """The rows that hold data."""
        return [row for row in self.all if not row.blank]

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows, the first of which is chosen; those that nobody asked for make room."""
        if not rows:
            return
        kept = [row for row in self.all if row.found is not None or row.own]
        self.all = [*kept, *rows]
        self.chosen = len(kept)

    def choose(self, row: Row) -> None:
        """Choose a row of the list."""
        self.chosen = self.all.index(row)

    def remove(self, gone: Sequence[Row]) -> None:
        """Take rows off the list; the one that follows the chosen one is chosen, if that goes."""
        left = [row for row in self.all if row not in gone]
        later = [row for row in self.all[self.chosen :] if row in left]
        current = later[0] if later else left[-1] if left else Row()
        self.all = left or [current]
        self.chosen = self.all.index(current)

    def twin(self, choice: DataChoice) -> Row | None:
        """Return another row of the same column of the same file, if there is one."""
        if choice.source != FILE or not choice.path:
            return None
        for row in self.all:
            if row is not self.current and same_column(row.choice, choice):
                return row
        return None


def same_column(first: DataChoice, second: DataChoice) -> bool:
    """Return whether two choices mean the same column of the same file."""
    fields = ("source", "path", "column", "axis_column")
    return first.source == FILE and all(getattr(first, name) == getattr(second, name) for name in fields)
