"""Controls of a recipe's parameters, made from their declarations; a control's value is the recipe's own.

That is "auto" and None too, however a box keeps them: Qt's boxes of numbers have a number for their word, -1 or 0, and
what they were remembered by before is still read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtWidgets import QComboBox, QWidget

from napari_deconvolve._napari.kit.boxes import CountBox, FactorBox, Strength, TargetBox, WordBox, read_target
from napari_deconvolve._napari.kit.forms import auto_number_box, choice_box, halves, help_of, identify
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.numbers import NumberBox
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.fields import Parameter
from napari_deconvolve.recipe.kinds import AUTO, NONE, Choice, Number
from napari_deconvolve.recipe.recipe import parameter

NO_MAP = "no map"  # the entry that means one number for all samples
MAX_FACTOR = 1e9  # that a box without an upper bound takes


class Control:
    """A control of one parameter.

    `widget` stands in the form, `buddy` is the field that the label leads to, and `changes` are the signals that tell
    of another value.
    """

    def __init__(self, one: Parameter, widget: QWidget, *changes: Any, buddy: QWidget | None = None) -> None:
        self.parameter, self.widget, self.buddy, self.changes = one, widget, buddy or widget, changes

    def value(self) -> Any:
        """Return the value as a recipe has it."""
        raise NotImplementedError

    def show(self, value: Any) -> None:
        """Show a value of a recipe, or what was remembered of one."""
        raise NotImplementedError

    def remembered(self) -> Any:
        """Return what `show` takes later, in plain JSON types."""
        return self.parameter.kind.plain(self.value())

    def problem(self) -> str:
        """Say why the value cannot be read; empty when it can."""
        return ""

    @property
    def automatic(self) -> bool:
        """Whether the value is to be found."""
        return bool(self.value() in self.parameter.words)


class ChoiceControl(Control):
    """One of several words."""

    widget: QComboBox

    def value(self) -> str | None:
        """Return the word; None for "none", where there may be none."""
        word = self.widget.word if isinstance(self.widget, WordBox) else self.widget.currentText()
        found: str | None = self.parameter.check(word)
        return found

    def show(self, value: str | None) -> None:
        """Choose a word, by its label too."""
        self.widget.setCurrentText(NONE if value is None else value)


class NumberControl(Control):
    """A number, or "auto"."""

    def __init__(self, one: Parameter, widget: QWidget, box: NumberBox) -> None:
        super().__init__(one, widget, widget.valueChanged, buddy=box)
        self.box = box

    def value(self) -> float | str:
        """Return the number, or "auto"."""
        number: float = self.box.value()
        return AUTO if number < self.box.lowest else number

    def show(self, value: float | str) -> None:
        """Set the number, or "auto"; the box's own number for it is taken too."""
        self.widget.setValue(self.box.minimum() if isinstance(value, str) else value)


class LevelControl(NumberControl):
    """A number, "auto", or a layer that holds one number per sample: while one is chosen, the number is hidden."""

    def __init__(self, one: Parameter, box: NumberBox) -> None:
        self.layer = LayerBox(
            f"{one.name}_map",
            f"{one.label} as a layer",
            f"A layer of one number per sample, of the image's shape or of that of a plane. {one.help}",
            none=NO_MAP,
        )
        changes = box.valueChanged, self.layer.changed
        Control.__init__(self, one, halves(box, self.layer.native), *changes, buddy=box)
        self.box, self._counts = box, True
        self.layer.changed.connect(self._show_one)
        self.offer(())

    def offer(self, layers: Sequence[Any]) -> None:
        """Offer these layers as maps; without any, there is but the number."""
        self.layer.offer(layers)
        self.layer.native.setVisible(bool(layers))

    @property
    def automatic(self) -> bool:
        """Whether the value is to be found."""
        return self.layer.value is None and super().automatic

    def value(self) -> float | str:
        """Return the number, or "auto"; also where a layer stands in its place."""
        return AUTO if self.layer.value is not None else super().value()

    def show(self, value: Any) -> None:
        """Set the number, or "auto"; a map is shown by a layer, which somebody has to choose."""
        self.layer.choose(None)
        number = isinstance(value, (int, float))
        self.box.setValue(value if number else self.box.minimum())
        self._show_one()

    def count(self, seen: bool) -> None:
        """Hide the number too where the value changes nothing."""
        self._counts = seen
        self._show_one()

    def _show_one(self, *_: Any) -> None:
        self.box.setVisible(self._counts and self.layer.value is None)


class RuledControl(NumberControl):
    """A number, or one of several rules by which it is found: that of a box which counts while the number is "Auto"."""

    def __init__(self, one: Parameter, widget: QWidget, box: NumberBox, rule: WordBox) -> None:
        super().__init__(one, widget, box)
        self.rule = rule
        self.changes = (*self.changes, rule.currentTextChanged)

    def value(self) -> float | str:
        """Return the number, or the rule."""
        found = super().value()
        return self.rule.word if isinstance(found, str) else found

    def show(self, value: float | str) -> None:
        """Set the number or the rule."""
        super().show(value)
        if isinstance(value, str):
            self.rule.setCurrentText(value)


class TargetControl(Control):
    """Widths that may be one for all axes or one per axis, typed as text."""

    widget: TargetBox

    def value(self) -> float | str | tuple[float, ...]:
        """Return the widths; what cannot be read counts as none (see `problem`)."""
        try:
            return read_target(self.widget.currentText())
        except ParameterError:
            return 0.0

    def problem(self) -> str:
        """Say why the text cannot be read; empty when it can."""
        try:
            read_target(self.widget.currentText())
        except ParameterError as error:
            return str(error)
        return ""

    def show(self, value: float | str | tuple[float, ...]) -> None:
        """Write widths, or a text as it was remembered."""
        if isinstance(value, str) and value != AUTO:
            self.widget.setCurrentText(value)
        else:
            self.widget.show_value(value)

    def remembered(self) -> str:
        """Return the text, which may be on its way to be widths."""
        return str(self.widget.currentText())


def control_for(name: str, labels: Mapping[str, str] | None = None, rule: WordBox | None = None) -> Any:
    """Make the control of a recipe's parameter by its kind.

    A choice may have labels for its words, and a number a box of rules that may stand for it.
    """
    one = parameter(name)
    if isinstance(one.kind, Choice):
        choice = _described(WordBox(labels) if labels else choice_box(one.choices), one)
        return ChoiceControl(one, choice, choice.currentTextChanged)
    if not isinstance(one.kind, Number):
        target = _described(TargetBox(), one)
        return TargetControl(one, target, target.currentTextChanged)
    if one.low is not None and one.high is not None and not one.kind.whole:
        slider = Strength(name, one.kind.usual, MAX_FACTOR if one.kind.high > one.high else 0.0)
        return NumberControl(one, slider, slider.box) if rule is None else RuledControl(one, slider, slider.box, rule)
    box = _described(_box(one, one.kind), one)
    return LevelControl(one, box) if one.kind.takes_file else NumberControl(one, box, box)


def _box(one: Parameter, kind: Number) -> NumberBox:
    suffix = f" {one.unit.replace(' per ', '/')}" if one.unit else ""
    if kind.whole:
        return CountBox(int(one.high or MAX_FACTOR), int(kind.usual))
    if kind.above is None:
        return auto_number_box(suffix, signed=one.name == "offset")
    return FactorBox(one.low or 1e-12, MAX_FACTOR, suffix=suffix)


def _described(widget: Any, one: Parameter) -> Any:
    return identify(widget, one.name, one.label, help_of(one))
