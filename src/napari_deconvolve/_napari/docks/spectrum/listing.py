"""The list and the fields kept together: what is opened, dropped, picked and chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from napari_deconvolve._napari.docks.spectrum.adding import filled, moved, row_of_layer, rows_of_file
from napari_deconvolve._napari.docks.spectrum.data import AXIS, LINE, Files, axis_of, others, place_in
from napari_deconvolve._napari.docks.spectrum.data_form import DataForm
from napari_deconvolve._napari.docks.spectrum.places import add_lines
from napari_deconvolve._napari.docks.spectrum.rows import Row, Rows, same_column
from napari_deconvolve._napari.layers.source import read


class Listing:
    """Adds rows, chooses them, and writes what the fields say into the chosen one.

    `changed` is called when the fields have been set to another row.
    """

    def __init__(self, form: DataForm, rows: Rows, files: Files, viewer: Any, changed: Callable[[], None]) -> None:
        self._form, self._rows, self._files, self._viewer, self._changed = form, rows, files, viewer, changed

    def connect(self) -> None:
        """Listen to the list and its links."""
        self._form.table.picked.connect(self._pick)
        self._form.table.unwanted.connect(self._remove)
        self._form.from_layer.wanted.connect(self.take_layer)
        self._form.draw_line.connect(self._draw_line)

    # ---- from the fields, and to them

    def store(self) -> bool:
        """Take what the fields say for the chosen row.

        A column that is a row already is chosen in its place; return whether that was so.
        """
        form, rows = self._form, self._rows
        choice = form.choice()
        twin = rows.twin(choice)
        if twin is not None:
            if rows.current.blank:
                rows.remove([rows.current])
            rows.choose(twin)
            form.show_row(twin)
            return True
        row = rows.current
        column = form.columns.data
        row.heading = column.currentText() if row.heading or column.currentIndex() > 0 else ""
        row.take(choice)
        row.values, row.settled = form.values(), form.layer.settled
        return False

    def show(self) -> None:
        """Set the fields to the chosen row."""
        self._form.show_row(self._rows.current)
        self._changed()

    def _pick(self, place: int) -> None:
        self._rows.choose(self._rows.seen[place])
        self.show()

    def _remove(self, places: Sequence[int]) -> None:
        seen = self._rows.seen
        self._rows.remove([seen[place] for place in places])
        if self._rows.current.blank:
            self._form.touched = False  # a layer may be offered again
        self.show()

    def follow_layers(self) -> None:
        """Take rows off the list whose layers have left the viewer."""
        rows, layers = self._rows, list(self._viewer.layers)
        gone = [row for row in rows.all if row.gone(layers)]
        if gone and len(gone) < len(rows.all):
            current = rows.current
            rows.remove(gone)
            if rows.current is not current:
                self._form.show_row(rows.current)

    # ---- new rows

    def take_files(self, paths: Sequence[str]) -> None:
        """Add the spectra of files; those that are there already are chosen."""
        new: list[Row] = []
        known: list[Row] = []
        for path in paths:
            for row in rows_of_file(path, self._files):
                there = [one for one in self._rows.all if same_column(one.choice, row.choice)]
                known += there
                new += [] if there else [row]
        self._rows.add(new)
        if known and not new:
            self._rows.choose(known[0])
        if new or known:
            self._form.touched = True
            self.show()

    def take_layer(self, layer: Any, line: bool = False) -> None:
        """Add the spectrum of a layer's middle, or one along a line over it."""
        shapes = add_lines(self._viewer, layer) if line else None
        self._add(row_of_layer(layer, line=line, shapes=shapes))

    def _draw_line(self) -> None:
        layer = self._form.layer.value
        shapes = add_lines(self._viewer, layer)
        self._form.source.setCurrentText(LINE)
        self._form.shapes.choose(shapes)

    @property
    def hears_clicks(self) -> bool:
        """Whether a click into the canvas means a spectrum."""
        return self._template() is not None

    def take_place(self, world: Any) -> None:
        """Take the spectrum where somebody clicked: a new row, unless the chosen one has neither place nor result."""
        template = self._template()
        if template is None:
            return
        choice = template.choice
        place = place_in(choice.layer, world, axis_of(choice), self._viewer)
        if place is None:
            return
        there = [row for row in self._rows.all if self._is_at(row, template, place)]
        if there:
            self._rows.choose(there[0])
            self.show()
        elif template is self._rows.current and not choice.at and template.found is None:
            self._form.set_place(place)
        else:
            self._add(moved(template, place))

    def _add(self, row: Row) -> None:
        self._rows.add([filled(row, self._files, self._viewer)])
        self._form.touched = True
        self.show()

    def _template(self) -> Row | None:
        """Return the row whose layer is clicked at: the chosen one, or the last of a layer while a file is chosen."""
        current = self._rows.current
        rows = [current] if current.choice.source in (AXIS, LINE) else reversed(self._rows.all)
        return next((row for row in rows if _has_places(row)), None)

    @staticmethod
    def _is_at(row: Row, template: Row, place: str) -> bool:
        one, other = row.choice, template.choice
        same = one.source == AXIS and one.layer is other.layer and one.points is None
        return same and one.axis == other.axis and one.at == place


def _has_places(row: Row) -> bool:
    """Return whether a row is of a layer at a place that a click may set."""
    choice = row.choice
    if choice.source != AXIS or choice.layer is None or choice.points is not None or choice.layer.rgb:
        return False
    return any(length > 1 for length in others(read(choice.layer).shape, axis_of(choice)))
