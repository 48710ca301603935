"""What the forms of all sources have in common: rows, messages, and values that outlive the dock."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QWidget

from napari_deconvolve._napari.docks.psf.fields import ChoiceField, Message, TripleField
from napari_deconvolve._napari.docks.psf.sources.field_values import got, put, signal_of
from napari_deconvolve._napari.docks.psf.sources.pair import PAIR_SHARES, Pair
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_request import Grid, Made, Numbers, Wanted

MIN_LABEL_WIDTH = 72  # pixels: so wide is the column of labels at least, so that the fields of all parts align


@dataclass(frozen=True)
class Place:
    """What the form knows besides the source's own fields.

    Attributes
    ----------
    grid : Grid
        Where the PSF will be used.
    image : napari layer or None
        What it is for.
    layers : sequence of napari layers
        All image layers.
    fwhm : tuple of float
        The column of widths, of the grid's axes and in its unit.
    siblings : sequence of napari layers
        All channels of the image, itself included; empty when it has only one.
    own_spacing : tuple of float or None
        What was typed, in the grid's unit, for a layer or file that tells no spacing.
    all_channels : bool
        Whether PSFs are made for all channels.
    """

    grid: Grid
    image: Any | None = None
    layers: Sequence[Any] = ()
    fwhm: Numbers = ()
    siblings: Sequence[Any] = ()
    own_spacing: Numbers | None = None
    all_channels: bool = False


class SourcePanel(QWidget):  # type: ignore[misc]
    """The fields of one source, or of several that share them.

    Attributes
    ----------
    changed, unfolded : Signal()
        When what is wanted may be something else; when a part of it was folded or unfolded.
    keys : tuple of str
        The sources that it serves.
    second : str
        The column that they need beside the spacing: "fwhm", "own_spacing", or none.
    calculated : bool
        Whether the user chooses the number of axes.
    above : bool
        Whether the fields come before those of the image.
    failing : mapping
        The field below which an error of making the PSF is shown, where it is not called like the source.
    """

    changed = Signal()
    unfolded = Signal()
    keys: ClassVar[tuple[str, ...]] = ()
    second: ClassVar[str] = ""
    calculated: ClassVar[bool] = True
    above: ClassVar[bool] = False
    failing: ClassVar[dict[str, str]] = {}

    def __init__(self, memory: MutableMapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self.source = self.keys[0]
        self._fields: dict[str, tuple[Any, Any]] = {}
        self._labels: dict[str, str] = {}
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._holders: dict[str, Pair] = {}
        self._messages: dict[str, Message] = {}
        self._grid = new_grid(self)
        self.build()
        self.restore()

    # What each source says for itself

    def build(self) -> None:
        """Make the fields, with `add`, `place` and `message`."""
        raise NotImplementedError

    def wanted(self, place: Place) -> Wanted:
        """Return what the fields ask for, while there are no problems."""
        raise NotImplementedError

    def wanted_of_channels(self, place: Place) -> tuple[tuple[Any, Wanted], ...]:
        """Return each channel's layer with what is wanted for it; nothing where one PSF is made."""
        return ()

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        return {}

    def look(self, place: Place) -> None:
        """Show the fields that matter now."""
        for name in self._rows:
            self.show_row(name, True)

    def take_image(self, place: Place) -> None:
        """Take what images and layers tell: another image was chosen, or layers came and went."""
        self.restore()

    def take_result(self, made: Made | None) -> None:
        """Take in what came of it; None when nothing did."""
        if made is not None:
            self.tell({})

    # Fields

    @property
    def folded(self) -> bool:
        """Whether it hides what is rarely needed now."""
        return False

    @property
    def values(self) -> dict[str, Any]:
        """What the user entered, by the fields' names: it outlives the dock."""
        values: dict[str, Any] = self._memory.setdefault(self.keys[0], {})
        return values

    def add(
        self, name: str, label: str, widget: Any, tip: str, default: Any = None, grid: QGridLayout | None = None
    ) -> Any:
        """Add a row: a label and a field that remembers its value under its name."""
        if not isinstance(widget, TripleField):
            identify(widget, name, label, tip)
        shrink(widget)
        self._keep(name, label, widget, default)
        self.place(name, label, widget, grid)
        return widget

    def keep(self, name: str, label: str, widget: Any, tip: str, default: Any = None) -> Any:
        """Return a field that remembers its value, for a row of several."""
        identify(widget, name, label, tip)
        shrink(widget)
        self._keep(name, label, widget, default)
        self._rows[name] = (widget,)
        return widget

    def place_pair(self, label: str, first: QWidget, second: QWidget, grid: QGridLayout | None = None) -> None:
        """Put two fields into one row, the first of them wide; each is hidden by its own name, the row with both."""
        grid = self._grid if grid is None else grid
        row, head = grid.rowCount(), QLabel(label)
        head.setBuddy(first)
        head.setToolTip(first.toolTip())
        second.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        holder = Pair(head, (first, PAIR_SHARES[0]), (second, PAIR_SHARES[1]))
        grid.addWidget(head, row, 0)
        grid.addWidget(holder, row, 1)
        for field in (first, second):
            self._rows.setdefault(field.objectName(), (field,))
            self._holders[field.objectName()] = holder

    def add_choice(
        self, name: str, label: str, texts: Mapping[Any, str], tip: str, default: Any, grid: QGridLayout | None = None
    ) -> ChoiceField:
        """Add a row with a choice among values, each with its text."""
        field = choice_field(name, texts, default)
        self.add(name, label, field, tip, default, grid)
        return field

    def add_layer(self, name: str, label: str, tip: str) -> LayerBox:
        """Add a row with a choice of layers."""
        box = LayerBox(name, label, tip, empty="(no image layer)")
        box.shrink()
        self._keep(name, label, box, None)
        self.place(name, label, box.native)
        return box

    def _keep(self, name: str, label: str, field: Any, default: Any) -> None:
        self._fields[name] = (field, default)
        self._labels[name] = label
        signal_of(field).connect(lambda *_: self._edited(name))

    def place(self, name: str, label: str, widget: Any, grid: QGridLayout | None = None) -> None:
        """Put a widget into a row of its own, behind a label; without a label, over the whole width."""
        grid = self._grid if grid is None else grid
        row = grid.rowCount()
        if label and not isinstance(widget, QCheckBox):
            head = QLabel(label)
            head.setBuddy(widget)
            grid.addWidget(head, row, 0)
            grid.addWidget(widget, row, 1)
            self._rows[name] = (head, widget)
        else:
            grid.addWidget(widget, row, 0, 1, 2)
            self._rows[name] = (widget,)

    def message(self, name: str, grid: QGridLayout | None = None) -> Message:
        """Add a place below the last row where problems of this field are shown."""
        message = Message(f"{name}_problem")
        self._messages[name] = message
        grid = self._grid if grid is None else grid
        grid.addWidget(message, grid.rowCount(), 0, 1, 2)
        return message

    def show_row(self, name: str, visible: bool) -> None:
        """Show or hide a row."""
        for widget in self._rows[name]:
            widget.setVisible(visible)
        if name in self._holders:
            self._holders[name].follow()

    def restore(self) -> None:
        """Put every field to what was entered, or to its default, without telling anybody."""
        for name, (widget, default) in self._fields.items():
            put(widget, self.values.get(name, default))

    def tell(self, problems: dict[str, str]) -> None:
        """Show the problems of this source's fields; an empty mapping clears them."""
        for name, message in self._messages.items():
            message.tell(problems.get(name, ""))

    def in_labels(self, text: str) -> str:
        """Call parameters by their labels: "emission_um is 0" becomes "Emission is 0"."""
        for name in sorted(self._labels, key=len, reverse=True):
            if "_" in name:  # else it may be a word of the sentence
                text = re.sub(rf"\b{name}\b", self._labels[name], text)
        return text

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        for message in self._messages.values():
            message.color(palette.error)

    def _edited(self, name: str) -> None:
        widget, _ = self._fields[name]
        self._remember(name, got(widget))
        self.changed.emit()

    def _remember(self, name: str, value: Any) -> None:
        self.values[name] = value


def new_grid(parent: QWidget) -> QGridLayout:
    """Return a widget a layout of labels and fields."""
    grid = QGridLayout(parent)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(6)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, MIN_LABEL_WIDTH)
    return grid


def choice_field(name: str, texts: Mapping[Any, str], chosen: Any) -> ChoiceField:
    """Make a choice among values, each with its text."""
    field = ChoiceField(name)
    field.fill([(text, value) for value, text in texts.items()], chosen)
    return field


def button(name: str, text: str, tip: str, slot: Callable[[], None], label: str = "") -> QPushButton:
    """Make a button that does something; screen readers say its label."""
    made: QPushButton = identify(QPushButton(text), name, label or text, tip)
    made.clicked.connect(lambda _: slot())
    return made


def shrink(widget: Any) -> None:
    """Let a field become as narrow as the dock."""
    if isinstance(widget, (QLineEdit, QCheckBox)):
        widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
